-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_member_name (
  name text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return octet_length(name) <= 255 and name ~ '^[!-~]+$' and lower(name collate "C") <> 'service_role';
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_member_name"(text) IS 'Whether a text can be the subject or handle of a member: 1 to 255 printable ASCII characters without blanks, and not service_role. Null for null.';
