-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.was_eligible_for_promotion (
  release_id uuid,
  target_env text,
  as_of      timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
begin
  perform ops_private.require_any_role();
  v_release := ops_private.release_named(was_eligible_for_promotion.release_id);
  return not exists (
    select from ops_private.blockers_of(
      v_release, ops_private.environment_named(target_env),
      ops_private.moment_named(v_release, was_eligible_for_promotion.as_of)
    )
  );
end
$function$;

GRANT EXECUTE
  ON FUNCTION "ops"."was_eligible_for_promotion"(uuid, text, timestamp WITH time zone)
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."was_eligible_for_promotion"(uuid, text, timestamp with time zone) IS 'Whether the release was eligible for dev, staging or production at a past moment, by the facts known then. The answer is final for moments that are older than the oldest open transaction. OPS04: unknown release. 22023: unknown environment, or the moment is before the release was opened or in the future.';

REVOKE ALL ON FUNCTION "ops"."was_eligible_for_promotion"(uuid, text, timestamp WITH time zone) FROM PUBLIC;
