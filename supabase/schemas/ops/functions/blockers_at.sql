CREATE OR REPLACE FUNCTION ops.blockers_at (
  release_id uuid,
  target     ops.ops_environment,
  source_ref text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_release constant ops.releases := ops.release_named(blockers_at.release_id);
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(b)), '[]')
    from ops.blockers_of(v_release.release_id, target, clock_timestamp()) as b
  ) || case when v_release.source_ref = blockers_at.source_ref then '[]' else jsonb_build_array(jsonb_build_object(
    'requirement', 'the release''s own source_ref is deployed', 'kind', 'source_ref_mismatch',
    'subject', v_release.source_ref, 'enforcement', 'blocking', 'state', 'failed',
    'detail', 'another source_ref was deployed',
    'remedy', 'deploy the source_ref of the release, or open a release for this one', 'who', ops.gate_owner('G4')
  )) end;
end
$function$;

COMMENT ON FUNCTION "ops"."blockers_at"(uuid, ops.ops_environment, text) IS 'The findings that keep a source_ref out of an environment at this moment, as an array; source_ref_mismatch when it is not the release''s.';

REVOKE ALL ON FUNCTION "ops"."blockers_at"(uuid, ops.ops_environment, text) FROM PUBLIC;
