CREATE OR REPLACE FUNCTION ops.allow_changes()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  perform ops.refuse_other_changes(tg_table_name, to_jsonb(old), to_jsonb(new), variadic tg_argv);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."allow_changes"() IS 'Before update, arguments: the columns that may change. Any other change is refused with OPS05. Where events write, only direct updates are asked: the functions of this schema name the columns that they set.';

REVOKE ALL ON FUNCTION "ops"."allow_changes"() FROM PUBLIC;
