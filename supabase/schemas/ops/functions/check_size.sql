CREATE OR REPLACE FUNCTION ops.check_size (
  envelope jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  -- This comes first: written out, 1e130000 is 130 KB, so nothing may turn the envelope into text before.
  if pg_column_size(envelope #> '{}') <= 262144
    and not jsonb_path_exists(envelope, 'strict $.** ? (@.type() == "number")')
    and not jsonb_path_exists(envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
    return true;
  elsif pg_column_size(envelope) <= 262144 and not ops.is_storable(envelope) then
    perform ops.refuse_event('invalid_json', jsonb_build_object(
      'issues', ops.issue('[]', 'malformed', 'expected numbers that a double can hold exactly')));
  elsif pg_column_size(envelope) > 262144
    or jsonb_path_exists(envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
    perform ops.refuse_event('payload_too_large', '{"limit_bytes": 262144, "limit_depth": 32}');
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops"."check_size"(jsonb) IS 'True, or refuses what no other function should have to read: numbers that no double holds (invalid_json), and what is too large or too deep (payload_too_large).';

REVOKE ALL ON FUNCTION "ops"."check_size"(jsonb) FROM PUBLIC;
