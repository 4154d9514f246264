-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.seen_of (
  release ops.releases
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_digest text;
begin
  if release.has_artifacts then
    v_digest := ops_private.artifacts_digest(release.release_id, release.recorded_until);
  end if;
  return jsonb_build_object('release_id', release.release_id, 'artifacts_digest', v_digest, 'seen', encode(sha256(
    convert_to(concat_ws(E'\n', coalesce(v_digest, ''),
      (date_part('epoch', release.recorded_until) * 1000000)::bigint), 'UTF8')), 'hex'));
end
$function$;

COMMENT ON FUNCTION "ops_private"."seen_of"(ops.releases) IS 'What somebody who decides on a release looks at: the digest of the artifacts on record, and seen, a digest of that and of the moment of its newest fact.';

REVOKE ALL ON FUNCTION "ops_private"."seen_of"(ops.releases) FROM PUBLIC;
