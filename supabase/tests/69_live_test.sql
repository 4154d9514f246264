begin;
create extension if not exists pgtap with schema extensions;
select plan(9);

\ir helpers/functions.psql

-- What is live of the project in production and staging, the newest first.
create function pg_temp.live(what text) returns text[]
language plpgsql as $$
declare
  v_said text[];
begin
  execute format($f$
    select array_agg(concat_ws(' ', v.environment, v.target, %s) order by v.environment, v.target collate "C")
    from ops.v_live as v where v.project = 'pgtap/project' $f$, what) into v_said;
  return v_said;
end
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.ran_before('sha-0', 'production');
select pg_temp.health('before sha-0 production default', 4, 'production', 'before', 'pass');
select pg_temp.ready('newest');
select is(
  pg_temp.live('v.release_name, v.deployment_ref, v.health, v.waiting_release ->> ''release_name'''),
  '{production default before sha-0 production default before passed newest}',
  'a release is live, healthy, and a newer one waits'
);
select pg_temp.except_for('newest', 'gate_bypass', '{G4}');
select pg_temp.deploy('newest', 6, 'staging', 's1', 'succeeded', '{"target": "eu"}');
select pg_temp.deploy('newest', 10, 'production', 'p1', 'in_progress');
select is(
  pg_temp.live('v.deployment_ref, v.newer_deployment ->> ''deployment_ref'', v.newer_deployment ->> ''status'''),
  '{staging eu s1,production default before p1 in_progress}',
  'a deployment in progress is not live yet, and each target stands by itself'
);
select pg_temp.deploy('newest', 11, 'production', 'p1', 'succeeded');
select is(
  pg_temp.live('v.release_name, v.deployment_ref, v.health, v.waiting_release'),
  '{staging eu newest s1 pending,production default newest p1 pending}', 'then it is, and waits nowhere'
);
select pg_temp.deploy(
  'newest', 20, 'production', 'u1', 'succeeded', '{"rollback_of_ref": "p1", "source_ref": "sha-0"}'
);
select is(
  pg_temp.live(
    'v.release_name, v.source_ref, v.deployment_ref, v.health, v.rollback_of is not null,
    v.waiting_release ->> ''release_name'''),
  '{staging eu newest sha-1 s1 pending f,production default before sha-0 production default sha-0 u1 passed t newest}',
  'after a rollback the release is live that it went back to, as healthy as that was, and the other one waits again'
);
select is(
  (select v.since from ops.v_live as v
where v.environment = 'production' and v.project = 'pgtap/project'),
  (select greatest(u.deployed_at, p.status_observed_at)
  from ops.deployments as u inner join ops.deployments as p on u.rollback_of = p.deployment_id
  where u.deployment_ref = 'u1' and u.project = 'pgtap/project'), 'since the rollback'
);
select pg_temp.deploy('newest', 30, 'production', 'p2', 'failed');
select is(
  pg_temp.live('v.deployment_ref, v.newer_deployment ->> ''status'''),
  '{staging eu s1,production default u1 failed}', 'one that failed is not live'
);
select pg_temp.deploy('newest', 40, 'production', 'p3', 'succeeded');
select pg_temp.deploy(
  'newest', 41, 'production', 'u2', 'succeeded', '{"rollback_of_ref": "p3", "source_ref": "unheard"}'
);
select is(
  pg_temp.live('coalesce(v.release_name, ''unknown''), v.source_ref, v.deployment_ref, v.health'),
  '{staging eu newest sha-1 s1 pending,production default unknown unheard u2 failed}',
  'a rollback to something unknown leaves an unknown release live'
);
select pg_temp.as_person(
  'release_manager', 'rm-2', 'select ops.retire_target(''pgtap/project'', ''staging'', ''eu'', ''it moved'')'
);
select is(
  pg_temp.live('v.target_retired_at is not null'), '{staging eu t,production default f}',
  'a target that was taken out says so'
);
select is(
  (select count(*) from ops.v_live as v inner join ops.deployments as d on v.deployment_id = d.deployment_id
  where (v.artifacts, v.was_eligible, v.excepted_by) is distinct from (d.artifacts, d.was_eligible, d.excepted_by)),
  0::bigint, 'what the deployment named, and what it needed, is shown as it is'
);

select finish();
rollback;
