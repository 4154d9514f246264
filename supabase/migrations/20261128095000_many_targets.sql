-- Releases with hundreds of targets: a look at the deployments of a release costs as many steps as it has deployments.

create or replace function ops_private.deployments_at(
  release_id uuid, as_of timestamptz, with_rollbacks boolean default false
) returns setof ops_private.deployed
language plpgsql stable set search_path = pg_catalog, pg_temp rows 3
as $$
begin
  return query
  with known as (
    select
      d.deployment_id, d.environment, d.target, d.deployment_ref, d.rollback_of, d.rollback_known is true as is_rollback,
      d.source_ref = release.source_ref and d.rollback_known is not true as is_own_commit,
      -- A deployment has no report yet while other rows of the same insert are judged.
      coalesce((array_agg(r.deployed_at order by r.observed_at, r.deployed_at)
        filter (where r.deployed_at is not null))[1], d.deployed_at) as deployed_at,
      coalesce((array_agg(r.status order by r.observed_at desc, r.status = 'failed' desc)
        filter (where ops_private.is_end_that_counts(r.status, r.observed_at, r.undone_at)))[1],
        case when count(r.report_id) = 0 and d.status in ('succeeded', 'failed') then d.status end) as ended,
      coalesce(min(r.undone_at),
        case when count(r.report_id) = 0 and d.status = 'rolled_back' then d.status_observed_at end) as undone_at
    from ops.deployments d
    join ops.releases release on release.release_id = d.release_id
    -- For each deployment its own reports: joined as a whole, every deployment would be compared with every report.
    left join lateral (
      select x.*, min(x.observed_at) filter (where x.status = 'rolled_back') over () as undone_at
      from ops.deployment_reports x
      where x.release_id = d.release_id and x.deployment_id = d.deployment_id
        and x.created_at <= deployments_at.as_of
    ) as r on true
    where d.release_id = deployments_at.release_id and d.created_at <= deployments_at.as_of
      and not (release.dismissed
        and ops_private.is_stalled_aside(d.release_id, d.deployment_id, deployments_at.as_of))
    group by d.deployment_id, release.source_ref
  ), told_apart as (
    select k.*, k.is_rollback and k.rollback_of is not distinct from (
      -- A rollback of an older one would leave the newest looking as if it still ran.
      select o.deployment_id from known as o
      where o.environment = k.environment and o.target = k.target and not o.is_rollback
        and o.deployed_at <= k.deployed_at
      order by o.deployed_at desc, o.deployment_ref desc limit 1
    ) as is_left_out
    from known as k
  )
  select
    n.deployment_id, n.environment, n.target, n.deployment_ref, n.deployed_at, n.is_own_commit, n.ended, n.undone_at,
    row_number() over (partition by n.environment, n.target order by n.deployed_at desc, n.deployment_ref desc),
    max(n.environment) over (), n.is_left_out
  from told_apart as n
  where with_rollbacks or not n.is_left_out;
end
$$;
