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
begin
  update ops.gate_requirements q set closed_by_change = change.change_id
  where q.gate_code = change.gate_code and q.project is not distinct from change.project and q.valid_to is null
    and not exists (select from unnest(v_entries) as e where e is not distinct from ops_private.entry_of(q));
  perform ops_private.open_policy_rows(change, v_entries);
  -- A project without rows of its own uses the default rows. The default rows must have a blocking one.
  if (change.project is null or v_entries <> '{}') and not exists (
    select from ops_private.policy_rows q
    where q.gate_code = change.gate_code and q.valid_to is null and q.enforcement = 'blocking' and q.on_gate
      and q.project is not distinct from change.project
  ) then
    raise exception using errcode = 'OPS10', message = format('%s would have no blocking requirement', change.gate_code),
      hint = 'keep at least one blocking requirement, or open an exception for the release';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."put_in_force"(ops.policy_changes) IS 'Puts the rows of a change in force, for releases opened from now on: closes the open rows that differ, and opens the others. The caller holds the lock of ops_private.hold_policy. Raises OPS10 when the policy cannot be, OPS06 for approvers who cannot approve. The only place that changes policy.';

REVOKE ALL ON FUNCTION "ops_private"."put_in_force"(ops.policy_changes) FROM PUBLIC;
