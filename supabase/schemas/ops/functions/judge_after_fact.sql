CREATE OR REPLACE FUNCTION ops.judge_after_fact()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
declare
  v_row constant jsonb := to_jsonb(new);
  v_release_id constant uuid := v_row ->> 'release_id';
  v_from ops.ops_gate_code;
begin
  -- Deployments and their checks move G4; what names a gate moves it and those after it; the rest may move any.
  v_from := case when tg_table_name = 'deployments' then 'G4' else coalesce(
    (select g.gate_code from ops.release_gates g where g.gate_id = (v_row ->> 'gate_id')::uuid), 'G1'
  ) end;
  if tg_table_name = 'gate_checks' and v_row ->> 'deployment_id' is not null then
    perform ops.refresh_deployment_health((v_row ->> 'deployment_id')::uuid);
  elsif tg_table_name = 'exceptions' then
    update ops.releases r set excepted = true where r.release_id = v_release_id and not r.excepted;
  end if;
  perform ops.refresh_release(ops.hold_release(v_release_id), ops.gates_of(v_release_id), v_from);
  return null;
end
$function$;

COMMENT ON FUNCTION "ops"."judge_after_fact"() IS 'After a direct write of a fact: its gate, and those that wait on it, are judged again in the same transaction.';

REVOKE ALL ON FUNCTION "ops"."judge_after_fact"() FROM PUBLIC;
