-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.record_artifacts (
  release  ops.releases,
  gate_id  uuid,
  check_id uuid,
  given    jsonb
)
  RETURNS integer
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_artifacts constant jsonb := ops_private.artifacts_listed(given);
begin
  if v_artifacts is null then
    perform ops_private.refuse_event('invalid_payload', '{}'); -- answer_refused lists the issues
  end if;
  insert into ops.build_artifacts (release_id, gate_id, check_id, name, sha256, project, created_at)
  select release.release_id, record_artifacts.gate_id, record_artifacts.check_id, e.value ->> 'name', e.value ->> 'sha256',
    release.project, release.recorded_until
  from jsonb_array_elements(v_artifacts) as e;
  return jsonb_array_length(v_artifacts);
end
$function$;

COMMENT ON FUNCTION "ops_private"."record_artifacts"(ops.releases, uuid, uuid, jsonb) IS 'Records the artifacts that a build names, and returns how many. Refuses what is no list of artifacts.';

REVOKE ALL ON FUNCTION "ops_private"."record_artifacts"(ops.releases, uuid, uuid, jsonb) FROM PUBLIC;
