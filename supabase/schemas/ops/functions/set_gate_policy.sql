-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.set_gate_policy (
  gate_code    text,
  requirements jsonb,
  project      text  DEFAULT NULL::text,
  on_behalf_of text  DEFAULT NULL::text,
  reason       text  DEFAULT NULL::text
)
  RETURNS TABLE (
    release_id      uuid,
    release_project text,
    release_name    text
  )
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

GRANT EXECUTE ON FUNCTION "ops"."set_gate_policy"(text, jsonb, text, text, text) TO "service_role";

COMMENT ON FUNCTION "ops"."set_gate_policy"(text, jsonb, text, text, text) IS 'Replaces the requirements of a gate for releases opened from now on: for one project, or (project null) for all projects without rows of their own. An empty array makes a project use the defaults again. Rows are closed and opened, never edited, and ops.v_policy_changes shows the change. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Returns the releases in draft or in progress there, which keep the policy that they were opened under. Warns of what the active members cannot satisfy. The same again changes nothing. Only service_role and the owner of the schemas may call it; two release managers use ops.propose_gate_policy and ops.confirm_gate_policy. OPS03: above read committed. OPS04: the project is not registered. OPS06: on_behalf_of is no active member of the project; or somebody named in approvers is no active person, or none of them holds the role in which they are to approve. OPS10: the policy is refused. 23514: nobody says who wants it and why.';

REVOKE ALL ON FUNCTION "ops"."set_gate_policy"(text, jsonb, text, text, text) FROM PUBLIC;
