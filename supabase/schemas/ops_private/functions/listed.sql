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
  -- An answer should not be larger than its question, and the log keeps it.
  return jsonb_build_object('issues', jsonb_path_query_array(issues, '$[0 to 199]'))
    || case when jsonb_array_length(issues) > 200
      then jsonb_build_object('issues_omitted', jsonb_array_length(issues) - 200) else '{}' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."listed"(jsonb) IS 'The detail of a refusal: its issues, the first 200 of them, and how many were left out.';

REVOKE ALL ON FUNCTION "ops_private"."listed"(jsonb) FROM PUBLIC;
