-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_stamp_artifacts()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.artifacts_digest := ops_private.artifacts_digest(new.release_id, 'infinity');
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_stamp_artifacts"() IS 'Before a direct insert of a decision: sets the digest of the artifacts that are on record now, and ignores one that the caller sent.';

REVOKE ALL ON FUNCTION "ops_private"."tg_stamp_artifacts"() FROM PUBLIC;
