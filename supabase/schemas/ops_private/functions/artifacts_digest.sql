-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.artifacts_digest (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select encode(sha256(convert_to(string_agg(
      a.name || E'\t' || a.sha256 || E'\n', '' order by a.name, a.sha256 collate "C"), 'UTF8')), 'hex')
    from ops_private.artifacts_on_record(artifacts_digest.release_id, artifacts_digest.as_of) as a
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."artifacts_digest"(uuid, timestamp with time zone) IS 'The digest of the artifacts of a release on record at a moment: SHA-256 in hex of their sorted lines, name, tab, hash and line feed. Null when there are none.';

REVOKE ALL ON FUNCTION "ops_private"."artifacts_digest"(uuid, timestamp WITH time zone) FROM PUBLIC;
