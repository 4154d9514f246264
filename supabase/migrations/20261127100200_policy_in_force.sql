-- What a change of policy says, and how its rows come into force. Both ways to change policy use it.

create function ops_private.policy_gate(gate_code text) returns ops.ops_gate_code
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if (policy_gate.gate_code in ('G1', 'G2', 'G3', 'G4')) is not true then
    raise exception using errcode = 'OPS10', message = 'there is no such gate', hint = 'name G1, G2, G3 or G4';
  end if;
  return policy_gate.gate_code::ops.ops_gate_code;
end
$$;
comment on function ops_private.policy_gate(text) is 'The gate that a change of policy names. Raises OPS10 for another text.';
revoke execute on function ops_private.policy_gate(text) from public;

create function ops_private.is_on_gate(kind ops.ops_requirement_kind) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- As on_gate of ops_private.policy_rows.
  return kind in ('prior_gate', 'check', 'no_failed_checks', 'approval', 'evidence', 'deployment_health');
end
$$;
comment on function ops_private.is_on_gate(ops.ops_requirement_kind) is
  'Whether the verdict on a gate depends on requirements of a kind. Others ask something of production or of exceptions.';
revoke execute on function ops_private.is_on_gate(ops.ops_requirement_kind) from public;

create function ops_private.in_normal_form(entries ops_private.policy_entry[]) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(
      jsonb_agg(jsonb_strip_nulls(to_jsonb(e)) order by e.kind, e.subject collate "C"), '[]')
    from unnest(entries) as e
  );
end
$$;
comment on function ops_private.in_normal_form(ops_private.policy_entry[]) is
  'Requirements as ops.policy_changes keeps them: ordered by kind and subject, each with its defaults and without nulls. Two policies say the same when their normal forms are equal.';
revoke execute on function ops_private.in_normal_form(ops_private.policy_entry[]) from public;

create function ops_private.own_requirements(project text, gate_code ops.ops_gate_code) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.in_normal_form(array(
    select ops_private.entry_of(q) from ops.gate_requirements q
    where q.gate_code = own_requirements.gate_code and q.project is not distinct from own_requirements.project
      and q.valid_to is null
  ));
end
$$;
comment on function ops_private.own_requirements(text, ops.ops_gate_code) is
  'The open rows that a project has for a gate, in normal form; with null, the default rows. An empty array: a project without rows of its own.';
revoke execute on function ops_private.own_requirements(text, ops.ops_gate_code) from public;

create function ops_private.require_personas(entries ops_private.policy_entry[]) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_roles constant text[] := enum_range(null::ops.ops_persona_role)::text[];
  v_unknown constant text := (
    select min(e.subject) from unnest(entries) as e where e.kind = 'approval' and e.subject <> all (v_roles));
begin
  if v_unknown is not null then
    raise exception using errcode = 'OPS10', message = format('there is no role %s to approve in', left(v_unknown, 200)),
      hint = format('the subject of an approval is one of %s', array_to_string(v_roles, ', '));
  end if;
end
$$;
comment on function ops_private.require_personas(ops_private.policy_entry[]) is
  'Raises OPS10 when a requirement asks for approvals in an unknown role, and names the roles.';
revoke execute on function ops_private.require_personas(ops_private.policy_entry[]) from public;

create function ops_private.open_policy_rows(change ops.policy_changes, entries ops_private.policy_entry[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  insert into ops.gate_requirements (
    project, gate_code, opened_by_change, kind, subject, min_count, enforcement, not_initiator, one_gate,
    valid_for, require_hash, own_token, aal2, accept_sso, approvers
  )
  select change.project, change.gate_code, change.change_id, e.*
  from unnest(entries) as e;
exception when check_violation or unique_violation or not_null_violation then
  raise exception using errcode = 'OPS10', message = 'a requirement does not fit its gate, or occurs twice',
    detail = left(sqlerrm, 200),
    hint = 'the comment on ops.gate_requirements.subject says which subject each kind needs';
end
$$;
comment on function ops_private.open_policy_rows(ops.policy_changes, ops_private.policy_entry[]) is
  'Opens rows of a change. Raises OPS10 when one does not fit its gate.';
revoke execute on function ops_private.open_policy_rows(ops.policy_changes, ops_private.policy_entry[]) from public;

-- A policy is whole by what it says, whether its rows are open or only asked about.
drop function ops_private.require_whole_policy(ops.ops_gate_code, text);
create function ops_private.require_whole_policy(
  gate_code ops.ops_gate_code, project text, entries ops_private.policy_entry[]
) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- A project without rows of its own uses the default rows.
  if (entries <> '{}' or require_whole_policy.project is null) and not exists (
    select from unnest(entries) as e where e.enforcement = 'blocking' and ops_private.is_on_gate(e.kind)
  ) then
    raise exception using errcode = 'OPS10', message = format('%s would have no blocking requirement', gate_code),
      hint = 'keep at least one blocking requirement, or open an exception for the release';
  elsif (select count(distinct e.one_gate) > 1 from unnest(entries) as e where e.kind = 'approval') then
    -- Otherwise it would depend on the order of two requirements whether one person may meet both.
    raise exception using errcode = 'OPS10',
      message = format('the approvals of %s do not say one_gate alike', gate_code),
      hint = 'say it alike in each approval of the gate: whether one person may give several of them';
  end if;
end
$$;
comment on function ops_private.require_whole_policy(ops.ops_gate_code, text, ops_private.policy_entry[]) is
  'Raises OPS10 when the requirements of a gate, of a project or (null) of the defaults, do not make a policy: without a blocking requirement (a project may have no rows at all), or with approvals that differ in one_gate.';
revoke execute on function ops_private.require_whole_policy(
  ops.ops_gate_code, text, ops_private.policy_entry[]
) from public;

create function ops_private.put_in_force(change ops.policy_changes) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_entries constant ops_private.policy_entry[] := array(
    select e from ops_private.policy_entries(change.requirements, change.project) as e);
  -- Composite values are equal where both are null.
  v_open constant ops_private.policy_entry[] := array(
    select ops_private.entry_of(q) from ops.gate_requirements q
    where q.gate_code = change.gate_code and q.project is not distinct from change.project and q.valid_to is null);
begin
  perform ops_private.require_personas(v_entries);
  update ops.gate_requirements q set closed_by_change = change.change_id
  from unnest(v_open) as o
  where q.gate_code = change.gate_code and q.project is not distinct from change.project and q.valid_to is null
    and (q.kind, q.subject) is not distinct from (o.kind, o.subject) and o <> all (v_entries);
  perform ops_private.open_policy_rows(change, array(select e from unnest(v_entries) as e where e <> all (v_open)));
  perform ops_private.require_whole_policy(change.gate_code, change.project, v_entries);
end
$$;
comment on function ops_private.put_in_force(ops.policy_changes) is
  'Puts the rows of a change in force, for releases opened from now on: closes the open rows that differ, and opens the others. The caller holds the lock of ops_private.hold_policy. Raises OPS10 when the policy cannot be, OPS06 for approvers who cannot approve. The only place that changes policy.';
revoke execute on function ops_private.put_in_force(ops.policy_changes) from public;

create function ops_private.hold_policy() returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops_private.refuse_isolation();
  -- Wait for releases that are being opened, and make later ones wait, so that each release has one policy.
  perform pg_advisory_xact_lock(hashtextextended('table ops.gate_requirements', 0));
  -- Nobody is granted or revoked a membership meanwhile. A change of a membership waits for this lock alone, and for no
  -- release.
  perform pg_advisory_xact_lock_shared(hashtextextended('table ops.members', 0));
end
$$;
comment on function ops_private.hold_policy() is
  'Until the transaction ends, nobody else changes policy or memberships, and no release is opened. Raises OPS03 above read committed.';
revoke execute on function ops_private.hold_policy() from public;

-- What is said when an approver does not hold the role is said in one place: ops.policy_warnings.
create or replace function ops_private.require_able_approvers(approvers text[], persona text, project text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select from unnest(approvers) as n (subject)
    where ops_private.holds(n.subject, persona, require_able_approvers.project)
  ) then
    raise exception using errcode = 'OPS06', message = format('nobody named in approvers holds the role %s%s', persona,
        case when require_able_approvers.project is not null then ' for the project' end),
      hint = 'name somebody who holds it, or grant it first (ops.grant_membership)';
  end if;
end
$$;
comment on function ops_private.require_able_approvers(text[], text, text) is
  'Raises OPS06 when none of the people named holds the role in which they are to approve, for the project (any when it is null): nobody could.';
