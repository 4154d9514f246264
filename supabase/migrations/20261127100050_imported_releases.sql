-- Releases of the past. One is closed from its birth: it is eligible for nothing, waits for nobody and tells nobody.
-- What is recorded about it counts for no other release.

alter type ops.ops_close_reason add value 'imported';
comment on type ops.ops_close_reason is
  'Why a release was closed: another release takes its place (superseded), it is not wanted any more (cancelled), or it is of the past, and was closed from its birth (imported).';

alter table ops.releases add column imported_at timestamptz;
comment on column ops.releases.imported_at is
  'When it was recorded as a release of the past (ops.import_release): at its birth, or never. Null for all others.';
comment on column ops.releases.closed_at is
  'When it was closed, for good: then it is eligible for nothing. Null while it is open. Only ops.close_release and ops.import_release set it.';
comment on column ops.releases.name_freed is
  'Derived. Whether it was closed without any fact, or is of the past (imported_at). Then another release may have its name.';
alter table ops.releases add constraint imported_is_closed_from_birth
-- A value of an enum that was added in this transaction cannot be used in it, so the constraint compares texts.
check (
  case when imported_at is null then close_reason::text is distinct from 'imported'
    else imported_at = created_at and closed_at = created_at and close_reason::text = 'imported' and name_freed end
);
-- The ids are for the views that leave these releases out.
create unique index one_imported_release_per_project_and_name on ops.releases (project, release_name)
include (release_id) where imported_at is not null;

alter table ops.deployments add column imported boolean not null default false;
comment on column ops.deployments.imported is
  'Whether it is of a release of the past: then it was judged for no eligibility (was_eligible is null), is never live, and no rollback of another release goes back to it. Set by triggers.';

create function ops_private.tg_refuse_imported() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  raise exception using errcode = 'OPS02', message = 'only ops.import_release records a release of the past',
    hint = 'call it, or `ops-gates import`, in place of the insert';
end
$$;
comment on function ops_private.tg_refuse_imported() is
  'Before insert of a release that is said to be of the past by another than ops.import_release: raises OPS02.';
revoke execute on function ops_private.tg_refuse_imported() from public;

create function ops_private.tg_close_imported() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  new.imported_at := new.created_at;
  new.closed_at := new.created_at;
  new.closed_by := new.created_by;
  new.close_reason := 'imported';
  new.name_freed := true;
  return new;
end
$$;
comment on function ops_private.tg_close_imported() is
  'Before insert of a release of the past: closes it at its birth, so that there is no moment at which it was open, and frees its name.';
revoke execute on function ops_private.tg_close_imported() from public;

create trigger _050_refuse_imported before insert on ops.releases
for each row when (new.imported_at is not null and not ops_private.by_definer())
execute function ops_private.tg_refuse_imported();
create trigger _250_close_imported before insert on ops.releases
for each row when (new.imported_at is not null) execute function ops_private.tg_close_imported();

create function ops.import_release(
  project text, release_name text, environment_target text, source_ref text,
  scope_metadata jsonb default '{}', initiating_actor text default null
) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp -- most callers may not read members
as $$
declare
  v_project text;
  v_source_ref text;
  v_release ops.releases;
begin
  perform ops_private.require_role('service_role', 'release_manager');
  v_source_ref := ops_private.source_ref_of(import_release.source_ref);
  v_project := ops_private.project_named(import_release.project);
  for v_try in 1 .. 2 loop
    select r.* into v_release from ops.releases r
    where r.project = v_project and r.release_name = import_release.release_name and r.imported_at is not null;
    exit when found;
    insert into ops.releases as r (
      project, release_name, environment_target, source_ref, scope_metadata, initiating_actor, imported_at
    ) values (
      v_project, import_release.release_name, ops_private.environment_named(import_release.environment_target),
      v_source_ref, coalesce(import_release.scope_metadata, '{}'),
      coalesce(import_release.initiating_actor, ops_private.current_actor()), clock_timestamp()
    )
    on conflict do nothing -- as in ops.open_release
    returning r.* into v_release;
    exit when found;
  end loop;
  if v_release.source_ref is distinct from v_source_ref then
    raise exception using errcode = 'OPS09', message = 'a release of the past has this name and another source_ref',
      detail = format('release_id %s', v_release.release_id), hint = 'choose another release_name';
  end if;
  return v_release.release_id;
end
$$;
comment on function ops.import_release(text, text, text, text, jsonb, text) is
  'Records a release of the past and returns its id. It is closed from its birth (closed_at, imported_at): eligible for nothing, it waits for nobody, and nobody is told of it. It takes events that say imported alone. What is recorded about it counts for no other release. Its name stays free for others. If the project has a release of the past of that name, returns its id when it has this source_ref, whatever the other arguments say; otherwise raises OPS09. The project must be registered, in any case: OPS04 for service_role, 42501 for release managers. service_role must name a person as initiator (OPS06 when unknown); a release manager is always the initiator themselves (42501). 22023: unknown environment. 23514: a name that nobody can read, or a source_ref that is a short commit id.';
revoke execute on function ops.import_release(text, text, text, text, jsonb, text) from public;
grant execute on function ops.import_release(text, text, text, text, jsonb, text) to service_role, release_manager;

-- It is written as events alone.
create or replace function ops_private.refuse_closed(release ops.releases, table_name text, written jsonb) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if release.imported_at is not null
    and table_name in ('approvals', 'deployments', 'evidence_artifacts', 'exceptions', 'gate_checks') then
    raise exception using errcode = 'OPS12', message = 'the release is of the past',
      detail = format('imported by %s, at %s', release.created_by, release.imported_at),
      hint = 'send an event with "imported": true';
  end if;
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
  'Raises OPS12 when a row for a closed release is an exception, an approval, or a check that did not fail and is of no deployment; of a release of the past, when it is any fact but an incident.';

create or replace function ops_private.tg_report_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may insert reports
as $$
begin
  perform ops_private.refuse_other_changes(
    'deployments', to_jsonb(old), to_jsonb(new),
    'status', 'status_observed_at', 'deployed_at', 'deployed_by', 'g4_status', 'g4_resolved_at'
  );
  if old.imported then
    raise exception using errcode = 'OPS12', message = 'the deployment is of a release of the past',
      hint = 'send a deployment_event with "imported": true';
  elsif (new.deployed_at, new.deployed_by) is distinct from (old.deployed_at, old.deployed_by) then
    raise exception using errcode = 'OPS05', message = 'only the status of a deployment can be changed',
      hint = 'set only status; the server sets the time of observation';
  elsif ops_private.deployment_rank(new.status) < ops_private.deployment_rank(old.status) then
    raise exception using errcode = 'OPS08',
      message = format('a deployment cannot go from %s to %s', old.status, new.status),
      hint = 'record a new deployment';
  end if;
  -- Keep it later than the replaced time, even if that came from a clock that was ahead.
  new.status_observed_at := case
    when new.status = old.status then old.status_observed_at
    else greatest(clock_timestamp(), old.status_observed_at + interval '1 microsecond')
  end;
  if new.status <> old.status then
    perform ops_private.add_report(new, new.status, new.status_observed_at);
  end if;
  return new;
end
$$;
comment on function ops_private.tg_report_change() is
  'Before a direct update of a deployment: only the status may change (OPS05), and only forward (OPS08); of a release of the past not even that (OPS12). Records the change as a report of this moment.';

-- What is of the past is judged for no eligibility.
create or replace function ops_private.tg_judge_deployment() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- the writer may not read the facts
as $$
declare
  v_before ops.deployments := old;
  v_health ops.ops_health;
  v_judged record;
  v_release ops.releases;
begin
  if (new.was_eligible, new.blockers_at_deploy, new.excepted_by, new.g4_resolved_at)
    is distinct from
    (v_before.was_eligible, v_before.blockers_at_deploy, v_before.excepted_by, v_before.g4_resolved_at) then
    raise exception using errcode = 'OPS02',
      message = 'the server sets eligibility and resolution of a deployment',
      hint = 'leave out was_eligible, blockers_at_deploy, excepted_by and g4_resolved_at';
  end if;
  if tg_op = 'INSERT' then
    select r.* into v_release from ops.releases r where r.release_id = new.release_id;
    new.imported := v_release.imported_at is not null;
  end if;
  v_health := case
    when tg_op = 'UPDATE' then ops_private.deployment_health(new.release_id, new.deployment_id, 'infinity')
    when new.status = 'failed' or new.rollback_known is not true
      and new.source_ref <> v_release.source_ref then 'failed'
    else 'pending'
  end;
  if new.g4_status not in (v_health, coalesce(v_before.g4_status, 'pending')) then
    raise exception using errcode = 'OPS02', message = format('the deployment''s g4_status is not %s', new.g4_status),
      detail = format('its checks give %s', v_health), hint = 'report a health_check; g4_status follows from it';
  end if;
  new.g4_status := v_health;
  if tg_op = 'INSERT' and new.deployed_at <= new.status_observed_at + interval '5 minutes' then
    new.deployed_at := least(new.deployed_at, new.status_observed_at);
  end if;
  if tg_op = 'INSERT' and new.deployed_at < new.status_observed_at - interval '1 hour' then
    raise exception using errcode = '23514', constraint = 'deployed_shortly_before_observed', schema = 'ops',
      table = 'deployments', column = 'deployed_at', message = 'deployed_at is more than 1 hour ago',
      hint = 'leave out deployed_at, or report the deployment when it happens';
  end if;
  if v_health = 'pending' then
    new.g4_resolved_at := null;
  elsif v_before.g4_status is distinct from v_health then
    new.g4_resolved_at := clock_timestamp();
  end if;
  -- Judge it when it is first reported, unless as failed, and when it is reported succeeded. The first blockers stay.
  if new.rollback_known is not true and new.was_eligible is not false and not new.imported
    and (new.status = 'succeeded' and v_before.status is distinct from new.status
      or tg_op = 'INSERT' and new.status = 'in_progress') then
    select b.* into v_judged from ops_private.blockers_at(
      ops_private.release_named(new.release_id), new.environment, new.source_ref, new.artifacts) as b;
    new.blockers_at_deploy := v_judged.blockers;
    new.excepted_by := array(select x from unnest(new.excepted_by || v_judged.excepted_by) as x group by x order by x);
    new.was_eligible := new.blockers_at_deploy = '[]';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_judge_deployment() is
  'Before insert or update of a deployment: sets g4_status and g4_resolved_at from its checks; when it is first reported or reported succeeded also was_eligible, blockers_at_deploy and excepted_by, unless it is of a release of the past (imported). On insert deployed_at is not after its observation. Raises OPS02 when the caller sent other values.';

-- A stop of the past stops no other release.
create or replace function ops_private.stop_elsewhere(
  release ops.releases, as_of timestamptz, out what text, out closed boolean, out who text
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_other ops.releases;
  v_seen integer := 0;
begin
  for v_other in
    select o.* from ops.releases o
    where o.project = release.project and o.source_ref = release.source_ref and (o.stopped or o.contested)
      and o.release_id <> release.release_id and o.created_at <= as_of and o.imported_at is null
    order by o.created_at desc limit 101
  loop
    v_seen := v_seen + 1;
    -- Whoever has so many of them does not release commits. The limit bounds the time, and closes.
    if v_seen > 100 then
      what := 'more than 100 releases of it were stopped';
    else
      select s.what, s.who into what, who from ops_private.standing_stops(v_other, stop_elsewhere.as_of) as s
      where s.elsewhere order by s.what limit 1;
    end if;
    exit when what is not null;
  end loop;
  if what is not null then
    what := format('release %s: %s', v_other.release_name, what);
    closed := (v_other.closed_at <= stop_elsewhere.as_of) is true;
  end if;
end
$$;
comment on function ops_private.stop_elsewhere(ops.releases, timestamptz) is
  'What stops another release of the same project and source_ref at a moment, in words: of the newest of them, those of the past aside. Null when nothing does. who: the role that can end it there. closed: that release was closed by then. Looks at the newest 100 that were ever stopped; more than that count as a stop.';
