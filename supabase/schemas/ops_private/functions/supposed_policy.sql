-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.supposed_policy (
  release_id uuid,
  gate_code  ops.ops_gate_code,
  entries    ops_private.policy_entry[]
)
  RETURNS ops_private.requirements_in_force[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."supposed_policy"(uuid, ops.ops_gate_code, ops_private.policy_entry[]) IS 'The policy of a release with other rows for one gate. They become what ops_private.policy_rows makes of rows in force.';

REVOKE ALL ON FUNCTION "ops_private"."supposed_policy"(uuid, ops.ops_gate_code, ops_private.policy_entry[]) FROM PUBLIC;
