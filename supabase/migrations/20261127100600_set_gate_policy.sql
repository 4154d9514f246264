-- Setting policy with the secret key names who wants it and why, and is on record as a change.
drop function ops.set_gate_policy(text, jsonb, text);
-- ops_private.put_in_force replaces it, for ops.set_gate_policy and ops.confirm_gate_policy.
drop function ops_private.replace_policy(ops.ops_gate_code, text, ops_private.policy_entry[], timestamptz);

create function ops_private.warn_of_policy(project text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_message text;
begin
  for v_message in select w.message from ops_private.warnings_of(warn_of_policy.project) as w loop
    raise warning using message = v_message, hint = 'ops.policy_warnings() lists all of these';
  end loop;
end
$$;
comment on function ops_private.warn_of_policy(text) is
  'Warns in SQL of what the active members of a project (null: of every project) cannot satisfy of its policy.';
revoke execute on function ops_private.warn_of_policy(text) from public;

create function ops.set_gate_policy(
  gate_code text, requirements jsonb, project text default null, on_behalf_of text default null,
  reason text default null
) returns table (release_id uuid, release_project text, release_name text)
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write requirements
as $$
declare
  c ops.policy_changes;
begin
  perform ops_private.require_operator();
  c.gate_code := ops_private.policy_gate(set_gate_policy.gate_code);
  if set_gate_policy.project is not null then
    c.project := ops_private.project_named(set_gate_policy.project);
  end if;
  c.requirements := ops_private.in_normal_form(array(
    select e from ops_private.policy_entries(set_gate_policy.requirements, c.project) as e));
  perform ops_private.hold_policy();
  c.on_behalf_of := ops_private.wanted_by(set_gate_policy.on_behalf_of, set_gate_policy.reason, c.project);
  -- The same again changes nothing.
  if c.requirements <> ops_private.own_requirements(c.project, c.gate_code) then
    insert into ops.policy_changes as x (project, gate_code, requirements, on_behalf_of, reason)
    values (c.project, c.gate_code, c.requirements, c.on_behalf_of, set_gate_policy.reason) returning x.* into c;
    perform ops_private.put_in_force(c);
  end if;
  perform ops_private.warn_of_policy(c.project);
  return query
  select r.release_id, r.project, r.release_name::text from ops.releases r
  where r.status in ('draft', 'in_progress') and r.closed_at is null
    and (c.project is null or r.project = c.project)
  order by r.created_at;
end
$$;
comment on function ops.set_gate_policy(text, jsonb, text, text, text) is
  'Replaces the requirements of a gate for releases opened from now on: for one project, or (project null) for all projects without rows of their own. An empty array makes a project use the defaults again. Rows are closed and opened, never edited, and ops.v_policy_changes shows the change. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Returns the releases in draft or in progress there, which keep the policy that they were opened under. Warns of what the active members cannot satisfy. The same again changes nothing. Only service_role and the owner of the schemas may call it; two release managers use ops.propose_gate_policy and ops.confirm_gate_policy. OPS03: above read committed. OPS04: the project is not registered. OPS06: on_behalf_of is no active member of the project; or somebody named in approvers is no active person, or none of them holds the role in which they are to approve. OPS10: the policy is refused. 23514: nobody says who wants it and why.';
revoke execute on function ops.set_gate_policy(text, jsonb, text, text, text) from public;
grant execute on function ops.set_gate_policy(text, jsonb, text, text, text) to service_role;
