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
        hint = ops_private.hint_to_act_as(
          array['audit_reader', 'release_manager'], 'ask a release_manager or an audit_reader');
    end if;
  end loop;
  if ops_private.is_member_role(current_setting('role')) and not ops_private.is_member() then
    perform ops_private.refuse_stranger();
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_reader"(text[]) IS 'Returns true when the caller may read the tables, otherwise raises 42501. Definer functions that a view uses call this first: whoever may read the tables of the view may then read the view, including the owner and the platform''s read-only role.';

REVOKE ALL ON FUNCTION "ops_private"."require_reader"(text[]) FROM PUBLIC;
