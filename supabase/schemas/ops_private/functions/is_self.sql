-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_self (
  name text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return coalesce((ops_private.member_named(is_self.name)).recorded_as, ops_private.trim_name(is_self.name))
    = ops_private.current_person();
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_self"(text) IS 'Whether a subject or handle names the caller. Case and blanks at the ends are ignored.';

REVOKE ALL ON FUNCTION "ops_private"."is_self"(text) FROM PUBLIC;
