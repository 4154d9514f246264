-- A release manager proposes a change of policy.

create function ops_private.refuse_drop() returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'OPS10', message = 'drop is no list of requirements',
    hint = 'name each default blocking requirement that the proposal leaves out or asks less of, as [{"kind": "approval", "subject": "qa_tester"}], at most 100';
end
$$;
comment on function ops_private.refuse_drop() is 'Raises OPS10: drop cannot be read.';
revoke execute on function ops_private.refuse_drop() from public;

create function ops_private.dropped_in("drop" jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Check the size before anything is read as text.
  if (jsonb_typeof(dropped_in."drop") = 'array') is not true or jsonb_array_length(dropped_in."drop") > 100
    or not ops_private.is_storable(dropped_in."drop") or exists (
      select from jsonb_array_elements(dropped_in."drop") as e
      where jsonb_typeof(e.value) <> 'object' or jsonb_typeof(e.value -> 'kind') is distinct from 'string'
        or coalesce(jsonb_typeof(e.value -> 'subject'), 'null') not in ('string', 'null')
        or e.value - 'kind' - 'subject' <> '{}'
    ) then
    perform ops_private.refuse_drop();
  end if;
  return (
    select coalesce(jsonb_agg(d.item order by d.item), '[]')
    from (select distinct jsonb_strip_nulls(e.value) from jsonb_array_elements(dropped_in."drop") as e) as d (item)
  );
end
$$;
comment on function ops_private.dropped_in(jsonb) is
  'The requirements that a proposal says it drops, each as {kind, subject}, once and in order. Raises OPS10 for anything else than a list of at most 100 of these.';
revoke execute on function ops_private.dropped_in(jsonb) from public;

create function ops_private.requirements_in_words(requirements jsonb) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return left((
    select string_agg(concat_ws(' ', e.value ->> 'kind', e.value ->> 'subject'), ', ' order by e.ordinality)
    from jsonb_array_elements(requirements) with ordinality as e
  ), 2000);
end
$$;
comment on function ops_private.requirements_in_words(jsonb) is 'Kind and subject of each requirement of a list.';
revoke execute on function ops_private.requirements_in_words(jsonb) from public;

create function ops_private.require_drops(change ops.policy_changes) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_left_out constant jsonb := ops_private.left_out(change.project, change.gate_code, change.requirements);
  v_unnamed jsonb;
  v_unknown jsonb;
begin
  v_unnamed := (
    select jsonb_agg(d.value) from jsonb_array_elements(v_left_out) as d
    where d.value <> all (array(select n.value from jsonb_array_elements(change.dropped) as n))
  );
  v_unknown := (
    select jsonb_agg(n.value) from jsonb_array_elements(change.dropped) as n
    where n.value <> all (array(select d.value from jsonb_array_elements(v_left_out) as d))
  );
  if v_unnamed is not null then
    raise exception using errcode = 'OPS10',
      message = format('the proposal leaves out, or asks less of, what the defaults of %s require, and drop does not name it: %s',
        change.gate_code, ops_private.requirements_in_words(v_unnamed)),
      hint = format('keep it, or name it in drop: %s', left(v_unnamed::text, 2000));
  elsif v_unknown is not null then
    raise exception using errcode = 'OPS10',
      message = format('drop names what the proposal keeps of the defaults of %s: %s',
        change.gate_code, ops_private.requirements_in_words(v_unknown)),
      hint = 'name in drop only default blocking requirements that the proposal leaves out or asks less of';
  end if;
end
$$;
comment on function ops_private.require_drops(ops.policy_changes) is
  'Raises OPS10 unless dropped names exactly the default blocking requirements that a proposal leaves out or asks less of.';
revoke execute on function ops_private.require_drops(ops.policy_changes) from public;

create function ops_private.require_possible(change ops.policy_changes) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  -- Put it in force, and undo that: so a proposal meets every rule that its confirmation will meet.
  perform ops_private.put_in_force(change);
  raise exception using errcode = 'OPS23', message = 'it can come into force';
exception when sqlstate 'OPS23' then
  null;
end
$$;
comment on function ops_private.require_possible(ops.policy_changes) is
  'Raises what would refuse a proposal at its confirmation now, and changes nothing.';
revoke execute on function ops_private.require_possible(ops.policy_changes) from public;

create function ops_private.told_change(change_id uuid) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  c ops.policy_changes;
begin
  select x.* into c from ops.policy_changes x where x.change_id = told_change.change_id;
  return (
    select to_jsonb(v) from ops.v_policy_changes v where v.change_id = told_change.change_id
  ) || jsonb_build_object('warnings', (
    select coalesce(jsonb_agg(to_jsonb(w) - 'change_id'), '[]')
    from ops_private.warnings_of(c.project, c) as w
  ));
end
$$;
comment on function ops_private.told_change(uuid) is
  'A row of ops.v_policy_changes, with what the active members cannot satisfy of the policy after it.';
revoke execute on function ops_private.told_change(uuid) from public;

create function ops_private.managed_project(project text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if managed_project.project is not null then
    return ops_private.project_named(managed_project.project);
  elsif not ops_private.sees_all() then
    raise exception using errcode = '42501', message = 'you are no release manager for every project',
      hint = 'name a project of yours, or ask a release manager for every project';
  end if;
  return null;
end
$$;
comment on function ops_private.managed_project(text) is
  'The spelling of the project whose policy the caller, who acts as release manager, wants to change. Null for every project. Raises 42501 when it is none of theirs.';
revoke execute on function ops_private.managed_project(text) from public;

create function ops_private.proposal_of(
  project text, gate_code text, requirements jsonb, reason text, "drop" jsonb
) returns ops.policy_changes
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  c ops.policy_changes;
  v_entries ops_private.policy_entry[];
begin
  c.project := ops_private.managed_project(proposal_of.project);
  c.gate_code := ops_private.policy_gate(proposal_of.gate_code);
  if not ops_private.is_stated(proposal_of.reason) then
    raise exception using errcode = '23514', constraint = 'reason_is_stated', schema = 'ops',
      table = 'policy_changes', message = 'the reason is missing, too long or not visible',
      hint = 'say why, in 1 to 8192 bytes with a visible character';
  end if;
  c.reason := proposal_of.reason;
  v_entries := array(select e from ops_private.policy_entries(proposal_of.requirements, c.project) as e);
  -- Before it is asked what is left out: a misspelled role leaves out the right one.
  perform ops_private.require_personas(v_entries);
  c.requirements := ops_private.in_normal_form(v_entries);
  if not ops_private.is_storable(c.requirements) then
    raise exception using errcode = 'OPS10', message = 'a policy must have at most 256 KiB',
      hint = 'shorten the subjects, or name fewer approvers';
  end if;
  c.dropped := ops_private.dropped_in(proposal_of."drop");
  return c;
end
$$;
comment on function ops_private.proposal_of(text, text, jsonb, text, jsonb) is
  'The proposal that the arguments of ops.propose_gate_policy describe. Raises 42501, OPS10, OPS06 and 23514 as that does.';
revoke execute on function ops_private.proposal_of(text, text, jsonb, text, jsonb) from public;

create function ops_private.require_few_proposals(change ops.policy_changes) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if (
    select count(*) from ops.policy_changes x
    where x.created_by = ops_private.current_actor() and x.gate_code = change.gate_code
      and x.project is not distinct from change.project and x.confirmed_at is null and x.on_behalf_of is null
      and ops_private.lapses_at(x) > clock_timestamp()
  ) >= 20 then
    raise exception using errcode = 'OPS10', message = format('20 proposals of yours for %s wait already', change.gate_code),
      hint = 'ask another release manager to confirm one, or wait until they lapse, 7 days after they were made';
  end if;
end
$$;
comment on function ops_private.require_few_proposals(ops.policy_changes) is
  'Raises OPS10 when the caller made 20 proposals for a gate of a project within 7 days that nobody confirmed: each is looked at wherever proposals are shown.';
revoke execute on function ops_private.require_few_proposals(ops.policy_changes) from public;

create function ops.propose_gate_policy(
  project text, gate_code text, requirements jsonb, reason text, "drop" jsonb default '[]'
) returns jsonb
-- A definer function, because no role may write changes of policy.
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s'
as $$
declare
  c ops.policy_changes;
  v_same uuid;
begin
  perform ops_private.require_role('release_manager');
  c := ops_private.proposal_of(
    propose_gate_policy.project, propose_gate_policy.gate_code, propose_gate_policy.requirements,
    propose_gate_policy.reason, propose_gate_policy."drop");
  perform ops_private.hold_policy();
  -- Asked again: whoever was revoked while this waited is revoked.
  perform ops_private.require_role('release_manager'), ops_private.managed_project(c.project);
  if c.requirements = ops_private.own_requirements(c.project, c.gate_code) then
    raise exception using errcode = 'OPS16', message = format('these are the requirements of %s already', c.gate_code),
      hint = 'nothing is to do';
  end if;
  perform ops_private.require_drops(c);
  -- The same again: an answer that got lost, and its retry.
  v_same := (
    select x.change_id from ops.policy_changes x
    where x.created_by = ops_private.current_actor() and ops_private.policy_state(x) = 'open'
      and (x.gate_code, x.requirements, x.dropped, x.reason) = (c.gate_code, c.requirements, c.dropped, c.reason)
      and x.project is not distinct from c.project
    limit 1
  );
  if v_same is null then
    perform ops_private.require_few_proposals(c);
    insert into ops.policy_changes as x (project, gate_code, requirements, dropped, reason)
    values (c.project, c.gate_code, c.requirements, c.dropped, c.reason) returning x.* into c;
    perform ops_private.require_possible(c);
  end if;
  return ops_private.told_change(coalesce(v_same, c.change_id));
end
$$;
comment on function ops.propose_gate_policy(text, text, jsonb, text, jsonb) is
  'Proposes to replace the requirements of a gate: of a project, or (project null) of all projects without rows of their own. Nothing is in force before another release manager of the project, or of every project, confirms it: ops.confirm_gate_policy(hash). drop names, each as {kind, subject}, exactly the default blocking requirements in force that the proposal leaves out or asks less of. Returns the proposal as ops.v_policy_changes shows it, with its hash, and warnings: what the active members could not satisfy. The same again returns the open proposal. Only a release_manager may call it. 42501: another project. OPS10: the policy, or drop, is refused. OPS06: somebody named in approvers is no active person, or none of them holds the role. OPS16: nothing would change. 23514: nobody says why.';
revoke execute on function ops.propose_gate_policy(text, text, jsonb, text, jsonb) from public;
grant execute on function ops.propose_gate_policy(text, text, jsonb, text, jsonb) to release_manager;
