-- A release manager can set a stop aside that nobody else can lift any more. ops.dismiss has the rules.
create type ops.ops_dismissed_fact as enum (
  'contested_report', 'objection', 'failure_by_hand', 'renamed_check', 'passed_over_check',
  'stalled_deployment'
);
comment on type ops.ops_dismissed_fact is
  'What a dismissal sets aside. contested_report: a stop in a refused event of a machine, or one that says nothing readable of its check. objection and failure_by_hand: of somebody who has no active membership in that role any more. renamed_check: a failed check of a build whose sender reports its part without it now. passed_over_check: a failed check of a deployment that is not the newest to its target any more. stalled_deployment: one of which nothing was reported for 24 hours.';

create table ops.dismissals (
  dismissal_id uuid primary key default ops_private.new_id(),
  release_id uuid not null references ops.releases (release_id) on delete restrict,
  kind ops.ops_dismissed_fact not null,
  gate_id uuid,
  exception_id uuid,
  deployment_id uuid,
  check_id uuid,
  approval_id uuid references ops.approvals (approval_id) on delete restrict,
  contested_id uuid,
  check_name ops.name,
  trusted boolean,
  author text,
  author_role text,
  reason ops.statement not null,
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint gate_is_of_the_same_release
  foreign key (release_id, gate_id) references ops.release_gates (release_id, gate_id) on delete restrict,
  constraint exception_is_of_the_same_release
  foreign key (release_id, exception_id) references ops.exceptions (release_id, exception_id) on delete restrict,
  constraint deployment_is_of_the_same_release
  foreign key (release_id, deployment_id) references ops.deployments (release_id, deployment_id) on delete restrict,
  constraint check_is_of_the_same_gate
  foreign key (release_id, gate_id, check_id)
  references ops.gate_checks (release_id, gate_id, check_id) on delete restrict,
  constraint contested_report_is_of_the_same_release
  foreign key (release_id, contested_id)
  references ops.contested_reports (release_id, contested_id) on delete restrict,
  constraint one_fact_is_named
  check (
    num_nonnulls(check_id, approval_id, contested_id) = case kind when 'stalled_deployment' then 0 else 1 end
    and (kind <> 'stalled_deployment' or deployment_id is not null)
  ),
  constraint what_is_set_aside_is_named
  check (
    case
      when check_id is not null
        then num_nonnulls(gate_id, check_name, trusted) = 3 and (trusted or num_nonnulls(author, author_role) = 2)
      when kind = 'objection' then num_nonnulls(author, author_role) = 2
      else true
    end
  )
);
create index dismissals_release_id_gate_id_check_id_idx on ops.dismissals (release_id, gate_id, check_id);
create index dismissals_release_id_deployment_id_idx on ops.dismissals (release_id, deployment_id);
create index dismissals_release_id_contested_id_idx on ops.dismissals (release_id, contested_id);
create index dismissals_release_id_exception_id_idx on ops.dismissals (release_id, exception_id);
create index dismissals_approval_id_idx on ops.dismissals (approval_id);

comment on table ops.dismissals is
  'Append-only. One row per dismissal: what was set aside, by whom, and why. It sets aside what was recorded until then; later facts count anew. Only ops.dismiss writes it.';
comment on column ops.dismissals.dismissal_id is 'Primary key.';
comment on column ops.dismissals.release_id is 'The release of the fact.';
comment on column ops.dismissals.kind is 'What was set aside.';
comment on column ops.dismissals.gate_id is
  'The gate of the fact. Null for a decision on an exception or on the release as a whole, and for a deployment.';
comment on column ops.dismissals.exception_id is 'The exception of the decision. Null for other facts.';
comment on column ops.dismissals.deployment_id is
  'The deployment that was set aside, or the one of the check that was. Null for other facts.';
comment on column ops.dismissals.check_id is
  'The check that was named. All checks of its gate, deployment, name and trust class were set aside; of those that people recorded, the checks of their author alone.';
comment on column ops.dismissals.approval_id is
  'The decision that was named. All decisions of its author in that role on the same gate, exception or release were set aside.';
comment on column ops.dismissals.contested_id is
  'The contested report that was named. Those that say the same ended with it (ops.contested_report_ends).';
comment on column ops.dismissals.check_name is 'Name of the check. Null for other facts.';
comment on column ops.dismissals.trusted is 'Trust class of the check. Null for other facts.';
comment on column ops.dismissals.author is
  'The name by which records know the person who decided or recorded the check. Null where the author does not matter.';
comment on column ops.dismissals.author_role is 'The role in which they did.';
comment on column ops.dismissals.reason is 'Why it was set aside; at most 8 KiB.';
comment on column ops.dismissals.project is
  'The project of the release. Set by the server.';

alter table ops.dismissals enable row level security;
create policy dismissals_in_own_projects on ops.dismissals as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.dismissals to service_role;

grant select on ops.dismissals to release_manager, audit_reader;
create policy dismissals_select_release_manager on ops.dismissals
for select to release_manager using (true);
create policy dismissals_select_audit_reader on ops.dismissals
for select to audit_reader using (true);

create trigger _100_prepare_direct_write before insert on ops.dismissals
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write();
create trigger _170_refuse_secret before insert on ops.dismissals
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.dismissals
for each row execute function ops_private.tg_stamp_provenance('release');
create trigger _000_refuse_change before update or delete or truncate on ops.dismissals
for each statement execute function ops_private.tg_refuse_change();
alter table ops.dismissals enable always trigger _000_refuse_change;

create function ops_private.dismissers(release_id uuid, as_of timestamptz) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select distinct d.created_by from ops.dismissals d
    where d.release_id = dismissers.release_id and d.created_at <= dismissers.as_of
  );
end
$$;
comment on function ops_private.dismissers(uuid, timestamptz) is
  'The people who dismissed something of a release until a moment. Their approvals of it do not count.';
revoke execute on function ops_private.dismissers(uuid, timestamptz) from public;

create function ops_private.dismissed_decisions(release_id uuid, as_of timestamptz) returns uuid[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select a.approval_id
    from ops.dismissals d
    join ops.approvals a on a.release_id = d.release_id
    where d.release_id = dismissed_decisions.release_id and d.kind = 'objection'
      and d.gate_id is not distinct from a.gate_id and d.exception_id is not distinct from a.exception_id
      and d.author = a.approver_id and d.author_role = a.persona_role::text
      and a.created_at <= d.created_at and d.created_at <= dismissed_decisions.as_of
  );
end
$$;
comment on function ops_private.dismissed_decisions(uuid, timestamptz) is
  'The decisions on a release that were dismissed until a moment: all that the author of a dismissed objection decided in that role on the same gate, exception or release until then.';
revoke execute on function ops_private.dismissed_decisions(uuid, timestamptz) from public;

create function ops_private.dismissed_checks(release_id uuid, as_of timestamptz) returns uuid[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select gc.check_id
    from ops.dismissals d
    join ops.gate_checks gc on gc.release_id = d.release_id and gc.gate_id = d.gate_id
    where d.release_id = dismissed_checks.release_id and d.check_id is not null
      and d.check_name = gc.check_name and d.trusted = gc.trusted
      and d.deployment_id is not distinct from gc.deployment_id
      and (gc.trusted or (d.author, d.author_role) = (gc.created_by, gc.created_role))
      and gc.created_at <= d.created_at and d.created_at <= dismissed_checks.as_of
  );
end
$$;
comment on function ops_private.dismissed_checks(uuid, timestamptz) is
  'The checks of a release that were dismissed until a moment: all of the same gate, deployment, name and trust class, of those that people recorded only the checks of the same author.';
revoke execute on function ops_private.dismissed_checks(uuid, timestamptz) from public;

create function ops_private.is_stalled_aside(release_id uuid, deployment_id uuid, as_of timestamptz) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from ops.dismissals x
    where x.release_id = is_stalled_aside.release_id and x.deployment_id = is_stalled_aside.deployment_id
      and x.kind = 'stalled_deployment' and x.created_at <= is_stalled_aside.as_of
      and not exists (
        select from ops.deployment_reports r
        where r.release_id = x.release_id and r.deployment_id = x.deployment_id
          and r.created_at > x.created_at and r.created_at <= is_stalled_aside.as_of
      ) and not exists (
        select from ops.gate_checks gc
        where gc.release_id = x.release_id and gc.deployment_id = x.deployment_id
          and gc.created_at > x.created_at and gc.created_at <= is_stalled_aside.as_of
      )
  );
end
$$;
comment on function ops_private.is_stalled_aside(uuid, uuid, timestamptz) is
  'Whether a stalled deployment is set aside at a moment: it was dismissed, and nothing was reported of it since.';
revoke execute on function ops_private.is_stalled_aside(uuid, uuid, timestamptz) from public;
