-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_dismisser (
  release ops.releases,
  person  text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.dismisses_alone(release, person);
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_dismisser"(ops.releases, text) IS 'Raises OPS11 for who may dismiss nothing of a release (ops_private.dismisses_alone).';

REVOKE ALL ON FUNCTION "ops_private"."require_dismisser"(ops.releases, text) FROM PUBLIC;
