-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.check_sender (
  s ops_private.submission
)
  RETURNS ops_private.submission
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if s.actor is null or not ops_private.may_send(s.envelope) then
    s.error := 'forbidden_event';
    s.detail := ops_private.refused_sender(s.envelope);
  elsif not ops_private.may_send_source((s.envelope ->> 'source_system')::ops.ops_source_system) then
    s.error := 'forbidden_event';
    s.detail := ops_private.refused_source(s.envelope ->> 'source_system');
  end if;
  return s;
end
$function$;

COMMENT ON FUNCTION "ops_private"."check_sender"(ops_private.submission) IS 'Refuses a valid event with forbidden_event when the caller is unknown, or is not service_role and may not send it, or not with this source.';

REVOKE ALL ON FUNCTION "ops_private"."check_sender"(ops_private.submission) FROM PUBLIC;
