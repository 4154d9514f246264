-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.maybe_dismissible (
  among  uuid[],
  moment timestamp with time zone
)
  RETURNS uuid[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select r.release_id from ops.releases r
    -- After judged_until the stored statuses say too little.
    cross join lateral (
      select case when r.judged_until <= moment then '{in_progress,failed}' else r.gate_statuses end as statuses
      offset 0
    ) as s
    where r.release_id = any (among) and (r.contested or r.status <> 'draft' and (
      -- An objection keeps its gate from passing; one to the release or to an exception of it marks the release.
      (r.objected or r.excepted or s.statuses && '{in_progress,failed}') and exists (
        select from ops.approvals d
        where d.release_id = r.release_id and d.decision <> 'approved'
          and not ops_private.holds(d.approver_id, d.persona_role::text, r.project))
      or 'failed' = any (s.statuses) and exists (
        select from ops.gate_checks gc
        where gc.release_id = r.release_id and gc.status = 'fail' and case
          when not gc.trusted then true
          when gc.deployment_id is null then exists (
            select from ops.gate_checks p
            where p.release_id = gc.release_id and p.gate_id = gc.gate_id and p.part = gc.part and p.status = 'pass'
              and p.created_at > gc.created_at) and ops_private.is_reported_without(gc)
          -- There is another deployment to the same place that may be newer. One that took it back leaves it the
          -- newest.
          else exists (
            select from ops.deployments d
            join ops.deployments o on (o.release_id, o.environment, o.target) = (d.release_id, d.environment, d.target)
            where d.release_id = gc.release_id and d.deployment_id = gc.deployment_id
              and o.deployment_id <> d.deployment_id
              and (o.rollback_known and o.rollback_of = d.deployment_id) is not true
              and greatest(o.deployed_at, (
                select max(e.deployed_at) from ops.deployment_reports e
                where e.release_id = o.release_id and e.deployment_id = o.deployment_id)) >= least(d.deployed_at, (
                select min(e.deployed_at) from ops.deployment_reports e
                where e.release_id = d.release_id and e.deployment_id = d.deployment_id))) end)
      or exists (
        select from ops.deployments d
        where d.release_id = r.release_id and d.status = 'in_progress'
          and d.created_at < moment - ops_private.stalls_after()))));
end
$function$;

COMMENT ON FUNCTION "ops_private"."maybe_dismissible"(uuid[], timestamp with time zone) IS 'Those of some releases of which anybody could dismiss a stop, by a quick look: it may name too many, and never too few. moment: the present.';

REVOKE ALL ON FUNCTION "ops_private"."maybe_dismissible"(uuid[], timestamp WITH time zone) FROM PUBLIC;
