CREATE OR REPLACE FUNCTION ops.trim_name (
  name text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
begin
  return btrim(name, U&' \0009\000A\000B\000C\000D\00A0\2007\200B\202F\3000\FEFF');
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."trim_name"(text) TO "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."trim_name"(text) IS 'A name without what looks blank at its ends: spaces, tabs, line ends, no-break and ideographic spaces.';

REVOKE ALL ON FUNCTION "ops"."trim_name"(text) FROM PUBLIC;
