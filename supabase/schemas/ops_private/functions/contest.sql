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
  v_stop ops_private.stop;
  v_release ops.releases;
  v_names_gate boolean;
  v_source_ref constant text := ops_private.short_text(envelope #> '{payload,source_ref}');
  v_content jsonb := content;
  c ops.contested_reports;
  v_place ops_private.contested;
  v_finding ops.gate_finding;
  v_known boolean;
  v_new boolean := false;
  v_timed boolean;
  v_contested jsonb := '[]';
begin
  c.release_id := ops_private.uuid_or_null(ops_private.short_text(envelope -> 'release_id'));
  -- Reading a few fields of a document costs little, also of one that is too large to be stored.
  if c.release_id is null or pg_column_size(envelope #> '{}') > 4194304 or not ops_private.may_stop(envelope)
    or not exists (select from ops_private.stops_in(envelope)) then
    return null;
  end if;
  v_release := ops_private.hold_release(c.release_id);
  if v_release.release_id is null
    or ops_private.is_source_ref(v_source_ref) and ops_private.source_ref_of(v_source_ref) <> v_release.source_ref then
    return null;
  end if;
  if v_content is null and (ops_private.unreadable(envelope)).error is null then
    v_names_gate := (select t.names_gate from ops_private.event_types t where t.event_type = envelope ->> 'event_type');
    v_content := ops_private.canonical_content(envelope, ops_private.current_actor(), v_names_gate);
  end if;
  c.event_type := envelope ->> 'event_type';
  c.idempotency_key := ops_private.loggable(envelope -> 'idempotency_key');
  c.payload_hash := encode(sha256(convert_to(v_content::text, 'UTF8')), 'hex');
  c.error_code := error;
  c.ingest_id := contest.ingest_id;
  select t.observed_at, t.timed into c.observed_at, v_timed from ops_private.times_of(envelope, received_at) as t;
  c.created_role := current_setting('role');
  for v_stop in select s.* from ops_private.stops_in(envelope) as s loop
    c.status := v_stop.status;
    c.gate_id := (
      select g.gate_id from ops.release_gates g where g.release_id = c.release_id and g.gate_code = v_stop.gate_code);
    c.check_name := v_stop.check_name;
    c.environment := v_stop.environment;
    c.target := v_stop.target;
    c.deployment_ref := v_stop.deployment_ref;
    c.approver_id := v_stop.approver_id;
    c.persona_role := v_stop.persona_role;
    v_known := ops_private.contested_already(c, v_timed);
    continue when not v_known and ops_private.stands_anyway(c);
    v_place.report := c;
    v_place.gate_code := v_stop.gate_code;
    v_finding := ops_private.find_contested(v_place);
    v_contested := v_contested || jsonb_strip_nulls(jsonb_build_object(
      'gate_code', v_stop.gate_code, 'status', v_stop.status, 'subject', v_finding.subject, 'who', v_finding.who,
      'remedy', v_finding.remedy));
    continue when v_known;
    if not v_new then
      v_new := true;
      perform ops_private.next_moment(c.release_id);
      update ops.releases r set contested = true where r.release_id = c.release_id;
    end if;
    insert into ops.contested_reports (
      release_id, gate_id, event_type, status, check_name, environment, target, deployment_ref, approver_id,
      persona_role, idempotency_key, payload_hash, error_code, ingest_id, observed_at
    ) values (
      c.release_id, c.gate_id, c.event_type, c.status, c.check_name, c.environment, c.target, c.deployment_ref,
      c.approver_id, c.persona_role, c.idempotency_key, c.payload_hash, c.error_code, c.ingest_id, c.observed_at
    );
  end loop;
  if v_new then
    perform ops_private.judge_now(c.release_id, 'G1');
  end if;
  return case when v_contested <> '[]' then jsonb_build_object('contested', v_contested) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."contest"(jsonb, jsonb, timestamp with time zone, text, uuid) IS 'Records the stops of a refused event as contested reports, judges the release again, and returns what the answer says of it: {contested: [{gate_code, status, subject, who, remedy}]}, with those that stood already. Null when the event reports no stop, its sender may not report it, it names another commit, or it would change nothing. content: the canonical content, if it is known.';

REVOKE ALL ON FUNCTION "ops_private"."contest"(jsonb, jsonb, timestamp WITH time zone, text, uuid) FROM PUBLIC;
