CREATE OR REPLACE FUNCTION ops.issue (
  path    jsonb,
  code    text,
  message text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
begin
  return jsonb_build_array(jsonb_build_object('path', path, 'code', code, 'message', message));
end
$function$;

COMMENT ON FUNCTION "ops"."issue"(jsonb, text, text) IS 'One issue of a refused event, in an array of its own: where, which code, and what was expected (never what was sent).';

REVOKE ALL ON FUNCTION "ops"."issue"(jsonb, text, text) FROM PUBLIC;
