-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.hold_seen (
  release_id uuid,
  seen       text
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release constant ops.releases := ops_private.hold_release(hold_seen.release_id);
begin
  if v_release.release_id is not null and ops_private.seen_of(v_release) ->> 'seen' <> lower(hold_seen.seen) then
    perform ops_private.refuse_event(
      'changed_since_seen', '{"hint": "look again (ops-gates why, release_overview), and decide with the seen that it shows"}');
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."hold_seen"(uuid, text) IS 'Locks a release before a fact gets its moment, and refuses changed_since_seen when it is not as whoever decided saw it.';

REVOKE ALL ON FUNCTION "ops_private"."hold_seen"(uuid, text) FROM PUBLIC;
