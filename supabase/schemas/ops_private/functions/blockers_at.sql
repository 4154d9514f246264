-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.blockers_at (
  release    ops.releases,
  target     ops.ops_environment,
  source_ref text,
  artifacts  jsonb,
  OUT        blockers jsonb,
  OUT        excepted_by uuid[]
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_now constant timestamptz := ops_private.present(release);
  v_obstacles ops_private.obstacle[] := array(select o from ops_private.obstacles_to(release, target, v_now) as o);
  v_artifacts ops.gate_finding;
begin
  if release.has_artifacts or artifacts is not null then
    v_artifacts := ops_private.find_deployed_artifacts(release, target, artifacts, v_now);
  end if;
  if v_artifacts.enforcement = 'blocking' then
    -- Nothing covers artifact_mismatch.
    v_obstacles := v_obstacles || row(v_artifacts,
      case when release.excepted and v_artifacts.kind = 'deployed_artifacts'
        then ops_private.covering_exception(release.release_id, '{G3}', false, v_now) end)::ops_private.obstacle;
  end if;
  select coalesce(jsonb_agg(to_jsonb(o.finding) order by o.ordinality), '[]') into blockers_at.blockers
  from unnest(v_obstacles) with ordinality as o where o.exception_id is null;
  blockers_at.excepted_by := array(
    select distinct o.exception_id from unnest(v_obstacles) as o where o.exception_id is not null order by 1);
  if release.source_ref is distinct from blockers_at.source_ref then
    blockers_at.blockers := blockers_at.blockers || jsonb_build_array(jsonb_build_object(
      'requirement', 'the source_ref of the release is deployed', 'kind', 'source_ref_mismatch',
      'subject', release.source_ref, 'enforcement', 'blocking', 'state', 'failed',
      'detail', 'another source_ref was deployed',
      'remedy', 'deploy the source_ref of the release, or open another release for the deployed one',
      'who', ops_private.gate_owner('G4')
    ));
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."blockers_at"(ops.releases, ops.ops_environment, text, jsonb) IS 'The blockers now for deploying a source_ref and artifacts to an environment, as a jsonb array, and the exceptions without which there would be more. Contains source_ref_mismatch, which no exception covers, when the release has another source_ref, and artifact_mismatch, which none covers either, when no build on record made an artifact.';

REVOKE ALL ON FUNCTION "ops_private"."blockers_at"(ops.releases, ops.ops_environment, text, jsonb) FROM PUBLIC;
