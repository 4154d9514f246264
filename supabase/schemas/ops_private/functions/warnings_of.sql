-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.warnings_of (
  project text,
  change  ops.policy_changes DEFAULT NULL::ops.policy_changes
)
  RETURNS SETOF ops.policy_warning
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select w.* from ops_private.find_warnings(warnings_of.project, change) as f
  cross join lateral ops_private.told_of(f, warnings_of.project) as w;
end
$function$;

COMMENT ON FUNCTION "ops_private"."warnings_of"(text, ops.policy_changes) IS 'As ops_private.find_warnings; each warning names the project.';

REVOKE ALL ON FUNCTION "ops_private"."warnings_of"(text, ops.policy_changes) FROM PUBLIC;
