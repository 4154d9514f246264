-- An exception is a permission, limited in time, to go on although a gate is not passed.
create table ops.exceptions (
  exception_id uuid primary key default ops_private.new_id(),
  release_id uuid not null references ops.releases (release_id) on delete restrict,
  exception_type ops.ops_exception_type not null,
  impacted_gates ops.ops_gate_code[] not null,
  reason ops.statement not null,
  risk_statement ops.statement not null,
  approver_id text not null,
  effective_from timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  compensating_controls jsonb not null default '{}',
  assurance ops.assurance not null default '(f,,,)',
  unmet text,
  post_review_status ops.ops_review_status not null default 'pending',
  reviewed_at timestamptz,
  reviewed_by text,
  revoked_at timestamptz,
  revoked_by text,
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint exceptions_are_linked_with_their_release unique (release_id, exception_id),
  constraint some_gate_is_impacted
  check (cardinality(impacted_gates) > 0 and array_position(impacted_gates, null) is null),
  constraint effective_once_recorded check (isfinite(effective_from) and effective_from >= created_at),
  constraint begins_within_seven_days check (effective_from <= created_at + interval '168 hours'),
  -- The limits are in hours, because a day has 23 or 25 hours when the clocks change.
  constraint lasts_at_most_thirty_days
  check (expires_at > effective_from and expires_at <= effective_from + interval '720 hours'),
  constraint reviewed_by_somebody_once
  check ((reviewed_at is null) = (reviewed_by is null) and (reviewed_at is null) = (post_review_status = 'pending')),
  constraint revoked_by_somebody check ((revoked_at is null) = (revoked_by is null)),
  constraint only_an_own_token_says_more
  check (
    (assurance).own_token is not null
    and ((assurance).own_token or num_nonnulls((assurance).aal, (assurance).second_factor_at, (assurance).sso_at) = 0)
  ),
  constraint its_approver_lacks_something check (unmet in ('own_token', 'aal2')),
  constraint sizes_are_bounded
  check (
    octet_length(approver_id) <= 255 and cardinality(impacted_gates) <= 4
    and ops_private.is_storable(compensating_controls)
  )
);
create index exceptions_effective_from_idx on ops.exceptions (effective_from desc);
create index exceptions_release_id_expires_at_idx on ops.exceptions (release_id, expires_at);
create index exceptions_to_review_idx on ops.exceptions (effective_from desc) where post_review_status = 'pending';

comment on table ops.exceptions is
  'One row per exception: who allowed what, why, at which risk, from when until when. Only one review and one revocation are added. An exception is active from effective_from until before expires_at, unless it was revoked.';
comment on column ops.exceptions.exception_id is
  'Primary key. Whoever inserts a row may choose it, so that an insert that is sent again meets its own first one.';
comment on column ops.exceptions.release_id is 'The release that it is for.';
comment on column ops.exceptions.exception_type is 'What it covers on its gates.';
comment on column ops.exceptions.impacted_gates is 'The gates that it covers, at least one.';
comment on column ops.exceptions.reason is 'Why the release must go on; at most 8 KiB.';
comment on column ops.exceptions.risk_statement is 'What can go wrong because of it; at most 8 KiB.';
comment on column ops.exceptions.approver_id is
  'The name by which records know the release manager who is accountable. Never the initiator of the release.';
comment on column ops.exceptions.effective_from is
  'First moment at which it counts. Never before it was recorded, and at most 7 days (168 hours) after. Omit it to start now.';
comment on column ops.exceptions.expires_at is
  'First moment at which it no longer counts; at most 30 days (720 hours) after effective_from.';
comment on column ops.exceptions.compensating_controls is
  'What is done instead, as an object or an array; at most 256 KiB.';
comment on column ops.exceptions.assurance is
  'How sure it is that the approver opened it: what the token of the request said. Set by the server.';
comment on column ops.exceptions.unmet is
  'Why opening it does not count as an approval of its approver: what the policy of its gates asks and that token does not meet (own_token or aal2). Null when it meets all. Set by the server.';
comment on column ops.exceptions.post_review_status is
  'Whether somebody reviewed the exception after it ended. It is set once, never by somebody who approved it.';
comment on column ops.exceptions.reviewed_at is
  'When the review was recorded. Set by the server.';
comment on column ops.exceptions.reviewed_by is 'Who reviewed it: the name by which records know the person. Set by the server.';
comment on column ops.exceptions.revoked_at is
  'When it was revoked. The server sets it once and ignores the value that the caller sent.';
comment on column ops.exceptions.revoked_by is 'Who revoked it: the name by which records know the person. Set by the server.';
comment on column ops.exceptions.project is
  'The project of the release. Set by the server.';

alter table ops.exceptions enable row level security;
create policy exceptions_in_own_projects on ops.exceptions as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
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
language plpgsql security definer set search_path = pg_catalog, pg_temp -- it reads members; the writer may not
as $$
begin
  new.approver_id := ops_private.resolve_person(
    name => new.approver_id, persona => 'release_manager', project => new.project);
  if new.approver_id = (
    select r.initiating_actor from ops.releases r where r.release_id = new.release_id and ops_private.sees(r.project)
  ) then
    raise exception using errcode = 'OPS07', message = 'the initiator of a release cannot approve an exception for it',
      hint = 'ask another release manager';
  end if;
  -- now() is the start of the transaction: a caller may send the time at which their transaction began.
  if new.effective_from < now() then
    raise exception using errcode = 'OPS07', message = 'an exception cannot take effect before it is recorded',
      detail = format('effective_from is %s', new.effective_from), hint = 'leave out effective_from to start now';
  end if;
  new.effective_from := greatest(new.effective_from, new.created_at);
  new.assurance := ops_private.caller_assurance(new.created_at);
  new.unmet := case when exists (
    select from ops.gate_requirements q where q.own_token or q.aal2
  ) then ops_private.what_is_unmet(
    ops_private.exception_conditions(new), new.approver_id, new.assurance, new.created_at) end;
  new.post_review_status := 'pending';
  new.reviewed_at := null;
  new.reviewed_by := null;
  new.revoked_at := null;
  new.revoked_by := null;
  return new;
end
$$;
comment on function ops_private.tg_prepare_exception() is
  'Before insert: resolves the approver (42501, OPS06), and sets assurance and unmet. Raises OPS07 when the approver is the initiator of the release, or when effective_from is in the past.';
revoke execute on function ops_private.tg_prepare_exception() from public;

create function ops_private.tg_stamp_revocation() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  if ops_private.is_person_role(ops_private.caller_role()) then
    perform ops_private.current_person(); -- raises when the membership was revoked
  end if;
  if (new.revoked_at, new.revoked_by) is not distinct from (old.revoked_at, old.revoked_by) then
    return new;
  end if;
  if old.revoked_at is not null then
    raise exception using errcode = 'OPS07', message = 'this exception is revoked already, and that cannot be changed',
      hint = 'record a new exception';
  end if;
  new.revoked_at := (select r.recorded_until from ops.releases r where r.release_id = new.release_id);
  new.revoked_by := ops_private.current_actor();
  return new;
end
$$;
comment on function ops_private.tg_stamp_revocation() is
  'Before update: any change of revoked_at or revoked_by revokes the exception now, in the name of the caller. Raises OPS07 when it is revoked already.';
revoke execute on function ops_private.tg_stamp_revocation() from public;

create function ops_private.ever_approved(exception ops.exceptions, person text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (person = exception.approver_id and not ops_private.is_unsure(exception.unmet)) is true or exists (
    select from ops.approvals a
    where a.release_id = exception.release_id and a.exception_id = exception.exception_id
      and a.decision = 'approved' and a.approver_id = person and not ops_private.is_unsure(a.unmet)
  );
end
$$;
comment on function ops_private.ever_approved(ops.exceptions, text) is
  'Whether a person is the approver of an exception, or ever approved it with a decision: then they cannot review it. An approval that is not surely theirs keeps nobody from it. False for nobody (null).';
revoke execute on function ops_private.ever_approved(ops.exceptions, text) from public;

create function ops_private.tg_stamp_review() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  if (new.post_review_status, new.reviewed_at, new.reviewed_by)
    is not distinct from (old.post_review_status, old.reviewed_at, old.reviewed_by) then
    return new;
  elsif old.post_review_status <> 'pending' then
    raise exception using errcode = 'OPS07', message = 'this exception is reviewed already, and that cannot be changed',
      detail = format('reviewed by %s at %s', old.reviewed_by, old.reviewed_at),
      hint = 'record what is new where the exception is discussed';
  elsif new.post_review_status = 'pending' then
    raise exception using errcode = 'OPS07', message = 'a review says complete or waived',
      hint = 'set post_review_status; the server sets reviewed_at and reviewed_by';
  elsif ops_private.ever_approved(old, ops_private.current_actor()) then
    raise exception using errcode = 'OPS07', message = 'who approved an exception cannot review it',
      detail = 'its approver, and everybody who ever approved it with a decision',
      hint = 'ask a release manager who did neither; register one if there is none';
  end if;
  new.reviewed_at := (select r.recorded_until from ops.releases r where r.release_id = new.release_id);
  new.reviewed_by := ops_private.current_actor();
  if new.reviewed_at < least(new.expires_at, new.revoked_at) then
    raise exception using errcode = 'OPS07', message = 'an exception can be reviewed only after it has ended',
      detail = format('it ends at %s', new.expires_at), hint = 'wait for its end, or revoke it first';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_stamp_review() is
  'Before update: a change of post_review_status, reviewed_at or reviewed_by is the review, now, in the name of the caller. Raises OPS07 when the exception was reviewed already, has not ended, or the caller approved it; an approval that is not surely theirs (ops_private.is_unsure) does not bar them.';
revoke execute on function ops_private.tg_stamp_review() from public;

create trigger _150_refuse_unstorable before insert on ops.exceptions
for each row when (new.compensating_controls <> '{}' and not ops_private.is_storable(new.compensating_controls))
execute function ops_private.tg_refuse_unstorable('compensating_controls');
create trigger _160_refuse_unstorable before update of compensating_controls on ops.exceptions
for each row when (not ops_private.is_storable(new.compensating_controls))
execute function ops_private.tg_refuse_unstorable('compensating_controls');
alter table ops.exceptions enable always trigger _160_refuse_unstorable;
create trigger _100_prepare_direct_write before insert on ops.exceptions
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write();
create trigger _200_stamp_provenance before insert on ops.exceptions
for each row execute function ops_private.tg_stamp_provenance('release');
create trigger _300_prepare_exception before insert on ops.exceptions
for each row execute function ops_private.tg_prepare_exception();
create trigger _110_prepare_direct_change before update on ops.exceptions
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write();
alter table ops.exceptions enable always trigger _110_prepare_direct_change;
create trigger _310_allow_changes before update on ops.exceptions
for each row execute function ops_private.tg_allow_changes(
  'post_review_status', 'reviewed_at', 'reviewed_by', 'revoked_at', 'revoked_by'
);
alter table ops.exceptions enable always trigger _310_allow_changes;
create trigger _400_stamp_revocation before update on ops.exceptions
for each row execute function ops_private.tg_stamp_revocation();
alter table ops.exceptions enable always trigger _400_stamp_revocation;
create trigger _410_stamp_review before update on ops.exceptions
for each row execute function ops_private.tg_stamp_review();
alter table ops.exceptions enable always trigger _410_stamp_review;
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
  'Whether an exception counts at a moment: it was recorded by then, effective_from <= at < expires_at, and it was not revoked by then. The only place of this rule.';

create function ops_private.exception_state(exception ops.exceptions, at timestamptz, active boolean) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when active then 'active'
    when exception.revoked_at <= at then 'revoked'
    when at < exception.effective_from then 'upcoming'
    else 'expired'
  end;
end
$$;
comment on function ops_private.exception_state(ops.exceptions, timestamptz, boolean) is
  'The state of an exception at a moment: active, revoked, upcoming or expired. active: what ops_private.is_active says of it then; this function cannot ask, because a view calls it as its reader.';

create function ops_private.wall_clock() returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return clock_timestamp();
end
$$;
comment on function ops_private.wall_clock() is
  'The present moment, for views. clock_timestamp() is volatile: the planner cannot drop columns of a view that calls it directly. This function is stable.';
