CREATE OR REPLACE FUNCTION ops.refusal_status (
  error text
)
  RETURNS ops.ops_processing_status
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
begin
  return case error when 'internal_error' then 'error' else 'rejected' end;
end
$function$;

COMMENT ON FUNCTION "ops"."refusal_status"(text) IS 'error for internal_error, rejected for every other code.';

REVOKE ALL ON FUNCTION "ops"."refusal_status"(text) FROM PUBLIC;
