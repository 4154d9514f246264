-- DORA's four measures, per project and month. Months are of UTC. Rollbacks are no deployments here: each undoes one.
-- Releases of the past are left out: what somebody wrote down later is no measurement.

create view ops_private.production_leads
with (security_invoker = true) as
select
  f.project,
  f.reached_at as ended_at,
  greatest(extract(epoch from f.reached_at - least(f.opened_at, f.reported_at)), 0) as seconds
from (
  select
    r.project,
    r.source_ref,
    min(e.reached_at) as reached_at,
    min(r.created_at) as opened_at,
    min(c.reported_at) as reported_at
  from ops.releases as r
  left join lateral (
    select min(p.observed_at) as reached_at
    from ops.deployments as d
    inner join ops.deployment_reports as p on d.release_id = p.release_id and d.deployment_id = p.deployment_id
    where d.release_id = r.release_id and d.environment = 'production' and d.rollback_of is null
      and d.source_ref = r.source_ref and p.status = 'succeeded'
  ) as e on true
  left join lateral (
    select min(gc.observed_at) as reported_at
    from ops.gate_checks as gc
    where gc.release_id = r.release_id and gc.deployment_id is null
  ) as c on true
  where r.imported_at is null
  group by r.project, r.source_ref
) as f
where f.reached_at is not null;
comment on view ops_private.production_leads is
  'Per project and commit that reached production: when a deployment of it was first observed as succeeded there, and how many seconds after its first report. The first report is the earliest of the checks of its releases that are about no deployment, and of the opening of these releases.';

create view ops_private.production_restores
with (security_invoker = true) as
select
  i.project,
  i.resolved_at as ended_at,
  extract(epoch from i.resolved_at - i.detected_at) as seconds
from ops.incidents as i
inner join ops.deployments as d on i.deployment_id = d.deployment_id
where d.environment = 'production' and not d.imported and i.resolved_at is not null
union all
select
  d.project,
  greatest(b.began_at, e.ended_at) as ended_at,
  greatest(extract(epoch from e.ended_at - b.began_at), 0) as seconds
from ops.deployments as d
cross join lateral (
  select
    least(
      (
        select min(p.observed_at) from ops.deployment_reports as p
        where p.release_id = d.release_id and p.deployment_id = d.deployment_id
          and p.status in ('failed', 'rolled_back')
      ), (
        select min(c.observed_at) from ops.gate_checks as c
        where c.release_id = d.release_id and c.deployment_id = d.deployment_id and c.status = 'fail'
      ), (
        select min(u.deployed_at) from ops.deployments as u
        where u.release_id = d.release_id and u.rollback_of = d.deployment_id
      )
    ) as began_at
) as b
cross join lateral (
  select
    (
      select min(p.observed_at) from ops.deployment_reports as p
      where p.release_id = n.release_id and p.deployment_id = n.deployment_id and p.status = 'succeeded'
    ) as ended_at
  from ops.deployments as n
  where n.project = d.project and n.environment = d.environment and n.target = d.target and not n.imported
    and (n.deployed_at, n.deployment_ref) > (d.deployed_at, d.deployment_ref)
    and exists (
      select from ops.deployment_reports as p
      where p.release_id = n.release_id and p.deployment_id = n.deployment_id and p.status = 'succeeded'
    )
  order by n.deployed_at, n.deployment_ref, n.deployment_id limit 1
) as e
where d.environment = 'production' and not d.imported and d.rollback_of is null
  and d.status in ('failed', 'rolled_back')
  and b.began_at is not null
  and not exists (
    select from ops.incidents as i
    where i.deployment_id = d.deployment_id
  );
comment on view ops_private.production_restores is
  'Each time that service in production was restored: when, and after how many seconds. An incident lasts from detected_at to resolved_at. A deployment that failed or was undone, and has no incident, lasts from the earliest of its reports as failed or rolled_back, its failed checks, and the start of a rollback of it, until the next deployment or rollback to the same target that ever succeeded was first observed as succeeded.';

grant select on ops_private.production_leads, ops_private.production_restores
to service_role, release_manager, audit_reader;

create view ops.v_delivery_metrics
with (security_invoker = true) as
select
  m.project,
  m.month,
  count(*) filter (where m.measure = 'lead') as commits,
  round((percentile_cont(0.5) within group (order by m.seconds) filter (where m.measure = 'lead'))::numeric, 3)
    as lead_time_seconds,
  count(*) filter (where m.measure in ('succeeded', 'failed')) as deployments,
  count(*) filter (where m.measure = 'failed') as failed_deployments,
  round(
    count(*) filter (where m.measure = 'failed')::numeric
    / nullif(count(*) filter (where m.measure in ('succeeded', 'failed')), 0), 4
  ) as change_failure_rate,
  count(*) filter (where m.measure = 'restore') as restores,
  round((percentile_cont(0.5) within group (order by m.seconds) filter (where m.measure = 'restore'))::numeric, 3)
    as time_to_restore_seconds
from (
  select
    l.project,
    date_trunc('month', l.ended_at at time zone 'UTC')::date as month,
    'lead' as measure,
    l.seconds
  from ops_private.production_leads as l
  union all
  select
    d.project,
    date_trunc('month', d.deployed_at at time zone 'UTC')::date as month,
    case when d.status = 'succeeded' and not exists (
      select from ops.incidents as i
      where i.deployment_id = d.deployment_id
    ) then 'succeeded' else 'failed' end as measure,
    null::numeric as seconds
  from ops.deployments as d
  where d.environment = 'production' and not d.imported and d.rollback_of is null and d.status <> 'in_progress'
  union all
  select
    s.project,
    date_trunc('month', s.ended_at at time zone 'UTC')::date as month,
    'restore' as measure,
    s.seconds
  from ops_private.production_restores as s
) as m
group by m.project, m.month;

comment on view ops.v_delivery_metrics is
  'DORA''s four measures per project and month (of UTC), as far as something of them happened in it: lead time, deployments, change failure rate, time to restore. All are about production. Releases of the past are left out. Order by project, month.';
comment on column ops.v_delivery_metrics.project is 'The project.';
comment on column ops.v_delivery_metrics.month is 'The first day of the month.';
comment on column ops.v_delivery_metrics.commits is
  'How many commits first reached production in the month: a deployment of the release''s own commit was observed as succeeded.';
comment on column ops.v_delivery_metrics.lead_time_seconds is
  'Lead time for changes: the median of the seconds from the first report of such a commit (its earliest check that is about no deployment, or the opening of its earliest release) until it reached production.';
comment on column ops.v_delivery_metrics.deployments is
  'Deployment frequency: how many deployments to production that were deployed in the month have finished: succeeded, failed or undone. A rollback is none.';
comment on column ops.v_delivery_metrics.failed_deployments is 'How many of them failed, were undone, or had an incident.';
comment on column ops.v_delivery_metrics.change_failure_rate is
  'Change failure rate: the share of deployments that failed, were undone or had an incident, from 0 to 1. Null without deployments.';
comment on column ops.v_delivery_metrics.restores is
  'How many times service was restored in the month: incidents that were resolved, and deployments that failed or were undone, without an incident, and that another one followed that succeeded.';
comment on column ops.v_delivery_metrics.time_to_restore_seconds is
  'Time to restore service: the median of the seconds that these took. An incident: from detected_at to resolved_at. A deployment: from the earliest of its reports as failed or undone, its failed checks, and the start of its rollback, until the next deployment or rollback to the target was observed as succeeded.';

grant select on ops.v_delivery_metrics to service_role, release_manager, audit_reader;
