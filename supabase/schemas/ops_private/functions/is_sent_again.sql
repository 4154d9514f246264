-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_sent_again (
  first text,
  later text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return first = later or regexp_replace(first, '/~[0-9]+$', '') = regexp_replace(later, '/~[0-9]+$', '')
    and coalesce(substring(first from '/~([0-9]+)$'), '1')::numeric
      < coalesce(substring(later from '/~([0-9]+)$'), '1')::numeric;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_sent_again"(text, text) IS 'Whether two keys are the same, but for a later attempt (/~2 and so on) at the end of the second.';

REVOKE ALL ON FUNCTION "ops_private"."is_sent_again"(text, text) FROM PUBLIC;
