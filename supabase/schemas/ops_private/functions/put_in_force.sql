-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.put_in_force (
  change ops.policy_changes
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."put_in_force"(ops.policy_changes) IS 'Puts the rows of a change in force, for releases opened from now on: closes the open rows that differ, and opens the others. The caller holds the lock of ops_private.hold_policy. Raises OPS10 when the policy cannot be, OPS06 for approvers who cannot approve. The only place that changes policy.';

REVOKE ALL ON FUNCTION "ops_private"."put_in_force"(ops.policy_changes) FROM PUBLIC;
