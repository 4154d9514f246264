-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.release_objections (
  release ops.releases,
  as_of   timestamp with time zone,
  policy  ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if release.objected then
    return query
    select f.* from ops_private.find_objections(
      null, array(
        select d from ops_private.standing_decisions(
          release.release_id, null, release_objections.as_of,
          unmet => ops_private.unmet_by_policy(release.release_id, release_objections.policy)) as d
      ), '{}') as f;
  end if;
  if release.contested then
    return query
    select f.* from ops_private.standing_contested(release.release_id, release_objections.as_of) as c
    cross join lateral ops_private.find_contested(c, release_objections.as_of) as f where c.on_release;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."release_objections"(ops.releases, timestamp with time zone, ops_private.requirements_in_force[]) IS 'The findings on the objections to a release as a whole that stand at a moment: they keep it out of staging and production.';

REVOKE ALL ON FUNCTION "ops_private"."release_objections"(ops.releases, timestamp WITH time zone, ops_private.requirements_in_force[]) FROM PUBLIC;
