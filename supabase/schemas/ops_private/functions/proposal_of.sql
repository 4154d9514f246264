-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.proposal_of (
  project      text,
  gate_code    text,
  requirements jsonb,
  reason       text,
  drop         jsonb
)
  RETURNS ops.policy_changes
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."proposal_of"(text, text, jsonb, text, jsonb) IS 'The proposal that the arguments of ops.propose_gate_policy describe. Raises 42501, OPS10, OPS06 and 23514 as that does.';

REVOKE ALL ON FUNCTION "ops_private"."proposal_of"(text, text, jsonb, text, jsonb) FROM PUBLIC;
