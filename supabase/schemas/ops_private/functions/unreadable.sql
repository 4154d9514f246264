-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.unreadable (
  envelope jsonb
)
  RETURNS ops_private.refusal
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if pg_column_size(envelope #> '{}') <= 262144 and not ops_private.is_storable(envelope) then
    return row('invalid_json', jsonb_build_object('issues', ops_private.issue(
      '[]', 'malformed', 'expected numbers that a double can hold exactly')))::ops_private.refusal;
  elsif pg_column_size(envelope #> '{}') > 262144
    or jsonb_path_exists(envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
    return row('payload_too_large', '{"limit_bytes": 262144, "limit_depth": 32}')::ops_private.refusal;
  end if;
  return null;
exception when statement_too_complex then
  return row('payload_too_large', '{"limit_bytes": 262144, "limit_depth": 32}')::ops_private.refusal;
end
$function$;

COMMENT ON FUNCTION "ops_private"."unreadable"(jsonb) IS 'Why no other function should read an envelope: it has numbers that a double cannot hold (invalid_json), or is too large or nested too deep (payload_too_large). Null when it may be read.';

REVOKE ALL ON FUNCTION "ops_private"."unreadable"(jsonb) FROM PUBLIC;
