-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.closing_of (
  release ops.releases
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return jsonb_build_object(
    'release_id', release.release_id, 'closed_at', release.closed_at, 'closed_by', release.closed_by,
    'close_reason', release.close_reason, 'name_freed', release.name_freed);
end
$function$;

COMMENT ON FUNCTION "ops_private"."closing_of"(ops.releases) IS 'When a release was closed, by whom and why, and whether its name is free again.';

REVOKE ALL ON FUNCTION "ops_private"."closing_of"(ops.releases) FROM PUBLIC;
