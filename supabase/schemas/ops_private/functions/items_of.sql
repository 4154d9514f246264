-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.items_of (
  release ops.releases,
  b       ops_private.asked_inbox
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 2
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  a ops_private.asked_release;
begin
  a.release := release;
  a.gates := array(select g from ops_private.gates_at_present(release) as g);
  a.person := b.person;
  a.roles := ops_private.roles_in(b.reach, release.project);
  a.as_of := ops_private.present(release);
  return query select i.* from ops_private.gate_items(a, b.codes) as i;
  if release.contested then
    return query select i.* from ops_private.contested_items(a) as i;
  end if;
  if exists (
    select from ops.approvals d where d.release_id = release.release_id and d.decision <> 'approved'
  ) then
    return query select i.* from ops_private.objection_items(a) as i;
  end if;
  if 'release_manager' = any (a.roles) and (release.status <> 'draft' or release.contested) then
    return query select i.* from ops_private.dismissible_items(a) as i;
  end if;
  if release.asks_beyond or exists (select from ops.deployments d where d.release_id = release.release_id) then
    return query select i.* from ops_private.items_beside_gates(a) as i;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."items_of"(ops.releases, ops_private.asked_inbox) IS 'What waits for the person on one release.';

REVOKE ALL ON FUNCTION "ops_private"."items_of"(ops.releases, ops_private.asked_inbox) FROM PUBLIC;
