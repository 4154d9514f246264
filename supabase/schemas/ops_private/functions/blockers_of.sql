-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.blockers_of (
  release ops.releases,
  target  ops.ops_environment,
  as_of   timestamp with time zone
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if target = 'dev' then
    return;
  end if;
  return query
  select f.*
  from unnest((ops_private.judge(
    release, 'G1', as_of, to_gate => case target when 'staging' then 'G2' else 'G3' end::ops.ops_gate_code
  )).verdicts) as v
  cross join lateral unnest(v.findings) as f
  where (v.gate).status not in ('passed', 'bypassed') and f.enforcement = 'blocking' and f.state <> 'satisfied';
  if target = 'production' and ops_private.covering_exception(release.release_id, 'G4', false, as_of) is null then
    return query
    select
      g.gate_id, g.gate_code, 'the newest staging deployment has not failed',
      'deployment_health'::ops.ops_requirement_kind, 'staging', 'blocking'::ops.ops_enforcement,
      'failed'::ops.ops_finding_state, 'health in staging is failed',
      'repair the release, deploy it to staging again, and report a passing health check', ops_private.gate_owner('G4')
    from ops.release_gates g
    where g.release_id = release.release_id and g.gate_code = 'G4'
      and ops_private.standing_health(release.release_id, 'staging', blockers_of.as_of) = 'failed';
    if release.contested then
      return query
      select f.* from ops_private.standing_contested(release.release_id, blockers_of.as_of) as c
      cross join lateral ops_private.find_contested(c) as f where c.on_staging;
    end if;
  end if;
  if release.contested and not exists (
    select from ops.exceptions x
    where x.release_id = release.release_id and x.exception_type = 'gate_bypass'
      and x.impacted_gates @> '{G1,G2,G3}' and ops_private.is_active(x, blockers_of.as_of)
  ) then
    return query
    select f.* from ops_private.standing_contested(release.release_id, blockers_of.as_of) as c
    cross join lateral ops_private.find_contested(c) as f where c.on_release;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."blockers_of"(ops.releases, ops.ops_environment, timestamp with time zone) IS 'The blockers of a release for an environment at a moment, by the facts known then. No rows exactly when it is eligible. A gate_bypass that names G4 also covers a failure in staging; one that names G1, G2 and G3 also covers an objection to the release as a whole.';

REVOKE ALL ON FUNCTION "ops_private"."blockers_of"(ops.releases, ops.ops_environment, timestamp WITH time zone) FROM PUBLIC;
