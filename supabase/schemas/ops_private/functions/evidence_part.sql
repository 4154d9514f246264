-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.evidence_part (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.artifact_id), '[]') from (
      select e.artifact_id, g.gate_code, e.check_id, e.deployment_id, e.approval_id, e.artifact_type, e.source_system,
        e.artifact_url, e.sha256, e.observed_at, e.created_at, e.created_by, e.created_role
      from ops.evidence_artifacts e
      left join ops.release_gates g on g.gate_id = e.gate_id
      where e.release_id = release.release_id and e.created_at <= as_of
      order by e.created_at desc, e.artifact_id limit 201
    ) as f
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."evidence_part"(ops.releases, timestamp with time zone) IS 'The evidence of a release until a moment.';

REVOKE ALL ON FUNCTION "ops_private"."evidence_part"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
