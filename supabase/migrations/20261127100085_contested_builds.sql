-- A contested report says of which build it is, as far as that can be read, also where its check cannot.

alter table ops.contested_reports add column own_check ops.name, add column part ops.name;
comment on column ops.contested_reports.own_check is
  'For builds: the check of the event itself (payload.check_name), build when it names none. Null when it could not be read, and for reports from before version 0.10.0.';
comment on column ops.contested_reports.part is
  'For builds: the part that was built (payload.part), own_check when the event names none. Null when it could not be read, and for reports from before version 0.10.0.';

create function ops_private.build_in(envelope jsonb, out own_check ops.name, out part ops.name)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  own_check := ops_private.readable_name(envelope #> '{payload,check_name}', 'build');
  part := ops_private.readable_name(envelope #> '{payload,part}', own_check);
end
$$;
comment on function ops_private.build_in(jsonb) is
  'The check of a build event itself and the part that was built, as far as they can be read.';
revoke execute on function ops_private.build_in(jsonb) from public;

create or replace function ops_private.refused_report(
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
  c.event_type := envelope ->> 'event_type';
  if c.event_type = 'build_complete' then
    select b.own_check, b.part into c.own_check, c.part from ops_private.build_in(envelope) as b;
  end if;
  c.release_id := ops_private.uuid_or_null(ops_private.short_text(envelope -> 'release_id'));
  c.project := (select r.project from ops.releases r where r.release_id = c.release_id);
  c.idempotency_key := ops_private.loggable(envelope -> 'idempotency_key');
  c.payload_hash := encode(sha256(convert_to(v_content::text, 'UTF8')), 'hex');
  c.error_code := error;
  c.ingest_id := refused_report.ingest_id;
  c.observed_at := (ops_private.times_of(envelope, received_at)).observed_at;
  -- As the row will be stamped: the answer says who can end it.
  c.created_by := ops_private.current_actor();
  c.created_role := current_setting('role');
  return c;
end
$$;

create or replace function ops_private.keep_contested(c ops.contested_reports) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  insert into ops.contested_reports (
    release_id, gate_id, event_type, status, check_name, environment, target, deployment_ref, approver_id,
    persona_role, own_check, part, idempotency_key, payload_hash, error_code, ingest_id, observed_at
  ) values (
    c.release_id, c.gate_id, c.event_type, c.status, c.check_name, c.environment, c.target, c.deployment_ref,
    c.approver_id, c.persona_role, c.own_check, c.part, c.idempotency_key, c.payload_hash, c.error_code, c.ingest_id,
    c.observed_at
  );
end
$$;

create or replace function ops_private.contested_already(report ops.contested_reports, timed boolean) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from ops.contested_reports c
    where c.release_id = report.release_id
      and (c.event_type, c.gate_id, c.check_name, c.environment, c.target, c.deployment_ref, c.approver_id,
        c.persona_role, c.idempotency_key, c.own_check, c.part, c.created_by, c.created_role)
      is not distinct from (
        report.event_type, report.gate_id, report.check_name, report.environment, report.target,
        report.deployment_ref, report.approver_id, report.persona_role, report.idempotency_key, report.own_check,
        report.part, report.created_by, report.created_role)
      -- Events without a key are the same if they say the same.
      and (c.idempotency_key is not null or c.payload_hash is not distinct from report.payload_hash)
      and (c.observed_at >= report.observed_at or not timed and c.payload_hash = report.payload_hash)
      and not ops_private.has_ended(c, 'infinity')
  );
end
$$;
comment on function ops_private.contested_already(ops.contested_reports, boolean) is
  'Whether the same stop of the same build and sender stands already under the same key, and was not observed earlier: the event was sent again. timed: whether the times of the event could be read; without them, and without a key, the content decides.';
