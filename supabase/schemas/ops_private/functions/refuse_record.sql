-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_record (
  s       ops_private.submission,
  release ops.releases,
  gate_id uuid
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_imported constant boolean := ops_private.is_imported(s.envelope);
begin
  if release.release_id is null and s.envelope ->> 'release_id' is not null then
    perform ops_private.refuse_event('unknown_release', '{"hint": "name the id that ops-gates open prints"}');
  elsif v_imported and release.imported_at is null then
    perform ops_private.refuse_event('release_not_imported', '{
      "message": "the release is not of the past, and facts about the past count for no other",
      "hint": "send the event without imported, or import the release: ops.import_release, ops-gates import"}');
  elsif release.closed_at is not null and (case
    when release.imported_at is not null then not v_imported
    else s.event_type = 'build_complete' and s.envelope #>> '{payload,status}' = 'pass'
      or s.event_type = 'gate_signoff' and not exists (select from ops_private.stops_in(s.envelope))
    end) then
    perform ops_private.refuse_event('release_closed', jsonb_build_object(
      'closed_at', release.closed_at, 'closed_by', release.closed_by, 'close_reason', release.close_reason));
  elsif gate_id is null and s.gate_code is not null then
    perform ops_private.refuse_event('unknown_gate', jsonb_build_object('gate_code', s.gate_code));
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_record"(ops_private.submission, ops.releases, uuid) IS 'Refuses an event whose release or gate does not exist (unknown_release, unknown_gate), and one about the past whose release is none of it (release_not_imported). Of a closed release it refuses an approval, or a build that passes, whatever its checks say (release_closed); of a release of the past, all that does not say so. The checks that failed in it are stops of a refused event.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_record"(ops_private.submission, ops.releases, uuid) FROM PUBLIC;
