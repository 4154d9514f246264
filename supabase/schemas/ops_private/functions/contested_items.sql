-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contested_items (
  a ops_private.inbox_release
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  c ops_private.contested;
  f ops.gate_finding;
  g ops.release_gates;
  v_author text;
begin
  for c in select s.* from ops_private.standing_contested((a.release).release_id, a.as_of) as s loop
    f := ops_private.find_contested(c, a.as_of);
    g := null;
    select e.* into g from unnest(a.gates) as e where e.gate_id = f.gate_id;
    v_author := case when (c.report).event_type = 'gate_signoff'
      then coalesce((ops_private.member_named((c.report).approver_id)).recorded_as, (c.report).approver_id) end;
    -- Nobody lifts the objection of somebody else.
    continue when v_author <> a.person;
    return query
    select i.*
    from unnest(ops_private.roles_for(
      a.roles, a.person in ((a.release).initiating_actor, (a.release).created_by), f)) as w (role)
    cross join lateral ops_private.item_of(
      a, 'contested_report', w.role, g, (c.report).contested_id, format('%s (%s)', f.requirement, f.detail),
      ops_private.remedy_for(w.role, f.who, f.remedy), (c.report).created_at) as i;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."contested_items"(ops_private.inbox_release) IS 'The contested reports of a release that stand, for those who can end them. An objection is its author''s alone.';

REVOKE ALL ON FUNCTION "ops_private"."contested_items"(ops_private.inbox_release) FROM PUBLIC;
