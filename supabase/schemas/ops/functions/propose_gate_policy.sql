-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.propose_gate_policy (
  project      text,
  gate_code    text,
  requirements jsonb,
  reason       text,
  drop         jsonb DEFAULT '[]'::jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET lock_timeout TO '5s'
  AS $function$
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
$function$;

GRANT EXECUTE ON FUNCTION "ops"."propose_gate_policy"(text, text, jsonb, text, jsonb) TO "release_manager";

COMMENT ON FUNCTION "ops"."propose_gate_policy"(text, text, jsonb, text, jsonb) IS 'Proposes to replace the requirements of a gate: of a project, or (project null) of all projects without rows of their own. Nothing is in force before another release manager of the project, or of every project, confirms it: ops.confirm_gate_policy(hash). drop names, each as {kind, subject}, exactly the default blocking requirements in force that the proposal leaves out or asks less of. Returns the proposal as ops.v_policy_changes shows it, with its hash, and warnings: what the active members could not satisfy. The same again returns the open proposal. Only a release_manager may call it. 42501: another project. OPS10: the policy, or drop, is refused. OPS06: somebody named in approvers is no active person, or none of them holds the role. OPS16: nothing would change. 23514: nobody says why.';

REVOKE ALL ON FUNCTION "ops"."propose_gate_policy"(text, text, jsonb, text, jsonb) FROM PUBLIC;
