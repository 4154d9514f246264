CREATE OR REPLACE FUNCTION ops.payload_issues (
  event_type text,
  payload    jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_issues jsonb := ops.shape_issues(payload, ops.event_shape(event_type), '["payload"]');
begin
  if v_issues <> '[]' then
    return v_issues;
  end if;
  if event_type = 'build_complete' and ops.names_a_check_twice(payload) then
    return ops.issue('["payload", "checks"]', 'mismatch',
      'expected every check once, the main one (check_name, default build) included');
  elsif payload ->> 'rollback_of_ref' = payload ->> 'deployment_ref' then
    return ops.issue('["payload", "rollback_of_ref"]', 'mismatch', 'expected another deployment than this one');
  end if;
  return v_issues;
end
$function$;

COMMENT ON FUNCTION "ops"."payload_issues"(text, jsonb) IS 'Every issue of a payload of the event type, as an array.';

REVOKE ALL ON FUNCTION "ops"."payload_issues"(text, jsonb) FROM PUBLIC;
