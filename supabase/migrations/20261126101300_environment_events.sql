-- What happened in an environment, independent of a release. Append-only.
create table ops.environment_events (
  event_id uuid primary key default ops_private.new_id(),
  environment ops.ops_environment not null,
  event_type text not null,
  source_system ops.ops_source_system not null,
  payload jsonb not null default '{}',
  idempotency_key text not null,
  observed_at timestamptz not null default clock_timestamp(),
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint one_event_per_idempotency_key unique (idempotency_key),
  constraint event_type_is_a_short_word check (event_type ~ '^[a-z][a-z0-9_]{2,62}$'),
  constraint key_is_visible_ascii check (idempotency_key ~ '^[!-~]{8,255}$'),
  constraint observed_not_in_the_future
  check (isfinite(observed_at) and observed_at <= created_at),
  constraint sizes_are_bounded check (jsonb_typeof(payload) = 'object' and ops_private.is_storable(payload))
);
create index environment_events_environment_observed_at_idx on ops.environment_events (environment, observed_at desc);

comment on table ops.environment_events is
  'Append-only. One row per event in an environment, for example deploy_start, deploy_complete, rollback_trigger, health_check, alert_fired, backup_complete, restore_drill. Other types are allowed.';
comment on column ops.environment_events.event_id is
  'Primary key. Set by the server; only service_role and the owner may choose one.';
comment on column ops.environment_events.environment is 'The environment in which it happened.';
comment on column ops.environment_events.event_type is
  'What happened: 3 to 63 of a-z, 0-9 and _, beginning with a letter.';
comment on column ops.environment_events.source_system is 'The kind of system that reported it.';
comment on column ops.environment_events.payload is 'Details: an object of at most 256 KiB.';
comment on column ops.environment_events.idempotency_key is
  'The producer''s key, unique. The same report is stored once.';
comment on column ops.environment_events.observed_at is
  'When it happened. Only ops.ingest_event sets it; a direct insert gets the wall clock.';
comment on column ops.environment_events.project is
  'The project that it is about: payload.project, or the only project of the sender. Null: every project; then members of every project see it.';

alter table ops.environment_events enable row level security;
create policy environment_events_in_own_projects on ops.environment_events as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select, insert, update on ops.environment_events to service_role;

grant select on ops.environment_events to release_manager, sre, audit_reader;
create policy environment_events_select_release_manager on ops.environment_events
for select to release_manager using (true);
create policy environment_events_select_sre on ops.environment_events
for select to sre using (true);
create policy environment_events_select_audit_reader on ops.environment_events
for select to audit_reader using (true);
grant insert on ops.environment_events to ci_service_role;
create policy environment_events_insert_ci_service_role on ops.environment_events
for insert to ci_service_role
with check (starts_with(idempotency_key, 'direct/') and ops_private.may_send_source(source_system));

create function ops_private.tg_prepare_event() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  if not starts_with(new.idempotency_key, 'direct/') then
    raise exception using errcode = '42501', message = 'the key of a direct insert must begin with direct/',
      hint = 'send the event to ops.ingest_event, or use a key that begins with direct/';
  end if;
  perform ops_private.refuse_secret(new);
  new.observed_at := new.created_at;
  if not ops_private.acts_for_all() then
    new.event_id := ops_private.new_id(); -- one that the caller chose would tell whether it is taken
  end if;
  new.project := ops_private.own_project(new.project);
  return new;
end
$$;
comment on function ops_private.tg_prepare_event() is
  'Before a direct insert: sets the key of the row, observed_at to the wall clock, and the project (ops_private.own_project). Raises 42501 unless the key begins with direct/, so that nobody can take the key of a later event.';
revoke execute on function ops_private.tg_prepare_event() from public;

create trigger _150_refuse_unstorable before insert on ops.environment_events
for each row when (new.payload <> '{}' and not ops_private.is_storable(new.payload))
execute function ops_private.tg_refuse_unstorable('payload');
create trigger _200_stamp_provenance before insert on ops.environment_events
for each row execute function ops_private.tg_stamp_provenance();
create trigger _300_prepare_event before insert on ops.environment_events
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_event();
create trigger _000_refuse_change before update or delete or truncate on ops.environment_events
for each statement execute function ops_private.tg_refuse_change();
alter table ops.environment_events enable always trigger _000_refuse_change;
