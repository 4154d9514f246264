begin;
create extension if not exists pgtap with schema extensions;
select plan(194);

\ir helpers/functions.psql

-- Histories of one environment, each a text of steps `minute:target:ref:what`. what is a status of the deployment, or
-- `pass`, `fail` and `warning` of a health check; `other` is the status succeeded of another commit, and `other-failed`
-- the status failed of it. Expected are: G4; whether production is blocked when the environment is staging; and the
-- status of the release when the environment is production.
create temporary table histories (name text, steps text, g4 text, blocks boolean, released text);
insert into histories values
('own commit, healthy', '10:a:d1:succeeded 11:a:d1:pass', 'passed', false, 'promoted'),
('own commit, not checked', '10:a:d1:succeeded', 'pending', false, 'promoted'),
('own commit, failed', '10:a:d1:failed 11:a:d1:pass', 'failed', true, 'failed'),
-- Other commits.
('another commit', '10:a:d1:other', 'failed', true, 'in_progress'),
('another commit with a pass', '10:a:d1:other 11:a:d1:pass', 'failed', true, 'in_progress'),
('another commit, then a pass', '10:a:d1:other 20:a:d2:succeeded 21:a:d2:pass', 'passed', false, 'promoted'),
('another commit, then pending', '10:a:d1:other 20:a:d2:succeeded', 'pending', false, 'promoted'),
('another commit, then begun', '10:a:d1:other 20:a:d2:in_progress', 'pending', false, 'in_progress'),
('another commit, then a warning', '10:a:d1:other 20:a:d2:succeeded 21:a:d2:warning', 'in_progress', false, 'promoted'),
('another commit, then a failed check', '10:a:d1:other 20:a:d2:succeeded 21:a:d2:fail', 'failed', true, 'promoted'),
('a failure before another commit', '10:a:d1:failed 20:a:d2:other 21:a:d2:pass 30:a:d3:succeeded', 'failed', true,
  'promoted'),
('a pass before another commit', '10:a:d1:succeeded 11:a:d1:pass 20:a:d2:other 30:a:d3:succeeded', 'pending', false,
  'promoted'),
('another commit after a pass', '10:a:d1:succeeded 11:a:d1:pass 20:a:d2:other', 'failed', true, 'in_progress'),
('another commit that failed', '10:a:d1:other-failed 20:a:d2:succeeded', 'failed', true, 'promoted'),
('another commit whose check failed', '10:a:d1:other 11:a:d1:fail 20:a:d2:succeeded', 'failed', true, 'promoted'),
-- Unfinished ones.
('in progress with a pass', '10:a:d1:in_progress 11:a:d1:pass', 'in_progress', false, 'in_progress'),
('in progress with a failed check', '10:a:d1:in_progress 11:a:d1:fail', 'failed', true, 'in_progress'),
('succeeded after its pass', '10:a:d1:in_progress 11:a:d1:pass 12:a:d1:succeeded', 'passed', false, 'promoted'),
('failed after its pass', '10:a:d1:in_progress 11:a:d1:pass 12:a:d1:failed', 'failed', true, 'failed'),
(
    'a failure, then in progress with a pass',
    '10:a:d1:failed 20:a:d2:in_progress 21:a:d2:pass',
    'failed',
    true,
    'failed'
),
('a failure, then succeeded after its pass', '10:a:d1:failed 20:a:d2:in_progress 21:a:d2:pass 22:a:d2:succeeded',
  'passed', false, 'promoted'),
-- Undone ones.
('a pass that was undone', '10:a:d1:succeeded 11:a:d1:pass 20:a:d1:rolled_back', 'in_progress', false, 'rolled_back'),
('a pass that was undone had cleared', '5:a:d0:failed 10:a:d1:succeeded 11:a:d1:pass 20:a:d1:rolled_back',
  'in_progress', false, 'rolled_back'),
('what never passed had cleared nothing', '5:a:d0:failed 10:a:d1:succeeded 20:a:d1:rolled_back', 'failed', true,
  'rolled_back'),
('a pass after it was undone clears nothing', '5:a:d0:failed 10:a:d1:succeeded 20:a:d1:rolled_back 21:a:d1:pass',
  'failed', true, 'rolled_back'),
('a pass before and after', '5:a:d0:failed 10:a:d1:succeeded 11:a:d1:pass 20:a:d1:rolled_back 21:a:d1:pass',
  'in_progress', false, 'rolled_back'),
('a failed check after it was undone', '10:a:d1:succeeded 11:a:d1:pass 20:a:d1:rolled_back 21:a:d1:fail', 'failed',
  true, 'rolled_back'),
('a failure that was undone', '10:a:d1:failed 20:a:d1:rolled_back', 'failed', true, 'rolled_back'),
('pending after what was undone', '5:a:d0:failed 10:a:d1:succeeded 11:a:d1:pass 20:a:d1:rolled_back 30:a:d2:succeeded',
  'pending', false, 'promoted'),
-- Targets.
('two healthy targets', '10:a:d1:succeeded 11:a:d1:pass 10:b:d1:succeeded 11:b:d1:pass', 'passed', false, 'promoted'),
('one target is pending', '10:a:d1:succeeded 11:a:d1:pass 10:b:d1:succeeded', 'in_progress', false, 'promoted'),
('one target has begun', '10:a:d1:succeeded 11:a:d1:pass 10:b:d1:in_progress', 'in_progress', false, 'in_progress'),
('one target failed its check', '10:a:d1:succeeded 11:a:d1:pass 10:b:d1:succeeded 11:b:d1:fail', 'failed', true,
  'promoted'),
('one target failed', '20:a:d1:succeeded 21:a:d1:pass 10:b:d1:failed', 'failed', true, 'failed'),
('one target failed, and another is in progress', '10:a:d1:failed 20:b:d1:in_progress', 'failed', true, 'failed'),
('one target has another commit', '10:a:d1:succeeded 11:a:d1:pass 10:b:d1:other', 'failed', true, 'in_progress'),
('one target was undone', '10:a:d1:succeeded 11:a:d1:pass 10:b:d1:succeeded 20:b:d1:rolled_back', 'in_progress', false,
  'rolled_back'),
('one failed and one was undone', '10:a:d1:failed 10:b:d1:succeeded 20:b:d1:rolled_back', 'failed', true, 'failed'),
('a newer pass elsewhere heals no target', '10:a:d1:failed 30:b:d2:succeeded 31:b:d2:pass', 'failed', true, 'failed'),
('a target that failed is healed', '10:a:d1:succeeded 11:a:d1:pass 10:b:d1:failed 20:b:d2:succeeded 21:b:d2:pass',
  'passed', false, 'promoted'),
('three targets, the third failed', '10:a:d1:succeeded 11:a:d1:pass 10:b:d1:succeeded 11:b:d1:pass 10:c:d1:failed',
  'failed', true, 'failed'),
('three targets, all healthy in the end', '10:a:d1:failed 20:a:d2:succeeded 21:a:d2:pass 10:b:d1:other '
  '20:b:d2:succeeded 21:b:d2:pass 10:c:d1:in_progress 11:c:d1:pass 12:c:d1:succeeded', 'passed', false, 'promoted'),
('the same reference in each target', '10:a:x:succeeded 11:a:x:fail 10:b:x:succeeded 11:b:x:pass 12:a:x:pass',
  'passed', false, 'promoted');

grant select on histories to service_role;

-- Send a history to the environment, in an order that `seed` decides. Unless that is its own, send it twice: a check of
-- a deployment that is not known yet counts the second time.
create function pg_temp.play(name text, environment text, steps text, seed text) returns void
language plpgsql volatile as $$
declare
  v_step text[];
  v_payload jsonb;
begin
  perform pg_temp.ready(name);
  for v_step in
    select string_to_array(s.step, ':')
    from unnest(string_to_array(steps, ' ')) with ordinality as s (step, n)
    cross join generate_series(1, case seed when 'forward' then 1 else 2 end) as round
    order by round, case seed when 'forward' then s.n when 'backward' then -s.n end, md5(seed || round || s.step)
  loop
    v_payload := jsonb_build_object('environment', environment, 'target', v_step[2], 'deployment_ref', v_step[3]);
    perform ops.ingest_event(case
      when v_step[4] in ('pass', 'fail', 'warning') then pg_temp.event('health_check', name, v_step[1]::numeric,
        v_payload || jsonb_build_object('status', v_step[4], 'artifact_ref', 'https://evidence.test/' || v_step[1]),
        null, md5(name || v_step::text))
      else pg_temp.event('deployment_event', name, v_step[1]::numeric, v_payload || jsonb_build_object(
        'status', case v_step[4] when 'other' then 'succeeded' when 'other-failed' then 'failed' else v_step[4] end,
        'source_ref', case when v_step[4] like 'other%' then 'sha-other' else 'sha-1' end),
        null, md5(name || v_step::text))
    end);
  end loop;
end
$$;

-- One order in each environment by day, two at night. `53_any_order_test.sql` and the random histories have others.
create temporary table orders (environment text, seed text);
insert into orders values ('staging', 'forward'), ('production', 'mixed');
insert into orders select * from (values ('staging', 'mixed'), ('production', 'backward')) as o (environment, seed)
where current_setting('pgtap.effort', true) = 'nightly';
grant select on orders to service_role;

set local role service_role;
\ir helpers/members.psql

select pg_temp.play(concat_ws(' ', h.name, o.environment, o.seed), o.environment, h.steps, o.seed)
from histories as h cross join orders as o;

select is(
  array_agg(distinct pg_temp.stored(concat_ws(' ', h.name, o.environment, o.seed), 'G4')), array[h.g4],
  format('%s: G4 is %s in each environment, whatever the order of arrival', h.name, h.g4)
)
from histories as h cross join orders as o
group by h.name, h.g4;
select is(
  array_agg(distinct pg_temp.eligible(concat_ws(' ', h.name, 'staging', s.seed), 'production')), array[not h.blocks],
  format(
      '%s: production is %s by staging, whatever the order',
      h.name,
      case when h.blocks then 'blocked' else 'not blocked' end
  )
)
from histories as h inner join orders as s on s.environment = 'staging'
group by h.name, h.blocks;
select is(
  array_agg(distinct pg_temp.released(concat_ws(' ', h.name, 'production', s.seed))), array[h.released],
  format('%s: the release is %s, whatever the order', h.name, h.released)
)
from histories as h inner join orders as s on s.environment = 'production'
group by h.name, h.released;
select is(
  count(distinct(
    select
        jsonb_agg(
            jsonb_build_array(d.target, d.deployment_ref, d.status, d.g4_status) order by d.target, d.deployment_ref
        )
    from ops.deployments as d
where d.release_id = pg_temp.release(concat_ws(' ', h.name, o.environment, o.seed))
  ))::integer, 1, format('%s: the deployments end the same in each order and environment', h.name)
)
from histories as h cross join orders as o
group by h.name;

select set_eq(
  $$ select d.g4_status::text from ops.deployments d where d.source_ref = 'sha-other' $$, array['failed'],
  'a deployment of another commit is failed, whatever was reported after it'
);
-- Every report says the same, now and in replay.
select is_empty(
  $$ select r.release_name, g.gate_code, g.status, ops.gate_status_at(g.gate_id, clock_timestamp())
     from ops.releases r join ops.release_gates g on g.release_id = r.release_id
     where g.status::text <> ops.gate_status_at(g.gate_id, clock_timestamp()) $$,
  'every stored verdict is the replay of the present'
);
select is_empty(
  $$ select l.idempotency_key, l.result #>> '{gate,status_after}'
     from ops.event_ingest_log l
     where l.processing_status = 'accepted' and (l.idempotency_key < 'agent/4' or current_setting('pgtap.effort', true) = 'nightly')
       and l.result #>> '{gate,status_after}' <> ops.gate_status_at((l.result #>> '{gate,gate_id}')::uuid, l.created_at) $$,
  'every answered verdict is the replay of its moment'
);
select is_empty(
  $$ select r.release_name from ops.releases r
     where ops.is_eligible_for_promotion(r.release_id, 'production') is distinct from
         ops.was_eligible_for_promotion(r.release_id, 'production', clock_timestamp())
       or ops.is_eligible_for_promotion(r.release_id, 'production')
         = exists (select from ops.promotion_blockers(r.release_id, 'production')) $$,
  'eligibility, blockers and replay agree'
);
select is_empty(
  $$ select v.release_name from ops.v_promotion_eligibility v
     where v.eligible_for_production <> ops.is_eligible_for_promotion(v.release_id, 'production')
       or v.production_blocker is distinct from (
         select format('%s: %s (%s)', b.gate_code, b.requirement, b.detail)
         from ops.promotion_blockers(v.release_id, 'production') as b limit 1) $$,
  'the eligibility view agrees with the functions'
);
select is_empty(
  $$ select v.release_name, v.gap from ops.v_evidence_completeness v
     where v.gap <> exists (
       select from ops.gate_findings(v.gate_id) as f
       where f.kind = 'evidence' and f.enforcement = 'blocking' and f.state <> 'satisfied') $$,
  'the evidence view agrees with the findings, for one target and for several'
);
select results_eq(
  $$ select v.present, v.missing, v.gap from ops.v_evidence_completeness v
     where v.release_id = pg_temp.release('one target is pending staging forward') and v.gate_code = 'G4' $$,
  $$ values ('{}'::text[], '{health_check}'::text[], true) $$,
  'evidence for one target is a gap while another has none'
);
-- The finding names each target that is not healthy, and no other.
select results_eq(
  $$ select f.detail like '%target b%', f.detail like '%target a%', f.state::text, f.who, f.remedy is not null
     from ops.gate_findings(pg_temp.gate('one target failed staging forward', 'G4')) as f
     where f.kind = 'deployment_health' $$,
  $$ values (true, false, 'failed', 'sre', true) $$,
  'the finding on G4 names the target that failed, and not the healthy one'
);
select results_eq(
  $$ select b.detail like '%target b%', b.detail like '%target a%', b.kind::text, b.subject
     from ops.promotion_blockers(pg_temp.release('one target failed staging forward'), 'production') as b $$,
  $$ values (true, false, 'deployment_health', 'staging') $$,
  'the blocker of production names the target of staging that failed'
);
select results_eq(
  $$ select f.detail like '%target b%', f.state::text
     from ops.gate_findings(pg_temp.gate('one target is pending staging forward', 'G4')) as f
     where f.kind = 'deployment_health' $$,
  $$ values (true, 'unsatisfied') $$, 'the finding on G4 names the target that is pending'
);

-- A check that policy asks for on G4 is asked of each deployment.
select pg_temp.set_policy(
  'G4', '[{"kind": "deployment_health"}, {"kind": "check", "subject": "smoke"}]', 'pgtap/project'
);
select pg_temp.ready('asked');
select pg_temp.deploy('asked', 10, 'staging', 'd1', 'succeeded', jsonb_build_object('target', t.target))
from unnest(array['a', 'b', 'c']) as t (target);
create function pg_temp.smoke(target text, status text, minute numeric) returns text
language sql as $$
  select ops.ingest_event(pg_temp.event('health_check', 'asked', minute, jsonb_build_object(
    'environment', 'staging', 'target', target, 'deployment_ref', 'd1', 'status', status, 'check_name', 'smoke',
    'artifact_ref', 'https://evidence.test/smoke'))) ->> 'status'
$$;
create function pg_temp.asked() returns text
language sql as $$
  select concat_ws(' ', f.state, substring(f.detail from 'target (\w)'))
  from ops.gate_findings(pg_temp.gate('asked', 'G4')) as f where f.kind = 'check'
$$;
select is(pg_temp.asked(), 'unsatisfied a', 'a check is asked of the first target');
select pg_temp.smoke('a', 'pass', 11);
select is(pg_temp.asked(), 'unsatisfied b', 'a check that passed for one target is missing for the others');
select pg_temp.smoke('c', 'fail', 11);
select is(pg_temp.asked(), 'failed c', 'a check that failed for one target fails the gate');
select pg_temp.smoke('b', 'pass', 12);
select pg_temp.smoke('c', 'pass', 12);
select is(
  pg_temp.asked() || ' ' || pg_temp.stored('asked', 'G4'),
  'satisfied a passed',
  'a check that passed for each target is satisfied'
);

-- By table as by event.
select pg_temp.ready('direct');
insert into ops.deployments (release_id, environment, target, deployment_ref, source_ref, status) values
(pg_temp.release('direct'), 'production', 'a', 'd1', 'sha-1', 'succeeded'),
(pg_temp.release('direct'), 'production', 'b', 'd1', 'sha-other', 'succeeded');
select results_eq(
  $$ select d.target::text collate "default", d.g4_status::text, d.was_eligible from ops.deployments d
     where d.release_id = pg_temp.release('direct') order by d.target $$,
  $$ values ('a', 'pending', true), ('b', 'failed', false) $$,
  'deployments that are inserted directly have their own targets, and one of another commit is failed'
);
select is(pg_temp.stored('direct', 'G4'), 'failed', 'G4 looks at all of them');
select throws_ok(
  $$ insert into ops.deployments (release_id, environment, target, deployment_ref, source_ref, status)
     values (pg_temp.release('direct'), 'production', ' ', 'd2', 'sha-1', 'succeeded') $$,
  '23514', null, 'a target is not blank'
);
select throws_ok(
  $$ update ops.deployments set target = 'c' where release_id = pg_temp.release('direct') $$, 'OPS05', null,
  'a deployment keeps its target'
);
select is(
  pg_temp.deploy('direct', 50, 'production', 'd3', 'succeeded', '{"target": null}'), 'accepted', 'a target may be null'
);
select
    is(
        (pg_temp.deployment('direct', 'd3')).target::text collate "default",
        'default',
        'a target that is null is default'
    );
select is(
  pg_temp.deploy('direct', 50, 'production', 'd4', 'succeeded', '{"target": "  "}'), 'invalid_payload',
  'a blank target is refused'
);
select is(
  pg_temp.health('direct', 51, 'production', 'd1', 'pass'), 'unknown_deployment',
  'a health check names the target of its deployment'
);

select finish();
rollback;
