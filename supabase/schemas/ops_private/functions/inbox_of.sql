-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.inbox_of (
  person text,
  reach  ops_private.reach[]
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  b constant ops_private.inbox_scope := ops_private.inbox_scope_of(person, reach);
  v_items ops.inbox_item[];
  v_cut boolean;
  v_not_looked_at timestamptz;
  v_managed constant text[] := ops_private.projects_as('release_manager', reach);
begin
  select s.items, s.cut, s.not_looked_at into v_items, v_cut, v_not_looked_at
  from ops_private.items_of_releases(b) as s;
  v_items := v_items || array(select i from ops_private.incident_items(b) as i);
  if 'release_manager' = any (b.roles) then
    v_items := v_items || array(select i from ops_private.exception_items(b, 200) as i);
    v_cut := v_cut or (
      select count(*) > 200 from (
        select from ops.exceptions x
        where x.post_review_status = 'pending' and (v_managed is null or x.project = any (v_managed)) limit 201
      ) as p);
  end if;
  return jsonb_build_object(
    'items', coalesce((
      select jsonb_agg(to_jsonb(i) order by i.since desc nulls last, i.release_id, i.gate_code, i.kind)
      from (
        select n.* from unnest(v_items) as n
        order by n.since desc nulls last, n.release_id, n.gate_code, n.kind limit 100
      ) as i
    ), '[]'),
    'cut', v_cut or cardinality(v_items) > 100,
    'not_looked_at', v_not_looked_at);
end
$function$;

COMMENT ON FUNCTION "ops_private"."inbox_of"(text, ops_private.reach[]) IS 'What waits for a person with these memberships, as ops.inbox answers it. At most 50 releases, 200 exceptions and 100 items.';

REVOKE ALL ON FUNCTION "ops_private"."inbox_of"(text, ops_private.reach[]) FROM PUBLIC;
