-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_dismisser (
  release ops.releases,
  person  text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_dismisser(release, person);
  return true;
exception when sqlstate 'OPS11' then
  return false;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_dismisser"(ops.releases, text) IS 'Whether a release manager may dismiss anything of a release: ops_private.require_dismisser raises nothing.';

REVOKE ALL ON FUNCTION "ops_private"."is_dismisser"(ops.releases, text) FROM PUBLIC;
