-- What became of each change of policy.

create function ops_private.managed_throughout(person text, project text, since timestamptz, until timestamptz)
returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from ops.members m join ops.memberships s on s.member_id = m.member_id
    where m.recorded_as = person and s.role = 'release_manager'
      and (s.project is null or s.project = managed_throughout.project) and s.granted and s.created_at <= since
      and not exists (
        select from ops.memberships later
        where later.member_id = s.member_id and later.role = s.role and later.project is not distinct from s.project
          and later.membership_id > s.membership_id and not later.granted and later.created_at <= until
      )
  );
end
$$;
comment on function ops_private.managed_throughout(text, text, timestamptz, timestamptz) is
  'Whether somebody, by the name under which records know them, was a release manager for a project (null: for every project) from one moment to another without a break.';
revoke execute on function ops_private.managed_throughout(text, text, timestamptz, timestamptz) from public;

create function ops_private.asks_less(requirement jsonb, than jsonb) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return requirement ->> 'enforcement' <> 'blocking'
    or (requirement ->> 'min_count')::integer < (than ->> 'min_count')::integer
    or exists (
      select from unnest('{not_initiator,one_gate,require_hash,own_token,aal2}'::text[]) as s (switch)
      where (than ->> s.switch)::boolean and not (requirement ->> s.switch)::boolean
    )
    or (than ->> 'aal2')::boolean and (requirement ->> 'accept_sso')::boolean and not (than ->> 'accept_sso')::boolean
    or than ? 'valid_for' and ((requirement ->> 'valid_for')::integer <= (than ->> 'valid_for')::integer) is not true
    or than ? 'approvers' and (than -> 'approvers' @> (requirement -> 'approvers')) is not true;
end
$$;
comment on function ops_private.asks_less(jsonb, jsonb) is
  'Whether a requirement (in normal form) asks less than a blocking one of the same kind and subject: it is advisory, min_count is lower, a switch is off that was on, single sign-on is accepted, approvals or evidence count for longer, or others than those named may approve.';
revoke execute on function ops_private.asks_less(jsonb, jsonb) from public;

create function ops_private.left_out(project text, gate_code ops.ops_gate_code, requirements jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if left_out.project is not null and requirements = '[]' then
    return '[]'::jsonb;
  end if;
  return (
    select coalesce(jsonb_agg(d.item order by d.item), '[]')
    from jsonb_array_elements(ops_private.own_requirements(null, left_out.gate_code)) as q (entry)
    cross join lateral (
      select jsonb_strip_nulls(jsonb_build_object('kind', q.entry -> 'kind', 'subject', q.entry -> 'subject')) as item
    ) as d
    where q.entry ->> 'enforcement' = 'blocking' and not exists (
      select from jsonb_array_elements(requirements) as e (entry)
      where e.entry ->> 'kind' = q.entry ->> 'kind'
        and e.entry ->> 'subject' is not distinct from q.entry ->> 'subject'
        and not ops_private.asks_less(e.entry, q.entry)
    )
  );
end
$$;
comment on function ops_private.left_out(text, ops.ops_gate_code, jsonb) is
  'The default blocking requirements in force for a gate that these (in normal form) leave out or ask less of (ops_private.asks_less), each as {kind, subject}. None when a project goes back to the defaults.';
revoke execute on function ops_private.left_out(text, ops.ops_gate_code, jsonb) from public;

create function ops_private.is_overtaken(change ops.policy_changes) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return change.base <> ops_private.policy_base(change.project, change.gate_code) or exists (
    -- Also of a project with rows of its own: its proposal says what it drops of the default rows, or goes back to
    -- them.
    select from ops.gate_requirements q
    where q.gate_code = change.gate_code and q.project is null
      and (q.valid_from > change.created_at or q.valid_to > change.created_at)
  );
end
$$;
comment on function ops_private.is_overtaken(ops.policy_changes) is
  'Whether rows of the project and gate, or default rows of the gate, came into force or ended since a change was proposed. It never becomes false again.';
revoke execute on function ops_private.is_overtaken(ops.policy_changes) from public;

create function ops_private.changed_between(change ops.policy_changes, since timestamptz, until timestamptz)
returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from ops.gate_requirements q
    where q.gate_code = change.gate_code and (q.project is null or q.project = change.project)
      and (q.valid_from > since and q.valid_from < until or q.valid_to > since and q.valid_to < until)
  );
end
$$;
comment on function ops_private.changed_between(ops.policy_changes, timestamptz, timestamptz) is
  'Whether a row of the gate of a change, of its project or of the defaults, came into force or out of it between two moments.';
revoke execute on function ops_private.changed_between(ops.policy_changes, timestamptz, timestamptz) from public;

create function ops_private.lapses_at(change ops.policy_changes) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return change.created_at + interval '7 days';
end
$$;
comment on function ops_private.lapses_at(ops.policy_changes) is
  'When a proposal lapses that nobody confirmed: 7 days after it was made.';

create function ops_private.policy_state(change ops.policy_changes) returns ops.ops_policy_state
-- A definer, because a view asks it, and few roles may read memberships.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_lapses_at constant timestamptz := ops_private.lapses_at(change);
  v_lapsed constant boolean := clock_timestamp() >= v_lapses_at;
begin
  perform ops_private.require_reader('ops.policy_changes');
  -- What happened after a proposal lapsed is not the cause.
  return case
    when change.on_behalf_of is not null then 'set'::ops.ops_policy_state
    when change.confirmed_at is not null then 'confirmed'
    when ops_private.is_overtaken(change)
      and (not v_lapsed or ops_private.changed_between(change, change.created_at, v_lapses_at)) then 'overtaken'
    when not ops_private.managed_throughout(
      change.created_by, change.project, change.created_at, least(clock_timestamp(), v_lapses_at)
    ) then 'author_revoked'
    when v_lapsed then 'lapsed'
    else 'open'
  end;
end
$$;
comment on function ops_private.policy_state(ops.policy_changes) is
  'What became of a change of policy. Whoever may read ops.policy_changes may ask. The only place of this rule.';

create view ops.v_policy_changes
with (security_invoker = true) as
select
  c.change_id,
  c.project,
  c.gate_code,
  s.state,
  s.asked_by,
  c.reason,
  c.requirements,
  c.dropped,
  c.created_at,
  c.created_by,
  c.created_role,
  c.confirmed_at,
  c.confirmed_by,
  c.alone,
  coalesce(c.confirmed_at, case when c.on_behalf_of is not null then c.created_at end) as in_force_from,
  case s.state when 'open' then ops_private.lapses_at(c) end as lapses_at,
  c.hash
from ops.policy_changes as c
cross join lateral (
  -- Two collations meet here: name one, so that a reader can sort and compare.
  select
    ops_private.policy_state(c) as state,
    coalesce(c.on_behalf_of, c.created_by) collate "C" as asked_by
) as s;
comment on view ops.v_policy_changes is
  'Every change of policy: what was proposed or set, what became of it, who asked, who confirmed, when and why.';
comment on column ops.v_policy_changes.change_id is 'The change. Rows of ops.gate_requirements name it.';
comment on column ops.v_policy_changes.project is 'The project. Null: every project without rows of its own for the gate.';
comment on column ops.v_policy_changes.gate_code is 'The gate.';
comment on column ops.v_policy_changes.state is 'What became of it.';
comment on column ops.v_policy_changes.asked_by is 'Who asked for it: the author of a proposal, or in whose name the secret key set it.';
comment on column ops.v_policy_changes.reason is 'Why.';
comment on column ops.v_policy_changes.requirements is 'The requirements of the gate after the change. Empty: the defaults.';
comment on column ops.v_policy_changes.dropped is 'The default blocking requirements that it leaves out or asks less of, and says so.';
comment on column ops.v_policy_changes.created_at is 'When it was proposed or set.';
comment on column ops.v_policy_changes.created_by is 'Who recorded it.';
comment on column ops.v_policy_changes.created_role is 'In which role.';
comment on column ops.v_policy_changes.confirmed_at is 'When it was confirmed.';
comment on column ops.v_policy_changes.confirmed_by is 'Who confirmed it.';
comment on column ops.v_policy_changes.alone is 'Whether its author confirmed it, who was the only release manager.';
comment on column ops.v_policy_changes.in_force_from is
  'It holds for releases opened from this moment on, until another change. Null: it never came into force.';
comment on column ops.v_policy_changes.lapses_at is 'When it lapses unless it is confirmed. Null when it is not open.';
comment on column ops.v_policy_changes.hash is 'What who confirms it repeats.';
grant select on ops.v_policy_changes to service_role, release_manager, audit_reader;
