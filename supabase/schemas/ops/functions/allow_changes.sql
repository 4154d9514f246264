CREATE OR REPLACE FUNCTION ops.allow_changes()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
declare
  v_changed text;
begin
  select string_agg(n.key, ', ' order by n.key) into v_changed
  from jsonb_each(to_jsonb(new)) as n
  where n.value is distinct from (to_jsonb(old) -> n.key) and n.key <> all (tg_argv);
  if v_changed is not null then
    raise exception using errcode = 'OPS05',
      message = format('%I.%I: %s cannot change', tg_table_schema, tg_table_name, v_changed),
      detail = format('only these columns may change: %s', array_to_string(tg_argv, ', ')),
      hint = 'record a new row instead';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."allow_changes"() IS 'Before update, arguments: the columns that may change. Any other change is refused with OPS05. Where events write, only direct updates are asked: the functions of this schema name the columns that they set.';

REVOKE ALL ON FUNCTION "ops"."allow_changes"() FROM PUBLIC;
