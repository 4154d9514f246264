-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_dismiss (
  kind text,
  fact uuid,
  a    ops_private.inbox_release
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  c ops.contested_reports;
  d ops.approvals;
  gc ops.gate_checks;
begin
  -- As ops_private.dismissal_of, of facts that stand.
  case kind
    when 'contested' then
      select x.* into c from ops.contested_reports x where x.contested_id = fact;
      perform ops_private.dismissal_of_contested(c, a.person);
    when 'decision' then
      select x.* into d from ops.approvals x where x.approval_id = fact;
      perform ops_private.dismissal_of_decision(d, a.person);
    when 'check' then
      select x.* into gc from ops.gate_checks x where x.check_id = fact;
      perform ops_private.dismissal_of_check(gc, a.person);
    else
      perform ops_private.dismissal_of(fact, a.person, (a.release).release_id, a.as_of);
  end case;
  return true;
exception when sqlstate 'OPS11' then
  return false;
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_dismiss"(text, uuid, ops_private.inbox_release) IS 'Whether a release manager who may dismiss something of a release (ops_private.require_dismisser) could dismiss a fact that stands: as ops.dismiss decides it. kind: contested, decision, check or deployment.';

REVOKE ALL ON FUNCTION "ops_private"."may_dismiss"(text, uuid, ops_private.inbox_release) FROM PUBLIC;
