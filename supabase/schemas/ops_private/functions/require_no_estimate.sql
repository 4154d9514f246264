-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_no_estimate()
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if current_setting('request.method', true) <> '' and current_query() ~* '^\s*explain\M' then
    raise exception using errcode = 'OPS14', message = 'how many rows a query is expected to find is not told',
      detail = 'the estimate is made of the rows of all projects',
      hint = 'ask for count=exact, which counts the rows that you may read';
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_no_estimate"() IS 'Returns true, and raises OPS14 when the API asks for the plan of a query, which a count that is planned or estimated is made of. The policy of each table for the six roles has it. It is asked once for each table of a query, while that is planned, and never for a row.';
