-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_artifact_conflicts (
  gate  ops.release_gates,
  as_of timestamp with time zone
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
begin
  for f.subject in
    select a.name from ops_private.artifacts_on_record(gate.release_id, as_of) as a
    group by a.name having count(*) > 1 order by a.name
  loop
    f.gate_id := gate.gate_id;
    f.gate_code := gate.gate_code;
    f.kind := 'artifact_conflict';
    f.enforcement := 'blocking';
    f.state := 'failed';
    f.requirement := format('artifact %s has one hash', f.subject);
    f.detail := format('the builds on record name several hashes of artifact %s', f.subject);
    f.remedy :=
      'build again under the same check names, so that each artifact has one hash, or name the artifacts apart';
    f.who := ops_private.gate_owner('G1');
    return next f;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_artifact_conflicts"(ops.release_gates, timestamp with time zone) IS 'One finding on G1 for each artifact that the builds on record name with several hashes: always blocking and failed.';

REVOKE ALL ON FUNCTION "ops_private"."find_artifact_conflicts"(ops.release_gates, timestamp WITH time zone) FROM PUBLIC;
