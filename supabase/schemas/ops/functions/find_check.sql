CREATE OR REPLACE FUNCTION ops.find_check (
  c     ops.gate_context,
  INOUT f ops.gate_finding
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_trusted ops.ops_check_status;
  v_manual ops.ops_check_status;
begin
  select gc.status into v_trusted from ops.gate_checks gc
  where gc.release_id = c.release_id and gc.gate_id = c.gate_id and gc.check_name = f.subject and gc.trusted
    and gc.deployment_id is not distinct from c.deployment_id and gc.created_at <= c.as_of
  order by gc.observed_at desc, gc.status limit 1;
  select gc.status into v_manual from ops.gate_checks gc
  where gc.release_id = c.release_id and gc.gate_id = c.gate_id and gc.check_name = f.subject and not gc.trusted
    and gc.deployment_id is not distinct from c.deployment_id and gc.created_at <= c.as_of
  order by gc.observed_at desc, gc.status limit 1;
  f.requirement := format('check %s passes', f.subject);
  f.state := case
    when v_trusted = 'fail' or v_manual = 'fail' then 'failed'
    when v_trusted = 'pass' then 'satisfied'
    else 'unsatisfied'
  end;
  f.detail := case
    when v_trusted = 'fail' then format('check %s failed', f.subject)
    when v_manual = 'fail' then format('check %s failed by hand', f.subject)
    when v_trusted is not null then format('the latest observation of check %s is %s', f.subject, v_trusted)
    when v_manual is not null then format('check %s was only observed by hand, which does not count', f.subject)
    else format('check %s was not observed', f.subject)
  end;
  f.who := case when v_trusted is distinct from 'fail' and v_manual = 'fail' then 'developer'
    else ops.gate_owner(c.gate_code) end;
  f.remedy := format('run check %s until it passes, and report it', f.subject);
end
$function$;

COMMENT ON FUNCTION "ops"."find_check"(ops.gate_context, ops.gate_finding) IS 'Requirement `check`: the latest trusted observation of the name passes, and the latest one by hand, if any, did not fail.';

REVOKE ALL ON FUNCTION "ops"."find_check"(ops.gate_context, ops.gate_finding) FROM PUBLIC;
