CREATE OR REPLACE FUNCTION ops.has_plain_lists (
  payload jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
declare
  v_checks constant jsonb := payload -> 'checks';
  v_evidence constant jsonb := payload -> 'evidence';
  v_names text[] := array[coalesce(payload ->> 'check_name', 'build')];
  v_name text;
  v_digest text;
begin
  for v_place in 0 .. coalesce(jsonb_array_length(v_checks), 0) - 1 loop
    v_name := v_checks -> v_place ->> 'check_name';
    if octet_length(v_name) > 255 or v_name = any (v_names) then
      return false;
    end if;
    v_names := v_names || v_name;
  end loop;
  for v_place in 0 .. coalesce(jsonb_array_length(v_evidence), 0) - 1 loop
    v_digest := v_evidence -> v_place ->> 'sha256';
    if octet_length(v_digest) <> 64 or translate(v_digest, '0123456789abcdefABCDEF', '') <> '' then
      return false;
    end if;
  end loop;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops"."has_plain_lists"(jsonb) IS 'Of the payload of an event for which ops.plain_event holds: whether names in its lists are short enough, digests are digests, and each check is named once.';

REVOKE ALL ON FUNCTION "ops"."has_plain_lists"(jsonb) FROM PUBLIC;
