-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_other_changes (
  table_name text,
  old        jsonb,
  new        jsonb,
  VARIADIC   allowed text[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_changed text;
begin
  select string_agg(n.key, ', ' order by n.key) into v_changed
  from jsonb_each(refuse_other_changes.new) as n
  where n.value is distinct from (refuse_other_changes.old -> n.key) and n.key <> all (allowed);
  if v_changed is not null then
    raise exception using errcode = 'OPS05', message = format('ops.%I: %s cannot change', table_name, v_changed),
      detail = format('only these columns may change: %s', array_to_string(allowed, ', ')),
      hint = 'record a new row instead';
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_other_changes"(text, jsonb, jsonb, text[]) IS 'Returns true when only the named columns of a row changed, otherwise raises OPS05.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_other_changes"(text, jsonb, jsonb, text[]) FROM PUBLIC;
