-- The log of all submissions by authenticated callers, with the answer to each. Append-only.
-- Each event and each retry writes a row, so writing must be cheap: there are no foreign keys and few constraints.
-- The functions of this schema do not need them: they have just read the release and the row that they name; neither
-- can be deleted, and they limit the sizes. A direct insert may only record a refusal, and a trigger checks it.
create table ops.event_ingest_log (
  ingest_id uuid primary key default ops_private.new_id(),
  source_system text,
  event_type text,
  idempotency_key text,
  schema_version text,
  payload_hash text,
  content jsonb,
  received_at timestamptz not null default clock_timestamp(),
  processing_status ops.ops_processing_status not null,
  error_code text,
  error_detail jsonb,
  duplicate_of uuid,
  result jsonb,
  release_id uuid,
  caller_role text not null default current_user,
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  -- content: it was accepted. duplicate_of: it repeats an accepted row. error_code: it was refused.
  constraint one_outcome check (num_nonnulls(content, duplicate_of, error_code) = 1)
);
-- This index has two uses: it allows one accepted row per key, and it finds all submissions with a key.
create unique index event_ingest_log_one_accepted_per_key_idx on ops.event_ingest_log (
  idempotency_key, processing_status, (case when processing_status <> 'accepted' then ingest_id end)
) nulls not distinct;
create index event_ingest_log_created_at_idx on ops.event_ingest_log (created_at desc, ingest_id desc);
create index event_ingest_log_refused_idx on ops.event_ingest_log (created_at desc, ingest_id desc)
where processing_status in ('rejected', 'error');
create index event_ingest_log_release_id_idx on ops.event_ingest_log (release_id);

comment on table ops.event_ingest_log is
  'Append-only. One row per submission of an event. A unique index allows one accepted row per idempotency key. Each retry and each refusal is a row of its own.';
comment on column ops.event_ingest_log.ingest_id is 'Primary key. The answer names it.';
comment on column ops.event_ingest_log.source_system is 'As submitted. Null when it could not be read.';
comment on column ops.event_ingest_log.event_type is 'As submitted. Null when it could not be read.';
comment on column ops.event_ingest_log.idempotency_key is 'As submitted. Null when it could not be read.';
comment on column ops.event_ingest_log.schema_version is 'As submitted. Null when it could not be read.';
comment on column ops.event_ingest_log.payload_hash is
  'SHA-256 in hex of the canonical content, or of the raw bytes when the body could not be read as an event.';
comment on column ops.event_ingest_log.content is
  'Canonical content of an accepted event. A retry is compared with it. Null for other rows.';
comment on column ops.event_ingest_log.received_at is 'When the submission reached the database.';
comment on column ops.event_ingest_log.processing_status is 'Result of the submission.';
comment on column ops.event_ingest_log.error_code is
  'Code of the refusal; docs/errors.md lists the codes. Null for accepted and duplicate rows.';
comment on column ops.event_ingest_log.error_detail is
  'Details of the refusal. They contain no submitted values and no secrets.';
comment on column ops.event_ingest_log.duplicate_of is
  'For a duplicate: ingest_id of the accepted row. Otherwise null.';
comment on column ops.event_ingest_log.result is
  'For an accepted row: detail of the answer. Each retry gets the same detail. Otherwise null.';
comment on column ops.event_ingest_log.release_id is
  'The release that the event names. Null when the event names none or no release has that id.';
comment on column ops.event_ingest_log.caller_role is 'Role of the caller.';
comment on column ops.event_ingest_log.project is
  'The project of the release; of an event without a release the project that it names, or the only one of the sender. Null when there is none; then members of every project see it.';

alter table ops.event_ingest_log enable row level security;
create policy event_ingest_log_in_own_projects on ops.event_ingest_log as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select, insert, update on ops.event_ingest_log to service_role;

grant select on ops.event_ingest_log to release_manager, audit_reader;
create policy event_ingest_log_select_release_manager on ops.event_ingest_log
for select to release_manager using (true);
create policy event_ingest_log_select_audit_reader on ops.event_ingest_log
for select to audit_reader using (true);
grant insert on ops.event_ingest_log to ci_service_role;
create policy event_ingest_log_insert_ci_service_role on ops.event_ingest_log
for insert to ci_service_role
with check (processing_status in ('rejected', 'error'));

create function ops_private.tg_refuse_forged_log() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  if new.processing_status not in ('rejected', 'error') then
    raise exception using errcode = '42501',
      message = format('only ops.ingest_event may record %s submissions', new.processing_status),
      hint = 'send the event to ops.ingest_event or to the edge function';
  end if;
  if (
    -- The error of a constraint would write out the whole row.
    new.error_code is not null and num_nonnulls(new.content, new.result, new.duplicate_of) = 0
    and greatest(
      octet_length(new.source_system), octet_length(new.event_type), octet_length(new.idempotency_key),
      octet_length(new.schema_version), octet_length(new.error_code)
    ) <= 255
    and new.payload_hash ~ '^[0-9a-f]{64}$' and ops_private.is_storable(new.error_detail)
  ) is false then
    raise exception using errcode = '23514', constraint = 'refusal_is_bounded', schema = 'ops',
      table = 'event_ingest_log', message = 'a refusal needs a code, short texts, a lower-case SHA-256, and no result',
      hint = 'each text may have 255 bytes, error_detail 256 KiB';
  elsif new.release_id is not null
    and not exists (
      select from ops.releases r where r.release_id = new.release_id and ops_private.sees(r.project)
    ) then
    raise exception using errcode = '23503', constraint = 'release_exists', schema = 'ops', table = 'event_ingest_log',
      message = 'there is no such release', hint = 'leave release_id out when the event names no known release';
  end if;
  perform ops_private.refuse_secret(new);
  new.project := case when new.release_id is null then ops_private.own_project(new.project)
    else (select r.project from ops.releases r where r.release_id = new.release_id) end;
  if not ops_private.acts_for_all() then
    new.ingest_id := ops_private.new_id(); -- one that the caller chose would tell whether it is taken
  end if;
  new.caller_role := ops_private.caller_role();
  new.received_at := clock_timestamp();
  return new;
end
$$;
comment on function ops_private.tg_refuse_forged_log() is
  'Before a direct insert: sets the key of the row, caller_role and received_at. Raises 42501 unless the row is a refusal, 23514 when it is too large, 23503 when the release does not exist.';
revoke execute on function ops_private.tg_refuse_forged_log() from public;

create trigger _200_stamp_provenance before insert on ops.event_ingest_log
for each row execute function ops_private.tg_stamp_provenance();
create trigger _300_refuse_forged_log before insert on ops.event_ingest_log
for each row when (not ops_private.by_definer()) execute function ops_private.tg_refuse_forged_log();
create trigger _000_refuse_change before update or delete or truncate on ops.event_ingest_log
for each statement execute function ops_private.tg_refuse_change();
alter table ops.event_ingest_log enable always trigger _000_refuse_change;
