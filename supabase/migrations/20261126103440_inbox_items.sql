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

create type ops_private.inbox_release as (
  release ops.releases,
  gates ops.release_gates[],
  person text,
  roles text[],
  as_of timestamptz,
  names_people boolean,
  objected boolean,
  dismissible boolean,
  beside boolean
);
comment on type ops_private.inbox_release is
  'A release about which a person asks what waits for them. gates: as they are now. person: null for service_role. roles: those that the person holds in its project. names_people: whether any policy names people who must approve. What else to look for, which may say yes too often, and never no: objected, an objection of the person; dismissible, something to dismiss; beside, something beside the gates.';

create function ops_private.item_of(
  a ops_private.inbox_release, kind ops.ops_inbox_kind, role text, gate ops.release_gates, fact uuid, what text,
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
  ops_private.inbox_release, ops.ops_inbox_kind, text, ops.release_gates, uuid, text, text, timestamptz
) is
  'An item about a release.';
revoke execute on function ops_private.item_of(
  ops_private.inbox_release, ops.ops_inbox_kind, text, ops.release_gates, uuid, text, text, timestamptz
) from public;

create function ops_private.approval_requirements(release_id uuid, gate_code ops.ops_gate_code)
returns ops_private.requirements_in_force[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select n from ops_private.requirements_in_force n
    where n.release_id = approval_requirements.release_id and n.gate_code = approval_requirements.gate_code
      and n.kind = 'approval' and n.on_gate
    order by n.enforcement, n.subject);
end
$$;
comment on function ops_private.approval_requirements(uuid, ops.ops_gate_code) is
  'The approvals that the policy in force for a release asks for on a gate, in the order in which ops_private.findings_on looks at them.';
revoke execute on function ops_private.approval_requirements(uuid, ops.ops_gate_code) from public;

create function ops_private.counted_approvals(
  needs ops_private.requirements_in_force[], release ops.releases, facts ops_private.gate_facts, as_of timestamptz
) returns integer[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  n ops_private.requirements_in_force;
  v_counted integer[] := '{}'::integer[];
begin
  foreach n in array needs loop
    v_counted := v_counted || (
      select count(*)::integer from unnest(facts.decisions) as d
      where d.persona_role::text = n.subject and d.decision = 'approved' and ops_private.why_uncounted(
        d, case when n.not_initiator then release.initiating_actor end, case when n.one_gate then facts.barred end,
        facts.dismissers, facts.digest, as_of - make_interval(secs => n.valid_for)) is null);
    facts.barred := facts.barred || ops_private.approvers_as(facts.decisions, array[n.subject]);
  end loop;
  return v_counted;
end
$$;
comment on function ops_private.counted_approvals(
  ops_private.requirements_in_force[], ops.releases, ops_private.gate_facts, timestamptz
) is
  'How many approvals count for each requirement of a gate, as ops_private.findings_on counts them: nobody counts for two, unless policy lets them (one_gate).';
revoke execute on function ops_private.counted_approvals(
  ops_private.requirements_in_force[], ops.releases, ops_private.gate_facts, timestamptz
) from public;

create function ops_private.takes_away(
  needs ops_private.requirements_in_force[], counted integer[], counted_then integer[]
) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from unnest(needs) with ordinality as n
    where counted_then[n.ordinality] < least(counted[n.ordinality], n.min_count)
  );
end
$$;
comment on function ops_private.takes_away(ops_private.requirements_in_force[], integer[], integer[]) is
  'Whether an approval that a requirement needs would not count any more. counted, counted_then: how many count for each, before and after.';
revoke execute on function ops_private.takes_away(
  ops_private.requirements_in_force[], integer[], integer[]
) from public;

create function ops_private.is_stranger_to(release ops.releases, person text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return release.initiating_actor <> person and not release.dismissed and not exists (
    select from ops.approvals a where a.release_id = release.release_id and a.approver_id = person);
end
$$;
comment on function ops_private.is_stranger_to(ops.releases, text) is
  'Whether a person did not start a release, decided nothing on it, and dismissed nothing of it. Then nothing keeps their approval from counting but a policy that names others, and it takes no other away.';
revoke execute on function ops_private.is_stranger_to(ops.releases, text) from public;

create function ops_private.takes_away_later(a ops_private.inbox_release, gate ops.release_gates) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  g ops.release_gates;
  v_needs ops_private.requirements_in_force[];
  v_facts ops_private.gate_facts;
  v_counted integer[];
begin
  for g in
    select l.* from unnest(a.gates) as l
    where l.gate_code > gate.gate_code and exists (
      select from ops.approvals p
      where p.release_id = l.release_id and p.gate_id = l.gate_id and p.approver_id = a.person)
  loop
    v_needs := ops_private.approval_requirements(g.release_id, g.gate_code);
    v_facts := ops_private.with_decisions(v_facts, g, a.release, a.as_of);
    v_counted := ops_private.counted_approvals(v_needs, a.release, v_facts, a.as_of);
    v_facts.barred := v_facts.barred || a.person;
    if ops_private.takes_away(
      v_needs, v_counted, ops_private.counted_approvals(v_needs, a.release, v_facts, a.as_of)) then
      return true;
    end if;
  end loop;
  return false;
end
$$;
comment on function ops_private.takes_away_later(ops_private.inbox_release, ops.release_gates) is
  'Whether an approval of a gate by the person would take away one of theirs that a later gate needs: where policy says one_gate, it would not count there any more.';
revoke execute on function ops_private.takes_away_later(ops_private.inbox_release, ops.release_gates) from public;

create function ops_private.may_sign(a ops_private.inbox_release, gate ops.release_gates, role text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  r constant ops.releases := a.release;
  v_needs ops_private.requirements_in_force[];
  v_place integer;
  v_facts ops_private.gate_facts;
  v_counted integer[];
  v_then integer[];
  v_mine ops_private.standing_decision;
  n ops_private.requirements_in_force;
begin
  if a.person is null or not a.names_people and ops_private.is_stranger_to(r, a.person) then
    return true;
  end if;
  v_needs := ops_private.approval_requirements(r.release_id, gate.gate_code);
  v_place := (select s.ordinality from unnest(v_needs) with ordinality as s where s.subject = role);
  if v_place is null then
    -- Nothing asks for their approval, but evidence may come with it: then the same rules hold.
    n.subject := role;
    n.not_initiator := true;
    n.one_gate := true;
    n.min_count := 1;
    v_needs := v_needs || n;
    v_place := cardinality(v_needs);
  end if;
  v_facts := ops_private.with_decisions(v_facts, gate, r, a.as_of);
  v_counted := ops_private.counted_approvals(v_needs, r, v_facts, a.as_of);
  v_mine.approver_id := a.person;
  v_mine.persona_role := role::ops.ops_persona_role;
  v_mine.decision := 'approved';
  v_mine.recorded_at := a.as_of;
  v_mine.artifacts_digest := v_facts.digest;
  -- With a token of their own, and a second factor if policy asks for one, they meet all but this.
  v_mine.unmet := case when a.person <> all ((v_needs[v_place].asked).approvers) then 'approvers' end;
  v_facts.decisions := array(
    select d from unnest(v_facts.decisions) as d where d.approver_id <> a.person or d.persona_role::text <> role
  ) || v_mine;
  v_then := ops_private.counted_approvals(v_needs, r, v_facts, a.as_of);
  return v_then[v_place] > v_counted[v_place] and not ops_private.takes_away(v_needs, v_counted, v_then)
    and not ops_private.takes_away_later(a, gate);
end
$$;
comment on function ops_private.may_sign(ops_private.inbox_release, ops.release_gates, text) is
  'Whether an approval of a gate by the person in this role would count (ops_private.why_uncounted), would be a new one, and would take away no other that is needed: where policy says so (one_gate), nobody counts for two gates of a release or for two requirements of one. Who is not among the approvers that policy names, the initiator (where policy says not_initiator) and who dismissed something of the release wait for somebody else too; who approved it already has done their part, unless that lapsed, was of another build, or lacks the own token or second factor that policy asks for.';
revoke execute on function ops_private.may_sign(ops_private.inbox_release, ops.release_gates, text) from public;

create function ops_private.roles_for(roles text[], owns boolean, f ops.gate_finding) returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return array_remove(array[
    case when f.who <> 'developer' and f.who = any (roles) then f.who end,
    -- Who started the release repairs what fails its build.
    case when 'developer' = any (roles) and owns is not false
      and (f.who = 'developer' or owns and f.gate_code = 'G1' and f.state = 'failed') then 'developer' end], null);
end
$$;
comment on function ops_private.roles_for(text[], boolean, ops.gate_finding) is
  'Those of the roles of a person for which a finding waits: the one that it names. A developer sees what is about their own releases, and what failed their builds. owns: whether the person started or opened the release; null for nobody, who is asked with every role.';
revoke execute on function ops_private.roles_for(text[], boolean, ops.gate_finding) from public;

create function ops_private.remedy_for(role text, who text, remedy text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- A developer is shown what failed the build of their release. They repair it; only a pipeline reports the next one.
  return case when role = 'developer' and who <> 'developer'
    then 'repair what failed: the next build of the pipeline that passes lifts it' else remedy end;
end
$$;
comment on function ops_private.remedy_for(text, text, text) is
  'What a person in a role does about a finding: its remedy, if it names this role. who: whom it names.';
revoke execute on function ops_private.remedy_for(text, text, text) from public;
