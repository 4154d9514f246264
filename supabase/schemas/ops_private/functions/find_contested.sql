-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_contested (
  contested ops_private.contested,
  as_of     timestamp with time zone
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
  v_place constant text := format(
    'deployment %s in %s', coalesce(c.deployment_ref, 'without a readable name'),
    coalesce(ops_private.place_of(c.environment, coalesce(c.target, 'that could not be read')),
      'an environment that could not be read'));
begin
  f.gate_id := c.gate_id;
  f.gate_code := contested.gate_code;
  f.kind := 'contested_report';
  f.subject := coalesce(c.check_name, c.deployment_ref, c.approver_id);
  f.enforcement := 'blocking';
  f.state := 'failed';
  f.who := ops_private.gate_owner(contested.gate_code);
  if c.event_type = 'gate_signoff' then
    v_what := format('the decision of %s', coalesce(c.approver_id, 'a person who was not named'));
    f.remedy := 'resolve the objection, then ask the same person to decide again, or dismiss it if they left';
    f.who := coalesce(c.persona_role::text, 'service_role');
    if not ops_private.is_unreadable(c) and not ops_private.held_at(
      (ops_private.member_named(c.approver_id)).recorded_as, f.who, c.project, as_of) then
      -- Who held no such membership in the project cannot decide again.
      f.remedy := format('resolve the objection, then dismiss it: %s is no %s of this project', c.approver_id, f.who);
      f.who := 'release_manager';
    end if;
  elsif c.event_type = 'build_complete' then
    v_what := format('check %s', coalesce(c.check_name, 'without a readable name'));
    f.remedy := case when c.check_name = 'build'
      then 'run the build until it passes, and report build_complete with status pass'
      else format('run check %s until it passes, and report it in the checks of a build_complete', c.check_name) end;
  elsif c.event_type = 'health_check' then
    v_what := format('check %s of %s', coalesce(c.check_name, 'without a readable name'), v_place);
    f.remedy := format(
      'have a machine report that check %s passes for that deployment, or deploy again and have it report that one healthy',
      c.check_name);
  else
    v_what := v_place;
    f.remedy :=
      'report that it succeeded after all, or deploy again and have a machine report that one healthy';
  end if;
  if ops_private.is_unreadable(c) then
    select w.who, w.remedy into f.who, f.remedy from ops_private.ways_of_unreadable(c, as_of) as w;
  elsif not ops_private.is_on_record(c) then
    f.remedy := f.remedy || case when ops_private.may_be_dismissed(c)
      then '; or have a release manager dismiss the report' else '; or have a release manager open an exception' end;
  end if;
  f.requirement := 'no refused report of a failure or an objection';
  f.detail := format('%s: %s, in a report that was refused with %s', v_what, c.status, c.error_code);
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_contested"(ops_private.contested, timestamp with time zone) IS 'The finding on a contested report that stands: always blocking and failed. One that cannot be read waits for its sender, or for a release manager where they cannot correct it (ops_private.ways_of_unreadable). Of an objection in the name of somebody who did not hold the persona in the project at that moment, the remedy is a dismissal alone. Only the remedy and who depend on that, never a verdict.';

REVOKE ALL ON FUNCTION "ops_private"."find_contested"(ops_private.contested, timestamp WITH time zone) FROM PUBLIC;
