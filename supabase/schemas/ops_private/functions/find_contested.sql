-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_contested (
  contested ops_private.contested
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  c constant ops.contested_reports := contested.report;
  v_what text;
begin
  v_what := case
    when c.event_type = 'gate_signoff' then format('decision of %s', coalesce(c.approver_id, 'a person who was not named'))
    when c.event_type = 'deployment_event' then format(
      'deployment %s in %s', coalesce(c.deployment_ref, 'without a readable name'),
      coalesce(c.environment::text, 'an environment that could not be read'))
    else format('check %s', coalesce(c.check_name, 'without a readable name'))
  end;
  f.gate_id := c.gate_id;
  f.gate_code := contested.gate_code;
  f.kind := 'contested_report';
  f.subject := coalesce(c.check_name, c.deployment_ref, c.approver_id);
  f.enforcement := 'blocking';
  f.state := 'failed';
  f.requirement := format('no refused report against it: %s', v_what);
  f.detail := format('%s: %s, in a report that was refused with %s', v_what, c.status, c.error_code);
  if c.event_type = 'gate_signoff' then
    f.remedy := 'resolve the objection, then ask the same person to decide again';
    f.who := coalesce(c.persona_role::text, 'service_role');
  else
    f.remedy := case when f.subject is null then 'correct the report and send it again under the same key'
      when c.event_type = 'deployment_event' then 'repair the release, deploy it again, and report a passing health check'
      else format('run check %s until it passes, and report it', c.check_name) end;
    f.who := ops_private.gate_owner(contested.gate_code);
  end if;
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_contested"(ops_private.contested) IS 'The finding on a contested report that stands: always blocking and failed.';

REVOKE ALL ON FUNCTION "ops_private"."find_contested"(ops_private.contested) FROM PUBLIC;
