-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_dismissal (
  condition text,
  who       text,
  remedy    text
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = 'OPS11', message = condition, detail = who, hint = remedy;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_dismissal"(text, text, text) IS 'Raises OPS11: a dismissal is not possible. Says which condition failed, who can do something, and what.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_dismissal"(text, text, text) FROM PUBLIC;
