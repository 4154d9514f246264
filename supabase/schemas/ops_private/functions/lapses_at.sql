-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.lapses_at (
  change ops.policy_changes
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return change.created_at + interval '7 days';
end
$function$;

COMMENT ON FUNCTION "ops_private"."lapses_at"(ops.policy_changes) IS 'When a proposal lapses that nobody confirmed: 7 days after it was made.';
