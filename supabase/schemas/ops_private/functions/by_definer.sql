-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.by_definer()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- A definer function changes current_user. But a caller with two roles can create one in the first role and call it
  -- in the second. So also ask for USAGE on ops_private: only the owner of the schemas has it.
  return current_user <> coalesce(nullif(current_setting('role'), 'none'), session_user)
    and has_schema_privilege('ops_private', 'usage');
end
$function$;

COMMENT ON FUNCTION "ops_private"."by_definer"() IS 'Whether a definer function of the schema owner runs the current statement, rather than the caller. Triggers use it in WHEN. Functions that this owner created in other schemas count too; the drift check lists those that write here.';
