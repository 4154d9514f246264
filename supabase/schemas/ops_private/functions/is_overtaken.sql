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
    -- Also of a project with rows of its own: its proposal says what it drops of the default rows, or goes back to
    -- them.
    select from ops.gate_requirements q
    where q.gate_code = change.gate_code and q.project is null
      and (q.valid_from > change.created_at or q.valid_to > change.created_at)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_overtaken"(ops.policy_changes) IS 'Whether rows of the project and gate, or default rows of the gate, came into force or ended since a change was proposed. It never becomes false again.';

REVOKE ALL ON FUNCTION "ops_private"."is_overtaken"(ops.policy_changes) FROM PUBLIC;
