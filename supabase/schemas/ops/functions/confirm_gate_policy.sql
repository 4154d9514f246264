-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.confirm_gate_policy (
  hash text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET lock_timeout TO '5s'
  AS $function$
declare
  c ops.policy_changes;
begin
  perform ops_private.require_role('release_manager');
  if not (ops_private.caller_assurance(clock_timestamp())).own_token then
    raise exception using errcode = '42501', message = 'nothing proves who confirms this',
      hint = 'confirm it with your own token, over the API';
  end if;
  perform ops_private.proposal_with(confirm_gate_policy.hash);
  perform ops_private.hold_policy();
  -- Asked again: whoever was revoked while this waited is revoked, and what was confirmed is confirmed.
  perform ops_private.require_role('release_manager');
  c := ops_private.proposal_with(confirm_gate_policy.hash);
  perform ops_private.refuse_confirmation(c);
  perform ops_private.refuse_author(c);
  update ops.policy_changes x set confirmed_at = clock_timestamp() where x.change_id = c.change_id;
  perform ops_private.put_in_force(c);
  return ops_private.told_change(c.change_id);
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."confirm_gate_policy"(text) TO "release_manager";

COMMENT ON FUNCTION "ops"."confirm_gate_policy"(text) IS 'Confirms the proposal of another release manager, whose hash is repeated. Its requirements are in force from then on, for releases opened from then on. While an only release manager is active for the project (for every project, when the proposal is), they confirm their own proposal, 24 hours after it was made or later, and not within 24 hours after another one was; ops.v_policy_changes shows it as alone. Returns the row of ops.v_policy_changes, with warnings: what the active members cannot satisfy. Only a release_manager may call it. Raises OPS04 for an unknown hash, and the same for a proposal of another project; OPS24 to its author; OPS17 to its author alone, before 24 hours; OPS18 when it is in force already; OPS19 when it lapsed; OPS21 when other requirements came into force since; OPS22 when its author was revoked; OPS06 when approvers cannot approve any more.';

REVOKE ALL ON FUNCTION "ops"."confirm_gate_policy"(text) FROM PUBLIC;
