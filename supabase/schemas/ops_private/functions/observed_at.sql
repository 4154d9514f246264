-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.observed_at (
  envelope    jsonb,
  received_at timestamp with time zone
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_emitted_at constant timestamptz := ops_private.parse_time(ops_private.short_text(envelope -> 'emitted_at'));
  v_sent_at constant timestamptz := ops_private.parse_time(ops_private.short_text(envelope -> 'sent_at'));
begin
  return case when v_sent_at is null and coalesce(envelope -> 'sent_at', 'null') <> 'null' then received_at
    else least(received_at, v_emitted_at + coalesce(received_at - v_sent_at, '0')) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."observed_at"(jsonb, timestamp with time zone) IS 'When the fact of an event was observed, by its age, as in ops_private.admit. When it was received, if its times cannot be read.';

REVOKE ALL ON FUNCTION "ops_private"."observed_at"(jsonb, timestamp WITH time zone) FROM PUBLIC;
