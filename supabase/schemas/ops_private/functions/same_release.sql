-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.same_release (
  release    ops.releases,
  source_ref text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if release.closed_at is not null then
    raise exception using errcode = 'OPS09', message = 'the release of this name is closed',
      detail = format('release_id %s was closed by %s at %s: %s', release.release_id, release.closed_by,
        release.closed_at, release.close_reason),
      hint = 'choose another release_name';
  elsif release.source_ref is distinct from same_release.source_ref then
    raise exception using errcode = 'OPS09', message = 'the release exists with another source_ref',
      detail = format('release_id %s', release.release_id),
      hint = 'choose another release_name, or use the release that exists';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."same_release"(ops.releases, text) IS 'Raises OPS09 unless the release has this source_ref; also when it is closed, with when, by whom and why.';

REVOKE ALL ON FUNCTION "ops_private"."same_release"(ops.releases, text) FROM PUBLIC;
