-- Time-boxed permission to go on although a gate is not met.
create table ops.exceptions (
  exception_id uuid primary key default ops_private.new_id(),
  release_id uuid not null references ops.releases (release_id) on delete restrict,
  exception_type ops.ops_exception_type not null,
  impacted_gates ops.ops_gate_code[] not null,
  reason text not null,
  risk_statement text not null,
  approver_id text not null,
  effective_from timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  compensating_controls jsonb not null default '{}',
  post_review_status ops.ops_review_status not null default 'pending',
  revoked_at timestamptz,
  revoked_by text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint exceptions_are_linked_with_their_release unique (release_id, exception_id),
  constraint some_gate_is_impacted
  check (cardinality(impacted_gates) > 0 and array_position(impacted_gates, null) is null),
  constraint reason_and_risk_are_stated check (btrim(reason) <> '' and btrim(risk_statement) <> ''),
  constraint effective_once_recorded check (isfinite(effective_from) and effective_from >= created_at),
  -- Hours, not days: a day is longer or shorter where clocks change.
  constraint lasts_at_most_thirty_days
  check (expires_at > effective_from and expires_at <= effective_from + interval '720 hours'),
  constraint revoked_by_somebody check ((revoked_at is null) = (revoked_by is null)),
  constraint sizes_are_bounded
  check (
    octet_length(reason) <= 8192 and octet_length(risk_statement) <= 8192 and octet_length(approver_id) <= 255
    and ops_private.is_storable(compensating_controls) and cardinality(impacted_gates) <= 4
  )
);
create index exceptions_effective_from_idx on ops.exceptions (effective_from desc);
create index exceptions_release_id_expires_at_idx on ops.exceptions (release_id, expires_at);

comment on table ops.exceptions is
  'Deviations: who allowed what, why, at which risk, from when until when. Immutable but for the review and one revocation; active within [effective_from, expires_at) unless revoked.';
comment on column ops.exceptions.exception_id is 'Primary key.';
comment on column ops.exceptions.release_id is 'The release it is for.';
comment on column ops.exceptions.exception_type is 'What it covers.';
comment on column ops.exceptions.impacted_gates is 'The gates it covers, at least one.';
comment on column ops.exceptions.reason is 'Why the release must go on.';
comment on column ops.exceptions.risk_statement is 'What can go wrong because of it.';
comment on column ops.exceptions.approver_id is
  'Subject of the accountable release manager; never the release''s initiator.';
comment on column ops.exceptions.effective_from is
  'First moment at which it counts; never before it was recorded. Leave it out to start now.';
comment on column ops.exceptions.expires_at is
  'First moment at which it does not count any more; at most 30 days after effective_from.';
comment on column ops.exceptions.compensating_controls is 'What is done instead, as an object or a list.';
comment on column ops.exceptions.post_review_status is 'Whether it was reviewed afterwards.';
comment on column ops.exceptions.revoked_at is 'When it was withdrawn: stamped by the server, once, whatever was sent.';
comment on column ops.exceptions.revoked_by is 'Subject of who withdrew it: stamped by the server.';

alter table ops.exceptions enable row level security;
grant select, insert, update on ops.exceptions to service_role;

grant select on ops.exceptions to release_manager, audit_reader;
create policy exceptions_select_release_manager on ops.exceptions
for select to release_manager using (true);
create policy exceptions_select_audit_reader on ops.exceptions
for select to audit_reader using (true);
grant insert, update (post_review_status, revoked_at) on ops.exceptions to release_manager;
create policy exceptions_insert_release_manager on ops.exceptions
for insert to release_manager
with check (approver_id = (select ops_private.current_actor()));
create policy exceptions_update_release_manager on ops.exceptions
for update to release_manager
using (true) with check (true);

create function ops_private.tg_prepare_exception() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- resolves people, whom a writer may not read
as $$
begin
  new.approver_id := ops_private.resolve_person(name => new.approver_id, persona => 'release_manager');
  if new.approver_id = (select r.initiating_actor from ops.releases r where r.release_id = new.release_id) then
    raise exception using errcode = 'OPS07', message = 'the initiator of a release cannot approve an exception for it',
      hint = 'ask another release manager';
  end if;
  -- now() is when the caller's transaction began: what was the present then is not the past.
  if new.effective_from < now() then
    raise exception using errcode = 'OPS07', message = 'an exception cannot take effect before it is recorded',
      detail = format('effective_from is %s', new.effective_from), hint = 'leave effective_from out to start now';
  end if;
  new.effective_from := greatest(new.effective_from, new.created_at);
  new.post_review_status := 'pending';
  new.revoked_at := null;
  new.revoked_by := null;
  return new;
end
$$;
comment on function ops_private.tg_prepare_exception() is
  'Before insert: resolves the approver and refuses the initiator and a start in the past (OPS07).';
revoke execute on function ops_private.tg_prepare_exception() from public;

create function ops_private.tg_stamp_revocation() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers here: no right is needed
as $$
begin
  if ops_private.is_person_role(ops_private.caller_role()) then
    perform ops_private.current_person(); -- who is no member any more changes nothing
  end if;
  if (new.revoked_at, new.revoked_by) is not distinct from (old.revoked_at, old.revoked_by) then
    return new;
  end if;
  if old.revoked_at is not null then
    raise exception using errcode = 'OPS07', message = 'an exception is revoked once, and for good',
      hint = 'record a new exception';
  end if;
  new.revoked_at := clock_timestamp();
  new.revoked_by := ops_private.current_actor();
  return new;
end
$$;
comment on function ops_private.tg_stamp_revocation() is
  'Before update: any value in revoked_at or revoked_by revokes, now and by the caller. OPS07 when it was revoked already.';
revoke execute on function ops_private.tg_stamp_revocation() from public;

create trigger _100_lock_release before insert on ops.exceptions
for each row when (not ops_private.by_definer()) execute function ops_private.tg_lock_release();
create trigger _200_stamp_provenance before insert on ops.exceptions
for each row execute function ops_private.tg_stamp_provenance();
create trigger _300_prepare_exception before insert on ops.exceptions
for each row execute function ops_private.tg_prepare_exception();
create trigger _110_lock_changed before update on ops.exceptions
for each row when (not ops_private.by_definer()) execute function ops_private.tg_lock_release();
alter table ops.exceptions enable always trigger _110_lock_changed;
create trigger _310_allow_changes before update on ops.exceptions
for each row execute function ops_private.tg_allow_changes('post_review_status', 'revoked_at', 'revoked_by');
alter table ops.exceptions enable always trigger _310_allow_changes;
create trigger _400_stamp_revocation before update on ops.exceptions
for each row execute function ops_private.tg_stamp_revocation();
alter table ops.exceptions enable always trigger _400_stamp_revocation;
create trigger _000_refuse_delete before delete or truncate on ops.exceptions
for each statement execute function ops_private.tg_refuse_change();
alter table ops.exceptions enable always trigger _000_refuse_delete;

create function ops_private.is_active(exception ops.exceptions, at timestamptz) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return exception.created_at <= at and exception.effective_from <= at and at < exception.expires_at
    and (exception.revoked_at is null or at < exception.revoked_at);
end
$$;
comment on function ops_private.is_active(ops.exceptions, timestamptz) is
  'The one rule for when an exception counts: recorded by then, effective_from <= at < expires_at, not revoked by then.';

create function ops_private.wall_clock() returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return clock_timestamp();
end
$$;
comment on function ops_private.wall_clock() is
  'The present moment, for views: one that named the volatile clock_timestamp() itself would read all that nobody asks for.';
