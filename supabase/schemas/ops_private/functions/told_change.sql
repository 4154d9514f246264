-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.told_change (
  change_id uuid
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  c ops.policy_changes;
begin
  select x.* into c from ops.policy_changes x where x.change_id = told_change.change_id;
  return (
    select to_jsonb(v) from ops.v_policy_changes v where v.change_id = told_change.change_id
  ) || jsonb_build_object('warnings', (
    select coalesce(jsonb_agg(to_jsonb(w) - 'change_id'), '[]')
    from ops_private.warnings_of(c.project, c) as w
  ));
end
$function$;

COMMENT ON FUNCTION "ops_private"."told_change"(uuid) IS 'A row of ops.v_policy_changes, with what the active members cannot satisfy of the policy after it.';

REVOKE ALL ON FUNCTION "ops_private"."told_change"(uuid) FROM PUBLIC;
