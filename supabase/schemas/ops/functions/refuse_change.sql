CREATE OR REPLACE FUNCTION ops.refuse_change()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  raise exception using errcode = '42501',
    message = format('%s on %I.%I is refused for everyone', tg_op, tg_table_schema, tg_table_name),
    detail = 'governance records are kept as they were written',
    hint = 'record a new fact that corrects the earlier one';
end
$function$;

COMMENT ON FUNCTION "ops"."refuse_change"() IS 'Before a statement: refuses it with 42501, for the service role and the owner too (its triggers are `enable always`).';

REVOKE ALL ON FUNCTION "ops"."refuse_change"() FROM PUBLIC;
