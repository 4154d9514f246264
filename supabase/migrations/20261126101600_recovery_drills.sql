-- Drills of backup, restore and failover.
create table ops.recovery_drills (
  drill_id uuid primary key default ops_private.new_id(),
  environment ops.ops_environment not null,
  drill_type ops.ops_drill_type not null,
  executed_by text not null default ops_private.current_actor(),
  executed_at timestamptz not null default clock_timestamp(),
  outcome ops.ops_drill_outcome not null,
  restore_validated boolean not null default false,
  evidence_artifact_id uuid references ops.evidence_artifacts (artifact_id) on delete restrict,
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint executed_not_in_the_future
  check (isfinite(executed_at) and executed_at <= created_at + interval '5 minutes'),
  constraint executed_by_somebody check (btrim(executed_by) <> '' and octet_length(executed_by) <= 255)
);
create index recovery_drills_evidence_artifact_id_idx on ops.recovery_drills (evidence_artifact_id);
create index recovery_drills_environment_executed_at_idx on ops.recovery_drills (environment, executed_at desc);

comment on table ops.recovery_drills is
  'Append-only. One row per recovery drill: who tested what and where, the result, and the evidence.';
comment on column ops.recovery_drills.drill_id is
  'Primary key. Set by the server; only service_role and the owner may choose one.';
comment on column ops.recovery_drills.environment is 'The environment that was tested.';
comment on column ops.recovery_drills.drill_type is 'What was tested.';
comment on column ops.recovery_drills.executed_by is 'Who ran it: the name by which records know the person.';
comment on column ops.recovery_drills.executed_at is 'When it was run.';
comment on column ops.recovery_drills.outcome is 'Result of the drill.';
comment on column ops.recovery_drills.restore_validated is 'Whether a test showed that the restored system works.';
comment on column ops.recovery_drills.evidence_artifact_id is 'The report of the drill, in ops.evidence_artifacts.';
comment on column ops.recovery_drills.project is
  'The project that was tested; by default the only one of whoever records it. Null: every project; then members of every project see it.';

alter table ops.recovery_drills enable row level security;
create policy recovery_drills_in_own_projects on ops.recovery_drills as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select, insert, update on ops.recovery_drills to service_role;

grant select on ops.recovery_drills to release_manager, sre, audit_reader;
create policy recovery_drills_select_release_manager on ops.recovery_drills
for select to release_manager using (true);
create policy recovery_drills_select_sre on ops.recovery_drills
for select to sre using (true);
create policy recovery_drills_select_audit_reader on ops.recovery_drills
for select to audit_reader using (true);
grant insert on ops.recovery_drills to sre;
create policy recovery_drills_insert_sre on ops.recovery_drills
for insert to sre
with check (executed_by = (select ops_private.current_actor()));

create function ops_private.tg_prepare_drill() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  if not ops_private.acts_for_all() then
    new.drill_id := ops_private.new_id(); -- one that the caller chose would tell whether it is taken
  end if;
  new.project := ops_private.own_project(new.project);
  new.executed_by := ops_private.own_name(new.executed_by);
  -- An artifact of another project is as unknown as one that does not exist.
  if new.evidence_artifact_id is not null and not exists (
    select from ops.evidence_artifacts e where e.artifact_id = new.evidence_artifact_id and ops_private.sees(e.project)
  ) then
    raise exception using errcode = '23503', constraint = 'recovery_drills_evidence_artifact_id_fkey', schema = 'ops',
      table = 'recovery_drills', message = 'there is no such artifact', hint = 'record the evidence first';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_prepare_drill() is
  'Before insert of a drill: sets its key and its project (ops_private.own_project). Raises 23503 for an artifact that does not exist or is of a project that the writer may not act for.';
revoke execute on function ops_private.tg_prepare_drill() from public;

create trigger _190_prepare_drill before insert on ops.recovery_drills
for each row execute function ops_private.tg_prepare_drill();
create trigger _170_refuse_secret before insert on ops.recovery_drills
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.recovery_drills
for each row execute function ops_private.tg_stamp_provenance();
create trigger _000_refuse_change before update or delete or truncate on ops.recovery_drills
for each statement execute function ops_private.tg_refuse_change();
alter table ops.recovery_drills enable always trigger _000_refuse_change;
