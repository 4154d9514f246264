-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.items_beside_gates (
  a ops_private.inbox_release
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  r constant ops.releases := a.release;
  g4 constant ops.release_gates := a.gates[4];
begin
  if r.environment_target <> 'production' or r.status = 'promoted' then
    return;
  end if;
  return query
  select i.*
  from ops_private.production_findings(r, a.as_of) as f
  cross join lateral unnest(
    ops_private.roles_for(a.roles, a.person in (r.initiating_actor, r.created_by), f)) as w (role)
  join unnest(a.gates) as g on g.gate_id = f.gate_id
  cross join lateral ops_private.item_of(
    a, case f.state when 'failed' then 'failed' else 'missing' end::ops.ops_inbox_kind, w.role, g, null,
    format('%s (%s)', f.requirement, f.detail), ops_private.remedy_for(w.role, f.who, f.remedy), null) as i
  where f.kind <> 'contested_report' and (
    -- A failure in staging is shown with G4 while that is the furthest that the release has reached.
    f.gate_code = 'G4' and g4.status <> 'failed'
    or f.gate_code = 'G3' and ops_private.all_cleared(a.gates, 'G4'));
end
$function$;

COMMENT ON FUNCTION "ops_private"."items_beside_gates"(ops_private.inbox_release) IS 'What waits beside the gates of a release for production: a failure in staging, and what policy asks of production once the gates are cleared.';

REVOKE ALL ON FUNCTION "ops_private"."items_beside_gates"(ops_private.inbox_release) FROM PUBLIC;
