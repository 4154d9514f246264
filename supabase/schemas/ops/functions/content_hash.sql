CREATE OR REPLACE FUNCTION ops.content_hash (
  content jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
begin
  return encode(sha256(convert_to(content::text, 'UTF8')), 'hex');
end
$function$;

COMMENT ON FUNCTION "ops"."content_hash"(jsonb) IS 'SHA-256 of a canonical content, 64 lower-case hex digits.';

REVOKE ALL ON FUNCTION "ops"."content_hash"(jsonb) FROM PUBLIC;
