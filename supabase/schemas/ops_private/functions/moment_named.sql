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
  if (as_of between release.created_at and clock_timestamp()) is not true then
    raise exception using errcode = '22023', message = 'nothing is known of the release at that moment',
      detail = format('it was opened at %s', release.created_at),
      hint = 'name a moment between its opening and the present';
  end if;
  return as_of;
end
$function$;

COMMENT ON FUNCTION "ops_private"."moment_named"(ops.releases, timestamp with time zone) IS 'A moment between the opening of a release and the present; 22023 for any other.';

REVOKE ALL ON FUNCTION "ops_private"."moment_named"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
