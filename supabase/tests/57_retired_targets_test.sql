begin;
create extension if not exists pgtap with schema extensions;
select plan(72);

\ir helpers/functions.psql

-- Retire a target as `who`. Returns what became of each release, or raises.
create function pg_temp.retire(
  target text, environment text default 'production', who text default 'rm-2', project text default 'pgtap/project',
  reason text default 'the region was shut down'
) returns jsonb
language sql volatile as $$
  select pg_temp.as_person('release_manager', who, format(
    'select ops.retire_target(%L, %L, %L, %L)', project, environment, target, reason))::jsonb
$$;
-- What the answer says of a release.
create function pg_temp.told(answer jsonb, name text) returns text
language sql stable as $$
  select concat_ws(' ', r ->> 'release_status_before', r ->> 'release_status', r ->> 'gate_status', r ->> 'retired_failed')
  from jsonb_array_elements(answer -> 'releases') as r where r ->> 'release_name' = name
$$;
-- Deploy p1 to each target, and report its health; what is `failed` failed itself.
create function pg_temp.deployed_to(name text, environment text, targets jsonb) returns void
language sql volatile as $$
  select pg_temp.ready(name);
  select pg_temp.deploy(name, 10, environment, 'p1',
    case t.value when 'failed' then 'failed' when 'in_progress' then 'in_progress' else 'succeeded' end,
    jsonb_build_object('target', t.key))
  from jsonb_each_text(targets) as t;
  select ops.ingest_event(pg_temp.event('health_check', name, 11, jsonb_build_object(
    'environment', environment, 'target', t.key, 'deployment_ref', 'p1', 'status', t.value,
    'artifact_ref', 'https://evidence.test/1')))
  from jsonb_each_text(targets) as t where t.value in ('pass', 'fail');
$$;
create temporary table marks (name text, moment timestamptz, g4 text, production boolean);
grant select, insert on marks to service_role;
create function pg_temp.remember(name text) returns void
language sql volatile as $$
  insert into marks select name, clock_timestamp(), pg_temp.stored(name, 'G4'), pg_temp.eligible(name, 'production')
$$;

set local role service_role;
\ir helpers/members.psql

-- A failed target.
select pg_temp.deployed_to('failed', 'production', '{"eu": "failed", "us": "pass"}');
select
    is(
        pg_temp.stored('failed', 'G4') || ' ' || pg_temp.released('failed'),
        'failed failed',
        'a failed target fails all'
    );
select pg_temp.remember('failed');
select pg_temp.deployed_to('begun', 'production', '{"eu": "in_progress", "us": "pass"}');
select is(
  pg_temp.stored('begun', 'G4') || ' ' || pg_temp.released('begun'), 'in_progress in_progress',
  'a target in progress keeps all waiting'
);
select pg_temp.deployed_to('fine', 'production', '{"eu": "pass", "us": "pass"}');
select pg_temp.deployed_to('only there', 'production', '{"eu": "pass"}');
select pg_temp.deployed_to('not there', 'production', '{"us": "failed"}');
select pg_temp.deployed_to('in staging', 'staging', '{"eu": "failed", "us": "pass"}');
create temporary table answers (answer jsonb);
grant all on answers to service_role;
insert into answers select pg_temp.retire('eu');
select set_eq(
  $$ select r ->> 'release_name' from answers, jsonb_array_elements(answer -> 'releases') as r $$,
  array['failed', 'begun', 'fine', 'only there'],
  'the answer names the releases that were deployed to the target in that environment, and no other'
);
select is(pg_temp.told(answers.answer, t.name), t.told, format('the answer says what became of %s', t.name))
from answers, (values
  ('failed', 'failed promoted passed true'), ('begun', 'in_progress promoted passed false'),
  ('fine', 'promoted promoted passed false'), ('only there', 'promoted promoted pending false')
) as t (name, told);
select
    is(
        pg_temp.stored(t.name, 'G4') || ' ' || pg_temp.released(t.name),
        t.found,
        format('%s: it was judged again', t.name)
    )
from (values
  ('failed', 'passed promoted'), ('begun', 'passed promoted'), ('fine', 'passed promoted'),
  ('only there', 'pending promoted'), ('not there', 'failed failed'), ('in staging', 'failed in_progress')
) as t (name, found);
select pg_temp.remember(m.name) from unnest(array['failed', 'begun', 'fine', 'only there', 'not there']) as m (name);
select results_eq(
  $$ select f.state::text, f.remedy is not null, f.who from ops.gate_findings(pg_temp.gate('only there', 'G4')) as f
     where f.kind = 'deployment_health' $$,
  $$ values ('unsatisfied', true, 'sre') $$, 'when every target is out, G4 stays unsatisfied, with a remedy'
);
select is_empty(
  $$ select m.name from marks m
     where ops.gate_status_at(pg_temp.gate(m.name, 'G4'), m.moment) <> m.g4
       or ops.was_eligible_for_promotion(pg_temp.release(m.name), 'production', m.moment) <> m.production $$,
  'replay knows each target until it was taken out'
);

-- Reports say so.
select results_eq(
  $$ select v.target::text collate "default", v.target_retired_at is not null, v.retired_failed
     from ops.v_deployment_history v where v.release_id = pg_temp.release('failed') order by v.target $$,
  $$ values ('eu', true, true), ('us', false, false) $$, 'the history says which target is out, and that it had failed'
);
select results_eq(
  $$ select v.target::text collate "default", v.target_retired_at is not null, v.retired_failed
     from ops.v_deployment_history v where v.release_id = pg_temp.release('fine') order by v.target $$,
  $$ values ('eu', true, false), ('us', false, false) $$, 'a healthy target that is out had not failed'
);
reset role;
select results_eq(
  $$ select r.release_name::text collate "default", f.kind::text, f.subject collate "default",
       f.enforcement::text, f.who, f.remedy is not null
     from ops.releases r cross join lateral ops_private.retired_failures(r, 'infinity') as f
     where r.project = 'pgtap/project' $$,
  $$ values ('failed', 'retired_failed', 'eu', 'advisory', 'sre', true) $$,
  'every later eligibility of the release says that a failed target was taken out'
);
select is_empty(
  $$ select f.* from ops.releases r join marks m on m.name = r.release_name
     cross join lateral ops_private.retired_failures(r, m.moment) as f
     where r.release_name = 'failed' and m.g4 = 'failed' $$,
  'it does not say so for the time before'
);
set local role service_role;

-- So does every answer on eligibility, for each environment; and no blocker comes of it.
create function pg_temp.advised(name text, environment text) returns text
language sql as $$
  select string_agg(concat_ws(' ', a.kind, a.subject), ', ')
  from ops.promotion_advice(pg_temp.release(name), environment) as a where a.kind = 'retired_failed'
$$;
select is(
  pg_temp.advised('failed', e.name), 'retired_failed eu', format('the advice on %s names the failed target', e.name)
)
from unnest(array['dev', 'staging', 'production']) as e (name);
select is(
  array(
    select t.name from unnest(array['begun', 'fine', 'only there', 'not there']) as t (name)
    where pg_temp.advised(t.name, 'production') is not null
  ), '{}', 'no advice of the kind on a release whose target had not failed, or is not out'
);

-- The staging blocker.
select is(pg_temp.eligible('in staging', 'production'), false, 'a failed target of staging blocks production');
select
    is(
        pg_temp.told(pg_temp.retire('eu', 'staging'), 'in staging'),
        'in_progress in_progress passed true',
        'it is taken out'
    );
select is(pg_temp.eligible('in staging', 'production'), true, 'a target that is out does not block production');
select pg_temp.deploy('in staging', 20, 'staging', 's2', 'failed', '{"target": "eu"}');
select is(
  pg_temp.eligible('in staging', 'production'),
  false,
  'a later deployment there brings the target back, with its failure'
);
select pg_temp.deployed_to('all staging out', 'staging', '{"eu": "failed"}');
select pg_temp.retire('eu', 'staging');
select is(
  pg_temp.eligible('all staging out', 'production') || ' ' || pg_temp.stored('all staging out', 'G4'), 'true pending',
  'when every target of staging is out, none has failed, and G4 waits'
);

-- A later deployment brings the target back for that release alone.
select pg_temp.deploy('failed', 30, 'production', 'p2', 'in_progress', '{"target": "eu"}');
select is(
  pg_temp.stored('failed', 'G4') || ' ' || pg_temp.released('failed'), 'failed failed',
  'a later deployment brings the target back, and its failure, until a newer one is healthy'
);
select is(
  pg_temp.stored('begun', 'G4'), 'passed', 'the target stays out for the other releases'
);
select is_empty(
  $$ select m.name from marks m
     where ops.gate_status_at(pg_temp.gate(m.name, 'G4'), m.moment) <> m.g4 $$,
  'replay of the time before does not change'
);
select results_eq(
  $$ select v.deployment_ref::text collate "default", v.target_retired_at is null, v.retired_failed
     from ops.v_deployment_history v
     where v.release_id = pg_temp.release('failed') and v.target = 'eu' order by 1 $$,
  $$ values ('p1', true, false), ('p2', true, false) $$, 'the history says that it is back'
);
select pg_temp.retire('eu');
select is(pg_temp.stored('failed', 'G4'), 'passed', 'it can be taken out once more');
select pg_temp.deploy('begun', 40, 'production', 'p1', 'failed', '{"target": "eu"}');
select is(
  pg_temp.stored('begun', 'G4'), 'passed', 'a later report of an old deployment does not bring the target back'
);

-- A report that was refused stands as the fact would.
select pg_temp.deployed_to('contested', 'production', '{"ap": "pass", "us": "pass"}');
select pg_temp.deploy('contested', 12, 'production', 'p1', 'failed', '{"target": "ap", "deployed_at": "never"}');
select is(pg_temp.stored('contested', 'G4'), 'failed', 'a refused report of a failure fails G4');
select pg_temp.retire('ap');
select is(pg_temp.stored('contested', 'G4'), 'passed', 'a refused report about a target that is out does not stand');
select pg_temp.deploy('contested', 13, 'production', 'p2', 'failed', '{"target": "ap", "deployed_at": "never"}');
select is(
  pg_temp.stored('contested', 'G4'), 'failed',
  'a refused report that came after the target was taken out stands: it may be of a later deployment'
);

-- Who may, and what is refused.
select pg_temp.grant_to('rm-3', 'release_manager', null);
select pg_temp.open('of rm-3', 'production', 'rm-3');
select pg_temp.deploy('of rm-3', 10, 'production', 'p1', 'failed', '{"target": "sa"}');
select
    throws_ok(
        $$ select pg_temp.retire('sa', who => 'rm-3') $$, '42501', null, 'the initiator of a release there may not'
    );
select is(pg_temp.stored('of rm-3', 'G4'), 'failed', 'what is refused changes nothing');
select lives_ok($$ select pg_temp.retire('sa', who => 'rm-1') $$, 'another release manager may');
select throws_ok(
  format('select pg_temp.as_person(%L, %L, %L)', m.role, m.subject,
    'select ops.retire_target(''pgtap/project'', ''production'', ''us'', ''gone'')'),
  '42501', null, format('a %s may not', m.role)
)
from (values
  ('qa_tester', 'qa-1'),
  ('sre', 'sre-1'),
  ('developer', 'dev-1'),
  ('ci_service_role', 'bot-1'),
  ('audit_reader', 'audit-1'),
  ('service_role', 'service_role')
) as m (role, subject);
select
    throws_ok(
        $$ select pg_temp.retire('nowhere') $$, 'OPS04', null, 'a target that no release was deployed to is unknown'
    );
select throws_ok($$ select pg_temp.retire('us', 'dev') $$, 'OPS04', null, 'so is a target of another environment');
select throws_ok($$ select pg_temp.retire('us', project => 'pgtap/other') $$, 'OPS04', null, 'and of another project');
select throws_ok($$ select pg_temp.retire('us', 'moon') $$, '22023', null, 'an unknown environment is refused');
select throws_ok($$ select pg_temp.retire('us', reason => ' ') $$, '23514', null, 'a reason is needed');
select throws_ok($$ select pg_temp.retire('us', reason => repeat('x', 8193)) $$, '23514', null, 'a reason is short');
select throws_ok($$ select pg_temp.retire(repeat('x', 256)) $$, '23514', null, 'a target is short');
select throws_ok($$ select pg_temp.retire(null) $$, '23514', null, 'a target is named');
select pg_temp.deployed_to('one', 'production', '{"again": "failed", "us": "pass"}');
select pg_temp.deployed_to('two', 'production', '{"again": "in_progress", "us": "pass"}');
delete from answers;
insert into answers select pg_temp.retire('again');
select is(pg_temp.retire('again'), answer, 'the same again gives the same answer, with each release') from answers;
select is(
  pg_temp.told(answer, 'one') || ', ' || pg_temp.told(answer, 'two'),
  'failed promoted passed true, in_progress promoted passed false', 'which says what became of it'
) from answers;
select is(
  (select count(distinct moment)::integer from (
    select r.recorded_until as moment
    from ops.releases as r
    where r.release_id in (pg_temp.release('one'), pg_temp.release('two'))
    union all
    select x.created_at
    from ops.retired_releases as x
    where x.release_id in (pg_temp.release('one'), pg_temp.release('two'))
  ) as t), 1,
  'a target is out for all its releases from one moment on'
);
select is(
  (
    select count(*)::integer
    from ops.retired_targets as x
    where x.target = 'again'
  ), 1,
  'and leaves no row'
);
select throws_ok(
  $$ insert into ops.retired_targets (project, environment, target, reason)
     values ('pgtap/project', 'production', 'us', 'gone') $$,
  '42501', null, 'nobody records a retirement directly'
);
select throws_ok(
  $$ insert into ops.retired_releases (release_id, retirement_id, release_status_before)
     select pg_temp.release('not there'), x.retirement_id, 'failed' from ops.retired_targets x limit 1 $$,
  '42501', null, 'nor adds a release to one'
);
select throws_ok(
  $$ update ops.releases set retired = true where release_id = pg_temp.release('not there') $$, 'OPS02', null,
  'a release is not marked by hand'
);
select results_eq(
  $$ select x.created_by, x.created_role, x.reason::text, r.release_id
     from ops.retired_targets x join ops.retired_releases r on r.retirement_id = x.retirement_id
     where x.target = 'sa' $$,
  $$ values ('rm-1', 'release_manager', 'the region was shut down', pg_temp.release('of rm-3')) $$,
  'who did it, why, and for what is on record'
);
reset role;
select throws_ok('update ops.retired_targets set reason = ''x''', '42501', null, 'a retirement is never changed');
select throws_ok('delete from ops.retired_targets', '42501', null, 'a retirement is never deleted');
select throws_ok(
  'delete from ops.retired_releases', '42501', null, 'nor is a release taken out of it'
);
set local role service_role;
-- The past of a closed release stays, and its initiator may retire the target.
select pg_temp.open('closed', 'production', 'rm-3');
select pg_temp.deploy('closed', 10, 'production', 'p1', 'failed', '{"target": "ca"}');
select pg_temp.deployed_to('not closed', 'production', '{"ca": "failed", "us": "pass"}');
select pg_temp.as_person(
  'release_manager', 'rm-1', 'select ops.close_release(%L, ''cancelled'')', pg_temp.release('closed')::text
);
select is(
  pg_temp.told(pg_temp.retire('ca', who => 'rm-3'), 'not closed'), 'failed promoted passed true',
  'who initiated only closed releases there may retire a target'
);
select is(pg_temp.stored('closed', 'G4'), 'failed', 'a closed release is not concerned');
select pg_temp.open('retired before', 'production', 'rm-3');
select pg_temp.deploy('retired before', 10, 'production', 'p1', 'failed', '{"target": "sg"}');
select pg_temp.retire('sg');
select pg_temp.deployed_to('not retired', 'production', '{"sg": "failed", "us": "pass"}');
select throws_ok(
  $$ select pg_temp.retire('sg', who => 'rm-3') $$, '42501', null,
  'who initiated an open release there may not retire a target, although it is out for that release already'
);
-- Each row has a moment of its own for each of its releases.
select is_empty(
  $$ select x.release_id from ops.retired_releases x join ops.deployments d on d.release_id = x.release_id
     where d.created_at = x.created_at $$,
  'no fact of a release has the moment of a retirement'
);
-- In the end everything agrees.
select is_empty(
  $$ select r.release_name, g.gate_code from ops.releases r join ops.release_gates g on g.release_id = r.release_id
     where g.status::text <> ops.gate_status_at(g.gate_id, clock_timestamp()) $$,
  'every stored verdict is the replay of the present'
);
select is_empty(
  $$ select r.release_name from ops.releases r
     where ops.is_eligible_for_promotion(r.release_id, 'production')
       <> ops.was_eligible_for_promotion(r.release_id, 'production', clock_timestamp()) $$,
  'so is eligibility'
);
select is_empty(
  $$ select v.release_name from ops.v_evidence_completeness v
     where v.gap <> exists (
       select from ops.gate_findings(v.gate_id) as f
       where f.kind = 'evidence' and f.enforcement = 'blocking' and f.state <> 'satisfied') $$,
  'the evidence view agrees with the findings'
);

select finish();
rollback;
