-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_event_of_closed (
  envelope jsonb,
  release  ops.releases
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if envelope ->> 'event_type' = 'build_complete' and envelope #>> '{payload,status}' = 'pass'
    or envelope ->> 'event_type' = 'gate_signoff' and not exists (select from ops_private.stops_in(envelope)) then
    perform ops_private.refuse_event('release_closed', jsonb_build_object(
      'closed_at', release.closed_at, 'closed_by', release.closed_by, 'close_reason', release.close_reason));
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_event_of_closed"(jsonb, ops.releases) IS 'Refuses with release_closed an event about a closed release that is an approval or a build that passes, whatever its checks say. The checks that failed in it are stops of a refused event.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_event_of_closed"(jsonb, ops.releases) FROM PUBLIC;
