-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.by_definer()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Somebody who may act in two roles can make a definer function in one and call it in the other. So it must belong to
  -- the owner: nobody else may use ops_private.
  return current_user <> coalesce(nullif(current_setting('role'), 'none'), session_user)
    and has_schema_privilege('ops_private', 'usage');
end
$function$;

COMMENT ON FUNCTION "ops_private"."by_definer"() IS 'Whether the running statement belongs to a definer function of the schemas'' owner rather than to the caller. For the WHEN of a trigger, which runs as the writer. Functions of other schemas that the same owner made count too: the drift check names those that write here.';
