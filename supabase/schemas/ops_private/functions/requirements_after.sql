-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.requirements_after (
  project   text,
  gate_code ops.ops_gate_code,
  change    ops.policy_changes
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_changed constant boolean := (change.gate_code = requirements_after.gate_code) is true;
  v_own jsonb := '[]'::jsonb;
begin
  if v_changed and change.project = requirements_after.project then
    v_own := change.requirements;
  elsif requirements_after.project is not null then
    v_own := ops_private.own_requirements(requirements_after.project, requirements_after.gate_code);
  end if;
  return case when v_own <> '[]' then v_own
    when v_changed and change.project is null then change.requirements
    else ops_private.own_requirements(null, requirements_after.gate_code) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."requirements_after"(text, ops.ops_gate_code, ops.policy_changes) IS 'The requirements of a gate for the releases of a project (null: of one without rows of its own), in normal form, as they would be after a change. Null for the change: as they are.';

REVOKE ALL ON FUNCTION "ops_private"."requirements_after"(text, ops.ops_gate_code, ops.policy_changes) FROM PUBLIC;
