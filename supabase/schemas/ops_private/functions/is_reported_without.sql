-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_reported_without (
  gc ops.gate_checks
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- All checks of one event share their moment.
  return exists (
    select from ops.gate_checks later
    where later.release_id = gc.release_id and later.gate_id = gc.gate_id and later.part = gc.part
      and later.created_by = gc.created_by and later.created_role = gc.created_role
      and later.observed_at > gc.observed_at and later.created_at > gc.created_at
    group by later.created_at
    having bool_and(later.status <> 'fail') and bool_or(later.status = 'pass')
      and bool_and(later.check_name <> gc.check_name)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_reported_without"(ops.gate_checks) IS 'Whether the sender of a check of a build has since sent a passing report of the same part (payload.part, by default the check_name) that has no check of that name.';

REVOKE ALL ON FUNCTION "ops_private"."is_reported_without"(ops.gate_checks) FROM PUBLIC;
