-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_allow_changes()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.refuse_other_changes(tg_table_name, to_jsonb(old), to_jsonb(new), variadic tg_argv);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_allow_changes"() IS 'Before update: the trigger arguments name the columns that may change. Raises OPS05 for any other change.';

REVOKE ALL ON FUNCTION "ops_private"."tg_allow_changes"() FROM PUBLIC;
