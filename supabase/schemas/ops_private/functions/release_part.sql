-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.release_part (
  release ops.releases,
  as_of   timestamp with time zone,
  past    boolean
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return jsonb_build_object(
    'release_id', release.release_id, 'project', release.project, 'release_name', release.release_name,
    'environment_target', release.environment_target, 'source_ref', release.source_ref,
    'scope_metadata', release.scope_metadata, 'initiating_actor', release.initiating_actor,
    'status', case when past then ops_private.release_status_of(release.release_id, as_of, past) else release.status end,
    'opened_at', release.created_at, 'opened_by', release.created_by,
    'closed_at', case when release.closed_at <= as_of then release.closed_at end,
    'closed_by', case when release.closed_at <= as_of then release.closed_by end,
    'close_reason', case when release.closed_at <= as_of then release.close_reason end);
end
$function$;

COMMENT ON FUNCTION "ops_private"."release_part"(ops.releases, timestamp with time zone, boolean) IS 'What a release is, and its status at a moment.';

REVOKE ALL ON FUNCTION "ops_private"."release_part"(ops.releases, timestamp WITH time zone, boolean) FROM PUBLIC;
