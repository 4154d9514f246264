-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.blockers_at (
  release    ops.releases,
  target     ops.ops_environment,
  source_ref text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(b)), '[]')
    from ops_private.blockers_of(release, target, ops_private.present(release)) as b
  ) || case when release.source_ref = blockers_at.source_ref then '[]' else jsonb_build_array(jsonb_build_object(
    'requirement', 'the source_ref of the release is deployed', 'kind', 'source_ref_mismatch',
    'subject', release.source_ref, 'enforcement', 'blocking', 'state', 'failed',
    'detail', 'another source_ref was deployed',
    'remedy', 'deploy the source_ref of the release, or open another release for the deployed one',
    'who', ops_private.gate_owner('G4')
  )) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."blockers_at"(ops.releases, ops.ops_environment, text) IS 'The blockers now for deploying a source_ref to an environment, as a jsonb array. Contains source_ref_mismatch when the release has another source_ref.';

REVOKE ALL ON FUNCTION "ops_private"."blockers_at"(ops.releases, ops.ops_environment, text) FROM PUBLIC;
