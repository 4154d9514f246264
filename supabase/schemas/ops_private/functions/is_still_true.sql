-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_still_true (
  n ops.notices
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case n.kind
    when 'gate_waits' then ops_private.waits_now(n) <> '{}'
    when 'gate_failed' then exists (
      select from ops.release_gates g join ops.releases r on r.release_id = g.release_id
      where g.release_id = n.release_id and g.gate_code = n.gate_code and g.status = 'failed' and r.closed_at is null)
    when 'exception_ends' then exists (
      select from ops.exceptions x join ops.releases r on r.release_id = x.release_id
      where x.exception_id = n.exception_id and x.revoked_at is null and x.expires_at > clock_timestamp()
        and r.closed_at is null)
    when 'exception_review_due' then exists (
      select from ops.exceptions x where x.exception_id = n.exception_id and x.post_review_status = 'pending')
    when 'deployment_unended' then exists (
      -- ops_private.deployments_at leaves out a deployment that was dismissed.
      select from ops.deployments d join ops.releases r on r.release_id = d.release_id
      where d.deployment_id = n.deployment_id and d.status = 'in_progress' and r.closed_at is null and exists (
        select from ops_private.deployments_at(n.release_id, 'infinity') as w where w.deployment_id = d.deployment_id))
    -- Notices of the other kinds tell what happened, so they stay true.
    else true
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_still_true"(ops.notices) IS 'Whether what a notice asks for is still asked. What only says that something happened stays true.';

REVOKE ALL ON FUNCTION "ops_private"."is_still_true"(ops.notices) FROM PUBLIC;
