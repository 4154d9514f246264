-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_be_dismissible (
  release ops.releases,
  gates   ops.ops_gate_status[],
  moment  timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return release.contested
    or (release.objected or release.excepted or gates && '{in_progress,failed}') and exists (
      -- An objection keeps its gate from passing; one to the release or to an exception of it marks the release.
      select from ops.approvals d
      where d.release_id = release.release_id and d.decision <> 'approved'
        and not ops_private.holds(d.approver_id, d.persona_role::text, release.project)
    )
    or 'failed' = any (gates) and exists (
      select from ops.gate_checks gc
      where gc.release_id = release.release_id and gc.status = 'fail' and case
        when not gc.trusted then true
        when gc.deployment_id is null then ops_private.is_reported_without(gc)
        -- There is another deployment to the same place.
        else exists (
          select from ops.deployments d
          join ops.deployments o on (o.release_id, o.environment, o.target) = (d.release_id, d.environment, d.target)
          where d.release_id = gc.release_id and d.deployment_id = gc.deployment_id
            and o.deployment_id <> d.deployment_id) end
    )
    or exists (
      select from ops.deployments d
      where d.release_id = release.release_id and d.status = 'in_progress'
        and d.created_at < moment - ops_private.stalls_after()
    );
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_be_dismissible"(ops.releases, ops.ops_gate_status[], timestamp with time zone) IS 'Whether any stop of a release could be dismissed by anybody, by a quick look: it may say yes too often, and never no. gates: their statuses now.';

REVOKE ALL ON FUNCTION "ops_private"."may_be_dismissible"(ops.releases, ops.ops_gate_status[], timestamp WITH time zone) FROM PUBLIC;
