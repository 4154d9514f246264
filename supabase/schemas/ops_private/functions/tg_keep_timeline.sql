-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_keep_timeline()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_known constant jsonb := case tg_op when 'UPDATE' then old.timeline else '[]' end;
  v_column text;
begin
  if jsonb_typeof(new.timeline) = 'array' and exists (
    select from jsonb_array_elements(new.timeline) with ordinality as e
    where e.ordinality > jsonb_array_length(v_known) and jsonb_typeof(e.value) = 'object' and e.value ?| array['recorded_at', 'recorded_by', 'recorded_role']
  ) then
    raise exception using errcode = '23514', constraint = 'only_the_server_says_who_recorded', schema = 'ops',
      table = 'incidents', column = 'timeline', message = 'an entry of the timeline has a field that the server writes: recorded_at, recorded_by or recorded_role',
      hint = 'leave it out; the server records each change of severity, resolved_at and root_cause by itself';
  elsif tg_op = 'INSERT' then
    return new;
  end if;
  if jsonb_typeof(new.timeline) = 'array' and coalesce((
    select jsonb_agg(e.value order by e.ordinality) from jsonb_array_elements(new.timeline) with ordinality as e
    where e.ordinality <= jsonb_array_length(v_known)
  ), '[]') is distinct from v_known then
    raise exception using errcode = 'OPS05', message = 'the timeline of an incident only grows',
      hint = 'keep its entries as they are, and add yours at the end';
  end if;
  foreach v_column in array array['severity', 'resolved_at', 'root_cause'] loop
    if to_jsonb(new) -> v_column is distinct from to_jsonb(old) -> v_column then
      new.timeline := new.timeline || jsonb_build_object(
        'recorded_at', clock_timestamp(), 'recorded_by', ops_private.current_actor(),
        'recorded_role', ops_private.caller_role(), 'column', v_column, 'old', to_jsonb(old) -> v_column,
        'new', to_jsonb(new) -> v_column);
    end if;
  end loop;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_keep_timeline"() IS 'Before insert or update of an incident: entries of the timeline stay as they are (OPS05), only the server writes recorded_at, recorded_by and recorded_role (23514), and each change of severity, resolved_at or root_cause is added as an entry: who, when, old and new value.';

REVOKE ALL ON FUNCTION "ops_private"."tg_keep_timeline"() FROM PUBLIC;
