-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.digest_now (
  release_id uuid
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_reader('ops.build_artifacts');
  return ops_private.artifacts_digest(digest_now.release_id, 'infinity');
end
$function$;

COMMENT ON FUNCTION "ops_private"."digest_now"(uuid) IS 'The digest of the artifacts on record now. For the evidence view. Raises 42501 when the caller may not read builds.';
