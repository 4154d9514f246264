CREATE OR REPLACE FUNCTION ops.find_check (
  checks    ops.current_check[],
  gate_code ops.ops_gate_code,
  in_full   boolean,
  subject   text
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  f ops.gate_finding;
  v_check ops.current_check;
  v_trusted ops.ops_check_status;
  v_manual ops.ops_check_status;
begin
  foreach v_check in array checks loop
    if v_check.check_name = subject then
      if v_check.trusted then
        v_trusted := v_check.status;
      else
        v_manual := v_check.status;
      end if;
    end if;
  end loop;
  if v_trusted = 'pass' and v_manual is distinct from 'fail' then
    if not in_full then
      return null;
    end if;
    f.state := 'satisfied';
    f.detail := format('the latest observation of check %s is pass', subject);
  else
    f.state := case when v_trusted = 'fail' or v_manual = 'fail' then 'failed' else 'unsatisfied' end;
    f.detail := case
      when v_trusted = 'fail' then format('check %s failed', subject)
      when v_manual = 'fail' then format('check %s failed by hand', subject)
      when v_trusted is not null then format('the latest observation of check %s is %s', subject, v_trusted)
      when v_manual is not null then format('check %s was only observed by hand, which does not count', subject)
      else format('check %s was not observed', subject)
    end;
  end if;
  f.requirement := format('check %s passes', subject);
  f.who := case when v_trusted is distinct from 'fail' and v_manual = 'fail' then 'developer'
    else ops.gate_owner(gate_code) end;
  f.remedy := format('run check %s until it passes, and report it', subject);
  return f;
end
$function$;

COMMENT ON FUNCTION "ops"."find_check"(ops.current_check[], ops.ops_gate_code, boolean, text) IS 'Requirement `check`: the latest trusted observation of the name passes, and the latest one by hand, if any, did not fail.';

REVOKE ALL ON FUNCTION "ops"."find_check"(ops.current_check[], ops.ops_gate_code, boolean, text) FROM PUBLIC;
