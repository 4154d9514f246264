begin;
create extension if not exists pgtap with schema extensions;
select plan(8);

\ir helpers/functions.psql

-- The events of one history, in the order in which they happened.
create function pg_temp.history(name text) returns table (n integer, event jsonb)
language sql volatile as $$
  select h.n, pg_temp.event(
    h.type, name, h.minute, h.payload
      -- To a commit that nobody deployed before: then the rollback is an ordinary deployment.
      || case when h.n = 15 and name like 'unknown%' then '{"source_ref": "sha-unknown"}' else '{}' end::jsonb,
    h.gate, name || '-' || h.n)
  from (
    values
    (1, 'build_complete', 1, '{"status": "fail"}'::jsonb, null::text),
    (2, 'build_complete', 2, '{"status": "pass", "checks": [{"check_name": "lint", "status": "fail"}]}', null),
    (3, 'build_complete', 3, '{"status": "pass", "checks": [{"check_name": "lint", "status": "pass"}]}', null),
    (4, 'gate_signoff', 4, '{"decision": "rejected", "approver_id": "qa-1", "persona_role": "qa_tester",
      "rationale_structured": {"defects": 1}}', 'G2'),
    (5, 'gate_signoff', 120, '{"decision": "approved", "approver_id": "qa-1", "persona_role": "qa_tester",
      "rationale_structured": {"defects": 0},
      "evidence": [{"artifact_type": "test_result", "artifact_url": "https://evidence.test/1"}]}', 'G2'),
    (6, 'gate_signoff', 6, '{"decision": "approved", "approver_id": "rm-1", "persona_role": "release_manager",
      "rationale_structured": {"risk": "low"},
      "evidence": [{"artifact_type": "rollback_plan", "artifact_url": "https://evidence.test/2"}]}', 'G3'),
    (7, 'deployment_event', 10, '{"environment": "staging", "deployment_ref": "s1", "status": "in_progress",
      "source_ref": "sha-1", "deployed_by": "b"}', null),
    (8, 'deployment_event', 11, '{"environment": "staging", "deployment_ref": "s1", "status": "succeeded",
      "source_ref": "sha-1", "deployed_by": "a"}', null),
    (9, 'health_check', 12, '{"environment": "staging", "deployment_ref": "s1", "status": "fail",
      "artifact_ref": "https://mon.test/1"}', null),
    (10, 'health_check', 13, '{"environment": "staging", "deployment_ref": "s1", "status": "pass",
      "artifact_ref": "https://mon.test/2"}', null),
    (11, 'deployment_event', 20, '{"environment": "production", "deployment_ref": "p1", "status": "in_progress",
      "source_ref": "sha-1"}', null),
    (12, 'deployment_event', 21, '{"environment": "production", "deployment_ref": "p1", "status": "succeeded",
      "source_ref": "sha-1"}', null),
    (13, 'deployment_event', 21, '{"environment": "production", "deployment_ref": "p1", "status": "failed",
      "source_ref": "sha-1"}', null),
    (14, 'health_check', 22, '{"environment": "production", "deployment_ref": "p1", "status": "pass",
      "artifact_ref": "https://mon.test/3"}', null),
    (15, 'deployment_event', 30, '{"environment": "production", "deployment_ref": "r1", "status": "succeeded",
      "source_ref": "sha-0", "rollback_of_ref": "p1"}', null),
    (16, 'deployment_event', 31, '{"environment": "production", "deployment_ref": "p1", "status": "rolled_back",
      "source_ref": "sha-1"}', null),
    (17, 'deployment_event', 40, '{"environment": "production", "deployment_ref": "p2", "status": "succeeded",
      "source_ref": "sha-1"}', null),
    (18, 'health_check', 41, '{"environment": "production", "deployment_ref": "p2", "status": "warning",
      "artifact_ref": "https://mon.test/4"}', null),
    (19, 'health_check', 41, '{"environment": "production", "deployment_ref": "p2", "status": "pass",
      "artifact_ref": "https://mon.test/5", "check_name": "smoke"}', null)
  ) as h (n, type, minute, payload, gate)
$$;
-- Open a release and send its history three times, each time in an order that `seed` decides. The second and third
-- time are retries: of accepted events, and of events that were refused because their deployment was unknown.
create function pg_temp.replay(name text, seed text) returns void
language plpgsql as $$
declare
  v_event jsonb;
begin
  perform pg_temp.open(name);
  -- Only an approval that is given after an objection was recorded withdraws it. So the objection is recorded first.
  perform ops.ingest_event(h.event) from pg_temp.history(name) as h where h.n = 4;
  for v_event in
    select h.event
    from pg_temp.history(name) as h cross join generate_series(1, 3) as round
    order by round, case seed when 'forward' then h.n when 'backward' then -h.n end, md5(seed || round || h.n)
  loop
    perform ops.ingest_event(v_event);
  end loop;
end
$$;
-- The final state of a release, without the columns that depend on the order of arrival.
create function pg_temp.ends_in(name text) returns jsonb
language sql as $$
  select jsonb_build_object(
    'gates', (
      select jsonb_object_agg(g.gate_code, g.status)
      from ops.release_gates g
      where g.release_id = pg_temp.release(name)
    ),
    'deployments', (
      select jsonb_object_agg(d.deployment_ref, jsonb_build_array(
        d.environment, d.status, d.status_observed_at, d.deployed_at, d.deployed_by, d.g4_status, u.deployment_ref))
      from ops.deployments d left join ops.deployments u on u.deployment_id = d.rollback_of
      where d.release_id = pg_temp.release(name)
    ),
    'checks', (
      select jsonb_agg(jsonb_build_array(c.check_name, c.status, c.observed_at, d.deployment_ref)
        order by c.observed_at, c.check_name, c.status)
      from ops.gate_checks c left join ops.deployments d on d.deployment_id = c.deployment_id
      where c.release_id = pg_temp.release(name)
    ),
    'approvals', (
      select jsonb_agg(jsonb_build_array(a.approver_id, a.decision) order by a.approver_id, a.decision)
      from ops.approvals a
      where a.release_id = pg_temp.release(name)
    ),
    'evidence', (
      select jsonb_agg(jsonb_build_array(e.artifact_type, e.artifact_url) order by e.artifact_url)
      from ops.evidence_artifacts e
      where e.release_id = pg_temp.release(name)
    ),
    'staging', pg_temp.eligible(name, 'staging'),
    'production', pg_temp.eligible(name, 'production')
  )
$$;

-- How many orders are tried: some by day, more at night.
create function pg_temp.orders(by_day integer, at_night integer) returns integer
language sql as $$
  select case current_setting('pgtap.effort', true) when 'nightly' then at_night else by_day end
$$;

set local role service_role;
\ir helpers/members.psql

select pg_temp.ran_before('sha-0', 'production'); -- to which the rollback goes back
select pg_temp.replay(s.seed, s.seed) from unnest(array['forward', 'backward']) as s (seed);
select pg_temp.replay('seed-' || s, 'seed-' || s) from generate_series(1, pg_temp.orders(2, 8)) as s;
select is(
  array[pg_temp.stored('forward', 'G1'), pg_temp.stored('forward', 'G2'), pg_temp.stored('forward', 'G3'),
    pg_temp.stored('forward', 'G4')],
  array['passed', 'passed', 'passed', 'failed'], 'the history ends with these verdicts'
);
select is(
  (pg_temp.deployment('forward', 'p1')).status::text, 'rolled_back',
  'the history ends with the first production deployment rolled_back'
);
select is(
  (
    select count(*)::integer
    from ops.event_ingest_log as l
    where l.release_id = pg_temp.release('forward') and l.processing_status = 'accepted'
  ), 19, 'every event of the history was accepted once'
);
select is(
  pg_temp.ends_in('backward'), pg_temp.ends_in('forward'),
  'the reverse order ends with the same facts, verdicts and eligibility'
);
select is(
  array(select s from generate_series(1, pg_temp.orders(2, 8)) as s
    where pg_temp.ends_in('seed-' || s) is distinct from pg_temp.ends_in('forward')), '{}',
  'the order of each seed ends with the same'
);

-- The same with a rollback to nothing known.
select pg_temp.replay('unknown-' || s.seed, s.seed) from unnest(array['forward', 'backward']) as s (seed);
select pg_temp.replay('unknown-seed-' || s, 'unknown-seed-' || s) from generate_series(1, pg_temp.orders(1, 4)) as s;
select is(
  (pg_temp.deployment('unknown-forward', 'r1')).rollback_known,
  false,
  'the rollback of this history goes to nothing known'
);
select is(
  pg_temp.ends_in('unknown-backward'), pg_temp.ends_in('unknown-forward'),
  'the reverse order of this history ends with the same'
);
select is(
  array(select s from generate_series(1, pg_temp.orders(1, 4)) as s
    where pg_temp.ends_in('unknown-seed-' || s) is distinct from pg_temp.ends_in('unknown-forward')), '{}',
  'the order of each seed of this history ends with the same'
);

select finish();
rollback;
