-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_refuse_change()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = '42501',
    message = format('%s on %I.%I is refused for everyone', tg_op, tg_table_schema, tg_table_name),
    detail = 'a governance record cannot be changed or deleted',
    hint = 'record a new fact that corrects the old one';
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_refuse_change"() IS 'Before a statement: refuses it with 42501 for everyone, including service_role and the owner.';

REVOKE ALL ON FUNCTION "ops_private"."tg_refuse_change"() FROM PUBLIC;
