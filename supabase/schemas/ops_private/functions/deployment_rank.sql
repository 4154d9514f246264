-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployment_rank (
  status ops.ops_deployment_status
)
  RETURNS integer
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case status when 'in_progress' then 0 when 'rolled_back' then 2 else 1 end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployment_rank"(ops.ops_deployment_status) IS 'Rank of a deployment status: 0 in_progress, 1 succeeded or failed, 2 rolled_back. A status may only be replaced by one of higher rank, or by a newer one of the same rank.';

REVOKE ALL ON FUNCTION "ops_private"."deployment_rank"(ops.ops_deployment_status) FROM PUBLIC;
