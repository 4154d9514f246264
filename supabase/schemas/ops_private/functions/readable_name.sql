-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.readable_name (
  given  jsonb,
  absent ops.name DEFAULT NULL::text
)
  RETURNS ops.name
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_name constant text := ops_private.short_text(given);
begin
  return case when coalesce(given, 'null') = 'null' then absent
    when ops_private.is_name(v_name) and not ops_private.has_secret(v_name) then v_name end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."readable_name"(jsonb, ops.name) IS 'A name as an event gives it, the default when the event gives none, and null when it cannot be a name.';

REVOKE ALL ON FUNCTION "ops_private"."readable_name"(jsonb, ops.name) FROM PUBLIC;
