-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.promotion_blockers (
  release_id uuid,
  target_env text
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
begin
  perform ops_private.require_any_role();
  v_release := ops_private.release_named(promotion_blockers.release_id);
  return query
  select b.* from ops_private.blockers_of(
    v_release, ops_private.environment_named(target_env), ops_private.present(v_release)
  ) as b;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."promotion_blockers"(uuid, text) TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."promotion_blockers"(uuid, text) IS 'The blockers of a release for dev, staging or production now: gate, requirement, what was found, remedy and who can do it. No rows exactly when the release is eligible. OPS04: unknown release. 22023: unknown environment.';

REVOKE ALL ON FUNCTION "ops"."promotion_blockers"(uuid, text) FROM PUBLIC;
