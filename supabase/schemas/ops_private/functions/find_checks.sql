-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_checks (
  kind      ops.ops_requirement_kind,
  subject   text,
  gate_code ops.ops_gate_code,
  checks    ops_private.latest_check[],
  in_full   boolean
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  v_check ops_private.latest_check;
  v_by_machine ops.ops_check_status;
  v_by_hand ops.ops_check_status;
  v_failed text;
  v_machine_failed boolean := false;
begin
  foreach v_check in array checks loop
    if v_check.check_name = subject and v_check.trusted then
      v_by_machine := v_check.status;
    elsif v_check.check_name = subject then
      v_by_hand := v_check.status;
    end if;
    if v_check.status = 'fail' then
      v_failed := concat_ws(', ', v_failed, v_check.check_name);
      v_machine_failed := v_machine_failed or v_check.trusted;
    end if;
  end loop;
  if kind = 'no_failed_checks' then
    f.state := case when v_failed is null then 'satisfied'::ops.ops_finding_state else 'failed' end;
  else
    f.state := case when v_by_machine = 'fail' or v_by_hand = 'fail' then 'failed'::ops.ops_finding_state
      when v_by_machine = 'pass' then 'satisfied' else 'unsatisfied' end;
    v_machine_failed := v_by_machine = 'fail' or v_by_hand is distinct from 'fail';
  end if;
  if f.state = 'satisfied' and not in_full then
    return null;
  elsif kind = 'no_failed_checks' then
    f.requirement := 'no check failed';
    f.detail := coalesce('failed: ' || v_failed, 'no check failed');
    f.who := case when v_failed is null or v_machine_failed then ops_private.gate_owner('G1') else 'developer' end;
    f.remedy := case f.who when 'developer' then 'repair what failed, and record by hand that it passes'
      else 'repair what failed and run it again until it passes' end;
  else
    f.requirement := format('check %s passes', subject);
    f.detail := case
      when v_by_machine = 'fail' then format('check %s failed', subject)
      when v_by_hand = 'fail' then format('check %s failed, as a person reported', subject)
      when v_by_machine is not null then format('the latest result of check %s is %s', subject, v_by_machine)
      when v_by_hand is not null then format('only a person reported check %s, which does not count', subject)
      else format('check %s was not reported', subject)
    end;
    f.who := case when v_machine_failed then ops_private.gate_owner(gate_code) else 'developer' end;
    f.remedy := case
      when f.who = 'developer' then format('repair it, and record by hand that check %s passes', subject)
      when gate_code = 'G4' then format('report a health_check %s that passes', subject)
      when subject = 'build' then 'run the build until it passes, and report build_complete with status pass'
      else format('run check %s until it passes, and report it in the checks of a build_complete', subject)
    end;
  end if;
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_checks"(ops.ops_requirement_kind, text, ops.ops_gate_code, ops_private.latest_check[], boolean) IS 'Finding on a requirement `check`: the latest result from a machine must be a pass, and the latest result from a person, if any, must not be a failure. Finding on `no_failed_checks`: no latest result may be a failure.';

REVOKE ALL ON FUNCTION "ops_private"."find_checks"(ops.ops_requirement_kind, text, ops.ops_gate_code, ops_private.latest_check[], boolean) FROM PUBLIC;
