-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_reader (
  VARIADIC tables text[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_table text;
begin
  foreach v_table in array tables loop
    if has_table_privilege(ops_private.caller_role(), v_table, 'select') is not true then
      raise exception using errcode = '42501',
        message = format('role %s may not read %s', ops_private.caller_role(), v_table),
        hint = 'ask a release_manager or an audit_reader';
    end if;
  end loop;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_reader"(text[]) IS 'True, or raises 42501: whether the caller may read the tables. Definer functions that a view needs ask this first, so that whoever may read the view''s tables may read the view: the owner and the platform''s read-only role too.';

REVOKE ALL ON FUNCTION "ops_private"."require_reader"(text[]) FROM PUBLIC;
