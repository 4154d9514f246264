begin;
create extension if not exists pgtap with schema extensions;
select plan(85);

\ir helpers/functions.psql
\ir helpers/views_agree.psql

-- Undo the deployment s1 to staging at minute 30: by a rollback that goes back to sha-0, or by a report.
create function pg_temp.undo(name text, how text) returns text
language sql as $$
  select case how
    when 'rollback' then pg_temp.deploy(
      name, 30, 'staging', 'r1', 'succeeded', '{"source_ref": "sha-0", "rollback_of_ref": "s1"}')
    when 'report' then pg_temp.deploy(name, 30, 'staging', 's1', 'rolled_back') end
$$;
-- Report the statuses of health checks of s1, one a minute from `minute` on.
create function pg_temp.checked(name text, minute numeric, statuses text[]) returns void
language sql as $$
  select pg_temp.health(name, minute + s.ordinality, 'staging', 's1', s.status)
  from unnest(statuses) with ordinality as s (status, ordinality)
$$;
-- What the deployment s1 of `name` is, what G4 is, and whether the release may go to production.
create function pg_temp.stands(name text) returns text
language sql as $$
  select concat_ws(' ', (pg_temp.deployment(name, 's1')).g4_status, pg_temp.stored(name, 'G4'),
    pg_temp.eligible(name, 'production')::text)
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.ran_before('sha-0', 'staging');
select pg_temp.ran_before('sha-0', 'production');

-- What passes after a deployment was undone lifts no failure that was observed until then.
create temporary table kinds (until text[], later text[], want text);
insert into kinds values
('{fail}', '{}', 'failed'), ('{fail}', '{pass}', 'failed'), ('{fail}', '{warning}', 'failed'),
('{fail}', '{fail,pass}', 'failed'), ('{pass}', '{fail}', 'failed'), ('{}', '{fail}', 'failed'),
('{pass,fail}', '{pass}', 'failed'), ('{pass}', '{fail,pass}', 'pending'), ('{fail,pass}', '{}', 'pending'),
('{fail,pass}', '{pass}', 'pending'), ('{}', '{pass}', 'pending'), ('{}', '{}', 'pending');
create temporary table cases as
select
  format('%s then %s, by %s', k.until, k.later, h.how) as name,
  k.until,
  k.later,
  k.want,
  h.how
from kinds as k cross join unnest(array['rollback', 'report']) as h (how);
select pg_temp.ready(c.name) from cases as c;
select pg_temp.deploy(c.name, 10, 'staging', 's1', 'succeeded') from cases as c;
select pg_temp.checked(c.name, 10, c.until) from cases as c;
select pg_temp.undo(c.name, c.how) from cases as c;
select pg_temp.mark('undone');
select pg_temp.checked(c.name, 40, c.later) from cases as c;
select is(
  split_part(pg_temp.stands(c.name), ' ', 1) || pg_temp.eligible(c.name, 'production')::text,
  c.want || (c.want <> 'failed')::text, format('checks: %s: %s', c.name, c.want)
)
from cases as c;
select is(
  pg_temp.stored(c.name, 'G4') = 'failed', c.want = 'failed', format('G4: %s', c.name)
)
from cases as c;
select is(
  array(
    select c.name from cases as c
    where ops.gate_status_at(pg_temp.gate(c.name, 'G4'), pg_temp.at('undone')) = 'failed'
      and c.until[cardinality(c.until)] is distinct from 'fail'
  ), '{}', 'replay at the moment of the rollback has only the failures until then'
);
select is(
  array(
    select c.name from cases as c
    where ops.gate_status_at(pg_temp.gate(c.name, 'G4'), clock_timestamp()) <> pg_temp.stored(c.name, 'G4')
      or ops.was_eligible_for_promotion(pg_temp.release(c.name), 'production', clock_timestamp())
      <> pg_temp.eligible(c.name, 'production')
  ), '{}', 'replay of this moment agrees with what is stored'
);
select is(pg_temp.differences(), '{}', 'views and functions agree on what was undone');
-- Of another name, of another trust class, and of a policy on the check itself.
select pg_temp.ready('names');
select pg_temp.deploy('names', 10, 'staging', 's1', 'succeeded');
select pg_temp.health('names', 11, 'staging', 's1', 'fail', 'queue');
select pg_temp.health('names', 12, 'staging', 's1', 'pass');
select pg_temp.undo('names', 'rollback');
select pg_temp.health('names', 40, 'staging', 's1', 'pass', 'queue');
select is(pg_temp.stands('names'), 'failed failed false', 'each name has its own failure');
select is(
  (
    select (l.result -> 'superseded_by' -> 'queue') is not null from ops.event_ingest_log as l
    where l.release_id = pg_temp.release('names') and l.event_type = 'health_check'
    order by l.received_at desc limit 1
  ), true, 'the answer to the late pass says that the failure stands'
);
select pg_temp.ready('by hand');
select pg_temp.deploy('by hand', 10, 'staging', 's1', 'succeeded');
select pg_temp.send_as('sre', 'sre-1', pg_temp.event('health_check', 'by hand', 11, '{"environment": "staging",
  "deployment_ref": "s1", "status": "fail", "artifact_ref": "https://evidence.test/health"}'));
select pg_temp.undo('by hand', 'rollback');
select pg_temp.send_as('sre', 'sre-1', pg_temp.event('health_check', 'by hand', 40, '{"environment": "staging",
  "deployment_ref": "s1", "status": "pass", "artifact_ref": "https://evidence.test/health"}'));
select is(pg_temp.stands('by hand'), 'failed failed false', 'a failure by hand too');
select pg_temp.set_policy('G4', '[{"kind": "check", "subject": "health"}]', 'pgtap/other');
select ops.open_release('pgtap/other', 'asked', 'production', 'sha-1', initiating_actor => 'dev-1');
create function pg_temp.asked(event jsonb) returns text
language sql as $$
  select ops.ingest_event(event || jsonb_build_object('release_id', (
    select r.release_id from ops.releases r where r.project = 'pgtap/other' and r.release_name = 'asked'))) ->> 'status'
$$;
select pg_temp.asked(pg_temp.event('deployment_event', 'asked', m, jsonb_build_object('environment', 'staging',
  'deployment_ref', 's1', 'status', s, 'source_ref', 'sha-1')))
from (values (10, 'succeeded'), (30, 'rolled_back')) as t (m, s);
select pg_temp.asked(pg_temp.event('health_check', 'asked', m, jsonb_build_object('environment', 'staging',
  'deployment_ref', 's1', 'status', s, 'artifact_ref', 'https://evidence.test/health')))
from (values (11, 'fail'), (40, 'pass')) as t (m, s);
select is(
  (
    select g.status::text from ops.release_gates as g
    inner join ops.releases as r on g.release_id = r.release_id
    where r.project = 'pgtap/other' and r.release_name = 'asked' and g.gate_code = 'G4'
  ), 'failed', 'a policy that asks for the check by name on G4 sees the failure'
);

-- An end that is reported succeeded after it counts for nothing.
create temporary table ends (name text, ended text, seen numeric, want text);
insert into ends values
('failed, then succeeded later', 'failed', 40, 'failed'), ('failed, then succeeded before', 'failed', 25, 'pending'),
('failed, then succeeded at once', 'failed', 30, 'pending'),
('in progress, then succeeded later', 'in_progress', 40, 'failed'),
('in progress, then succeeded before', 'in_progress', 25, 'pending');
select pg_temp.ready(e.name) from ends as e;
select pg_temp.deploy(e.name, 5, 'staging', 's0', 'succeeded')
from ends as e;
select pg_temp.health(e.name, 6, 'staging', 's0', 'fail')
from ends as e;
select pg_temp.deploy(e.name, 10, 'staging', 's1', e.ended)
from ends as e;
select pg_temp.health(e.name, 11, 'staging', 's1', 'pass')
from ends as e;
select pg_temp.undo(e.name, 'rollback') from ends as e;
select pg_temp.deploy(e.name, e.seen, 'staging', 's1', 'succeeded') from ends as e;
select is(
  (pg_temp.stored(e.name, 'G4') = 'failed') || ' ' || pg_temp.eligible(e.name, 'production'),
  case e.want when 'failed' then 'true false' else 'false true' end, format('ends: %s', e.name)
)
from ends as e;
select is(
  array(select (pg_temp.deployment(e.name, 's1')).status::text from ends as e), array_fill('rolled_back'::text, '{5}'),
  'its status is rolled_back in any case'
);
select pg_temp.deploy('failed, then succeeded later', 50, 'staging', 's2', 'succeeded');
select pg_temp.health('failed, then succeeded later', 51, 'staging', 's2', 'pass');
select is(
  pg_temp.eligible('failed, then succeeded later', 'production'), true, 'a newer deployment that is healthy clears it'
);

-- What passes only after it clears no failure of an older deployment.
create temporary table passes (until text[], clears boolean);
insert into passes values ('{}', false), ('{warning}', false), ('{pass}', true);
select pg_temp.ready('older, then ' || p.until::text) from passes as p;
select pg_temp.deploy('older, then ' || p.until::text, 5, 'staging', 's0', 'succeeded') from passes as p;
select pg_temp.health('older, then ' || p.until::text, 6, 'staging', 's0', 'fail') from passes as p;
select pg_temp.deploy('older, then ' || p.until::text, 10, 'staging', 's1', 'succeeded') from passes as p;
select pg_temp.checked('older, then ' || p.until::text, 10, p.until) from passes as p;
select pg_temp.undo('older, then ' || p.until::text, 'rollback') from passes as p;
select pg_temp.checked('older, then ' || p.until::text, 40, '{pass}') from passes as p;
select is(
  pg_temp.eligible('older, then ' || p.until::text, 'production'), p.clears,
  format('a failure of an older deployment, %s until the rollback, a pass after it: cleared is %s', p.until, p.clears)
)
from passes as p;

-- A contested report from before is not healed by it either.
create temporary table refusals (name text, event_type text, seen numeric, stands boolean);
insert into refusals values
('check passes later', 'health_check', 40, true), ('check passes before', 'health_check', 20, false),
('succeeds later', 'deployment_event', 40, true), ('succeeds before', 'deployment_event', 20, false);
create temporary table late (suffix text);
insert into late values (''), (' too late');
create function pg_temp.report(name text, event_type text, minute numeric, failed boolean) returns text
language sql as $$
  select ops.ingest_event(pg_temp.event(event_type, name, minute, jsonb_build_object('environment', 'staging',
    'deployment_ref', 's1', 'source_ref', 'sha-1', 'artifact_ref', 'https://evidence.test/health',
    'status', case event_type when 'health_check' then case when failed then 'fail' else 'pass' end
      else case when failed then 'failed' else 'succeeded' end end))
    || case when failed then '{"schema_version": "v9.9"}'::jsonb else '{}' end) ->> 'status'
$$;
select pg_temp.ready(r.name || l.suffix) from refusals as r cross join late as l;
select pg_temp.deploy(r.name || l.suffix, 10, 'staging', 's1', 'in_progress')
from refusals as r cross join late as l;
select pg_temp.report(r.name, r.event_type, 15, true) from refusals as r;
select pg_temp.undo(r.name || l.suffix, 'rollback') from refusals as r cross join late as l;
select pg_temp.report(r.name || l.suffix, r.event_type, r.seen, false)
from refusals as r cross join late as l;
select pg_temp.report(r.name || ' too late', r.event_type, 15, true) from refusals as r;
select is(
  array(
    select r.name || l.suffix from refusals as r cross join late as l
    where r.stands <> exists (
      select from ops.promotion_blockers(pg_temp.release(r.name || l.suffix), 'production') as b
      where b.kind = 'contested_report')
  ), '{}', 'a refused failure from before stands, whether it is refused before or after the rollback'
);

-- A rollback of another deployment than the newest until then is an ordinary deployment, in any order of reports.
select pg_temp.ready(t.name) from unnest(array['newest', 'older', 'again', 'late', 'aside', 'elsewhere']) as t (name);
select pg_temp.deploy(t.name, n * 10, 'production', 'p' || n, 'succeeded')
from unnest(array['newest', 'older', 'again', 'late', 'aside', 'elsewhere']) as t (name)
cross join generate_series(1, 2) as n;
select pg_temp.health(t.name, 21, 'production', 'p2', 'pass')
from unnest(array['newest', 'older', 'again', 'late', 'aside', 'elsewhere']) as t (name);
create function pg_temp.back(name text, ref text, undone text, minute numeric, env text default 'production')
returns text
language sql as $$
  select pg_temp.deploy(name, minute, env, ref, 'succeeded',
    jsonb_build_object('source_ref', 'sha-0', 'rollback_of_ref', undone));
  select concat_ws(' ', d.rollback_known::text, pg_temp.stored(name, 'G4'), pg_temp.released(name))
  from pg_temp.deployment(name, ref) as d
$$;
select is(pg_temp.back('newest', 'r1', 'p2', 30), 'true in_progress rolled_back', 'a rollback of the newest is known');
select is(
  pg_temp.back('older', 'r1', 'p1', 30), 'true failed in_progress',
  'one of an older deployment is a deployment of another commit: G4 fails, and the release is promoted no more'
);
select is(
  (
    select string_agg(a.kind || ' ' || a.subject, ', ') from ops.promotion_advice(pg_temp.release('older'), 'dev') as a
    where a.kind <> 'moving_ref'
  ), 'rollback_to_unknown r1', 'it is advice'
);
select pg_temp.back('again', 'r1', 'p2', 30);
select is(
  pg_temp.back('again', 'r2', 'p2', 40), 'true in_progress rolled_back', 'a second rollback of the newest stays known'
);
select is(
  pg_temp.back('again', 'r3', 'p1', 50), 'true failed in_progress', 'what was undone is the newest still'
);
select is(
  pg_temp.back('late', 'r1', 'p1', 15), 'true passed promoted',
  'a rollback that is reported late undid what was the newest then; what was deployed after it runs'
);
select is(
  pg_temp.back('elsewhere', 'r1', 'p2', 30) || ' ' || pg_temp.deploy('elsewhere', 40, 'staging', 's1', 'succeeded'),
  'true in_progress rolled_back accepted', 'each environment has its own newest'
);
select pg_temp.deploy('newest', 25, 'production', 'p3', 'succeeded');
select is(
  pg_temp.stored('newest', 'G4') || ' ' || pg_temp.released('newest'), 'failed in_progress',
  'a deployment that is reported late shows that the rollback undid an older one'
);
-- Nobody judged it, so it stays failed, of whatever commit and status it is, and is not set aside.
select pg_temp.ready(t.name) from unnest(array['own', 'stuck', 'late own']) as t (name);
select pg_temp.deploy(t.name, n * 10, 'production', 'p' || n, 'succeeded')
from unnest(array['own', 'stuck']) as t (name) cross join generate_series(1, 2) as n;
select pg_temp.deploy('late own', n * 10, 'production', 'p' || n, 'succeeded') from unnest(array[0, 1]) as n;
select pg_temp.deploy(
  t.name, 30, 'production', 'r1', t.status,
  jsonb_build_object('source_ref', r.source_ref, 'rollback_of_ref', 'p1')
)
from (values ('own', 'succeeded'), ('stuck', 'in_progress'), ('late own', 'succeeded')) as t (name, status)
inner join ops.releases as r on r.release_id = pg_temp.release(t.name);
select pg_temp.health(t.name, 31, 'production', 'r1', 'pass')
from unnest(array['own', 'stuck', 'late own']) as t (name);
select is(
  array(
    select (pg_temp.deployment(t.name, 'r1')).g4_status::text
    from unnest(array['own', 'stuck', 'late own']) with ordinality as t (name, n)
    order by t.n
  ),
  '{failed,failed,pending}', 'one of an older deployment is failed, also of the own commit and with a pass'
);
select is(
  array(select pg_temp.stored(t.name, 'G4') from unnest(array['own', 'stuck']) as t (name)), '{failed,failed}',
  'and so is G4'
);
select pg_temp.deploy('late own', 25, 'production', 'p2', 'succeeded');
select is(
  (pg_temp.deployment('late own', 'r1')).g4_status::text || ' ' || pg_temp.stored('late own', 'G4'), 'failed failed',
  'also when what it left in place is reported late'
);
select pg_temp.deploy('older', 60, 'production', 'p3', 'succeeded');
select pg_temp.health('older', 61, 'production', 'p3', 'pass');
select is(pg_temp.stored('older', 'G4'), 'passed', 'the way out is to deploy again');
select throws_ok(
  $$ update ops.deployments set rollback_known = false where deployment_ref = 'r1' $$, null, null,
  'whether it is known stays as it was recorded'
);

-- A known rollback that has not succeeded, or is not healthy, is advice.
create temporary table doubts (name text, status text, checked text, want text);
insert into doubts values
('under way', 'in_progress', null, 'deployment_health r1 unsatisfied'),
('failed', 'failed', null, 'deployment_health r1 failed'),
('unhealthy', 'succeeded', 'fail', 'deployment_health r1 failed'),
('done', 'succeeded', null, null), ('healthy', 'succeeded', 'pass', null);
select pg_temp.ready(d.name) from doubts as d;
select pg_temp.deploy(d.name, 10, 'production', 'p1', 'succeeded') from doubts as d;
select pg_temp.deploy(d.name, 20, 'production', 'r1', d.status, '{"source_ref": "sha-0", "rollback_of_ref": "p1"}')
from doubts as d;
select pg_temp.health(d.name, 21, 'production', 'r1', d.checked) from doubts as d
where d.checked is not null;
create function pg_temp.doubt(name text) returns text
language sql as $$
  select string_agg(concat_ws(' ', a.kind, a.subject, a.state), ', ')
  from ops.promotion_advice(pg_temp.release(name), 'production') as a
  where a.kind = 'deployment_health' and a.enforcement = 'advisory' and '' not in (a.remedy, a.who, a.detail)
$$;
select is(pg_temp.doubt(d.name), d.want, format('a rollback that is %s: %s', d.name, coalesce(d.want, 'no advice')))
from doubts as d;
select pg_temp.deploy(d.name, 30, 'production', 'p2', 'succeeded') from doubts as d;
select is(
  array(select d.name from doubts as d
  where pg_temp.doubt(d.name) is not null), '{}', 'none after a newer deployment'
);

select finish();
rollback;
