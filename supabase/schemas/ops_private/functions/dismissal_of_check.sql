-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissal_of_check (
  gc     ops.gate_checks,
  person text
)
  RETURNS ops.dismissals
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  d ops.dismissals;
  v_standing ops.gate_checks;
begin
  select s.* into v_standing
  from ops_private.counted_checks(gc.release_id, gc.gate_id, 'infinity') as l
  join ops.gate_checks s on s.check_id = l.check_id
  where l.check_name = gc.check_name and l.trusted = gc.trusted
    and l.deployment_id is not distinct from gc.deployment_id;
  if gc.status <> 'fail' or v_standing.status is distinct from 'fail' or not gc.trusted
    and (v_standing.created_by, v_standing.created_role) <> (gc.created_by, gc.created_role) then
    perform ops_private.refuse_dismissal(
      'this check is no failure that stands', 'nobody has to do anything', 'name the failed check that stands');
  end if;
  perform ops_private.require_unasked(gc.release_id, gc.deployment_id is not null, gc.check_name);
  if not gc.trusted and not ops_private.is_member_role(gc.created_role) then
    perform ops_private.refuse_liftable(
      gc.release_id, gc.deployment_id is not null,
      format('%s, who recorded this check, was no member', gc.created_by), 'whoever records checks by hand can',
      format('record by hand that check %s passes', gc.check_name));
  elsif not gc.trusted then
    perform ops_private.require_gone(
      gc.release_id, gc.deployment_id is not null, gc.created_by, gc.created_role, person);
    d.author := gc.created_by;
    d.author_role := gc.created_role;
  elsif gc.deployment_id is not null and exists (
    select from ops_private.deployments_at(gc.release_id, 'infinity') as n
    where n.deployment_id = gc.deployment_id and n.place = 1
  ) then
    perform ops_private.refuse_dismissal(
      'the deployment of this check is still looked at', 'sre or ci_service_role can report it',
      format('report that check %s passes, or deploy again and report a passing health check', gc.check_name));
  elsif gc.deployment_id is null and not ops_private.is_reported_without(v_standing) then
    perform ops_private.refuse_liftable(
      gc.release_id, false, 'the sender of this check has sent no passing report since that leaves it out',
      format('%s, who sent it, can report it', v_standing.created_by),
      format('report that check %s passes, or that part %s passes without it', gc.check_name,
        coalesce(v_standing.part, 'of the same name')));
  end if;
  d.kind := case
    when not gc.trusted then 'failure_by_hand'::ops.ops_dismissed_fact
    when gc.deployment_id is null then 'renamed_check'
    else 'passed_over_check'
  end;
  d.check_id := gc.check_id;
  d.gate_id := gc.gate_id;
  d.deployment_id := gc.deployment_id;
  d.check_name := gc.check_name;
  d.trusted := gc.trusted;
  return d;
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissal_of_check"(ops.gate_checks, text) IS 'The dismissal of a failed check that stands: one that somebody recorded by hand who is no active member in that role any more, one of a build whose sender reports the part without it now, and one of a deployment that is not the newest to its target any more. Raises OPS11 for others.';

REVOKE ALL ON FUNCTION "ops_private"."dismissal_of_check"(ops.gate_checks, text) FROM PUBLIC;
