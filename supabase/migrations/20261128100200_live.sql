-- What is live where: per project, environment and target the newest deployment that succeeded and was not undone.

-- The deployments to one place, the newest first, of all releases but those of the past.
create index deployments_project_environment_target_deployed_at_idx
on ops.deployments (project, environment, target, deployed_at desc, deployment_ref desc) where not imported;

create type ops_private.live_deployment as (
  deployment_id uuid,
  since timestamptz,
  went_back_to uuid
);
comment on type ops_private.live_deployment is
  'A deployment that is live, and since when. went_back_to: of a rollback the deployment that it went back to; null when that is not known.';

create function ops_private.went_back_to(rollback uuid) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  r ops.deployments;
  v_found uuid;
begin
  select d.* into r from ops.deployments d where d.deployment_id = rollback and d.rollback_known;
  -- First those that succeeded: the newest of them is near the front of the index.
  for v_round in 1..2 loop
    exit when v_found is not null;
    v_found := (
      select d.deployment_id from ops.deployments d
      where d.project = r.project and d.environment = r.environment and d.target = r.target and not d.imported
        and d.source_ref = r.source_ref and d.rollback_of is null and d.deployment_id <> r.rollback_of
        and (d.artifacts is null or d.artifacts = r.artifacts) and d.created_at < r.created_at
        and (d.status = 'succeeded' or v_round = 2)
      order by d.deployed_at desc, d.deployment_ref desc limit 1);
  end loop;
  return v_found;
end
$$;
comment on function ops_private.went_back_to(uuid) is
  'The deployment that a rollback went back to: of its source_ref and its artifacts, in its environment and target, of any release of the project but those of the past; the newest that succeeded. Null for a rollback to something unknown, and for what is no rollback.';
revoke execute on function ops_private.went_back_to(uuid) from public;

create function ops_private.live_deployments() returns setof ops_private.live_deployment
-- A definer: row security would read all deployments of other projects on the way to the reader's.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
-- A plan for known projects reads all deployments. The generic plan looks each place up in the index.
set plan_cache_mode = force_generic_plan
rows 100
as $$
declare
  v_projects text[];
begin
  perform ops_private.require_reader('ops.deployments', 'ops.releases');
  v_projects := case
    when ops_private.is_member_role(current_setting('role')) and not ops_private.sees_all()
      then ops_private.my_projects()
    else array(select r.project from ops.projects r)
  end;
  return query
  with recursive places as (
    select f.* from unnest(v_projects) as p (project) cross join lateral (
      select d.project, d.environment, d.target from ops.deployments d where d.project = p.project and not d.imported
      order by d.environment, d.target limit 1
    ) as f
    union all
    select n.* from places as p cross join lateral (
      select d.project, d.environment, d.target from ops.deployments d
      where d.project = p.project and not d.imported and (d.environment, d.target) > (p.environment, p.target)
      order by d.environment, d.target limit 1
    ) as n
  )
  select
    l.deployment_id,
    -- It came back when what was deployed after it was undone.
    greatest(l.deployed_at, (
      select max(u.status_observed_at) from ops.deployments u
      where u.project = p.project and u.environment = p.environment and u.target = p.target and not u.imported
        and u.status = 'rolled_back' and (u.deployed_at, u.deployment_ref) > (l.deployed_at, l.deployment_ref))),
    case when l.rollback_known then ops_private.went_back_to(l.deployment_id) end
  from places as p
  cross join lateral (
    select d.deployment_id, d.deployed_at, d.deployment_ref, d.rollback_known from ops.deployments d
    where d.project = p.project and d.environment = p.environment and d.target = p.target and not d.imported
      and d.status = 'succeeded'
    order by d.deployed_at desc, d.deployment_ref desc limit 1
  ) as l;
end
$$;
comment on function ops_private.live_deployments() is
  'What is live at each place, which is an environment and a target of one of the reader''s projects: the newest deployment by (deployed_at, deployment_ref), of any release but those of the past, that succeeded and was not undone. For the view of what is live. Raises 42501 when the caller may not read deployments.';

create view ops.v_live
with (security_invoker = true) as
select
  own.project,
  d.environment,
  d.target,
  coalesce(back.release_id, case when d.rollback_of is null then own.release_id end) as release_id,
  coalesce(back_to.release_name, case when d.rollback_of is null then own.release_name end) as release_name,
  d.source_ref,
  coalesce(d.artifacts, back.artifacts) as artifacts,
  d.deployment_id,
  d.deployment_ref,
  d.rollback_of,
  l.since,
  d.deployed_by,
  case when d.g4_status = 'pending' and back.status = 'succeeded' then back.g4_status else d.g4_status end as health,
  d.was_eligible,
  d.excepted_by,
  case when own.retired then ops_private.retired_since(own.release_id, d.environment, d.target) end
    as target_retired_at,
  (
    select
      jsonb_build_object(
        'deployment_id', n.deployment_id, 'release_id', n.release_id, 'deployment_ref', n.deployment_ref,
        'status', n.status, 'deployed_at', n.deployed_at
      )
    from ops.deployments as n
    where n.project = own.project and n.environment = d.environment and n.target = d.target and not n.imported
      and (n.deployed_at, n.deployment_ref) > (d.deployed_at, d.deployment_ref)
    order by n.deployed_at desc, n.deployment_ref desc limit 1
  ) as newer_deployment,
  (
    select
      jsonb_build_object(
        'release_id', w.release_id, 'release_name', w.release_name, 'status', w.status, 'opened_at', w.created_at
      )
    from ops.releases as w
    where w.project = own.project and w.closed_at is null and w.environment_target >= d.environment
      -- coalesce is not leakproof. Under row security the planner would not use the index with it.
      and w.created_at > case
        when back_to.created_at is not null then back_to.created_at
        when d.rollback_of is null then own.created_at
        else '-infinity'::timestamptz
      end
      and not exists (
        select from ops.deployments as s
        where s.release_id = w.release_id and s.environment = d.environment and s.target = d.target
          and s.rollback_of is null and s.status = 'succeeded'
      )
    order by w.created_at desc, w.release_id desc limit 1
  ) as waiting_release
from ops_private.live_deployments() as l
inner join ops.deployments as d on l.deployment_id = d.deployment_id
inner join ops.releases as own on d.release_id = own.release_id
left join ops.deployments as back on l.went_back_to = back.deployment_id
left join ops.releases as back_to on back.release_id = back_to.release_id;

comment on view ops.v_live is
  'What is live: per project, environment and target the newest deployment that succeeded and was not undone; after a rollback, what it went back to. Releases of the past are never live. A target that was taken out stays, with target_retired_at. Order by since.';
comment on column ops.v_live.project is 'The project.';
comment on column ops.v_live.environment is 'The environment.';
comment on column ops.v_live.target is 'The target in the environment.';
comment on column ops.v_live.release_id is
  'The release that is live; after a rollback the one that it went back to. Null when a rollback went back to something unknown.';
comment on column ops.v_live.release_name is 'Its name.';
comment on column ops.v_live.source_ref is 'The commit that is live, as its deployment says.';
comment on column ops.v_live.artifacts is 'The artifacts that its deployment named. Null when it named none.';
comment on column ops.v_live.deployment_id is 'The deployment, or rollback, that made it live.';
comment on column ops.v_live.deployment_ref is 'Its reference.';
comment on column ops.v_live.rollback_of is 'The deployment that it undid. Null when it is no rollback.';
comment on column ops.v_live.since is
  'Since when it is live: when it was deployed, or when what was deployed after it was undone.';
comment on column ops.v_live.deployed_by is 'Who deployed it.';
comment on column ops.v_live.health is
  'Whether it was confirmed healthy (G4). Of a rollback without a failure of its own: whether what it went back to was.';
comment on column ops.v_live.was_eligible is 'Whether the release was eligible when it was deployed.';
comment on column ops.v_live.excepted_by is 'The exceptions that it needed.';
comment on column ops.v_live.target_retired_at is 'Since when the target is out. Null when it is not.';
comment on column ops.v_live.newer_deployment is
  'The newest deployment there after it, which is in progress, failed or was undone: {deployment_id, release_id, deployment_ref, status, deployed_at}.';
comment on column ops.v_live.waiting_release is
  'The newest open release of the project for this environment or a later one that was opened after the live one and has not succeeded there: {release_id, release_name, status, opened_at}.';

grant select on ops.v_live to service_role, release_manager, audit_reader, sre;
