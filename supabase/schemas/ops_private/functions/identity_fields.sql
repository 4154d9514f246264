-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.identity_fields (
  event_type text
)
  RETURNS text[]
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array['release_id'] || case event_type
    when 'build_complete' then array['payload.check_name', 'payload.part']
    when 'gate_signoff' then array[
      'gate_code', 'payload.approver_id', 'payload.environment', 'payload.target', 'payload.deployment_ref']
    when 'deployment_event' then array[
      'payload.environment', 'payload.target', 'payload.deployment_ref', 'payload.status']
    when 'health_check' then array[
      'payload.environment', 'payload.target', 'payload.deployment_ref', 'payload.check_name', 'payload.part']
    when 'environment_event' then array['payload.environment', 'payload.event_type']
    else '{}'
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."identity_fields"(text) IS 'The fields that say which fact an event of a type reports, beside source, run and attempt. docs/events has the same table, and clients make keys by it.';

REVOKE ALL ON FUNCTION "ops_private"."identity_fields"(text) FROM PUBLIC;
