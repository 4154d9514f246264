-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.release_overview (
  release_id uuid
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_role('service_role', 'qa_tester', 'release_manager');
  return ops_private.seen_of(ops_private.release_named(release_overview.release_id));
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."release_overview"(uuid) TO "qa_tester", "release_manager", "service_role";

COMMENT ON FUNCTION "ops"."release_overview"(uuid) IS 'What whoever decides on a release needs: {release_id, artifacts_digest, seen}. artifacts_digest is that of the artifacts on record, null without any; its first 12 digits end the key of a sign-off. A gate_signoff that sends seen is refused when the release has changed since. OPS04: unknown release.';

REVOKE ALL ON FUNCTION "ops"."release_overview"(uuid) FROM PUBLIC;
