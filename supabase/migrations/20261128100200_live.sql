-- What is live where: per project, environment and target the newest deployment that succeeded and was not undone.

-- The deployments to one place, the newest first, of all releases.
create index deployments_project_environment_target_deployed_at_idx
on ops.deployments (project, environment, target, deployed_at desc, deployment_ref desc);

create type ops_private.live_deployment as (
  deployment_id uuid,
  since timestamptz,
  went_back_to uuid
);
comment on type ops_private.live_deployment is
  'A deployment that is live, and since when. went_back_to: of a rollback the deployment that it went back to; null when that is not known.';

create type ops_private.place as (
  project text,
  environment ops.ops_environment,
  target text
);
comment on type ops_private.place is 'An environment and a target of a project, to which something was deployed.';

create function ops_private.places_of(project text) returns setof ops_private.place
-- One look into the index for each place, however many deployments it had.
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with recursive places as (
    (
      select d.environment, d.target from ops.deployments d where d.project = places_of.project
      order by d.environment, d.target limit 1
    )
    union all
    select n.environment, n.target from places as p cross join lateral (
      select d.environment, d.target from ops.deployments d
      where d.project = places_of.project and (d.environment, d.target) > (p.environment, p.target)
      order by d.environment, d.target limit 1
    ) as n
  )
  select places_of.project, p.environment, p.target::text from places as p;
end
$$;
comment on function ops_private.places_of(text) is
  'The environments and targets to which something of a project was deployed.';
revoke execute on function ops_private.places_of(text) from public;

create function ops_private.went_back_to(rollback ops.deployments) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return case when rollback.rollback_known then (
    select d.deployment_id from ops.deployments d
    where d.project = rollback.project and d.environment = rollback.environment and d.target = rollback.target
      and d.source_ref = rollback.source_ref and d.rollback_of is null and d.deployment_id <> rollback.rollback_of
      and (d.artifacts is null or d.artifacts = rollback.artifacts) and d.created_at < rollback.created_at
    order by d.status = 'succeeded' desc, d.deployed_at desc, d.deployment_ref desc limit 1
  ) end;
end
$$;
comment on function ops_private.went_back_to(ops.deployments) is
  'The deployment that a rollback went back to: of its source_ref and its artifacts, in its environment and target, of any release of the project; the newest that succeeded. Null for a rollback to something unknown, and for what is no rollback.';
revoke execute on function ops_private.went_back_to(ops.deployments) from public;

create function ops_private.live_at(place ops_private.place) returns ops_private.live_deployment
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_live ops.deployments;
  v_undone_at timestamptz;
begin
  select d.* into v_live from ops.deployments d
  where d.project = place.project and d.environment = place.environment and d.target = place.target
    and d.status = 'succeeded'
  order by d.deployed_at desc, d.deployment_ref desc limit 1;
  if not found then
    return null;
  end if;
  -- It came back when what was deployed after it was undone.
  v_undone_at := (
    select max(u.status_observed_at) from ops.deployments u
    where u.project = place.project and u.environment = place.environment and u.target = place.target
      and u.status = 'rolled_back' and (u.deployed_at, u.deployment_ref) > (v_live.deployed_at, v_live.deployment_ref));
  return row(
    v_live.deployment_id, greatest(v_live.deployed_at, v_undone_at), ops_private.went_back_to(v_live)
  )::ops_private.live_deployment;
end
$$;
comment on function ops_private.live_at(ops_private.place) is
  'What is live at a place, of any release of its project: the newest by (deployed_at, deployment_ref) that succeeded and was not undone. Null when nothing is.';
revoke execute on function ops_private.live_at(ops_private.place) from public;

create function ops_private.live_deployments() returns setof ops_private.live_deployment
-- A definer: row security would read all deployments of other projects on the way to the reader's.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 100
as $$
begin
  perform ops_private.require_reader('ops.deployments', 'ops.releases');
  return query
  select l.*
  from unnest(case
    when ops_private.is_member_role(current_setting('role')) and not ops_private.sees_all()
      then ops_private.my_projects()
    else array(select r.project from ops.projects r)
  end) as p (project)
  cross join lateral ops_private.places_of(p.project) as o
  cross join lateral ops_private.live_at(o) as l
  where l.deployment_id is not null;
end
$$;
comment on function ops_private.live_deployments() is
  'What is live in each environment and target of the reader''s projects. For the view of what is live. Raises 42501 when the caller may not read deployments.';

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
    where n.project = own.project and n.environment = d.environment and n.target = d.target
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
      and w.created_at
      > coalesce(back_to.created_at, case when d.rollback_of is null then own.created_at end, '-infinity')
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
  'What is live: per project, environment and target the newest deployment that succeeded and was not undone; after a rollback, what it went back to. A target that was taken out stays, with target_retired_at. Order by since.';
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
