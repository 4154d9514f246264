-- A refused event that reports a stop leaves a contested report for each stop, if its sender may report it.

create type ops_private.stop as (
  status text,
  gate_code ops.ops_gate_code,
  check_name ops.name,
  environment ops.ops_environment,
  target ops.name,
  deployment_ref ops.name,
  approver_id text,
  persona_role ops.ops_persona_role
);
comment on type ops_private.stop is
  'A failure, a rejection or a request for changes that an event reports. A field is null when it could not be read, or when the type of the event has none.';

create function ops_private.readable_name(given jsonb, absent ops.name default null) returns ops.name
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_name constant text := ops_private.short_text(given);
begin
  return case when coalesce(given, 'null') = 'null' then absent
    when ops_private.is_name(v_name) and not ops_private.has_secret(v_name) then v_name end;
end
$$;
comment on function ops_private.readable_name(jsonb, ops.name) is
  'A name as an event gives it, the default when the event gives none, and null when it cannot be a name.';
revoke execute on function ops_private.readable_name(jsonb, ops.name) from public;

create function ops_private.subject_of_stops(envelope jsonb) returns ops_private.stop
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_type constant text := ops_private.short_text(envelope -> 'event_type');
  v_payload constant jsonb := envelope -> 'payload';
  v_role constant text := current_setting('role');
  v_stop ops_private.stop;
begin
  if v_type = 'build_complete' then
    v_stop.gate_code := 'G1';
  elsif v_type = 'gate_signoff' then
    v_stop.gate_code := (case when ops_private.short_text(envelope -> 'gate_code') in ('G1', 'G2', 'G3', 'G4')
      then envelope ->> 'gate_code' end)::ops.ops_gate_code;
    -- People speak for themselves alone, whomever the event names.
    v_stop.persona_role := (case when ops_private.is_person_role(v_role) then v_role
      when ops_private.short_text(v_payload -> 'persona_role') = any (enum_range(null::ops.ops_persona_role)::text[])
      then v_payload ->> 'persona_role' end)::ops.ops_persona_role;
    v_stop.approver_id := case when ops_private.is_person_role(v_role) then ops_private.caller_member()
      else nullif(ops_private.trim_name(ops_private.loggable(v_payload -> 'approver_id')), '') end;
    v_stop.approver_id := coalesce(
      (ops_private.member_named(v_stop.approver_id)).recorded_as, ops_private.trim_name(v_stop.approver_id));
  elsif v_type in ('deployment_event', 'health_check') then
    v_stop.gate_code := 'G4';
    v_stop.environment := (case
      when ops_private.short_text(v_payload -> 'environment') = any (enum_range(null::ops.ops_environment)::text[])
      then v_payload ->> 'environment' end)::ops.ops_environment;
    v_stop.target := ops_private.readable_name(v_payload -> 'target', 'default');
    v_stop.deployment_ref := ops_private.readable_name(v_payload -> 'deployment_ref');
  end if;
  return v_stop;
end
$$;
comment on function ops_private.subject_of_stops(jsonb) is
  'What the stops in an envelope are about, as far as it can be read: the gate, and the deployment or the person. Nulls for a type without stops.';
revoke execute on function ops_private.subject_of_stops(jsonb) from public;

create function ops_private.stops_in(envelope jsonb) returns setof ops_private.stop
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_type constant text := ops_private.short_text(envelope -> 'event_type');
  v_payload constant jsonb := envelope -> 'payload';
  v_words constant text[] := array['fail', 'failed', 'failure', 'rejected', 'request_changes'];
  v_entries jsonb := jsonb_build_array(v_payload);
  v_stop ops_private.stop;
begin
  if (jsonb_typeof(v_payload) = 'object'
    and v_type in ('build_complete', 'gate_signoff', 'deployment_event', 'health_check')) is not true then
    return;
  end if;
  v_stop := ops_private.subject_of_stops(envelope);
  if v_type = 'build_complete' and jsonb_typeof(v_payload -> 'checks') = 'array' then
    v_entries := v_entries || (v_payload -> 'checks');
  elsif v_type = 'gate_signoff' then
    v_entries := jsonb_build_array(jsonb_build_object('status', v_payload -> 'decision'));
  end if;
  return query
  select
    min(f.status), v_stop.gate_code, f.check_name, v_stop.environment, v_stop.target, v_stop.deployment_ref,
    v_stop.approver_id, v_stop.persona_role
  from (
    select
      e.status,
      case when dense_rank() over (order by e.check_name) <= 100 then e.check_name end::ops.name as check_name
    from (
      select
        lower(ops_private.trim_name(left(a.value ->> 'status', 1000)) collate "C") as status,
        case v_type
          when 'build_complete' then ops_private.readable_name(
            a.value -> 'check_name', case when a.ordinality = 1 then 'build' end)
          when 'health_check' then ops_private.readable_name(a.value -> 'check_name', 'health')
        end as check_name
      from jsonb_array_elements(v_entries) with ordinality as a
      where jsonb_typeof(a.value) = 'object' and jsonb_typeof(a.value -> 'status') = 'string'
    ) as e
    where e.status = any (v_words)
  ) as f
  group by f.check_name
  order by f.check_name;
end
$$;
comment on function ops_private.stops_in(jsonb) is
  'The stops that an envelope reports, whatever else is wrong with it: one per check name, at most 100, and one without a name for all others. Nothing is read as text before its size is known.';
revoke execute on function ops_private.stops_in(jsonb) from public;

create function ops_private.may_stop(envelope jsonb) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_role constant text := current_setting('role');
  v_gate constant text := ops_private.short_text(envelope -> 'gate_code');
  v_type ops_private.event_types;
begin
  select t.* into v_type
  from ops_private.event_types t where t.event_type = ops_private.short_text(envelope -> 'event_type');
  return (
    v_role = 'service_role'
    or ops_private.caller_member() is not null and v_role = any (v_type.senders) and (
      not v_type.names_gate or (v_gate in ('G1', 'G2', 'G3', 'G4')) is not true
      or (v_role, v_gate) in (('qa_tester', 'G2'), ('release_manager', 'G3')))
  ) is true;
end
$$;
comment on function ops_private.may_stop(jsonb) is
  'Whether the caller may report a stop by an event of this type: as ops_private.may_send, but whatever the source, and also when the gate or the person cannot be read.';
revoke execute on function ops_private.may_stop(jsonb) from public;

create function ops_private.times_of(
  envelope jsonb, received_at timestamptz, out observed_at timestamptz, out timed boolean
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_emitted_at constant timestamptz := ops_private.parse_time(ops_private.short_text(envelope -> 'emitted_at'));
  v_sent_at constant timestamptz := ops_private.parse_time(ops_private.short_text(envelope -> 'sent_at'));
begin
  timed := v_emitted_at is not null and (v_sent_at is not null or coalesce(envelope -> 'sent_at', 'null') = 'null');
  observed_at := case when timed then least(received_at, v_emitted_at + coalesce(received_at - v_sent_at, '0'))
    else received_at end;
end
$$;
comment on function ops_private.times_of(jsonb, timestamptz) is
  'timed: whether the times of an event can be read. observed_at: when its fact was observed, by its age, as in ops_private.admit; when it was received, if they cannot be read.';
revoke execute on function ops_private.times_of(jsonb, timestamptz) from public;

create function ops_private.contested_already(report ops.contested_reports, timed boolean) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from ops.contested_reports c
    where c.release_id = report.release_id
      and (c.event_type, c.gate_id, c.check_name, c.environment, c.target, c.deployment_ref, c.approver_id,
        c.persona_role, c.idempotency_key)
      is not distinct from (
        report.event_type, report.gate_id, report.check_name, report.environment, report.target,
        report.deployment_ref, report.approver_id, report.persona_role, report.idempotency_key)
      and (c.observed_at >= report.observed_at or not timed and c.payload_hash = report.payload_hash)
      and not ops_private.has_ended(c, 'infinity')
  );
end
$$;
comment on function ops_private.contested_already(ops.contested_reports, boolean) is
  'Whether the same stop stands already under the same key, and was not observed earlier: the event was sent again. timed: whether the times of the event could be read; without them the content decides.';
revoke execute on function ops_private.contested_already(ops.contested_reports, boolean) from public;

create function ops_private.would_change_nothing(report ops.contested_reports) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_end ops.deployment_reports;
begin
  -- No fact lifts an objection before it is recorded.
  if report.event_type = 'gate_signoff' then
    return false;
  end if;
  -- A newer observation healed the fact already. The network delays events by seconds, so one that is not newer by a
  -- minute may have been made before.
  if ops_private.contested_report_healed(report, '-infinity', later_by => '1 minute') then
    return true;
  elsif report.event_type = 'deployment_event' then
    -- A failure stands after the deployment was rolled back.
    select e.* into v_end
    from ops.deployments d
    cross join lateral ops_private.end_of(d.release_id, d.deployment_id, 'infinity') as e
    where d.release_id = report.release_id and d.environment = report.environment and d.target = report.target
      and d.deployment_ref = report.deployment_ref;
    return (v_end.status = 'failed' and v_end.observed_at >= report.observed_at) is true;
  end if;
  return exists (
    select from ops_private.counted_checks(report.release_id, report.gate_id, 'infinity') as c
    join ops.gate_checks gc on gc.check_id = c.check_id
    left join ops.deployments d on d.deployment_id = c.deployment_id
    where c.trusted and c.status = 'fail' and c.check_name = report.check_name
      and gc.observed_at >= report.observed_at
      and (d.environment, d.target, d.deployment_ref)
      is not distinct from (report.environment, report.target, report.deployment_ref)
  );
end
$$;
comment on function ops_private.would_change_nothing(ops.contested_reports) is
  'Whether a contested report would change nothing: an observation that is newer by a minute healed it, or the newest fact is the same stop and was not observed earlier.';
revoke execute on function ops_private.would_change_nothing(ops.contested_reports) from public;

create function ops_private.refused_report(
  envelope jsonb, content jsonb, received_at timestamptz, error text, ingest_id uuid
) returns ops.contested_reports
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  c ops.contested_reports;
  v_content jsonb := content;
begin
  if v_content is null and (ops_private.unreadable(envelope)).error is null then
    v_content := ops_private.canonical_content(envelope, ops_private.current_actor(), (
      select t.names_gate from ops_private.event_types t where t.event_type = envelope ->> 'event_type'));
  end if;
  c.release_id := ops_private.uuid_or_null(ops_private.short_text(envelope -> 'release_id'));
  c.event_type := envelope ->> 'event_type';
  c.idempotency_key := ops_private.loggable(envelope -> 'idempotency_key');
  c.payload_hash := encode(sha256(convert_to(v_content::text, 'UTF8')), 'hex');
  c.error_code := error;
  c.ingest_id := refused_report.ingest_id;
  c.observed_at := (ops_private.times_of(envelope, received_at)).observed_at;
  c.created_role := current_setting('role');
  return c;
end
$$;
comment on function ops_private.refused_report(jsonb, jsonb, timestamptz, text, uuid) is
  'What all contested reports of one refused event have in common: its release, key, content and time, and why it was refused. content: the canonical content, if it is known.';
revoke execute on function ops_private.refused_report(jsonb, jsonb, timestamptz, text, uuid) from public;

create function ops_private.report_of_stop(report ops.contested_reports, stop ops_private.stop)
returns ops.contested_reports
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  report.status := stop.status;
  report.gate_id := (
    select g.gate_id from ops.release_gates g where g.release_id = report.release_id and g.gate_code = stop.gate_code);
  report.check_name := stop.check_name;
  report.environment := stop.environment;
  report.target := stop.target;
  report.deployment_ref := stop.deployment_ref;
  report.approver_id := stop.approver_id;
  report.persona_role := stop.persona_role;
  return report;
end
$$;
comment on function ops_private.report_of_stop(ops.contested_reports, ops_private.stop) is
  'The contested report of one stop of a refused event (ops_private.refused_report).';
revoke execute on function ops_private.report_of_stop(ops.contested_reports, ops_private.stop) from public;

create function ops_private.contested_in_answer(report ops.contested_reports, gate_code ops.ops_gate_code) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_place ops_private.contested;
  v_finding ops.gate_finding;
begin
  v_place.report := report;
  v_place.gate_code := contested_in_answer.gate_code;
  v_finding := ops_private.find_contested(v_place, 'infinity');
  return jsonb_strip_nulls(jsonb_build_object(
    'gate_code', v_place.gate_code, 'status', report.status, 'subject', v_finding.subject, 'who', v_finding.who,
    'remedy', v_finding.remedy));
end
$$;
comment on function ops_private.contested_in_answer(ops.contested_reports, ops.ops_gate_code) is
  'What the answer to a refused event says of one contested report.';
revoke execute on function ops_private.contested_in_answer(ops.contested_reports, ops.ops_gate_code) from public;

create function ops_private.keep_contested(c ops.contested_reports) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  insert into ops.contested_reports (
    release_id, gate_id, event_type, status, check_name, environment, target, deployment_ref, approver_id,
    persona_role, idempotency_key, payload_hash, error_code, ingest_id, observed_at
  ) values (
    c.release_id, c.gate_id, c.event_type, c.status, c.check_name, c.environment, c.target, c.deployment_ref,
    c.approver_id, c.persona_role, c.idempotency_key, c.payload_hash, c.error_code, c.ingest_id, c.observed_at
  );
end
$$;
comment on function ops_private.keep_contested(ops.contested_reports) is 'Writes a contested report.';
revoke execute on function ops_private.keep_contested(ops.contested_reports) from public;

create function ops_private.contest(
  envelope jsonb, content jsonb, received_at timestamptz, error text, ingest_id uuid
) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
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
$$;
comment on function ops_private.contest(jsonb, jsonb, timestamptz, text, uuid) is
  'Records the stops of a refused event as contested reports, judges the release again, and returns what the answer says of it: {contested: [{gate_code, status, subject, who, remedy}]}, with those that stood already. Null when the event reports no stop, its sender may not report it, it names another commit, or it would change nothing. content: the canonical content, if it is known.';
revoke execute on function ops_private.contest(jsonb, jsonb, timestamptz, text, uuid) from public;

create function ops_private.is_sent_again(first text, later text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return first = later or regexp_replace(first, '/~[0-9]+$', '') = regexp_replace(later, '/~[0-9]+$', '')
    and coalesce(substring(first from '/~([0-9]+)$'), '1')::numeric
      < coalesce(substring(later from '/~([0-9]+)$'), '1')::numeric;
end
$$;
comment on function ops_private.is_sent_again(text, text) is
  'Whether two keys are the same, but for a later attempt (/~2 and so on) at the end of the second.';
revoke execute on function ops_private.is_sent_again(text, text) from public;

create function ops_private.end_contested(release_id uuid, s ops_private.submission) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_hash constant text := encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex');
  v_approver constant text := s.content #>> '{payload,approver_id}';
begin
  insert into ops.contested_report_ends (contested_id, release_id, idempotency_key)
  select c.contested_id, c.release_id, s.idempotency_key
  from ops.contested_reports c
  where c.release_id = end_contested.release_id
    and not ops_private.has_ended(c, 'infinity')
    and (
      ops_private.contested_report_healed(c, c.created_at)
      or c.payload_hash = v_hash and s.observed_at >= c.observed_at - interval '1 minute'
      -- Nobody knows what would heal it. So the corrected event of the same sender ends it, also at a later attempt.
      or ops_private.is_unreadable(c) and c.event_type = s.event_type
      and c.created_by = s.actor
      and coalesce((ops_private.member_named(c.approver_id)).recorded_as, c.approver_id, v_approver)
        is not distinct from v_approver
      and ops_private.is_sent_again(c.idempotency_key, s.idempotency_key)
    );
end
$$;
comment on function ops_private.end_contested(uuid, ops_private.submission) is
  'Ends the contested reports of a release that the facts just recorded heal, and those that the event s answers: the same content, unless it was observed more than a minute earlier; and, for a report whose check, deployment or person could not be read, an event of its type and sender under its key. s is null for facts that were written directly.';
revoke execute on function ops_private.end_contested(uuid, ops_private.submission) from public;
