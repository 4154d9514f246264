-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.promotion_advice (
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
  v_release := ops_private.release_named(promotion_advice.release_id);
  return query
  select a.* from ops_private.advice_of(
    v_release, ops_private.environment_named(target_env), ops_private.present(v_release)
  ) as a;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."promotion_advice"(uuid, text) TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."promotion_advice"(uuid, text) IS 'The advisory findings on promoting a release to dev, staging or production now: what was found, remedy and who can do it. None of them keeps the release out; ops.promotion_blockers has those that do. OPS04: unknown release. 22023: unknown environment.';

REVOKE ALL ON FUNCTION "ops"."promotion_advice"(uuid, text) FROM PUBLIC;
