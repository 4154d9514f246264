-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.reads (
  table_name text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return has_table_privilege(ops_private.caller_role(), table_name, 'select') is true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."reads"(text) IS 'Whether the role that the caller acts in may read a table of ops.';

REVOKE ALL ON FUNCTION "ops_private"."reads"(text) FROM PUBLIC;
