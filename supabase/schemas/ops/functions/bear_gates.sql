CREATE OR REPLACE FUNCTION ops.bear_gates()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  insert into ops.release_gates (release_id, gate_code)
  select new.release_id, code from unnest(enum_range(null::ops.ops_gate_code)) as code;
  update ops.release_gates g set status = v.status, first_missing = v.first_missing
  from ops.judge_release(new.release_id, clock_timestamp()) as v where g.gate_id = v.gate_id;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops"."bear_gates"() IS 'After insert of a release: its four gates, pending, with what each misses; only a policy that asks for nothing yet lets one pass.';

REVOKE ALL ON FUNCTION "ops"."bear_gates"() FROM PUBLIC;
