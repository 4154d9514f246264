-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.looked_at (
  targets ops_private.deployed_target[]
)
  RETURNS uuid[]
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(select t.deployment_id from unnest(targets) as t where not t.retired);
end
$function$;

COMMENT ON FUNCTION "ops_private"."looked_at"(ops_private.deployed_target[]) IS 'The newest deployment of each target that was not taken out.';

REVOKE ALL ON FUNCTION "ops_private"."looked_at"(ops_private.deployed_target[]) FROM PUBLIC;
