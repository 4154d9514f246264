-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.checks_part (
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
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.check_id), '[]') from (
      select gc.check_id, g.gate_code, gc.deployment_id, gc.check_name, gc.part, gc.source_system, gc.status,
        gc.trusted, gc.artifact_ref, gc.observed_at, gc.created_at, gc.created_by, gc.created_role
      from ops.gate_checks gc
      join ops.release_gates g on g.gate_id = gc.gate_id
      where gc.release_id = release.release_id and gc.created_at <= as_of
      order by gc.created_at desc, gc.check_id limit 201
    ) as f
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."checks_part"(ops.releases, timestamp with time zone) IS 'The checks of a release until a moment.';

REVOKE ALL ON FUNCTION "ops_private"."checks_part"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
