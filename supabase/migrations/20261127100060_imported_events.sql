-- Events about releases of the past: the mark `imported` of an envelope.

create function ops_private.is_imported(envelope jsonb) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(envelope -> 'imported' = 'true', false);
end
$$;
comment on function ops_private.is_imported(jsonb) is 'Whether an event says that it is about a release of the past.';
revoke execute on function ops_private.is_imported(jsonb) from public;

create function ops_private.mark_issues(envelope jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when coalesce(jsonb_typeof(envelope -> 'imported'), 'null') not in ('null', 'boolean')
      then ops_private.issue('["imported"]', 'malformed', 'expected true or false')
    when ops_private.is_imported(envelope) and envelope -> 'event_type' = '"environment_event"'
      then ops_private.issue('["imported"]', 'mismatch',
        'expected no such mark: an environment event says how an environment is now')
    else '[]' end;
end
$$;
comment on function ops_private.mark_issues(jsonb) is
  'The issues of the mark `imported` of an envelope, as an array; empty when there are none.';
revoke execute on function ops_private.mark_issues(jsonb) from public;

create or replace function ops_private.field_issues(envelope jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_shape constant jsonb := ops_private.with_enum_values(jsonb_build_array(
    '{"field": "schema_version", "type": "name", "required": true}'::jsonb,
    '{"field": "idempotency_key", "type": "name", "required": true}'::jsonb,
    jsonb_build_object('field', 'event_type', 'type', 'enum', 'required', true, 'values', (
      select jsonb_agg(t.event_type order by t.event_type) from ops_private.event_types t)),
    '{"field": "source_system", "type": "enum", "required": true, "enum": "ops_source_system"}'::jsonb,
    '{"field": "release_id", "type": "name"}'::jsonb,
    '{"field": "gate_code", "type": "enum", "enum": "ops_gate_code"}'::jsonb,
    '{"field": "payload", "type": "object", "required": true}'::jsonb,
    '{"field": "emitted_at", "type": "clock", "required": true}'::jsonb,
    '{"field": "sent_at", "type": "clock"}'::jsonb));
begin
  return ops_private.shape_issues(envelope, v_shape, '[]') || ops_private.mark_issues(envelope) || coalesce((
    select jsonb_agg(
      ops_private.issue(jsonb_build_array(left(k, 64)), 'unknown_field', 'expected no such field') -> 0 order by k)
    from jsonb_object_keys(envelope) as k
    where k <> 'imported' and k not in (select r.value ->> 'field' from jsonb_array_elements(v_shape) as r)
  ), '[]');
end
$$;

create or replace function ops_private.is_repeat(s ops_private.submission) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_accepted constant jsonb := (s.first).content;
begin
  return case when v_accepted ? 'gate_code' then v_accepted - 'gate_code' else v_accepted end
    = (s.envelope - array['schema_version', 'idempotency_key', 'emitted_at', 'sent_at', 'gate_code', 'imported']
      || jsonb_build_object('caller', s.actor))
    and s.envelope -> 'schema_version' = '"v1.0"'
    -- An event may omit the gate when its type implies it.
    and (coalesce(s.envelope -> 'gate_code', 'null') = 'null' and not v_accepted ? 'gate_code'
      or s.envelope -> 'gate_code' = (s.first).result #> '{gate,gate_code}')
    and not s.envelope ? 'caller' and s.in_time
    and (not s.envelope ? 'imported' or ops_private.mark_issues(s.envelope) = '[]');
end
$$;

create or replace function ops_private.check_event(s ops_private.submission) returns ops_private.submission
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_refusal ops_private.refusal;
  v_gate_code text;
  v_names_gate boolean;
  v_ordinary boolean;
  v_text text;
begin
  if pg_column_size(s.envelope #> '{}') > 262144
    or jsonb_path_exists(s.envelope, 'strict $.** ? (@.type() == "number")')
    or jsonb_path_exists(s.envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
    v_refusal := ops_private.unreadable(s.envelope);
  end if;
  if v_refusal.error is null then
    v_text := s.envelope::text;
    -- Most texts have none of these marks. The others are looked at one by one (ops_private.has_secret). Escapes,
    -- percent codes and colours can stand before a key.
    if v_text collate "C" ~ ('([^A-Za-z0-9]|\\[bfnrt]|\\u[0-9a-f]{4}|%[0-9A-F]{2}|%[0-9a-f]{2}|\[[0-9;]*m)'
        '(A[KS]IA|ABIA|ACCA|gh[oprsu]_|github_pat_'
        '|gl(agent|cbt|dt|ft|pat|ptt|rt|soat)-|xox|xapp-|[rs]k_(live|test)_|whsec_|AIza|GOCSPX-|ya29\.|npm_|pypi-'
        '|dckr_|sk-|SG\.|sb_secret_|sbp_|hv[bs]\.|do[opr]_v1_|hf_|dapi|shp(at|ca|pa|ss)_|ATATT3)'
        '|\.eyJ|PRIVATE KEY|%3[Aa]%2[Ff]%2[Ff]|hooks\.slack|/api/webhooks/|webhook\.office|api\.telegram')
      or v_text like '%://%@%' or v_text like '%://%=%' then
      v_refusal := ops_private.holding_secret(s.envelope);
    end if;
  end if;
  if v_refusal.error is null then
    select t.gate_code::text, t.names_gate, s.envelope @@ t.pattern into v_gate_code, v_names_gate, v_ordinary
    from ops_private.event_types t where t.event_type = s.event_type;
    s.content := ops_private.canonical_content(s.envelope, s.actor, v_names_gate);
    if (
      v_ordinary and s.in_time
      and split_part(s.idempotency_key, '/', 1) = s.envelope ->> 'source_system'
      and split_part(s.idempotency_key, '/', 3) = s.event_type and octet_length(s.idempotency_key) <= 255
      -- In a payload of this size no text is too long. No constraint checks names of people: check their length here.
      and pg_column_size(s.envelope -> 'payload') <= 8192
      and octet_length(concat(s.envelope #>> '{payload,approver_id}', s.envelope #>> '{payload,deployed_by}')) <= 255
      and coalesce(translate(s.envelope ->> 'release_id', '123456789abcdefABCDEF', '000000000000000000000')
        = '00000000-0000-0000-0000-000000000000', true)
      and s.envelope - array['schema_version', 'idempotency_key', 'event_type', 'source_system', 'release_id',
        'gate_code', 'payload', 'emitted_at', 'sent_at', 'imported'] = '{}'
      and (not s.envelope ? 'imported' or ops_private.mark_issues(s.envelope) = '[]')
    ) is not true then
      v_refusal := ops_private.malformed(s.envelope);
      s.examined := true;
    end if;
  end if;
  if v_refusal.error is null then
    s.gate_code := (case when v_names_gate then s.envelope ->> 'gate_code' else v_gate_code end)::ops.ops_gate_code;
  else
    s.examined := true;
    s.error := v_refusal.error;
    s.detail := v_refusal.detail;
  end if;
  return s;
end
$$;

create or replace function ops_private.canonical_content(envelope jsonb, actor text, names_gate boolean) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release constant text := envelope ->> 'release_id';
  v_approver constant text := envelope -> 'payload' ->> 'approver_id';
  v_source_ref constant text := envelope -> 'payload' ->> 'source_ref';
  v_content jsonb;
begin
  if (jsonb_typeof(envelope) = 'object' and jsonb_typeof(envelope -> 'payload') = 'object') is not true then
    return null;
  end if;
  v_content := jsonb_strip_nulls(jsonb_build_object(
      'event_type', envelope -> 'event_type', 'source_system', envelope -> 'source_system',
      'release_id', envelope -> 'release_id', 'payload', envelope -> 'payload'))
    || jsonb_build_object('caller', actor);
  -- When the type implies the gate, an event with the gate equals one without it.
  if names_gate and v_approver is not null then
    v_content := v_content || jsonb_strip_nulls(jsonb_build_object('gate_code', envelope -> 'gate_code'));
    v_content := jsonb_set(v_content, '{payload,approver_id}',
      to_jsonb(coalesce((ops_private.member_named(v_approver)).recorded_as, ops_private.trim_name(v_approver))));
  end if;
  if names_gate then
    -- What somebody looked at is no part of what they decided: it is new at each try.
    v_content := v_content #- '{payload,seen}';
  end if;
  if v_release <> lower(v_release collate "C") then
    v_content := jsonb_set(v_content, '{release_id}', to_jsonb(lower(v_release collate "C")));
  end if;
  if v_source_ref <> lower(v_source_ref collate "C") then
    v_content := jsonb_set(v_content, '{payload,source_ref}', to_jsonb(ops_private.source_ref_of(v_source_ref)));
  end if;
  if jsonb_path_exists(v_content, 'strict $.** ? (@.type() == "number")') and v_content::text ~ '\.\d*0([^\d]|$)' then
    v_content := ops_private.trim_numbers(v_content);
  end if;
  return v_content;
end
$$;
comment on function ops_private.canonical_content(jsonb, text, boolean) is
  'What must be equal for two submissions to be the same event: type, source, release, gate, payload and caller, with people resolved. Nulls, other fields of the envelope, seen, key order, trailing zeros and the case of a UUID make no difference. Null when the envelope or payload is not an object.';

create or replace function ops_private.refuse_record(s ops_private.submission, release ops.releases, gate_id uuid)
returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
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
$$;
comment on function ops_private.refuse_record(ops_private.submission, ops.releases, uuid) is
  'Refuses an event whose release or gate does not exist (unknown_release, unknown_gate), and one about the past whose release is none of it (release_not_imported). Of a closed release it refuses an approval, or a build that passes, whatever its checks say (release_closed); of a release of the past, all that does not say so. The checks that failed in it are stops of a refused event.';

create or replace function ops_private.record(s ops_private.submission) returns ops_private.recording
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  r ops_private.recording;
  v_gate_id uuid;
  v_recorded ops_private.recorded;
  v_now timestamptz;
  v_evidence constant jsonb := nullif(s.envelope -> 'payload' -> 'evidence', 'null');
begin
  r.touched := s.gate_code;
  if s.envelope ->> 'release_id' is not null then
    if s.event_type = 'gate_signoff' and s.envelope #>> '{payload,seen}' is not null then
      perform ops_private.hold_seen((s.envelope ->> 'release_id')::uuid, s.envelope #>> '{payload,seen}');
    end if;
    -- Takes the same lock as ops_private.hold_release.
    select release, (
      select g.gate_id from ops.release_gates g where g.release_id = release.release_id and g.gate_code = s.gate_code
    ) into r.release, v_gate_id
    from ops.releases release
    where release.release_id = (s.envelope ->> 'release_id')::uuid
      and (current_setting('role') = 'service_role' or ops_private.sees(release.project)) for no key update;
    if current_setting('role') <> 'service_role' then
      perform ops_private.require_sight((r.release).project);
    end if;
    -- Give the facts of the event their moment. Builds and sign-offs pass it on, and ops_private.store writes it. The
    -- other facts, and the ends of contested reports, are stamped from the row of the release.
    if (r.release).imported_at is not null then
      set constraints ops._950_judge_past deferred; -- it must not judge before the facts are written
    end if;
    v_now := clock_timestamp();
    if s.event_type in ('build_complete', 'gate_signoff') and not (r.release).contested
      and (r.release).imported_at is null
      and v_now > (r.release).recorded_until and v_now >= transaction_timestamp() then
      r.release.recorded_until := v_now;
    else
      r.release.recorded_until := ops_private.next_moment((r.release).release_id);
    end if;
  end if;
  if v_gate_id is null or (r.release).closed_at is not null or s.envelope ? 'imported' then
    perform ops_private.refuse_record(s, r.release, v_gate_id);
  end if;
  -- One branch for each type. A dynamic call by name would cost as much as writing the rows.
  case s.event_type
    when 'build_complete' then
      v_recorded := ops_private.record_build_complete(s.envelope, s.observed_at, r.release, v_gate_id);
    when 'gate_signoff' then
      v_recorded := ops_private.record_gate_signoff(s.envelope, s.observed_at, r.release, v_gate_id);
    when 'deployment_event' then
      v_recorded := ops_private.record_deployment_event(s.envelope, s.observed_at, r.release);
    when 'health_check' then
      v_recorded := ops_private.record_health_check(s.envelope, s.observed_at, r.release, v_gate_id);
    when 'environment_event' then
      r.project := ops_private.project_of_event(s.envelope #>> '{payload,project}', r.release);
      v_recorded := ops_private.record_environment_event(s.envelope, s.observed_at, r.release, r.project);
  end case;
  r.detail := v_recorded.detail;
  if v_recorded.artifacts > 0 or (r.release).contested then
    r := ops_private.follow_up(s, r, v_recorded.artifacts);
  end if;
  if v_recorded.evidence is not null then
    insert into ops.evidence_artifacts (
      release_id, gate_id, check_id, deployment_id, approval_id, artifact_type, source_system, artifact_url, sha256,
      observed_at, metadata, project, created_at
    ) select
      (r.release).release_id, v_gate_id, v_recorded.check_id, v_recorded.deployment_id, v_recorded.approval_id,
      (e.value ->> 'artifact_type')::ops.ops_artifact_type, (s.envelope ->> 'source_system')::ops.ops_source_system,
      e.value ->> 'artifact_url', lower(e.value ->> 'sha256'), s.observed_at,
      e.value - array['artifact_type', 'artifact_url', 'sha256'], (r.release).project,
      (r.release).recorded_until
    from jsonb_array_elements(v_evidence) as e;
    r.detail := r.detail || jsonb_build_object(
      'evidence', v_recorded.evidence + coalesce(jsonb_array_length(v_evidence), 0));
  end if;
  if (r.release).imported_at is not null then
    r.touched := null; -- ops_private.tg_judge_past judges it
    r.detail := r.detail || jsonb_build_object('release_id', (r.release).release_id);
  end if;
  return r;
end
$$;
comment on function ops_private.record(ops_private.submission) is
  'Step 3: locks the release and writes the facts of an event, by the function of its type, and its evidence[]. Refuses unknown_release, unknown_gate, release_not_imported and release_closed. Unknown fields of the payload are stored as metadata. A release of the past is not judged here.';

-- Nobody waits for a verdict on the past, and many events about it come at once: it is judged once for all of them.
create function ops_private.tg_judge_past() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- stores verdicts for every writer
as $$
declare
  v_release ops.releases;
  v_now timestamptz;
begin
  select r.* into v_release from ops.releases r where r.release_id = new.release_id;
  -- Every fact moves recorded_until. The last one of the transaction stands there.
  if v_release.recorded_until = new.recorded_until then
    v_now := ops_private.present(v_release);
    -- Not as ops_private.judge_now: facts came on any gate, so all are judged, and the status is worked out anew.
    perform ops_private.store(v_release, 'G4', ops_private.judge(v_release, 'G1', v_now), v_now);
  end if;
  return null;
end
$$;
comment on function ops_private.tg_judge_past() is
  'When a transaction ends that recorded facts of a release of the past: judges its gates, and stores verdicts and status.';
revoke execute on function ops_private.tg_judge_past() from public;

create constraint trigger _950_judge_past after update of recorded_until on ops.releases
deferrable initially deferred
for each row when (new.imported_at is not null and new.recorded_until is distinct from old.recorded_until)
execute function ops_private.tg_judge_past();
alter table ops.releases enable always trigger _950_judge_past;
