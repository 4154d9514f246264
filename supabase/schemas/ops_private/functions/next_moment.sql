-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.next_moment (
  release_id uuid
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_moment timestamptz;
begin
  update ops.releases r
  set recorded_until = greatest(clock_timestamp(), r.recorded_until + interval '1 microsecond')
  where r.release_id = next_moment.release_id
  returning r.recorded_until into v_moment;
  return v_moment;
end
$function$;

COMMENT ON FUNCTION "ops_private"."next_moment"(uuid) IS 'Gives the next fact of a release its moment, and returns it: the wall clock, or a microsecond after the newest fact if the clock was set back. Locks the release as ops_private.hold_release does.';

REVOKE ALL ON FUNCTION "ops_private"."next_moment"(uuid) FROM PUBLIC;
