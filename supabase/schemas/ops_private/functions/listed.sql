-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.listed (
  issues jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Limit the size of the answer, because the log stores it too.
  return jsonb_build_object('issues', jsonb_path_query_array(issues, '$[0 to 199]'))
    || case when jsonb_array_length(issues) > 200
      then jsonb_build_object('issues_omitted', jsonb_array_length(issues) - 200) else '{}' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."listed"(jsonb) IS 'The detail of a refusal: the first 200 issues, and how many were omitted.';

REVOKE ALL ON FUNCTION "ops_private"."listed"(jsonb) FROM PUBLIC;
