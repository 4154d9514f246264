-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_local_stack()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Not current_setting: every session could set it. Only the owner of a database can write this, and no dump has it.
  return exists (
    select from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_database d on d.oid = s.setdatabase
    where d.datname = current_database() and s.setrole = 0 and 'ops.local_stack=on' = any (s.setconfig)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_local_stack"() IS 'Whether this database is the one of the local stack of a checkout, which alone sets ops.local_stack for its database.';

REVOKE ALL ON FUNCTION "ops_private"."is_local_stack"() FROM PUBLIC;
