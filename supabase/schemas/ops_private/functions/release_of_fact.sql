-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.release_of_fact (
  fact uuid
)
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return coalesce(
    (select c.release_id from ops.contested_reports c where c.contested_id = fact),
    (select a.release_id from ops.approvals a where a.approval_id = fact),
    (select gc.release_id from ops.gate_checks gc where gc.check_id = fact),
    (select p.release_id from ops.deployments p where p.deployment_id = fact));
end
$function$;

COMMENT ON FUNCTION "ops_private"."release_of_fact"(uuid) IS 'The release of a contested report, a decision, a check or a deployment. Null when none has this id.';

REVOKE ALL ON FUNCTION "ops_private"."release_of_fact"(uuid) FROM PUBLIC;
