-- A release is one commit of one project, on its way to one environment. Its row is also a lock: whoever writes
-- anything about the release locks this row first.
create table ops.releases (
  release_id uuid primary key default ops_private.new_id(),
  project text not null references ops.projects (project) on delete restrict,
  release_name ops.name not null,
  environment_target ops.ops_environment not null,
  source_ref ops.source_ref not null,
  scope_metadata jsonb not null default '{}',
  initiating_actor text not null,
  status ops.ops_release_status not null default 'draft',
  cleared_for ops.ops_environment not null default 'dev',
  gate_statuses ops.ops_gate_status[] not null default '{pending,pending,pending,pending}',
  excepted boolean not null default false,
  contested boolean not null default false,
  stopped boolean not null default false,
  objected boolean not null default false,
  retired boolean not null default false,
  has_artifacts boolean not null default false,
  asks_beyond boolean not null default false,
  dismissed boolean not null default false,
  recorded_until timestamptz not null default clock_timestamp(),
  judged_until timestamptz,
  lapses_at timestamptz,
  closed_at timestamptz,
  closed_by text,
  close_reason ops.ops_close_reason,
  name_freed boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint closed_at_by_and_why check (num_nonnulls(closed_at, closed_by, close_reason) in (0, 3)),
  constraint only_a_closed_release_frees_its_name check (not name_freed or closed_at is not null),
  constraint scope_is_a_bounded_object
  check (jsonb_typeof(scope_metadata) = 'object' and (scope_metadata = '{}' or ops_private.is_storable(scope_metadata)))
) with (fillfactor = 70); -- leaves room for HOT updates, which write no index
create unique index one_release_per_project_and_name on ops.releases (project, release_name) where not name_freed;
create index releases_created_at_idx on ops.releases (created_at desc);
create index releases_project_created_at_idx on ops.releases (project, created_at desc);
create index releases_initiating_actor_idx on ops.releases (initiating_actor);
create index releases_created_by_idx on ops.releases (created_by);
create index releases_stopped_idx on ops.releases (project, source_ref, created_at desc) where stopped or contested;

comment on table ops.releases is
  'One row per release. An insert also creates its four gates. Its identity columns never change. Its status follows its facts. A column whose comment begins with Derived is the server''s own note and may change in any version: ask the views and functions.';
comment on column ops.releases.release_id is 'Primary key. Events name the release by it.';
comment on column ops.releases.project is 'Repository or product, for example insightpulseai/odoo, as it is spelled in ops.projects.';
comment on column ops.releases.release_name is 'Name of the release within the project, for example v2026.02.4.';
comment on column ops.releases.environment_target is
  'The environment in which a successful deployment promotes the release.';
comment on column ops.releases.source_ref is
  'What is released: a full commit id, or the name of a tag or branch. Builds of another source_ref are refused. Deployments of another one are recorded as not eligible.';
comment on column ops.releases.scope_metadata is
  'Free-form object, for example modules, tickets, links. At most 256 KiB. It never changes.';
comment on column ops.releases.initiating_actor is
  'Who started the release: the name by which records know the person. Their own approvals do not count where policy says not_initiator, as it does by default.';
comment on column ops.releases.status is
  'Derived. draft until the first fact, then in_progress, then decided by the newest finished deployment to environment_target.';
comment on column ops.releases.cleared_for is
  'Derived. The furthest environment that the facts let the release into, without exceptions: the stored verdicts, the health of staging, and objections to the release as a whole. This is the answer for an open release while no exception has an effect and lapses_at is not reached; for production only when nothing more is asked of it (asks_beyond).';
comment on column ops.releases.gate_statuses is
  'Derived. The statuses of the four gates, G1 first, as ops.release_gates has them. So a list of releases need not read gates to find those of which something waits.';
comment on column ops.releases.contested is
  'Derived. Whether a refused event ever left a contested report for the release.';
comment on column ops.releases.stopped is
  'Derived. Whether a rejection, an objection to the release as a whole, or a failed check from a machine was ever recorded for the release. Only such releases, and contested ones, can stop another release of the same commit.';
comment on column ops.releases.objected is
  'Derived. Whether a rejection of the release as a whole, or a request for changes on it, was ever recorded. Only then are such decisions looked up.';
comment on column ops.releases.retired is
  'Derived. Whether a target to which the release was deployed was ever taken out (ops.retired_targets).';
comment on column ops.releases.has_artifacts is
  'Derived. Whether a build of the release ever named artifacts. If so, approvals are of the artifacts that were on record.';
comment on column ops.releases.asks_beyond is
  'Derived. Whether a policy of the project asked more of production than the gates when the release was opened (environment_healthy, objected_elsewhere). Then eligibility for production is asked anew each time, and cleared_for alone is not the answer.';
comment on column ops.releases.dismissed is
  'Derived. Whether anything of the release was ever dismissed. Only then are dismissals looked up.';
comment on column ops.releases.recorded_until is
  'Derived. A moment in the past: created_at of the newest fact of the release. Each new fact gets a later one, even if the clock of the server was set back.';
comment on column ops.releases.judged_until is
  'Derived. A moment in the future of the last verdict, until which its answer holds, and not the moment of the verdict: the first at which an exception of the release begins or ends, or an approval or artifact lapses. The stored verdicts are the answer until then. Null when there is no such moment.';
comment on column ops.releases.lapses_at is
  'Derived. The first moment after the last verdict at which an approval or artifact lapses (valid_for of the policy). 9999-12-31 when none does. Null when no policy of the project limited their time when the release was opened.';
comment on column ops.releases.excepted is
  'Derived. Whether an exception was ever recorded for the release. If so, its verdicts can change with time alone.';

comment on column ops.releases.closed_at is
  'When it was closed, for good: then it is eligible for nothing. Null while it is open. Only ops.close_release sets it.';
comment on column ops.releases.closed_by is 'Who closed it: the name by which records know them.';
comment on column ops.releases.close_reason is 'Why it was closed.';
comment on column ops.releases.name_freed is
  'Derived. Whether it was closed without any fact. Then another release may have its name.';

alter table ops.releases enable row level security;
create policy releases_in_own_projects on ops.releases as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select, insert, update on ops.releases to service_role;

grant select on ops.releases to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;
create policy releases_select_ci_service_role on ops.releases
for select to ci_service_role using (true);
create policy releases_select_release_manager on ops.releases
for select to release_manager using (true);
create policy releases_select_qa_tester on ops.releases
for select to qa_tester using (true);
create policy releases_select_sre on ops.releases
for select to sre using (true);
create policy releases_select_developer on ops.releases
for select to developer using (true);
create policy releases_select_audit_reader on ops.releases
for select to audit_reader using (true);

create function ops_private.never() returns timestamptz
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- not infinity, which few clients can read
  return '9999-12-31 00:00:00+00'::timestamptz;
end
$$;
comment on function ops_private.never() is
  'The moment that lapses_at of ops.releases has while nothing of the release lapses: 9999-12-31.';
revoke execute on function ops_private.never() from public;

create function ops_private.tg_prepare_release() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- it reads members; the writer may not
as $$
begin
  -- ops.set_gate_policy takes this lock exclusively: so a release is opened before or after a change of policy.
  perform pg_advisory_xact_lock_shared(hashtextextended('table ops.gate_requirements', 0));
  new.project := ops_private.project_named(new.project);
  new.initiating_actor := ops_private.resolve_person(name => new.initiating_actor, project => new.project);
  new.source_ref := ops_private.source_ref_of(new.source_ref);
  if (new.status, new.cleared_for, new.gate_statuses) <> ('draft', 'dev', '{pending,pending,pending,pending}')
    or true in (new.excepted, new.contested, new.stopped, new.objected, new.retired, new.has_artifacts,
      new.dismissed)
    or num_nonnulls(new.judged_until, new.lapses_at, new.closed_at, new.closed_by, new.close_reason) > 0 then
    raise exception using errcode = 'OPS02', message = 'a new release must be a draft',
      hint = 'leave out status and all other derived columns; they follow from the facts';
  end if;
  new.recorded_until := clock_timestamp();
  select
    case when bool_or(q.valid_for is not null) then ops_private.never() end,
    coalesce(bool_or(q.kind in ('environment_healthy', 'objected_elsewhere')), false)
  into new.lapses_at, new.asks_beyond
  from ops.gate_requirements q where q.valid_to is null and coalesce(q.project, new.project) = new.project;
  return new;
end
$$;
comment on function ops_private.tg_prepare_release() is
  'Before insert: waits for a running change of policy, finds the project, and resolves the initiator. A person must name themselves (42501), a machine must name a member (OPS06). Raises OPS04 when the project is not registered (42501 for people and pipelines), OPS02 when a derived column is set.';
revoke execute on function ops_private.tg_prepare_release() from public;

create trigger _150_refuse_unstorable before insert on ops.releases
for each row when (new.scope_metadata <> '{}' and not ops_private.is_storable(new.scope_metadata))
execute function ops_private.tg_refuse_unstorable('scope_metadata', 'scope_is_a_bounded_object');
create trigger _160_refuse_unstorable before update of scope_metadata on ops.releases
for each row when (not ops_private.is_storable(new.scope_metadata))
execute function ops_private.tg_refuse_unstorable('scope_metadata', 'scope_is_a_bounded_object');
alter table ops.releases enable always trigger _160_refuse_unstorable;
create trigger _100_prepare_release before insert on ops.releases
for each row execute function ops_private.tg_prepare_release();
create trigger _170_refuse_secret before insert on ops.releases
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.releases
for each row execute function ops_private.tg_stamp_provenance();
create trigger _000_refuse_delete before delete or truncate on ops.releases
for each statement execute function ops_private.tg_refuse_change();
alter table ops.releases enable always trigger _000_refuse_delete;

create function ops_private.own_releases() returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- else the policy would call itself
as $$
declare
  v_all boolean;
  v_projects text[];
begin
  perform ops_private.require_role('developer');
  v_all := ops_private.sees_all();
  v_projects := ops_private.my_projects();
  return query
  select r.release_id from ops.releases r
  where ops_private.current_actor() in (r.initiating_actor, r.created_by)
    and (v_all or r.project = any (v_projects));
end
$$;
comment on function ops_private.own_releases() is
  'The releases of the caller''s projects that they initiated or opened. A developer may read their checks and add to them.';

create function ops_private.tg_mark_stop() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- the writer may not change a release
as $$
declare
  v_objected constant boolean := coalesce(to_jsonb(new) ->> 'scope' = 'release', false);
begin
  update ops.releases r set stopped = true, objected = r.objected or v_objected
  where r.release_id = new.release_id and not (r.stopped and (r.objected or not v_objected));
  return null;
end
$$;
comment on function ops_private.tg_mark_stop() is
  'After insert of a rejection, an objection to the release as a whole, or a failed check from a machine: marks the release with stopped, and with objected for an objection to it as a whole.';
revoke execute on function ops_private.tg_mark_stop() from public;

create function ops_private.present(release ops.releases) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return greatest(clock_timestamp(), release.recorded_until);
end
$$;
comment on function ops_private.present(ops.releases) is
  'The present moment of a release: the wall clock, but never before its newest fact. So every fact counts, even if the clock of the server was set back.';
revoke execute on function ops_private.present(ops.releases) from public;

create function ops_private.next_moment(release_id uuid) returns timestamptz
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_moment timestamptz;
begin
  update ops.releases r
  set recorded_until = greatest(clock_timestamp(), r.recorded_until + interval '1 microsecond')
  where r.release_id = next_moment.release_id
  returning r.recorded_until into v_moment;
  return v_moment;
end
$$;
comment on function ops_private.next_moment(uuid) is
  'Gives the next fact of a release its moment, and returns it: the wall clock, or a microsecond after the newest fact if the clock was set back. Locks the release as ops_private.hold_release does.';
revoke execute on function ops_private.next_moment(uuid) from public;

create function ops_private.refuse_closed(release ops.releases, table_name text, written jsonb) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if (
    table_name = 'exceptions' or table_name = 'approvals' and written ->> 'decision' = 'approved'
    or table_name = 'gate_checks' and written ->> 'deployment_id' is null and written ->> 'status' <> 'fail'
  ) is true then
    raise exception using errcode = 'OPS12', message = 'the release is closed',
      detail = format('%s, by %s, at %s', release.close_reason, release.closed_by, release.closed_at),
      hint = 'open a release under a new name; a closed release takes only deployments, health checks and stops';
  end if;
end
$$;
comment on function ops_private.refuse_closed(ops.releases, text, jsonb) is
  'Raises OPS12 when a row for a closed release is an exception, an approval, or a check that did not fail and is of no deployment.';
revoke execute on function ops_private.refuse_closed(ops.releases, text, jsonb) from public;

-- Whoever writes a row of a release must first lock the release (ops_private.hold_release).
create function ops_private.tg_prepare_direct_write() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- the writer may not lock a release
as $$
declare
  v_key uuid;
  v_moment timestamptz;
  v_release ops.releases;
begin
  if not ops_private.acts_for_all() then
    perform ops_private.current_person(); -- raises when the membership was revoked
    v_key := case tg_op when 'INSERT' then ops_private.new_id() end;
  end if;
  perform ops_private.refuse_secret(new);
  if tg_op = 'UPDATE' then
    -- The update has locked the row already, but an event locks the release first. Waiting could deadlock: raise 55P03.
    perform from ops.releases r where r.release_id = new.release_id for no key update nowait;
  end if;
  if new.release_id is null then
    new.project := ops_private.own_project(new.project);
  else
    v_release := ops_private.hold_release(new.release_id);
    new.project := v_release.project;
    if v_release.closed_at is not null and tg_op = 'INSERT' then
      perform ops_private.refuse_closed(v_release, tg_table_name, to_jsonb(new));
    end if;
    -- Of an unknown release and of one of another project nothing is changed or waited for: the policy refuses the row.
    if tg_table_name <> 'release_gates' and v_release.release_id is not null then
      v_moment := ops_private.next_moment(new.release_id);
    end if;
  end if;
  if tg_op = 'INSERT' then
    new.created_at := coalesce(v_moment, clock_timestamp());
  end if;
  -- A key that the caller chose could be taken, and would tell that another project has such a row. Approvals and
  -- exceptions keep theirs: so an insert that is sent again meets its own first one.
  if tg_table_name = 'evidence_artifacts' then
    new.artifact_id := coalesce(v_key, new.artifact_id);
    new.sha256 := lower(new.sha256);
    new.approval_id := null; -- only ops.ingest_event knows with which sign-off an artifact came
  elsif tg_table_name = 'deployments' then
    new.deployment_id := coalesce(v_key, new.deployment_id);
    new.deployed_by := ops_private.own_name(new.deployed_by);
    new.source_ref := ops_private.source_ref_of(new.source_ref);
  elsif tg_table_name = 'gate_checks' then
    new.check_id := coalesce(v_key, new.check_id);
    perform ops_private.match_check_to_gate(new.gate_id, new.deployment_id);
  end if;
  if tg_argv[0] = 'observed_at' then
    new.observed_at := new.created_at;
  elsif tg_argv[0] = 'status_observed_at' then
    new.status_observed_at := v_moment;
  end if;
  return new;
end
$$;
comment on function ops_private.tg_prepare_direct_write() is
  'Before a direct insert or update. Asks whether the writer is still a member and whether the row has a secret. Locks the release that the row names, refuses what a closed release does not take, and gives the release the moment of the new fact. Then sets what only the server may set, the key of a check, of evidence and of a deployment too unless the caller acts for all. Functions of this schema do all that themselves. The trigger argument names a time column, which gets that moment: only ops.ingest_event may set the time of an observation. Raises OPS12 when the release is closed and takes no such row; 55P03 when an update meets an event; try again.';
revoke execute on function ops_private.tg_prepare_direct_write() from public;

create function ops_private.require_sight(project text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  -- The statement that waited for the lock saw the memberships as they were before the wait.
  if project is not null and not ops_private.sees(project) then
    perform ops_private.refuse_replaced();
    raise exception using errcode = '42501', message = 'you may not act for this project any more',
      detail = 'your membership ended while this waited for another change of the release',
      hint = 'ask for a membership (ops.grant_membership)';
  end if;
end
$$;
comment on function ops_private.require_sight(text) is
  'Raises 42501 when the caller may not act for the project any more. Whoever waited for the lock of a release asks this afterwards: their membership may have ended meanwhile. Null for no release.';
revoke execute on function ops_private.require_sight(text) from public;

create function ops_private.hold_release(release_id uuid) returns ops.releases
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
begin
  perform ops_private.refuse_isolation();
  -- Not `for update`: it can deadlock with the key-share locks of foreign-key checks.
  select r.* into v_release from ops.releases r
  where r.release_id = hold_release.release_id and ops_private.sees(r.project) for no key update;
  perform ops_private.require_sight(v_release.project);
  return v_release;
end
$$;
comment on function ops_private.hold_release(uuid) is
  'Locks the row of a release until the end of the transaction, so that its writers wait for each other. Returns the present row, or nulls for an unknown release and for one of a project that the caller may not act for. Only later statements see everything that was committed before the lock. Raises OPS03 above read committed.';
revoke execute on function ops_private.hold_release(uuid) from public;
