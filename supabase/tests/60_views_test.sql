begin;
create extension if not exists pgtap with schema extensions;
select plan(19);

\ir helpers/functions.psql

create function pg_temp.plan_of(statement text) returns setof text
language plpgsql as $$
begin
  return query execute 'explain (costs off) ' || statement;
end
$$;

set local role service_role;
\ir helpers/members.psql

-- v_release_gate_summary: the status of each gate, since when, and on how many facts.
select columns_are(
  'ops', 'v_release_gate_summary', array[
    'release_id', 'project', 'release_name', 'release_status', 'opened_at', 'gate_id', 'gate_code', 'gate_name',
    'status', 'since', 'resolved_by', 'exception_id', 'first_missing', 'checks_passed', 'checks_failed',
    'checks_warning', 'checks_skipped', 'approvals', 'evidence', 'imported'
  ], 'v_release_gate_summary has these columns'
);
select pg_temp.open('known');
select results_eq(
  $$ select gate_code::text, status::text, since between opened_at and clock_timestamp(), resolved_by, exception_id,
       first_missing is null,
       checks_passed + checks_failed + checks_warning + checks_skipped + approvals + evidence, release_status::text
     from ops.v_release_gate_summary where release_id = pg_temp.release('known') order by gate_code $$,
  $$ select g.code, 'pending', true, null::text, null::uuid, false, 0::bigint, 'draft'
     from (values ('G1'), ('G2'), ('G3'), ('G4')) as g (code) $$,
  'a release without facts has four pending gates, since it was opened'
);
select pg_temp.build('known', 1, 'fail', '{
  "checks": [
    {"check_name": "lint", "status": "warning"}, {"check_name": "linux", "status": "skipped"},
    {"check_name": "windows", "status": "skipped"}, {"check_name": "docs", "status": "fail"}],
  "evidence": [{"artifact_type": "build_log", "artifact_url": "https://evidence.test/log"}]}');
select results_eq(
  $$ select status::text, checks_passed, checks_failed, checks_warning, checks_skipped, approvals, evidence
     from ops.v_release_gate_summary where gate_id = pg_temp.gate('known', 'G1') $$,
  $$ values ('failed', 0::bigint, 2::bigint, 1::bigint, 2::bigint, 0::bigint, 1::bigint) $$,
  'each check is counted once, by its status'
);
select pg_temp.build('known', 2, 'pass', '{
  "checks": [{"check_name": "docs", "status": "pass"}, {"check_name": "windows", "status": "warning"}]}');
select pg_temp.build('known', 1.5, 'fail', '{"checks": [{"check_name": "docs", "status": "fail"}]}');
select pg_temp.check_by_hand('known', 'pass');
select pg_temp.sign('known', 3, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('known', 4, 'G2', 'qa-1', 'approved');
select pg_temp.sign('known', 5, 'G2', 'qa-2', 'rejected', 'uat_summary');
select pg_temp.sign('known', 120, 'G2', 'qa-2', 'approved');
select pg_temp.sign('known', 7, 'G3', 'rm-1', 'approved', 'rollback_plan');
select pg_temp.sign('known', 8, 'G3', 'rm-2', 'rejected');
select pg_temp.deploy('known', 10, 'staging', 's1', 'succeeded');
select pg_temp.health('known', 11, 'staging', 's1', 'fail');
select pg_temp.deploy('known', 20, 'staging', 's2', 'succeeded');
select pg_temp.health('known', 21, 'staging', 's2', 'pass');
select results_eq(
  $$ select project, release_name::text collate "default", release_status::text, gate_code::text, gate_name,
       status::text, resolved_by, exception_id, first_missing is null, checks_passed, checks_failed, checks_warning, checks_skipped, approvals,
       evidence
     from ops.v_release_gate_summary where release_id = pg_temp.release('known') order by gate_code $$,
  $$ select 'pgtap/project', 'known', 'in_progress', t.code, t.name, t.status, 'service_role', null::uuid,
       t.status = 'passed', t.passed, t.failed, t.warning, t.skipped, t.approvals, t.evidence
     from (values
       ('G1', 'Build Integrity', 'passed', 3::bigint, 0::bigint, 2::bigint, 1::bigint, 0::bigint, 1::bigint),
       ('G2', 'Validation Readiness', 'passed', 0, 0, 0, 0, 2, 2),
       ('G3', 'Promotion Readiness', 'failed', 0, 0, 0, 0, 1, 1),
       ('G4', 'Post-Deploy Operational Confirmation', 'passed', 1, 1, 0, 0, 0, 2)
     ) as t (code, name, status, passed, failed, warning, skipped, approvals, evidence) $$,
  'the counts are of the latest checks by deployment, name and trust, the approvals in force and all evidence'
);
select results_eq(
  $$ select s.gate_id, s.opened_at, s.since, s.first_missing from ops.v_release_gate_summary s
     where s.release_id = pg_temp.release('known') order by s.gate_code $$,
  $$ select g.gate_id, r.created_at, g.resolved_at, (
       select format('%s (%s)', f.requirement, f.detail) from ops.gate_findings(g.gate_id) as f
       where f.state <> 'satisfied' and f.enforcement = 'blocking' limit 1)
     from ops.release_gates g join ops.releases r on r.release_id = g.release_id
     where r.release_id = pg_temp.release('known') order by g.gate_code $$,
  'since is when the verdict was reached, and first_missing is the first blocking finding'
);
select pg_temp.open('ties');
select pg_temp.build('ties', 1, t.status) from unnest(array['pass', 'fail', 'warning']) as t (status);
select pg_temp.sign('ties', 2, 'G2', 'qa-1', t.decision)
from unnest(array['approved', 'request_changes']) as t (decision);
select results_eq(
  $$ select gate_code::text, status::text, checks_passed, checks_failed, checks_warning, approvals
     from ops.v_release_gate_summary where release_id = pg_temp.release('ties') order by gate_code limit 2 $$,
  $$ values
    ('G1', 'failed', 0::bigint, 1::bigint, 0::bigint, 0::bigint), ('G2', 'in_progress', 0, 0, 0, 0) $$,
  'of checks or decisions at the same time, the worse is counted'
);
select results_eq(
  $$ select status::text, since = (
       select g.entered_at from ops.release_gates g where g.gate_id = s.gate_id), resolved_by
     from ops.v_release_gate_summary s where gate_id = pg_temp.gate('ties', 'G2') $$,
  $$ values ('in_progress', true, null::text) $$,
  'since of a gate in progress is its first fact, and resolved_by is null'
);

-- v_promotion_eligibility: whether a release may go further, and the first blocker.
select columns_are(
  'ops', 'v_promotion_eligibility', array[
    'release_id', 'project', 'release_name', 'environment_target', 'release_status', 'opened_at',
    'eligible_for_staging', 'eligible_for_production', 'staging_blocker', 'production_blocker',
    'imported'
  ], 'v_promotion_eligibility has these columns'
);
select pg_temp.open('nothing', 'staging');
select pg_temp.open('built');
select pg_temp.build('built', 1, 'pass');
select pg_temp.open('tested');
select pg_temp.build('tested', 1, 'pass');
select pg_temp.sign('tested', 2, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.ready(t.name) from unnest(array['ready', 'sick', 'healed', 'sick and excepted']) as t (name);
select pg_temp.deploy(t.name, 10, 'staging', 's1', 'succeeded')
from unnest(array['sick', 'healed', 'sick and excepted']) as t (name);
select pg_temp.health(t.name, 11, 'staging', 's1', 'fail')
from unnest(array['sick', 'healed', 'sick and excepted']) as t (name);
select pg_temp.deploy('sick', 20, 'staging', 's2', 'succeeded');
select pg_temp.health('healed', 21, 'staging', 's1', 'pass');
select pg_temp.except_for('sick and excepted', 'gate_bypass', '{G1,G2,G3,G4}');
select pg_temp.open(t.name)
from unnest(array['bypass', 'partial', 'override', 'expired', 'upcoming', 'begun', 'revoked']) as t (name);
select pg_temp.build(t.name, 1, 'fail')
from unnest(array['bypass', 'partial', 'override', 'expired', 'upcoming', 'begun', 'revoked']) as t (name);
select pg_temp.except_for('bypass', 'gate_bypass', '{G1,G2,G3}');
select pg_temp.except_for('partial', 'gate_bypass', '{G1,G2}');
select pg_temp.except_for('override', 'timing_override', '{G1,G2,G3}');
select pg_temp.except_for('upcoming', 'gate_bypass', '{G1,G2,G3}', starts => clock_timestamp() + interval '1 hour');
select pg_temp.except_for('revoked', 'gate_bypass', '{G1,G2,G3}');
select results_eq(
  $$ select v.gate_code::text, v.status::text, v.exception_id, v.first_missing is null from ops.v_release_gate_summary v
     where v.release_id = pg_temp.release('bypass') order by v.gate_code $$,
  $$ select t.code, t.status, case t.status when 'bypassed' then x.exception_id end, false
     from (values ('G1', 'bypassed'), ('G2', 'bypassed'), ('G3', 'bypassed'), ('G4', 'pending')) as t (code, status)
     join ops.exceptions x on x.release_id = pg_temp.release('bypass') order by t.code $$,
  'a bypassed gate names its exception and what is missing'
);
select results_eq(
  $$ select eligible_for_staging, eligible_for_production from ops.v_promotion_eligibility
     where release_id = pg_temp.release('revoked') $$,
  $$ values (true, true) $$, 'an exception counts before it is revoked'
);
update ops.exceptions set revoked_at = now()
where release_id = pg_temp.release('revoked');
select pg_temp.except_for('expired', 'gate_bypass', '{G1,G2,G3}', lasts => '200 milliseconds');
select pg_temp.except_for(
  'begun', 'gate_bypass', '{G1,G2,G3}', starts => clock_timestamp() + interval '200 milliseconds'
);
select pg_temp.wait_until(max(t.moment))
from (
  select x.effective_from as moment
  from ops.exceptions as x
  where x.release_id = pg_temp.release('begun')
  union all
  select x.expires_at
  from ops.exceptions as x
  where x.release_id = pg_temp.release('expired')
) as t;
select results_eq(
  $$ select release_name::text collate "default", eligible_for_staging, eligible_for_production,
       left(staging_blocker, 3), left(production_blocker, 3)
     from ops.v_promotion_eligibility where project = 'pgtap/project' order by release_name collate "C" $$,
  $$ values
    ('begun', true, true, null, null),
    ('built', false, false, 'G2:', 'G2:'),
    ('bypass', true, true, null, null),
    ('expired', false, false, 'G1:', 'G1:'),
    ('healed', true, true, null, null),
    ('known', true, false, null, 'G3:'),
    ('nothing', false, false, 'G1:', 'G1:'),
    ('override', false, false, 'G1:', 'G1:'),
    ('partial', true, false, null, 'G3:'),
    ('ready', true, true, null, null),
    ('revoked', false, false, 'G1:', 'G1:'),
    ('sick', true, false, null, 'G4:'),
    ('sick and excepted', true, true, null, null),
    ('tested', true, false, null, 'G3:'),
    ('ties', false, false, 'G1:', 'G1:'),
    ('upcoming', false, false, 'G1:', 'G1:') $$,
  'gates, active exceptions and the health of staging decide the eligibility'
);
select is_empty(
  $$ select v.release_name from ops.v_promotion_eligibility v
     where v.eligible_for_staging is distinct from ops.is_eligible_for_promotion(v.release_id, 'staging')
       or v.eligible_for_production is distinct from ops.is_eligible_for_promotion(v.release_id, 'production') $$,
  'the view agrees with ops.is_eligible_for_promotion'
);
select is_empty(
  $$ select v.release_name from ops.v_promotion_eligibility v
     where (v.staging_blocker is null) is distinct from v.eligible_for_staging
       or (v.production_blocker is null) is distinct from v.eligible_for_production $$,
  'the view names a blocker exactly when a release is not eligible'
);
select is_empty(
  $$ select v.release_name, t.target, t.blocker from ops.v_promotion_eligibility v
     cross join lateral (values
       ('staging', v.staging_blocker), ('production', v.production_blocker)) as t (target, blocker)
     where split_part(t.blocker, ': ', 1) is distinct from coalesce((
       select b.gate_code::text from ops.promotion_blockers(v.release_id, t.target) as b limit 1), t.blocker)
       or split_part(t.blocker, ': ', 2) = '' $$,
  'the blocker begins with the gate of the first row of ops.promotion_blockers'
);
select results_eq(
  $$ select v.release_name::text collate "default", v.project, v.environment_target::text, v.release_status::text,
       v.opened_at
     from ops.v_promotion_eligibility v where v.release_id = any(array[
       pg_temp.release('nothing'), pg_temp.release('ready')]) order by 1 $$,
  $$ select t.name, 'pgtap/project', t.target, t.status, r.created_at
     from (values ('nothing', 'staging', 'draft'), ('ready', 'production', 'in_progress')) as t (name, target, status)
     join ops.releases r on r.release_id = pg_temp.release(t.name) $$,
  'each release has its target and its status'
);
select is(
  ops.evaluate_gate(pg_temp.gate('expired', 'G1')), 'failed',
  'evaluate_gate judges a gate again after its exception expired'
);
select results_eq(
  $$ select eligible_for_staging, left(staging_blocker, 3) from ops.v_promotion_eligibility
     where release_id = pg_temp.release('expired') $$,
  $$ values (false, 'G1:') $$, 'the view shows an expired exception'
);

-- A query for one release uses indexes, not sequential scans.
set local enable_seqscan = off;
select is_empty(
  format(
    $$ select p from pg_temp.plan_of(%L) as p where p like '%%Seq Scan%%' $$,
    format('select * from ops.%I where release_id = %L', t.name, pg_temp.release('ready'))
  ), format('%s finds one release by index', t.name)
)
from unnest(array['v_promotion_eligibility', 'v_release_gate_summary']) as t (name);

select finish();
rollback;
