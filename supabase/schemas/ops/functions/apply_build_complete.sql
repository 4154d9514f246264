CREATE OR REPLACE FUNCTION ops.apply_build_complete (
  release     ops.releases,
  gate_id     uuid,
  envelope    jsonb,
  observed_at timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_check_id constant uuid := gen_random_uuid();
  v_checks integer;
begin
  if v_payload ->> 'source_ref' <> release.source_ref then
    perform ops.refuse_event('source_ref_mismatch', jsonb_build_object('expected', release.source_ref));
  end if;
  insert into ops.gate_checks (
    check_id, release_id, gate_id, check_name, source_system, status, artifact_ref, observed_at, metadata
  )
  select
    coalesce(c.check_id, gen_random_uuid()), release.release_id, apply_build_complete.gate_id,
    coalesce(c.value ->> 'check_name', 'build'),
    (envelope ->> 'source_system')::ops.ops_source_system, (c.value ->> 'status')::ops.ops_check_status,
    c.value ->> 'artifact_ref', apply_build_complete.observed_at,
    c.value - array['check_name', 'status', 'artifact_ref', 'checks', 'evidence', 'source_ref']
  from (
    select v_check_id as check_id, v_payload as value
    union all
    select null, e.value from jsonb_array_elements(nullif(v_payload -> 'checks', 'null')) as e
  ) as c;
  get diagnostics v_checks = row_count;
  return jsonb_build_object(
    'check_id', v_check_id, 'checks', v_checks,
    'evidence', ops.attach_evidence(
      release.release_id, apply_build_complete.gate_id, v_check_id, null, envelope, apply_build_complete.observed_at
    )
  );
end
$function$;

COMMENT ON FUNCTION "ops"."apply_build_complete"(ops.releases, uuid, jsonb, timestamp with time zone) IS 'build_complete: its main check, the others in checks[], and evidence, on G1. source_ref_mismatch for a build of another commit.';

REVOKE ALL ON FUNCTION "ops"."apply_build_complete"(ops.releases, uuid, jsonb, timestamp WITH time zone) FROM PUBLIC;
