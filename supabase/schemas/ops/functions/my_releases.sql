-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.my_releases (
  filter  jsonb   DEFAULT '{}'::jsonb,
  before  uuid    DEFAULT NULL::uuid,
  "limit" integer DEFAULT 50
)
  RETURNS SETOF ops.my_release
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET plan_cache_mode TO 'force_generic_plan'
  AS $function$
declare
  v_reach ops_private.reach[];
  v_wanted ops_private.wanted_releases;
  v_waiting uuid[];
begin
  perform ops_private.require_role(
    'service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  -- Clients send "limit" by this name, although it is a reserved word: @plpgsql_check_options: other_warnings = false
  if (my_releases."limit" between 1 and 200) is not true then
    raise exception using errcode = '22023', message = 'a page has 1 to 200 releases',
      hint = 'ask for the next page with before: the release_id of the last row';
  end if;
  v_reach := array(select m from ops_private.my_reach() as m);
  v_wanted := ops_private.read_filter(my_releases.filter, v_reach);
  if v_wanted.waiting then
    v_waiting := array(
      select (i ->> 'release_id')::uuid
      from jsonb_array_elements(ops_private.inbox_of(
        ops_private.asking_person(), ops_private.reach_within(v_reach, v_wanted.projects)) -> 'items') as i);
  end if;
  return query
  select m.* from ops_private.as_my_releases(array(
    select r
    from ops_private.place_of_cursor(my_releases.before, v_reach) as c
    cross join lateral ops_private.newest_releases(
      v_wanted, coalesce(ops_private.asking_person(), ops_private.current_actor()), v_waiting, c.created_at,
      c.release_id, my_releases."limit") as r
  )) as m;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."my_releases"(jsonb, uuid, integer) TO "audit_reader", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."my_releases"(jsonb, uuid, integer) IS 'A page of the releases of the caller''s projects, for all roles that the person holds: newest first, each with its gates, where it may go, and what it waits for. filter: {project, status (one or a list; closed: those that were closed, which no other status names, those of the past included), environment, mine, waiting, text (a part of the name)}, each optional; waiting: those that ops.inbox names. Those of the past are in no page without the status closed. before: release_id of the last row of the page before, so that releases opened meanwhile move nothing. 22023: a filter or a limit that cannot be. OPS04: before is no release of theirs.';

REVOKE ALL ON FUNCTION "ops"."my_releases"(jsonb, uuid, integer) FROM PUBLIC;
