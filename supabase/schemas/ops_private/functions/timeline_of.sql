-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.timeline_of (
  release ops.releases,
  before  timestamp with time zone,
  most    integer
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_own constant boolean := current_setting('role') <> 'developer'
    or ops_private.current_actor() in (release.initiating_actor, release.created_by);
  v_facts constant ops.timeline_entry[] := array(
    select f from ops_private.facts_in_time(release, before, most) as f);
  v_moments constant timestamptz[] := array(select distinct f.at from unnest(v_facts) as f order by f.at);
begin
  return jsonb_build_object(
    'release_id', release.release_id,
    -- The opening is the first moment of all.
    'before', case when v_moments[1] > release.created_at then v_moments[1] end,
    'entries', coalesce((
      select jsonb_agg(jsonb_strip_nulls(to_jsonb(e)) order by e.at desc, e.kind desc, e.gate_code desc, e.fact)
      from (
        select f.* from unnest(v_facts) as f where ops_private.may_know(f, v_own)
        union all
        select v.* from ops_private.verdicts_in_time(release, v_moments) as v
      ) as e
    ), '[]'));
end
$function$;

COMMENT ON FUNCTION "ops_private"."timeline_of"(ops.releases, timestamp with time zone, integer) IS 'A page of the timeline of a release, as ops.timeline answers it.';

REVOKE ALL ON FUNCTION "ops_private"."timeline_of"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
