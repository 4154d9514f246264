-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.items_of (
  asked ops_private.asked_release,
  codes ops.ops_gate_code[]
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 2
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  a ops_private.asked_release := asked;
  r constant ops.releases := asked.release;
begin
  a.as_of := ops_private.present(r);
  a.gates := ops_private.gates_at_present(r, asked.gates);
  return query select i.* from ops_private.gate_items(a, codes) as i;
  if r.contested then
    return query select i.* from ops_private.contested_items(a) as i;
  end if;
  if r.status <> 'draft' and exists (
    select from ops.approvals d where d.release_id = r.release_id and d.decision <> 'approved'
  ) then
    return query select i.* from ops_private.objection_items(a) as i;
  end if;
  if 'release_manager' = any (a.roles) and (r.status <> 'draft' or r.contested) then
    return query select i.* from ops_private.dismissible_items(a) as i;
  end if;
  if r.asks_beyond or 'sre' = any (a.roles) and r.cleared_for <> 'production' and exists (
    select from ops.deployments d where d.release_id = r.release_id and d.environment = 'staging'
  ) then
    return query select i.* from ops_private.items_beside_gates(a) as i;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."items_of"(ops_private.asked_release, ops.ops_gate_code[]) IS 'What waits for the person on one release. Its gates are given as they are stored. codes: the gates that can need one of the roles.';

REVOKE ALL ON FUNCTION "ops_private"."items_of"(ops_private.asked_release, ops.ops_gate_code[]) FROM PUBLIC;
