-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.unmet (
  rule  jsonb,
  given jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_type constant text := rule ->> 'type';
  v_text constant text := given #>> '{}';
begin
  return case
    when v_type = 'object' then
      case when rule ? 'filled' and not ops_private.is_filled(given)
          then 'an object that holds a number, true, false, or a text with a visible character'
        when jsonb_typeof(given) <> 'object' then 'an object' end
    when v_type = 'list' then
      case when jsonb_typeof(given) <> 'array' then 'an array'
        when jsonb_array_length(given) > (rule ->> 'max')::integer then format('at most %s entries', rule ->> 'max') end
    when jsonb_typeof(given) <> 'string' then 'a string'
    when v_type = 'enum' then case when not rule -> 'values' ? v_text then 'one of the documented values' end
    when v_type = 'person' then case when octet_length(v_text) > 255 or not ops_private.is_stated(v_text)
      then 'at most 255 bytes with at least one visible character' end
    when v_type = 'name' then case when not ops_private.is_name(v_text)
      then '1 to 255 bytes of visible characters in the normal form NFC, not blank at the ends' end
    when v_type = 'source_ref' then case when not ops_private.is_source_ref(v_text)
      then 'a full commit id (40 or 64 hex digits) or a name; 7 to 39 hex digits are a short id, which matches nothing'
      end
    when v_type = 'text' then case when not ops_private.is_stated(v_text)
      then 'at most 8192 bytes with at least one visible character' end
    when v_type = 'word' then
      case when v_text !~ '^[a-z][a-z0-9_]{2,62}$' then 'a lower-case word of 3 to 63 characters' end
    when v_type = 'uri' then case
      when not ops_private.is_address(v_text) or v_text ~* '^file:' and not ops_private.is_local_stack()
        then 'an absolute address of at most 8192 bytes with scheme http, https, s3, gs, azblob, oci or git' end
    when v_type = 'sha256' then case when v_text !~* '^[0-9a-f]{64}$' then '64 hex digits' end
    when v_type = 'time' then
      case when (ops_private.parse_time(v_text) <= clock_timestamp() + interval '5 minutes') is not true
        then 'an ISO 8601 time with an offset, at most 5 minutes ahead' end
    when v_type = 'clock' then
      case when ops_private.parse_time(v_text) is null then 'an ISO 8601 time with an offset' end
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."unmet"(jsonb, jsonb) IS 'What a rule of a shape expects, in words, when a value breaks the rule; null when the value is right.';

REVOKE ALL ON FUNCTION "ops_private"."unmet"(jsonb, jsonb) FROM PUBLIC;
