CREATE OR REPLACE FUNCTION ops.bear_gates()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  insert into ops.release_gates (release_id, gate_code)
  select new.release_id, code from unnest(enum_range(null::ops.ops_gate_code)) as code;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops"."bear_gates"() IS 'After insert of a release: its four gates, pending.';

REVOKE ALL ON FUNCTION "ops"."bear_gates"() FROM PUBLIC;
