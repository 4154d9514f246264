begin;
create extension if not exists pgtap with schema extensions;
select plan(53);

\ir helpers/functions.psql
\ir helpers/views_agree.psql

create function pg_temp.gates_shown(name text) returns text[]
language sql as $$
  select array_agg(v.status::text order by v.gate_code)
  from ops.v_release_gate_summary v
  where v.release_id = pg_temp.release(name)
$$;

set local role service_role;
\ir helpers/members.psql

-- Without exceptions.
select pg_temp.open('bare');
select is(pg_temp.differences(), '{}', 'views and functions agree on a release without facts');
select pg_temp.ready('plain');
select is(pg_temp.differences(), '{}', 'they agree on a release that is ready');
select pg_temp.ready('unhealthy');
select pg_temp.deploy('unhealthy', 5, 'staging', 's1', 'succeeded');
select pg_temp.health('unhealthy', 6, 'staging', 's1', 'fail');
select is(pg_temp.differences(), '{}', 'they name the same blocker when staging failed its health check');

-- In these releases G2 has its approval and evidence and waits for G1, whose build failed.
select pg_temp.open(t.name) from unnest(array['window', 'late', 'overlap', 'revoked', 'upcoming']) as t (name);
select pg_temp.build(t.name, 1, 'fail')
from unnest(array['window', 'late', 'overlap', 'revoked', 'upcoming']) as t (name);
select pg_temp.sign(t.name, 2, 'G2', 'qa-1', 'approved', 'test_result')
from unnest(array['window', 'late', 'overlap', 'revoked', 'upcoming']) as t (name);
select pg_temp.open('waiver');
select pg_temp.build('waiver', 1, 'pass');
select pg_temp.sign('waiver', 2, 'G2', 'qa-1', 'approved');
select pg_temp.sign('waiver', 3, 'G3', 'rm-1', 'approved');

-- Facts arrive while an exception is active. Then it is revoked.
select pg_temp.except_for('upcoming', 'gate_bypass', '{G1}', starts => clock_timestamp() + interval '1 hour');
select pg_temp.except_for('revoked', 'gate_bypass', '{G1}');
select is(pg_temp.gates_shown('revoked'), '{bypassed,passed,pending,pending}', 'G2 passes after a bypassed G1');
select is(pg_temp.differences(), '{}', 'they agree while an exception is active, and before another begins');
select pg_temp.sign(t.name, 4, 'G3', 'rm-1', 'approved', 'rollback_plan')
from unnest(array['revoked', 'upcoming']) as t (name);
select is(pg_temp.gates_shown('revoked'), '{bypassed,passed,passed,pending}', 'G3 passes after a bypassed G1');
select is(pg_temp.differences(), '{}', 'they agree after facts that arrived under an exception');
select pg_temp.deploy('revoked', 5, 'staging', 's1', 'succeeded');
select pg_temp.health('revoked', 6, 'staging', 's1', 'fail');
select is(pg_temp.differences(), '{}', 'they agree after a failure in staging under an exception');
update ops.exceptions set revoked_at = now()
where release_id = pg_temp.release('revoked');
select is(
  pg_temp.gates_shown('revoked'), '{failed,in_progress,in_progress,failed}',
  'the gates fall back when the exception is revoked'
);
select is(pg_temp.differences(), '{}', 'they agree after an exception was revoked');
update ops.exceptions set revoked_at = now()
where release_id = pg_temp.release('upcoming');
select pg_temp.health('revoked', 7, 'staging', 's1', 'pass');
select pg_temp.sign('upcoming', 5, 'G2', 'qa-2', 'rejected');
select is(
  pg_temp.differences(), '{}', 'they agree after later facts, and on an exception that was revoked before it began'
);
select pg_temp.build(t.name, 8, 'pass') from unnest(array['revoked', 'upcoming']) as t (name);
select is(
  pg_temp.gates_shown('revoked'), '{passed,passed,passed,passed}', 'the gates pass once their own facts suffice'
);
select is(pg_temp.differences(), '{}', 'they agree once the gates pass on their own facts');

-- Exceptions that begin and end during the test. Of two that overlap, the second ends last.
-- Between two moments the test needs the time of a few comparisons, so that a slow machine has moments further apart.
create function pg_temp.pace() returns interval
language plpgsql as $$
declare
  v_from timestamptz := clock_timestamp();
begin
  perform pg_temp.differences();
  return greatest(interval '100 milliseconds', 2 * (clock_timestamp() - v_from));
end
$$;
create temporary table moments as
select
  t.pace,
  t.now + 5 * t.pace as begins,
  t.now + 8 * t.pace as overlap_begins,
  t.now + 10 * t.pace as ends,
  t.now + 14 * t.pace as ends_at_last
from (
  select
    pg_temp.pace() as pace,
    clock_timestamp() as now
) as t;
select pg_temp.except_for(t.name, t.type, t.gates, m.ends - m.begins, m.begins)
from (values
  ('window', 'gate_bypass', '{G1}'), ('late', 'gate_bypass', '{G1}'), ('overlap', 'gate_bypass', '{G1}'),
  ('waiver', 'evidence_waiver', '{G2,G3}')
) as t (name, type, gates)
cross join moments as m;
select pg_temp.except_for(
  'overlap', 'gate_bypass', '{G1}', m.ends_at_last - m.overlap_begins, m.overlap_begins
)
from moments as m;
select is(
  pg_temp.gates_shown('window'), '{failed,in_progress,pending,pending}', 'before a bypass of G1 begins, G2 waits'
);
select is(
  pg_temp.gates_shown('waiver'), '{passed,in_progress,in_progress,pending}',
  'before an evidence_waiver begins, G2 and G3 lack evidence'
);
select is(pg_temp.differences(), '{}', 'they agree before exceptions begin');
select pg_temp.wait_until(m.begins) from moments as m;
select is(pg_temp.gates_shown('window'), '{bypassed,passed,pending,pending}', 'G2 passes as soon as the bypass begins');
select is(
  pg_temp.gates_shown('waiver'), '{passed,bypassed,bypassed,pending}',
  'an evidence_waiver covers G2 and G3 as soon as it begins'
);
select is(pg_temp.differences(), '{}', 'they agree after exceptions began, before a status was stored');
select pg_temp.sign('late', 3, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(pg_temp.differences(), '{}', 'they agree after a fact under exceptions that soon end');
select pg_temp.wait_until(m.overlap_begins) from moments as m;
select is(pg_temp.differences(), '{}', 'they agree while two exceptions overlap');
select pg_temp.wait_until(m.ends) from moments as m;
select is(
  pg_temp.gates_shown(t.name), t.gates::text[], format('%s: the gates fall back when the exception ends', t.name)
)
from (values
  ('window', '{failed,in_progress,pending,pending}'), ('late', '{failed,in_progress,in_progress,pending}'),
  ('waiver', '{passed,in_progress,in_progress,pending}')
) as t (name, gates);
select is(pg_temp.differences(), '{}', 'they agree after exceptions ended, before a status was stored');
select pg_temp.wait_until(m.ends_at_last) from moments as m;
select is(
  pg_temp.gates_shown('overlap'), '{failed,in_progress,pending,pending}',
  'the gates fall back when the last of two exceptions ends'
);
select is(pg_temp.differences(), '{}', 'they agree after the last of two exceptions ended');
select pg_temp.sign('window', 4, 'G3', 'rm-1', 'approved', 'rollback_plan');
select pg_temp.build('late', 5, 'pass');
select pg_temp.sign('waiver', 6, 'G2', 'qa-2', 'approved', 'uat_summary');
select ops.evaluate_gate(pg_temp.gate('overlap', 'G2'));
select is(pg_temp.differences(), '{}', 'they agree after later facts, and after evaluate_gate stored a status');

-- Facts on several gates in one statement.
select pg_temp.open('together');
insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured)
values
(pg_temp.release('together'), pg_temp.gate('together', 'G2'), 'qa-1', 'qa_tester', 'approved', 'gate', '{"met": 1}'),
(
  pg_temp.release('together'), pg_temp.gate('together', 'G3'), 'rm-1', 'release_manager', 'rejected', 'gate',
  '{"met": 0}'
);
select is(
  pg_temp.gates_shown('together'), '{pending,in_progress,failed,pending}',
  'every gate that one statement touches is judged'
);
select is(pg_temp.differences(), '{}', 'they agree after decisions on two gates in one statement');

-- Evidence after each kind of fact. On G4 only evidence of the newest deployment counts.
create function pg_temp.g4_evidence() returns text
language sql as $$
  select concat_ws(' ', v.evidence, case when v.gap then 'gap' else 'whole' end)
  from ops.v_evidence_completeness v
  where v.gate_id = pg_temp.gate('deployed', 'G4')
$$;
select pg_temp.open('deployed');
select is(pg_temp.g4_evidence(), '0 gap', 'without a deployment, evidence of its health is missing');
select pg_temp.deploy('deployed', 10, 'staging', 's1', 'succeeded');
select is(pg_temp.differences(), '{}', 'they agree after a deployment');
select pg_temp.health('deployed', 11, 'staging', 's1', 'pass');
select is(pg_temp.g4_evidence(), '1 whole', 'a health check is evidence on G4');
select pg_temp.deploy('deployed', 20, 'staging', 's2', 'succeeded');
select is(pg_temp.g4_evidence(), '0 gap', 'evidence of an earlier deployment does not count for a newer one');
select is(pg_temp.differences(), '{}', 'they agree after a second deployment');
insert into ops.evidence_artifacts (release_id, gate_id, artifact_type, source_system, artifact_url)
values (
  pg_temp.release('deployed'), pg_temp.gate('deployed', 'G4'), 'health_check', 'manual', 'https://evidence.test/of-none'
);
select is(pg_temp.g4_evidence(), '0 gap', 'evidence without a deployment does not count on G4');
select is(pg_temp.differences(), '{}', 'they agree after an artifact without a deployment');
select pg_temp.health('deployed', 21, 'staging', 's2', 'fail');
select is(pg_temp.g4_evidence(), '1 whole', 'a failed health check is evidence too');
select pg_temp.deploy('deployed', 30, 'production', 'p1', 'in_progress');
select is(pg_temp.g4_evidence(), '0 gap', 'G4 is about production as soon as there is a deployment to it');
select pg_temp.except_for('deployed', 'gate_bypass', '{G1,G4}');
select is(pg_temp.g4_evidence(), '0 gap', 'a bypass does not close the gap in evidence');
select is(pg_temp.differences(), '{}', 'they agree on evidence under a bypass');
select pg_temp.health('deployed', 31, 'production', 'p1', 'pass');
select is(pg_temp.g4_evidence(), '1 whole', 'a health check under a bypass counts as evidence');
select pg_temp.ran_before('sha-0', 'production');
select pg_temp.deploy(
  'deployed', 40, 'production', 'r1', 'succeeded', '{"rollback_of_ref": "p1", "source_ref": "sha-0"}'
);
select is(pg_temp.g4_evidence(), '1 whole', 'a rollback does not change the deployment that G4 is about');
select is(pg_temp.differences(), '{}', 'they agree after a rollback');
insert into ops.evidence_artifacts (release_id, gate_id, deployment_id, artifact_type, source_system, artifact_url)
select
  d.release_id,
  pg_temp.gate('deployed', t.code) as gate_id,
  d.deployment_id,
  t.type,
  'manual' as source_system,
  'https://evidence.test/' || t.type as artifact_url
from ops.deployments as d
cross join (
  values ('G2', 'uat_summary'::ops.ops_artifact_type), ('G3', 'rollback_plan'), ('G4', 'reference')
) as t (code, type)
where d.release_id = pg_temp.release('deployed') and d.deployment_ref = 'p1';
select is(pg_temp.g4_evidence(), '2 whole', 'an artifact that is not required is counted');
select is(pg_temp.differences(), '{}', 'they agree after artifacts that were attached by hand');
update ops.exceptions set revoked_at = now()
where release_id = pg_temp.release('deployed');
select pg_temp.build('deployed', 50, 'warning', '{"evidence": [
  {"artifact_type": "build_log", "artifact_url": "https://evidence.test/1"}]}');
select pg_temp.deploy('deployed', 60, 'production', 'p2', 'failed');
select is(pg_temp.g4_evidence(), '0 gap', 'a third deployment opens the gap again');
select is(pg_temp.differences(), '{}', 'they agree after the bypass, a build and a third deployment');

-- An exception that begins later does not change `since`.
select pg_temp.open('since');
select pg_temp.build('since', 1, 'fail');
select pg_temp.except_for('since', 'gate_bypass', '{G1}', m.pace) from moments as m;
select pg_temp.except_for('since', 'gate_bypass', '{G1}', interval '1 hour', clock_timestamp() + interval '1 hour');
select pg_temp.wait_until((
  select min(x.expires_at)
  from ops.exceptions as x
  where x.release_id = pg_temp.release('since')
));
select results_eq(
  $$ select v.status::text, v.since = (
       select min(x.expires_at) from ops.exceptions x where x.release_id = v.release_id), v.resolved_by
     from ops.v_release_gate_summary v where v.release_name = 'since' and v.gate_code = 'G1' $$,
  $$ values ('failed', true, null) $$,
  'since is when the exception ended, and resolved_by is null'
);
select is_empty(
  $$ select v.release_name, v.gate_code, v.since from ops.v_release_gate_summary v where v.since > clock_timestamp() $$,
  'since is never in the future'
);

-- Every gate that one statement touches counts for eligibility.
select pg_temp.ready('mixed');
insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
values
(pg_temp.release('mixed'), pg_temp.gate('mixed', 'G1'), 'build', 'github_actions', 'pass'),
(pg_temp.release('mixed'), pg_temp.gate('mixed', 'G2'), 'e2e', 'github_actions', 'fail');
select is(
  ops.is_eligible_for_promotion(pg_temp.release('mixed'), 'staging'), false,
  'a pass and a failure in one statement make the release ineligible'
);
select is(pg_temp.differences(), '{}', 'they agree after a pass and a failure in one statement');

-- resolved_by is null where the beginning of an exception made the verdict.
select pg_temp.open('begun');
select pg_temp.build('begun', 1, 'fail');
select pg_temp.except_for('begun', 'gate_bypass', '{G1}', interval '1 hour', clock_timestamp() + m.pace)
from moments as m;
select pg_temp.wait_until((
  select min(x.effective_from)
  from ops.exceptions as x
  where x.release_id = pg_temp.release('begun')
));
select results_eq(
  $$ select v.status::text, v.since = x.effective_from, v.resolved_by
     from ops.v_release_gate_summary v join ops.exceptions x on x.release_id = v.release_id
     where v.release_name = 'begun' and v.gate_code = 'G1' $$,
  $$ values ('bypassed', true, null) $$, 'since is when the exception began, and resolved_by is null'
);

select finish();
rollback;
