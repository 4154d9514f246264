-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.open_policy_rows (
  change  ops.policy_changes,
  entries ops_private.policy_entry[]
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."open_policy_rows"(ops.policy_changes, ops_private.policy_entry[]) IS 'Opens rows of a change. Raises OPS10 when one does not fit its gate.';

REVOKE ALL ON FUNCTION "ops_private"."open_policy_rows"(ops.policy_changes, ops_private.policy_entry[]) FROM PUBLIC;
