-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_retirement()
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = 'OPS04', message = 'no release of the project is deployed to such a target',
    hint = 'ops.v_deployment_history shows project, environment and target of each deployment';
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_retirement"() IS 'Raises OPS04: there is nothing to take out.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_retirement"() FROM PUBLIC;
