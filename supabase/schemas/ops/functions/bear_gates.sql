CREATE OR REPLACE FUNCTION ops.bear_gates()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
declare
  v_statuses ops.ops_gate_status[];
begin
  insert into ops.release_gates (release_id, gate_code)
  select new.release_id, code from unnest(enum_range(null::ops.ops_gate_code)) as code;
  update ops.release_gates g set status = v.status, first_missing = v.first_missing
  from ops.judge_release(new.release_id, clock_timestamp()) as v where g.gate_id = v.gate_id;
  v_statuses := ops.gate_statuses(new.release_id);
  if 'passed' = any (v_statuses) then
    update ops.releases r set cleared_for = ops.cleared_for(new.release_id, v_statuses)
    where r.release_id = new.release_id;
  end if;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops"."bear_gates"() IS 'After insert of a release: its four gates, pending, with what each misses; only a policy that asks for nothing yet lets one pass.';

REVOKE ALL ON FUNCTION "ops"."bear_gates"() FROM PUBLIC;
