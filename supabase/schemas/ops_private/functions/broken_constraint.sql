-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.broken_constraint (
  gate_code ops.ops_gate_code,
  entries   ops_private.policy_entry[]
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_case text;
  v_broken text;
begin
  -- The constraints of the table are the only place of these rules, and nothing is inserted here: so ask each of them.
  -- Only the catalog writes into the command. @plpgsql_check_options: security_warnings = off
  v_case := (
    select string_agg(format('when (%s) is false then %L', pg_get_expr(c.conbin, c.conrelid), c.conname), ' ')
    from pg_constraint c where c.conrelid = 'ops.gate_requirements'::regclass and c.contype = 'c'
  );
  execute format('select min(case %s end) from jsonb_populate_recordset(null::ops.gate_requirements, $1) as q', v_case)
  into v_broken
  using (
    select jsonb_agg(to_jsonb(e) || jsonb_build_object('gate_code', broken_constraint.gate_code))
    from unnest(entries) as e
  );
  return v_broken;
exception when check_violation then
  return left(sqlerrm, 200);
end
$function$;

COMMENT ON FUNCTION "ops_private"."broken_constraint"(ops.ops_gate_code, ops_private.policy_entry[]) IS 'Which constraint of ops.gate_requirements would refuse one of these requirements of a gate. Null when none would.';

REVOKE ALL ON FUNCTION "ops_private"."broken_constraint"(ops.ops_gate_code, ops_private.policy_entry[]) FROM PUBLIC;
