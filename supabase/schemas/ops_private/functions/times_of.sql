-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.times_of (
  envelope    jsonb,
  received_at timestamp with time zone,
  OUT         observed_at timestamp with time zone,
  OUT         timed boolean
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_emitted_at constant timestamptz := ops_private.parse_time(ops_private.short_text(envelope -> 'emitted_at'));
  v_sent_at constant timestamptz := ops_private.parse_time(ops_private.short_text(envelope -> 'sent_at'));
begin
  timed := v_emitted_at is not null and (v_sent_at is not null or coalesce(envelope -> 'sent_at', 'null') = 'null');
  observed_at := case when timed then least(received_at, v_emitted_at + coalesce(received_at - v_sent_at, '0'))
    else received_at end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."times_of"(jsonb, timestamp with time zone) IS 'timed: whether the times of an event can be read. observed_at: when its fact was observed, by its age, as in ops_private.admit; when it was received, if they cannot be read.';

REVOKE ALL ON FUNCTION "ops_private"."times_of"(jsonb, timestamp WITH time zone) FROM PUBLIC;
