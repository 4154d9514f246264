-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.moment_named (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (as_of between release.created_at and ops_private.present(release)) is not true then
    raise exception using errcode = '22023', message = 'the moment must be between the opening of the release and now',
      detail = format('the release was opened at %s', release.created_at),
      hint = 'name a moment after that time and not in the future';
  end if;
  return as_of;
end
$function$;

COMMENT ON FUNCTION "ops_private"."moment_named"(ops.releases, timestamp with time zone) IS 'The given moment, if it is between the opening of the release and now. Otherwise raises 22023.';

REVOKE ALL ON FUNCTION "ops_private"."moment_named"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
