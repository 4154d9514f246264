-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.own_name (
  name text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case when (ops_private.member_named(own_name.name)).recorded_as = ops_private.current_actor()
    then ops_private.current_actor() else own_name.name end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."own_name"(text) IS 'By which name records know the caller, when their subject or handle is given, in any case; otherwise the name as it is.';

REVOKE ALL ON FUNCTION "ops_private"."own_name"(text) FROM PUBLIC;
