-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_overtaken (
  change ops.policy_changes
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return change.base <> ops_private.policy_base(change.project, change.gate_code) or exists (
    -- Of a project with rows of its own: a default row that came later, and that the proposal does not name.
    select from jsonb_array_elements(ops_private.left_out(change.project, change.gate_code, change.requirements)) as d
    where d.value <> all (array(select n.value from jsonb_array_elements(change.dropped) as n))
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_overtaken"(ops.policy_changes) IS 'Whether other rows came into force for the project and gate since a change was proposed (also default rows, where the project has none of its own), or a default blocking row that it leaves out and does not name.';

REVOKE ALL ON FUNCTION "ops_private"."is_overtaken"(ops.policy_changes) FROM PUBLIC;
