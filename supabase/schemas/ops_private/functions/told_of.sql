-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.told_of (
  warning ops.policy_warning,
  project text
)
  RETURNS ops.policy_warning
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  warning.project := told_of.project;
  warning.message := warning.message || coalesce(' (' || told_of.project || ')', '');
  return warning;
end
$function$;

COMMENT ON FUNCTION "ops_private"."told_of"(ops.policy_warning, text) IS 'A warning that names the project which it is about; null: all others.';

REVOKE ALL ON FUNCTION "ops_private"."told_of"(ops.policy_warning, text) FROM PUBLIC;
