-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_deployed_artifacts (
  release   ops.releases,
  target    ops.ops_environment,
  artifacts jsonb,
  as_of     timestamp with time zone
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  v_outside text;
  v_known constant boolean := release.has_artifacts
    and exists (select from ops_private.artifacts_on_record(release.release_id, as_of));
begin
  f.enforcement := 'advisory';
  f.state := 'failed';
  f.who := ops_private.gate_owner('G4');
  if artifacts is null and v_known then
    f.kind := 'deployed_artifacts';
    f.state := 'unsatisfied';
    f.requirement := 'the deployment names its artifacts';
    f.detail := 'the deployment named none, and a build named some';
    f.remedy := 'deploy again under a new reference, and name the artifacts';
    select g.gate_id, g.gate_code, n.enforcement into f.gate_id, f.gate_code, f.enforcement
    from ops_private.requirements_in_force n
    join ops.release_gates g on g.release_id = n.release_id and g.gate_code = n.gate_code
    where n.release_id = release.release_id and n.kind = 'deployed_artifacts' and target = 'production';
    f.enforcement := coalesce(f.enforcement, 'advisory');
  elsif artifacts is not null then
    select string_agg(d.value ->> 'name', ', ' order by d.ordinality), min(d.value ->> 'name') into v_outside, f.subject
    from jsonb_array_elements(artifacts) with ordinality as d
    where (d.value ->> 'name', d.value ->> 'sha256') not in (
      select a.name, a.sha256 from ops_private.artifacts_on_record(release.release_id, as_of) as a
    );
    if v_outside is null then
      return null;
    end if;
    f.kind := 'artifact_mismatch';
    f.requirement := 'what is deployed was built';
    f.detail := format('%s: %s',
      case when v_known then 'no build on record made these' else 'no build named artifacts' end,
      left(v_outside, 1000));
    f.remedy := case when v_known then 'build the release again, or deploy what was built, under a new reference'
      else 'let the build name its artifacts' end;
    f.enforcement := case when v_known then 'blocking'::ops.ops_enforcement else 'advisory' end;
  end if;
  return case when f.kind is not null then f end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_deployed_artifacts"(ops.releases, ops.ops_environment, jsonb, timestamp with time zone) IS 'The finding on the artifacts that a deployment names at a moment. artifact_mismatch: one is not on record; it blocks, and nothing covers it; advisory while none are on record. deployed_artifacts: it names none, although some are on record; advisory, unless the policy asks for it before production. Null when there is nothing to say.';

REVOKE ALL ON FUNCTION "ops_private"."find_deployed_artifacts"(ops.releases, ops.ops_environment, jsonb, timestamp WITH time zone) FROM PUBLIC;
