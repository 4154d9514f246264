-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.cleared_for (
  release  ops.releases,
  statuses ops.ops_gate_status[],
  as_of    timestamp with time zone
)
  RETURNS ops.ops_environment
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_on_staging boolean := false;
  v_on_release boolean := false;
begin
  if release.contested then
    select coalesce(bool_or(c.on_staging), false), coalesce(bool_or(c.on_release), false)
    into v_on_staging, v_on_release
    from ops_private.standing_contested(release.release_id, as_of) as c;
  end if;
  if release.objected then
    v_on_release := v_on_release or exists (
      select from ops_private.standing_decisions(release.release_id, null, as_of) as d where d.decision <> 'approved');
  end if;
  if v_on_release or not ops_private.all_passed(statuses, ops_private.gates_before('staging')) then
    return 'dev'::ops.ops_environment;
  elsif v_on_staging or not ops_private.all_passed(statuses, ops_private.gates_before('production'))
    or ops_private.standing_health(release, 'staging', as_of) = 'failed' then
    return 'staging'::ops.ops_environment;
  end if;
  return 'production'::ops.ops_environment;
end
$function$;

COMMENT ON FUNCTION "ops_private"."cleared_for"(ops.releases, ops.ops_gate_status[], timestamp with time zone) IS 'The furthest environment that these statuses (G1 first), the health of staging, objections to the release as a whole and contested reports allow. Only passed counts, not bypassed.';

REVOKE ALL ON FUNCTION "ops_private"."cleared_for"(ops.releases, ops.ops_gate_status[], timestamp WITH time zone) FROM PUBLIC;
