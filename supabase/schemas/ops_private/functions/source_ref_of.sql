-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.source_ref_of (
  value text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case
    when octet_length(value) in (40, 64) and value ~ '^[0-9a-fA-F]+$' then lower(value) else value
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."source_ref_of"(text) IS 'A source_ref as it is kept and compared: a full commit id in lower case, a name as it is.';

REVOKE ALL ON FUNCTION "ops_private"."source_ref_of"(text) FROM PUBLIC;
