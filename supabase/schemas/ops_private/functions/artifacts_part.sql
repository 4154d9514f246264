-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.artifacts_part (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.name, f.sha256), '[]') from (
      select a.name, a.sha256 from ops_private.artifacts_on_record(release.release_id, as_of) as a
      where release.has_artifacts order by a.name, a.sha256 limit 201
    ) as f
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."artifacts_part"(ops.releases, timestamp with time zone) IS 'The artifacts of a release that were on record at a moment, by name.';

REVOKE ALL ON FUNCTION "ops_private"."artifacts_part"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
