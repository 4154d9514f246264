-- What a policy would have changed: the newest releases, judged by the rows in force for them and by other rows.

create type ops.changed_outcome as (
  release_id uuid,
  project text,
  release_name text,
  opened_at timestamptz,
  judged_at timestamptz,
  gate_statuses ops.ops_gate_status[],
  proposed_gate_statuses ops.ops_gate_status[],
  staging boolean,
  proposed_staging boolean,
  production boolean,
  proposed_production boolean,
  missing text
);
comment on type ops.changed_outcome is
  'A release that would have come out otherwise under proposed rows, by all that is on record about it.';
comment on column ops.changed_outcome.release_id is 'The release.';
comment on column ops.changed_outcome.project is 'Its project.';
comment on column ops.changed_outcome.release_name is 'Its name.';
comment on column ops.changed_outcome.opened_at is 'When it was opened.';
comment on column ops.changed_outcome.judged_at is
  'The moment at which both answers hold: that of the newest fact of the release.';
comment on column ops.changed_outcome.gate_statuses is
  'The verdicts on its gates at that moment by its own policy, G1 first.';
comment on column ops.changed_outcome.proposed_gate_statuses is 'The same by the proposed rows.';
comment on column ops.changed_outcome.staging is 'Whether it was eligible for staging at that moment by its own policy.';
comment on column ops.changed_outcome.proposed_staging is 'The same by the proposed rows.';
comment on column ops.changed_outcome.production is
  'Whether it was eligible for production at that moment by its own policy.';
comment on column ops.changed_outcome.proposed_production is 'The same by the proposed rows.';
comment on column ops.changed_outcome.missing is
  'What the gate would miss first by the proposed rows, in words. Null when it would miss nothing.';

create type ops.policy_impact as (
  releases integer,
  since timestamptz,
  changed ops.changed_outcome[]
);
comment on type ops.policy_impact is 'What proposed rows of a gate would have changed.';
comment on column ops.policy_impact.releases is 'How many releases were judged.';
comment on column ops.policy_impact.since is 'When the oldest of them was opened. Null when there are none.';
comment on column ops.policy_impact.changed is
  'Those that would have come out otherwise, newest first. Empty when none would.';

create function ops_private.supposed_policy(
  release_id uuid, gate_code ops.ops_gate_code, entries ops_private.policy_entry[]
) returns ops_private.requirements_in_force[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select n from ops_private.requirements_in_force n
    where n.release_id = supposed_policy.release_id and n.gate_code <> supposed_policy.gate_code
  ) || array(
    select row(
      supposed_policy.release_id, supposed_policy.gate_code, e.kind, e.subject, e.min_count, e.enforcement,
      e.not_initiator, e.one_gate, e.valid_for, e.require_hash,
      case when e.own_token or e.aal2 or e.approvers is not null
        then row(e.own_token, e.aal2, e.accept_sso, e.approvers)::ops_private.approval_conditions end,
      ops_private.is_on_gate(e.kind)
    )::ops_private.requirements_in_force
    from unnest(entries) as e
  );
end
$$;
comment on function ops_private.supposed_policy(uuid, ops.ops_gate_code, ops_private.policy_entry[]) is
  'The policy of a release with other rows for one gate. They become what ops_private.policy_rows makes of rows in force.';
revoke execute on function ops_private.supposed_policy(uuid, ops.ops_gate_code, ops_private.policy_entry[]) from public;

create function ops_private.is_let_in(
  release ops.releases, statuses ops.ops_gate_status[], target ops.ops_environment,
  policy ops_private.requirements_in_force[]
) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return statuses[1:cardinality(ops_private.gates_before(target))] <@ '{passed,bypassed}'::ops.ops_gate_status[]
    and not exists (
      select from ops_private.obstacles_beside_gates(release, target, release.recorded_until, policy) as o
      where o.exception_id is null);
end
$$;
comment on function ops_private.is_let_in(
  ops.releases, ops.ops_gate_status[], ops.ops_environment, ops_private.requirements_in_force[]
) is
  'Whether a release was eligible for an environment at its newest fact, by these statuses of its gates, G1 first. policy: as ops_private.requirements_of.';
revoke execute on function ops_private.is_let_in(
  ops.releases, ops.ops_gate_status[], ops.ops_environment, ops_private.requirements_in_force[]
) from public;

create function ops_private.statuses_at_newest_fact(release ops.releases) returns ops.ops_gate_status[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if release.excepted and exists (
      select from ops_private.turning_points t
      where t.release_id = release.release_id and t.moment > release.recorded_until and t.moment <= clock_timestamp()
        and not t.lapses
    ) or release.lapses_at is not null and exists (
      select from ops_private.turning_points t
      where t.release_id = release.release_id and t.moment > release.recorded_until and t.moment <= clock_timestamp()
        and t.lapses
    ) then
    return (ops_private.judge(release, 'G1', release.recorded_until)).statuses;
  end if;
  -- Each fact is judged when it arrives, and nothing began or ended since.
  return release.gate_statuses;
end
$$;
comment on function ops_private.statuses_at_newest_fact(ops.releases) is
  'The verdicts on the gates of a release at its newest fact, G1 first: those that are stored, unless something began or ended with time alone since.';
revoke execute on function ops_private.statuses_at_newest_fact(ops.releases) from public;

create function ops_private.changed_outcome_of(
  release ops.releases, gate_code ops.ops_gate_code, entries ops_private.policy_entry[]
) returns ops.changed_outcome
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_policy constant ops_private.requirements_in_force[] :=
    ops_private.supposed_policy(release.release_id, gate_code, entries);
  v_judged ops_private.judgement;
  c ops.changed_outcome;
begin
  c.release_id := release.release_id;
  c.project := release.project;
  c.release_name := release.release_name;
  c.opened_at := release.created_at;
  c.judged_at := release.recorded_until;
  c.gate_statuses := ops_private.statuses_at_newest_fact(release);
  -- Other rows change what a new fact on the gate would change, and under an exception or a limit of time any verdict.
  v_judged := ops_private.judge(
    release, gate_code, c.judged_at, live => not release.excepted and release.lapses_at is null, policy => v_policy);
  c.proposed_gate_statuses := v_judged.statuses;
  if c.proposed_gate_statuses = c.gate_statuses and not (release.excepted or release.objected or release.asks_beyond)
    and not exists (
      select from unnest(entries) as e where e.kind in ('environment_healthy', 'objected_elsewhere')) then
    return null;
  end if;
  c.staging := ops_private.is_let_in(release, c.gate_statuses, 'staging', null);
  c.proposed_staging := ops_private.is_let_in(release, c.proposed_gate_statuses, 'staging', v_policy);
  -- Production needs all that staging needs.
  c.production := c.staging and ops_private.is_let_in(release, c.gate_statuses, 'production', null);
  c.proposed_production := c.proposed_staging
    and ops_private.is_let_in(release, c.proposed_gate_statuses, 'production', v_policy);
  if (c.gate_statuses, c.staging, c.production)
    = (c.proposed_gate_statuses, c.proposed_staging, c.proposed_production) then
    return null;
  end if;
  c.missing := (
    select (v.gate).first_missing from unnest(v_judged.verdicts) as v
    where (v.gate).gate_code = changed_outcome_of.gate_code);
  return c;
end
$$;
comment on function ops_private.changed_outcome_of(
  ops.releases, ops.ops_gate_code, ops_private.policy_entry[]
) is
  'How a release would have come out by its newest fact by other rows for a gate, open or closed since. Null when nothing would differ: no verdict, and no eligibility.';
revoke execute on function ops_private.changed_outcome_of(
  ops.releases, ops.ops_gate_code, ops_private.policy_entry[]
) from public;

create function ops_private.judged_anew(
  project text, gate_code ops.ops_gate_code, last integer
) returns setof ops.releases
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if judged_anew.project is not null then
    return query
    select r.* from ops.releases r
    where r.project = judged_anew.project and r.status <> 'draft' and r.imported_at is null
    order by r.created_at desc limit judged_anew.last;
  else
    return query
    select r.* from ops.releases r
    where r.status <> 'draft' and r.imported_at is null and ops_private.sees(r.project) and not exists (
      select from ops.gate_requirements q
      where q.project = r.project and q.gate_code = judged_anew.gate_code and q.valid_to is null
    )
    order by r.created_at desc limit judged_anew.last;
  end if;
end
$$;
comment on function ops_private.judged_anew(text, ops.ops_gate_code, integer) is
  'The newest releases on which something is on record, those of the past aside: of a project, or (null) of all projects that the caller sees and that have no rows of their own for the gate.';
revoke execute on function ops_private.judged_anew(text, ops.ops_gate_code, integer) from public;

create function ops_private.refuse_strangers(requirements jsonb, project text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if refuse_strangers.project is null and jsonb_path_exists(requirements, '$[*].approvers ? (@ != null)')
    and not ops_private.sees_all() then
    raise exception using errcode = '42501', message = 'people are named as approvers for every project',
      detail = 'you see the people of some projects alone', hint = 'name the project, or leave approvers out';
  end if;
end
$$;
comment on function ops_private.refuse_strangers(jsonb, text) is
  'Raises 42501 when requirements without a project name approvers, and the caller does not see every project: the answer would tell whether somebody of another project is there.';
revoke execute on function ops_private.refuse_strangers(jsonb, text) from public;

create function ops_private.broken_constraint(gate_code ops.ops_gate_code, entries ops_private.policy_entry[])
returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_case text;
  v_broken text;
begin
  -- The constraints of the table are the only place of these rules, and nothing is inserted here: so ask each of them.
  -- Only the catalog writes into the command. @plpgsql_check_options: security_warnings = off
  v_case := (
    select string_agg(format('when (%s) is false then %L', pg_get_expr(c.conbin, c.conrelid), c.conname), ' ')
    from pg_constraint c where c.conrelid = 'ops.gate_requirements'::regclass and c.contype = 'c'
  );
  execute format('select min(case %s end) from jsonb_populate_recordset(null::ops.gate_requirements, $1) as q', v_case)
  into v_broken
  using (
    select jsonb_agg(to_jsonb(e) || jsonb_build_object('gate_code', broken_constraint.gate_code))
    from unnest(entries) as e
  );
  return v_broken;
exception when check_violation then
  return left(sqlerrm, 200);
end
$$;
comment on function ops_private.broken_constraint(ops.ops_gate_code, ops_private.policy_entry[]) is
  'Which constraint of ops.gate_requirements would refuse one of these requirements of a gate. Null when none would.';
revoke execute on function ops_private.broken_constraint(ops.ops_gate_code, ops_private.policy_entry[]) from public;

create function ops_private.require_fitting(
  gate_code ops.ops_gate_code, project text, entries ops_private.policy_entry[]
) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_broken constant text := ops_private.broken_constraint(gate_code, entries);
begin
  perform ops_private.require_personas(entries);
  if v_broken is not null then
    raise exception using errcode = 'OPS10', message = 'a requirement does not fit its gate', detail = v_broken,
      hint = 'the comment on ops.gate_requirements.subject says which subject each kind needs';
  end if;
  perform ops_private.require_able_approvers(e.approvers, coalesce(e.subject, 'release_manager'), project)
  from unnest(entries) as e where e.approvers is not null;
  perform ops_private.require_whole_policy(gate_code, project, entries);
end
$$;
comment on function ops_private.require_fitting(ops.ops_gate_code, text, ops_private.policy_entry[]) is
  'Raises what would refuse these requirements of a gate if they were proposed: OPS10, or OPS06 for approvers who cannot approve. It writes nothing.';
revoke execute on function ops_private.require_fitting(
  ops.ops_gate_code, text, ops_private.policy_entry[]
) from public;

create function ops.policy_impact(
  gate_code text, requirements jsonb, project text default null, last integer default 100
) returns ops.policy_impact
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read all facts
as $$
declare
  v_gate ops.ops_gate_code;
  v_project text;
  v_asker text;
  v_entries ops_private.policy_entry[];
  v_impact ops.policy_impact;
begin
  perform ops_private.require_role('service_role', 'release_manager', 'audit_reader');
  v_gate := ops_private.policy_gate(policy_impact.gate_code);
  if (policy_impact.last between 1 and 10000) is not true then
    raise exception using errcode = '22023', message = 'last is not between 1 and 10000',
      hint = 'say how many of the newest releases to judge; 1000 take some seconds';
  end if;
  if policy_impact.project is not null then
    v_project := ops_private.project_named(policy_impact.project);
  end if;
  perform ops_private.refuse_strangers(requirements, v_project);
  -- An impact may take all the time that a call has. Many at once would take it from everybody else.
  v_asker := ops_private.current_actor();
  if not pg_try_advisory_xact_lock(hashtextextended('impact ' || v_asker, 0)) then
    raise exception using errcode = '55P03', message = 'another impact that you asked for is not finished',
      hint = 'wait for its answer, then ask again; a smaller last answers sooner';
  end if;
  -- A project without rows of its own uses the default rows.
  v_entries := array(
    select e from ops_private.policy_entries(requirements, v_project) as e
    union all
    select ops_private.entry_of(q) from ops.gate_requirements q
    where v_project is not null and requirements = '[]' and q.project is null and q.gate_code = v_gate
      and q.valid_to is null
  );
  perform ops_private.require_fitting(v_gate, v_project, v_entries);
  select
    count(*), min(r.created_at),
    coalesce(array_agg(c order by r.created_at desc) filter (where c.release_id is not null), '{}')
  into v_impact.releases, v_impact.since, v_impact.changed
  from ops_private.judged_anew(v_project, v_gate, policy_impact.last) as r
  cross join lateral ops_private.changed_outcome_of(r, v_gate, v_entries) as c;
  return v_impact;
end
$$;
comment on function ops.policy_impact(text, jsonb, text, integer) is
  'What these rows for a gate would have changed: judges the newest releases (last, 1 to 10000) by their own policy and by that with these rows, both at the moment of their newest fact, and returns those that would have come out otherwise. Without a project: the releases of all projects that the caller sees and that have no rows of their own for the gate. An empty array judges by the default rows where a project is named. It only reads, and no event waits for it. 42501: approvers are named without a project by somebody who sees some projects alone. OPS04: the project is not registered. OPS06: somebody named in approvers is no active person, or none of them holds the role. OPS10: a proposal of these rows would be refused. 55P03: another impact that the caller asked for is not finished. 22023: last.';
revoke execute on function ops.policy_impact(text, jsonb, text, integer) from public;
grant execute on function ops.policy_impact(text, jsonb, text, integer) to
service_role, release_manager, audit_reader;
