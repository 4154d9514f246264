-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contest (
  envelope    jsonb,
  content     jsonb,
  received_at timestamp with time zone,
  error       text,
  ingest_id   uuid
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release_id constant uuid := ops_private.uuid_or_null(ops_private.short_text(envelope -> 'release_id'));
  v_source_ref constant text := ops_private.short_text(envelope #> '{payload,source_ref}');
  v_release ops.releases;
  v_stop ops_private.stop;
  c ops.contested_reports;
  v_timed boolean;
  v_known boolean;
  v_new boolean := false;
  v_contested jsonb := '[]'::jsonb;
begin
  -- Reading a few fields of a document costs little, also of one that is too large to be stored.
  if v_release_id is null or pg_column_size(envelope #> '{}') > 4194304 or not ops_private.may_stop(envelope)
    or not exists (select from ops_private.stops_in(envelope)) then
    return null;
  end if;
  v_release := ops_private.hold_release(v_release_id);
  if v_release.release_id is null
    or ops_private.is_source_ref(v_source_ref) and ops_private.source_ref_of(v_source_ref) <> v_release.source_ref then
    return null;
  end if;
  c := ops_private.refused_report(envelope, content, received_at, error, ingest_id);
  v_timed := (ops_private.times_of(envelope, received_at)).timed;
  for v_stop in select s.* from ops_private.stops_in(envelope) as s loop
    c := ops_private.report_of_stop(c, v_stop);
    v_known := ops_private.contested_already(c, v_timed);
    continue when not v_known and ops_private.would_change_nothing(c);
    v_contested := v_contested || ops_private.contested_in_answer(c, v_stop.gate_code);
    continue when v_known;
    if not v_new then
      v_new := true;
      perform ops_private.next_moment(v_release_id);
      update ops.releases r set contested = true where r.release_id = v_release_id;
    end if;
    perform ops_private.keep_contested(c);
  end loop;
  if v_new then
    perform ops_private.judge_now(v_release_id, 'G1');
  end if;
  return case when v_contested <> '[]' then jsonb_build_object('contested', v_contested) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."contest"(jsonb, jsonb, timestamp with time zone, text, uuid) IS 'Records the stops of a refused event as contested reports, judges the release again, and returns what the answer says of it: {contested: [{gate_code, status, subject, who, remedy}]}, with those that stood already. Null when the event reports no stop, its sender may not report it, it names another commit, or it would change nothing. content: the canonical content, if it is known.';

REVOKE ALL ON FUNCTION "ops_private"."contest"(jsonb, jsonb, timestamp WITH time zone, text, uuid) FROM PUBLIC;
