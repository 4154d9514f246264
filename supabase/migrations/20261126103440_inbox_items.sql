-- What waits for a person on one release.

create type ops.ops_inbox_kind as enum (
  'sign_off', 'missing', 'failed', 'objection', 'contested_report', 'dismissible', 'exception_decision',
  'exception_review', 'incident'
);
comment on type ops.ops_inbox_kind is
  'Why something waits. sign_off: a gate waits for a decision. missing: something was not reported yet. failed: something failed. objection: your own stands. contested_report: a refused report stands. dismissible: nobody else can lift a stop. exception_decision, exception_review: an exception is to be decided, or reviewed. incident: yours is not resolved or reviewed.';

create type ops.inbox_item as (
  kind ops.ops_inbox_kind,
  role text,
  project text,
  release_id uuid,
  release_name text,
  environment_target ops.ops_environment,
  gate_id uuid,
  gate_code ops.ops_gate_code,
  fact uuid,
  what text,
  remedy text,
  since timestamptz
);
comment on type ops.inbox_item is 'Something that waits for a person, in one of their roles.';
comment on column ops.inbox_item.kind is 'Why it waits.';
comment on column ops.inbox_item.role is 'The role in which the person can do it.';
comment on column ops.inbox_item.project is 'Its project.';
comment on column ops.inbox_item.release_id is 'Its release.';
comment on column ops.inbox_item.release_name is 'The name of the release.';
comment on column ops.inbox_item.environment_target is 'The environment that the release is for.';
comment on column ops.inbox_item.gate_id is 'Its gate. Null for what is about no gate.';
comment on column ops.inbox_item.gate_code is 'The code of the gate.';
comment on column ops.inbox_item.fact is
  'The id of what it is about: a contested report, a decision, a check, a deployment, an exception or an incident. Null for what is missing.';
comment on column ops.inbox_item.what is 'What is required, and what was found.';
comment on column ops.inbox_item.remedy is 'What the person can do about it, in this role; in parentheses the command that does it.';
comment on column ops.inbox_item.since is 'Since when it waits.';

create type ops_private.asked_release as (
  release ops.releases,
  gates ops.release_gates[],
  person text,
  roles text[],
  as_of timestamptz
);
comment on type ops_private.asked_release is
  'A release about which a person asks what waits for them. gates: as they are now. person: null for service_role. roles: those that the person holds in its project.';

create function ops_private.item_of(
  a ops_private.asked_release, kind ops.ops_inbox_kind, role text, gate ops.release_gates, fact uuid, what text,
  remedy text, since timestamptz
) returns ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return row(
    kind, role, (a.release).project, (a.release).release_id, (a.release).release_name, (a.release).environment_target,
    gate.gate_id, gate.gate_code, fact, what, remedy, since)::ops.inbox_item;
end
$$;
comment on function ops_private.item_of(
  ops_private.asked_release, ops.ops_inbox_kind, text, ops.release_gates, uuid, text, text, timestamptz
) is
  'An item about a release.';
revoke execute on function ops_private.item_of(
  ops_private.asked_release, ops.ops_inbox_kind, text, ops.release_gates, uuid, text, text, timestamptz
) from public;

create function ops_private.may_sign(a ops_private.asked_release, gate ops.release_gates, role text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  r constant ops.releases := a.release;
  v_separate boolean;
  v_named boolean;
begin
  if a.person is null then
    return true;
  end if;
  select coalesce(bool_or(n.separation_of_duties), true), bool_and(a.person = any ((n.asked).approvers))
  into v_separate, v_named
  from ops_private.requirements_in_force n
  where n.release_id = r.release_id and n.gate_code = gate.gate_code and n.kind = 'approval' and n.subject = role;
  if not v_named then
    return false;
  elsif v_separate and (a.person = r.initiating_actor or exists (
    -- Nobody signs two gates of one release. So it waits for somebody else.
    select from unnest(a.gates) as g
    cross join lateral ops_private.standing_decisions(r.release_id, g.gate_id, a.as_of) as d
    where g.gate_id <> gate.gate_id and d.approver_id = a.person and d.decision = 'approved' and exists (
      select from ops.approvals p
      where p.release_id = r.release_id and p.gate_id = g.gate_id and p.approver_id = a.person)
  )) then
    return false;
  elsif r.dismissed and a.person = any (ops_private.dismissers(r.release_id, a.as_of)) then
    return false;
  end if;
  return not exists (
    select from ops_private.standing_decisions(r.release_id, gate.gate_id, a.as_of) as d
    where d.approver_id = a.person and d.persona_role::text = role and d.decision = 'approved' and d.unmet is null
      and (not r.has_artifacts or d.artifacts_digest is not distinct from ops_private.artifacts_digest(
        r.release_id, a.as_of))
      and not exists (
        select from ops_private.requirements_in_force n
        where n.release_id = r.release_id and n.gate_code = gate.gate_code and n.kind = 'approval' and n.subject = role
          and d.recorded_at <= a.as_of - make_interval(secs => n.valid_for)
      )
  );
end
$$;
comment on function ops_private.may_sign(ops_private.asked_release, ops.release_gates, text) is
  'Whether an approval of a gate by the person in this role would count, and would be a new one. Who is not among the approvers that policy names, the initiator, who approved another gate, and who dismissed something of the release wait for somebody else; who approved it already has done their part, unless that lapsed, was of another build, or lacks the own token or second factor that policy asks for.';
revoke execute on function ops_private.may_sign(ops_private.asked_release, ops.release_gates, text) from public;

create function ops_private.waits_for_role(a ops_private.asked_release, f ops.gate_finding, role text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if role <> 'developer' then
    return coalesce(role = f.who, false);
  end if;
  -- Who started the release repairs what fails its build.
  return (a.person is null and f.who = 'developer'
    or a.person in ((a.release).initiating_actor, (a.release).created_by)
    and (f.who = 'developer' or f.gate_code = 'G1' and f.state = 'failed')) is true;
end
$$;
comment on function ops_private.waits_for_role(ops_private.asked_release, ops.gate_finding, text) is
  'Whether a finding waits for the person in a role: the one that it names. A developer sees what is about their own releases, and what failed their builds.';
revoke execute on function ops_private.waits_for_role(ops_private.asked_release, ops.gate_finding, text) from public;

create function ops_private.roles_for(a ops_private.asked_release, f ops.gate_finding) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(select r.role from unnest(a.roles) as r (role) where ops_private.waits_for_role(a, f, r.role));
end
$$;
comment on function ops_private.roles_for(ops_private.asked_release, ops.gate_finding) is
  'Those of the person''s roles for which a finding waits.';
revoke execute on function ops_private.roles_for(ops_private.asked_release, ops.gate_finding) from public;

create function ops_private.remedy_for(f ops.gate_finding, role text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- A developer is shown what failed the build of their release. They repair it; only a pipeline reports the next one.
  return case when role = 'developer' and f.who <> 'developer'
    then 'repair what failed: the next build of the pipeline that passes lifts it' else f.remedy end;
end
$$;
comment on function ops_private.remedy_for(ops.gate_finding, text) is
  'What a person in a role does about a finding: what it says, if it names this role.';
revoke execute on function ops_private.remedy_for(ops.gate_finding, text) from public;

create function ops_private.kind_for(
  a ops_private.asked_release, gate ops.release_gates, f ops.gate_finding, role text, signs boolean
) returns ops.ops_inbox_kind
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if f.kind = 'approval' then
    return case
      -- Only who objected can lift it: ops_private.objections_of has that.
      when gate.status <> 'pending' and exists (
        select from ops_private.standing_decisions((a.release).release_id, gate.gate_id, a.as_of) as d
        where d.persona_role::text = f.subject and d.decision <> 'approved'
      ) then null
      when signs then 'sign_off' end;
  elsif f.kind = 'evidence' and role = 'release_manager' and not signs then
    -- They bring evidence with a sign-off alone.
    return null;
  end if;
  return case when f.state = 'failed' then 'failed' else 'missing' end;
end
$$;
comment on function ops_private.kind_for(
  ops_private.asked_release, ops.release_gates, ops.gate_finding, text, boolean
) is
  'What a finding asks of the person in a role. Null when they cannot do it themselves. signs: whether an approval of the gate by them would count (ops_private.may_sign).';
revoke execute on function ops_private.kind_for(
  ops_private.asked_release, ops.release_gates, ops.gate_finding, text, boolean
) from public;
