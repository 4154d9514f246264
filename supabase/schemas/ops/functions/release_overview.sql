-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.release_overview (
  release_id uuid,
  as_of      timestamp with time zone DEFAULT NULL::timestamp WITH time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_past constant boolean := as_of is not null;
  v_as_of timestamptz;
begin
  perform ops_private.require_role(
    'service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  v_release := ops_private.release_named(release_overview.release_id);
  v_as_of := case when v_past then ops_private.moment_named(v_release, release_overview.as_of)
    else ops_private.present(v_release) end;
  return jsonb_build_object(
      'as_of', v_as_of,
      'release', ops_private.release_part(v_release, v_as_of, v_past),
      'gates', ops_private.gates_part(v_release, v_as_of, v_past))
    || ops_private.where_it_may_go(v_release, v_as_of)
    || ops_private.facts_part(v_release, v_as_of, v_past)
    || case when v_past then jsonb_build_object(
      'release_id', v_release.release_id, 'seen', null, 'artifacts_digest',
      case when v_release.has_artifacts then ops_private.artifacts_digest(v_release.release_id, v_as_of) end)
      else ops_private.seen_of(v_release) end;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."release_overview"(uuid, timestamp WITH time zone) TO "audit_reader", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."release_overview"(uuid, timestamp with time zone) IS 'Everything about one release: release, gates (verdict and findings), eligible_for_staging, eligible_for_production, blockers, advice, and its facts: checks, artifacts, decisions, evidence, exceptions, deployments, retirements, contested_reports, dismissals, incidents. A part is null for a role that may not read its table: qa_tester gets checks, artifacts and evidence; sre deployments, retirements and incidents; developer the checks of their own releases. cut: the parts of which only the newest 200 are shown. artifacts_digest: of the artifacts on record, null without any; its first 12 digits end the key of a sign-off. seen: a gate_signoff that sends it is refused when the release has changed since. as_of: the answer for a past moment, by the facts known then; seen and since are null there. OPS04: no release that they may see. 22023: as_of is before the release was opened or in the future.';

REVOKE ALL ON FUNCTION "ops"."release_overview"(uuid, timestamp WITH time zone) FROM PUBLIC;
