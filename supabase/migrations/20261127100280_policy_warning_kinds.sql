-- Each kind of what the active members cannot satisfy of a policy.

create type ops.policy_warning as (
  code text,
  project text,
  gate_code ops.ops_gate_code,
  change_id uuid,
  persona text,
  needed integer,
  able integer,
  names text[],
  stops boolean,
  message text
);
comment on type ops.policy_warning is
  'Where the active members do not suffice for what policy asks.';
comment on column ops.policy_warning.code is
  'too_few_people: a gate asks for more approvals than there are people to give them. too_few_signers: several gates together do, as nobody signs two. idle_approvers: somebody is named in approvers and does not hold the role. too_few_managers: nobody is there to confirm a proposal of the other.';
comment on column ops.policy_warning.project is
  'The project. Null: every project that has neither requirements nor members of its own.';
comment on column ops.policy_warning.gate_code is 'The gate. Null for too_few_signers and too_few_managers.';
comment on column ops.policy_warning.change_id is
  'The proposal that would bring it about. Null for what is in force.';
comment on column ops.policy_warning.persona is 'The role in which people approve; of too_few_signers the one that the fewest of them hold.';
comment on column ops.policy_warning.needed is 'How many people are needed, at least.';
comment on column ops.policy_warning.able is 'How many could do it at most: an approval by the initiator of a release may not count.';
comment on column ops.policy_warning.names is
  'idle_approvers: who does not hold the role. too_few_signers: the gates. Null for the others.';
comment on column ops.policy_warning.stops is 'Whether releases cannot pass while it is so.';
comment on column ops.policy_warning.message is 'The same in one sentence.';

create type ops_private.asked_approval as (
  gate_code ops.ops_gate_code,
  persona text,
  min_count integer,
  blocking boolean,
  on_gate boolean,
  not_initiator boolean,
  one_gate boolean,
  approvers text[],
  able text[]
);
comment on type ops_private.asked_approval is
  'A requirement of approvals, and who could give one: the active people who hold the persona, and are named if people are.';

create function ops_private.active_people(project text, role text) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    -- Two queries, so that each uses an index.
    select s.recorded_as from ops.v_memberships s
    where s.kind = 'person' and s.role = coalesce(active_people.role, s.role) and s.project is null
    union
    select s.recorded_as from ops.v_memberships s
    where s.kind = 'person' and s.role = coalesce(active_people.role, s.role) and s.project = active_people.project
  );
end
$$;
comment on function ops_private.active_people(text, text) is
  'By which names records know the active people who hold a role (null: any) for a project; for null: for every project.';
revoke execute on function ops_private.active_people(text, text) from public;

create function ops_private.requirements_after(project text, gate_code ops.ops_gate_code, change ops.policy_changes)
returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_changed constant boolean := (change.gate_code = requirements_after.gate_code) is true;
  v_own jsonb := '[]'::jsonb;
begin
  if v_changed and change.project = requirements_after.project then
    v_own := change.requirements;
  elsif requirements_after.project is not null then
    v_own := ops_private.own_requirements(requirements_after.project, requirements_after.gate_code);
  end if;
  return case when v_own <> '[]' then v_own
    when v_changed and change.project is null then change.requirements
    else ops_private.own_requirements(null, requirements_after.gate_code) end;
end
$$;
comment on function ops_private.requirements_after(text, ops.ops_gate_code, ops.policy_changes) is
  'The requirements of a gate for the releases of a project (null: of one without rows of its own), in normal form, as they would be after a change. Null for the change: as they are.';
revoke execute on function ops_private.requirements_after(text, ops.ops_gate_code, ops.policy_changes) from public;

create function ops_private.asked_approvals(project text, change ops.policy_changes)
returns setof ops_private.asked_approval
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    g.code, p.persona, e.min_count, e.enforcement = 'blocking', e.kind = 'approval',
    e.kind = 'approval' and e.not_initiator, e.kind = 'approval' and e.one_gate, e.approvers,
    array(
      select n.name from unnest(ops_private.active_people(asked_approvals.project, p.persona)) as n (name)
      where e.approvers is null or n.name = any (e.approvers)
    )
  from unnest(enum_range(null::ops.ops_gate_code)) as g (code)
  cross join lateral jsonb_populate_recordset(
    null::ops_private.policy_entry, ops_private.requirements_after(asked_approvals.project, g.code, change)) as e
  cross join lateral (select case e.kind when 'approval' then e.subject else 'release_manager' end as persona) as p
  where e.kind in ('approval', 'exception_approvals')
  order by g.code, e.kind, p.persona;
end
$$;
comment on function ops_private.asked_approvals(text, ops.policy_changes) is
  'The requirements of approvals of a project, after a change if one is given, and who could meet each.';
revoke execute on function ops_private.asked_approvals(text, ops.policy_changes) from public;

create function ops_private.at_most(able text[], people text[], not_initiator boolean) returns integer
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Somebody must be the initiator. Who cannot approve may be it; if everybody can, one of them must.
  return cardinality(able) - case when not_initiator and able <> '{}' and able @> people then 1 else 0 end;
end
$$;
comment on function ops_private.at_most(text[], text[], boolean) is
  'How many of the people who are able could approve a release of the best initiator. people: all active people there.';
revoke execute on function ops_private.at_most(text[], text[], boolean) from public;

create function ops_private.people_too_few(a ops_private.asked_approval, people text[]) returns ops.policy_warning
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  w ops.policy_warning;
  v_able constant integer := ops_private.at_most(a.able, people, a.not_initiator);
begin
  if a.blocking and v_able < a.min_count then
    w.code := 'too_few_people';
    w.gate_code := a.gate_code;
    w.persona := a.persona;
    w.needed := a.min_count;
    w.able := v_able;
    w.stops := true;
    w.message := format('%s%s asks for %s approval%s by a %s%s, and %s active %s can give one', a.gate_code,
      case when not a.on_gate then ', for exceptions,' else '' end, a.min_count,
      case when a.min_count > 1 then 's' else '' end, a.persona,
      case when a.approvers is not null then ' of those named' else '' end, v_able,
      case v_able when 1 then 'person' else 'people' end);
  end if;
  return w;
end
$$;
comment on function ops_private.people_too_few(ops_private.asked_approval, text[]) is
  'The warning too_few_people of a requirement. people: all active people there. Null when they suffice.';
revoke execute on function ops_private.people_too_few(ops_private.asked_approval, text[]) from public;

create function ops_private.signers_too_few(asked ops_private.asked_approval[], people text[])
returns ops.policy_warning
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  w ops.policy_warning;
begin
  -- Who approved an earlier gate, or this one in another persona, does not count where one_gate is asked. So the
  -- requirements of each set of gates need as many people as all of them ask for, but the first gate may ask for less.
  with recursive sets (gates) as (
    select array[a.gate_code] from unnest(asked) as a where a.blocking and a.on_gate group by a.gate_code
    union
    select s.gates || a.gate_code from sets s join unnest(asked) as a on a.gate_code > s.gates[cardinality(s.gates)]
    where a.blocking and a.on_gate and a.one_gate
  ), wanting (gates, needed, able) as (
    select s.gates, t.needed, ops_private.at_most(t.able, people, t.not_initiator)
    from sets s cross join lateral (
      select
        (coalesce(sum(a.min_count) filter (where a.one_gate), 0)
          + coalesce(max(a.min_count) filter (where not a.one_gate), 0))::integer as needed,
        bool_and(a.not_initiator) as not_initiator,
        array(
          select distinct n.name from unnest(asked) as x cross join lateral unnest(x.able) as n (name)
          where x.blocking and x.on_gate and (x.gate_code = s.gates[1] or x.gate_code = any (s.gates) and x.one_gate)
        ) as able
      from unnest(asked) as a
      where a.blocking and a.on_gate and (a.gate_code = s.gates[1] or a.gate_code = any (s.gates) and a.one_gate)
      having count(*) > 1
    ) as t
  )
  select x.gates::text[], x.needed, x.able into w.names, w.needed, w.able
  from wanting x where x.able < x.needed order by cardinality(x.gates), x.gates limit 1;
  if found then
    w.code := 'too_few_signers';
    w.stops := true;
    w.persona := (
      select a.persona from unnest(asked) as a
      where a.blocking and a.on_gate and a.gate_code::text = any (w.names)
      order by cardinality(a.able), a.gate_code, a.persona limit 1
    );
    w.message := format('%s take%s %s different people, and %s active %s can sign', array_to_string(w.names, ' and '),
      case cardinality(w.names) when 1 then 's' else '' end, w.needed, w.able,
      case w.able when 1 then 'person' else 'people' end);
  end if;
  return w;
end
$$;
comment on function ops_private.signers_too_few(ops_private.asked_approval[], text[]) is
  'The warning too_few_signers of a policy, for the smallest set of gates that shows it: at least so many people are needed. people: all active people there. Null when they suffice.';
revoke execute on function ops_private.signers_too_few(ops_private.asked_approval[], text[]) from public;

create function ops_private.idle_approvers(a ops_private.asked_approval) returns ops.policy_warning
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  w ops.policy_warning;
  v_idle constant text[] := array(
    select n.name from unnest(a.approvers) as n (name) where n.name <> all (a.able) order by n.name collate "C");
begin
  if v_idle <> '{}' then
    w.code := 'idle_approvers';
    w.gate_code := a.gate_code;
    w.persona := a.persona;
    w.needed := cardinality(a.approvers);
    w.able := cardinality(a.able);
    w.names := v_idle;
    w.stops := false;
    w.message := format('%s names approvers without the role %s, whose approvals do not count: %s', a.gate_code,
      a.persona, ops_private.names_in_words(v_idle));
  end if;
  return w;
end
$$;
comment on function ops_private.idle_approvers(ops_private.asked_approval) is
  'The warning idle_approvers of a requirement. Null when all who are named hold the role.';
revoke execute on function ops_private.idle_approvers(ops_private.asked_approval) from public;

create function ops_private.managers_too_few(project text) returns ops.policy_warning
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  w ops.policy_warning;
  v_managers constant integer := cardinality(ops_private.active_people(managers_too_few.project, 'release_manager'));
begin
  if v_managers < 2 then
    w.code := 'too_few_managers';
    w.persona := 'release_manager';
    w.needed := 2;
    w.able := v_managers;
    w.stops := false;
    w.message := case v_managers
      when 0 then 'no release manager is active, so nobody can confirm a proposal of policy'
      else 'one release manager is active, so nobody else can confirm a proposal of policy: its author can, 24 hours later'
    end;
  end if;
  return w;
end
$$;
comment on function ops_private.managers_too_few(text) is
  'The warning too_few_managers of a project, or with null of every project. Null when there are two.';
revoke execute on function ops_private.managers_too_few(text) from public;

create function ops_private.told_of(warning ops.policy_warning, project text) returns ops.policy_warning
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  warning.project := told_of.project;
  warning.message := warning.message || coalesce(' (' || told_of.project || ')', '');
  return warning;
end
$$;
comment on function ops_private.told_of(ops.policy_warning, text) is
  'A warning that names the project which it is about; null: all others.';
revoke execute on function ops_private.told_of(ops.policy_warning, text) from public;
