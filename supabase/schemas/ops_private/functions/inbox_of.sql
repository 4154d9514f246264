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
  b constant ops_private.asked_inbox := ops_private.asked_by(person, reach);
  v_looked_at constant integer := case when b.projects is null then 1000
    else greatest(50, 1000 / greatest(cardinality(b.projects), 1)) end;
  v_releases constant ops.releases[] := array(
    select r from ops_private.releases_with_work(b, v_looked_at, 51) as r);
  v_items ops.inbox_item[] := array(
    select i from unnest(v_releases[1:50]) as r cross join lateral ops_private.items_of(r, b) as i
    union all
    select i from ops_private.incident_items(b) as i);
begin
  if 'release_manager' = any (b.roles) then
    v_items := v_items || array(select i from ops_private.exception_items(b, 200) as i);
  end if;
  return jsonb_build_object(
    'items', coalesce((
      select jsonb_agg(to_jsonb(i) order by i.since desc nulls last, i.release_id, i.gate_code, i.kind)
      from (
        select n.* from unnest(v_items) as n
        order by n.since desc nulls last, n.release_id, n.gate_code, n.kind limit 100
      ) as i
    ), '[]'),
    'cut', cardinality(v_releases) > 50 or cardinality(v_items) > 100 or (
      select count(*) > 200 from (
        select from ops.exceptions x
        where x.post_review_status = 'pending' and (b.projects is null or x.project = any (b.projects)) limit 201
      ) as p
      where 'release_manager' = any (b.roles)),
    'not_looked_at', ops_private.not_looked_at(b, v_looked_at));
end
$function$;

COMMENT ON FUNCTION "ops_private"."inbox_of"(text, ops_private.reach[]) IS 'What waits for a person with these memberships, as ops.inbox answers it. At most 50 releases, 200 exceptions and 100 items.';

REVOKE ALL ON FUNCTION "ops_private"."inbox_of"(text, ops_private.reach[]) FROM PUBLIC;
