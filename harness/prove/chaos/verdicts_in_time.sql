-- The gates of the releases of a run at each moment of a fact, by the facts alone: what people are to be told follows.
select
  r.release_id::text,
  m.at,
  (v.gate).gate_code::text as gate,
  (v.gate).status::text,
  ops_private.awaited_at(v.gate) as who,
  n.eligible,
  exists (
    select from ops.deployments as d
    where d.release_id = r.release_id and d.created_at <= m.at
  ) as deployed,
  n.release_status
from ops.releases as r
cross join lateral (
  select r.created_at as at
  union
  select c.created_at from ops.gate_checks as c
  where c.release_id = r.release_id
  union
  select a.created_at from ops.approvals as a
  where a.release_id = r.release_id
  union
  select e.created_at from ops.evidence_artifacts as e
  where e.release_id = r.release_id
  union
  select p.created_at from ops.deployment_reports as p
  where p.release_id = r.release_id
  union
  select c.created_at from ops.contested_reports as c
  where c.release_id = r.release_id
) as m
cross join lateral (
  select
    not exists (
      select from ops_private.blockers_of(r, r.environment_target, m.at)
    ) as eligible,
    ops_private.release_status_of(r.release_id, m.at)::text as release_status
) as n
cross join lateral unnest((ops_private.judge(r, 'G1', m.at)).verdicts) as v
where r.project = 'acme/chaos'
order by r.release_id, m.at, (v.gate).gate_code
