-- A user of Supabase Auth who is deleted and created anew has another id. They stay the same member: the subject of the
-- member is replaced, on record, and the old one is revoked.
create table ops.replaced_subjects (
  replacement_id bigint generated always as identity primary key,
  member_id uuid not null references ops.members (member_id) on delete restrict,
  old_subject text not null,
  new_subject text not null,
  on_behalf_of ops.name not null,
  reason ops.statement not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint subjects_are_printable_ascii
  check (ops_private.is_member_name(old_subject) and ops_private.is_member_name(new_subject)),
  constraint subjects_differ check (lower(old_subject collate "C") <> lower(new_subject collate "C"))
);
create unique index replaced_subjects_old_subject_folded_idx on ops.replaced_subjects (lower(old_subject collate "C"));
create index replaced_subjects_member_id_idx on ops.replaced_subjects (member_id, replacement_id);

comment on table ops.replaced_subjects is
  'Append-only. One row per subject that was replaced: who held it until when, and which one they got. A subject that was replaced gives nothing to anybody any more. Only ops.replace_subject writes it.';
comment on column ops.replaced_subjects.replacement_id is 'Primary key. Later rows have greater ones.';
comment on column ops.replaced_subjects.member_id is 'Whose subject it was.';
comment on column ops.replaced_subjects.old_subject is
  'The `sub` of their tokens until created_at. It is unique without regard to case: a subject is replaced once.';
comment on column ops.replaced_subjects.new_subject is 'The `sub` of their tokens from then on, until it is replaced itself.';
comment on column ops.replaced_subjects.on_behalf_of is
  'Who wanted it: by which name records know the member. Free text while there was no release manager.';
comment on column ops.replaced_subjects.reason is 'Why they wanted it; at most 8 KiB.';

alter table ops.replaced_subjects enable row level security;
create policy replaced_subjects_in_own_projects on ops.replaced_subjects as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and (
    (select ops_private.sees_all())
    -- Who wanted it and why may be of any project that the person has or had a role in.
    or (select ops_private.is_member()) and member_id = any((select ops_private.my_colleagues_alone())::uuid[])
  )
);
grant select on ops.replaced_subjects to service_role;

grant select on ops.replaced_subjects to release_manager, audit_reader;
create policy replaced_subjects_select_release_manager on ops.replaced_subjects
for select to release_manager using (true);
create policy replaced_subjects_select_audit_reader on ops.replaced_subjects
for select to audit_reader using (true);

create trigger _170_refuse_secret before insert on ops.replaced_subjects
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.replaced_subjects
for each row execute function ops_private.tg_stamp_provenance();
create trigger _000_refuse_change before update or delete or truncate on ops.replaced_subjects
for each statement execute function ops_private.tg_refuse_change();
alter table ops.replaced_subjects enable always trigger _000_refuse_change;

create function ops_private.tg_know_member() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  new.recorded_as := new.subject;
  return new;
end
$$;
comment on function ops_private.tg_know_member() is
  'Before insert: records know a member by their first subject.';
revoke execute on function ops_private.tg_know_member() from public;

create function ops_private.tg_refuse_other_subject() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  if not exists (
    select from ops.replaced_subjects o
    where o.member_id = new.member_id and (o.old_subject, o.new_subject) = (old.subject, new.subject)
  ) then
    raise exception using errcode = 'OPS05', message = 'ops.members: subject cannot change',
      detail = 'who held which subject when stays on record', hint = 'call ops.replace_subject';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_refuse_other_subject() is
  'Before update of a subject: raises OPS05 unless ops.replaced_subjects says that this subject was replaced by that one.';
revoke execute on function ops_private.tg_refuse_other_subject() from public;

create trigger _310_know_member before insert on ops.members
for each row execute function ops_private.tg_know_member();
create trigger _320_refuse_other_subject before update on ops.members
for each row when (new.subject is distinct from old.subject)
execute function ops_private.tg_refuse_other_subject();
alter table ops.members enable always trigger _320_refuse_other_subject;

create function ops_private.tg_replace_subject() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
declare
  m ops.members;
begin
  if tg_when = 'AFTER' then
    update ops.members x set subject = new.new_subject where x.member_id = new.member_id;
    return null;
  end if;
  perform ops_private.refuse_isolation();
  -- One change at a time, as in ops.grant_membership.
  perform pg_advisory_xact_lock(hashtextextended('table ops.members', 0));
  select x.* into m from ops.members x where x.member_id = new.member_id;
  if (m.kind = 'person' and m.subject = new.old_subject) is not true then
    raise exception using errcode = 'OPS05', message = 'old_subject is not the present subject of that person',
      detail = 'who held which subject when stays on record', hint = 'call ops.replace_subject';
  end if;
  perform ops_private.refuse_same(new.new_subject, m.handle);
  perform ops_private.refuse_taken(new.new_subject, m.member_id,
    'give the id of a user to whom nothing was granted: end the memberships of that other member (ops.revoke_membership), and have the user deleted and created once more');
  return new;
end
$$;
comment on function ops_private.tg_replace_subject() is
  'Before insert: raises OPS05 unless old_subject is the present subject of a person, 23514 when the new one is their handle, and OPS15 when it is or was a name of another member, or was replaced. After insert: gives the member the new subject. So a row says what happened, whoever writes it.';
revoke execute on function ops_private.tg_replace_subject() from public;

create trigger _300_replace_subject before insert on ops.replaced_subjects
for each row execute function ops_private.tg_replace_subject();
create trigger _900_replace_subject after insert on ops.replaced_subjects
for each row execute function ops_private.tg_replace_subject();

create function ops_private.replaceable_member(handle text, subject text) returns ops.members
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  m ops.members;
begin
  m := ops_private.member_named(replaceable_member.handle);
  if m.member_id is null then
    raise exception using errcode = 'OPS06', message = 'no member has that name',
      hint = 'list them with: select subject, handle, kind, active from ops.members';
  elsif m.kind <> 'person' then
    raise exception using errcode = 'OPS13', message = 'the subject of a bot is not replaced',
      hint = 'revoke the bot (ops.revoke_membership), and grant the role to its new user with another handle';
  elsif lower(m.subject collate "C") = lower(replaceable_member.subject collate "C") then
    raise exception using errcode = 'OPS16', message = 'this is their subject already', hint = 'nothing is to do';
  end if;
  return m;
end
$$;
comment on function ops_private.replaceable_member(text, text) is
  'The person who has this name (their handle, subject, or recorded_as), whose subject can be replaced by another one; also one without a membership, who gets none by it. Raises OPS06 when there is no such member, OPS13 for a bot, OPS16 when it is their subject already.';
revoke execute on function ops_private.replaceable_member(text, text) from public;

create function ops.replace_subject(
  handle text, subject text, on_behalf_of text default null, reason text default null
) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write these tables
as $$
declare
  v_wanted_by text;
  m ops.members;
begin
  perform ops_private.require_operator();
  perform ops_private.refuse_isolation();
  -- Before the member is looked at: the trigger would wait too late.
  perform pg_advisory_xact_lock(hashtextextended('table ops.members', 0));
  perform ops_private.refuse_unusable(replace_subject.subject, replace_subject.handle);
  v_wanted_by := ops_private.wanted_by(replace_subject.on_behalf_of, replace_subject.reason);
  m := ops_private.replaceable_member(replace_subject.handle, replace_subject.subject);
  insert into ops.replaced_subjects (member_id, old_subject, new_subject, on_behalf_of, reason)
  values (m.member_id, m.subject, replace_subject.subject, v_wanted_by, replace_subject.reason);
  return m.member_id;
end
$$;
comment on function ops.replace_subject(text, text, text, text) is
  'Gives a person another subject, after their user was deleted and created anew, and returns their member_id. handle names them, or their present subject, or recorded_as; subject is the `sub` of their new tokens. They stay the same person, with their memberships and all that they recorded; a member without a membership gets none by it. The old subject is revoked: its tokens give nothing from the next statement on, and nobody gets it again. ops.replaced_subjects keeps who held which subject until when. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role and the owner of the schemas may call it. Raises OPS06 when nobody has the name, or on_behalf_of is no active member; OPS13 for a bot; OPS16 when it is their subject already; OPS15 when the subject is or was a name of a member; 23514 when a name is not 1 to 255 printable ASCII characters without blanks, the subject is their handle, or nobody says why; OPS03 above read committed.';
revoke execute on function ops.replace_subject(text, text, text, text) from public;
grant execute on function ops.replace_subject(text, text, text, text) to service_role;
