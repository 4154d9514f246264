-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_event()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if not starts_with(new.idempotency_key, 'direct/') then
    raise exception using errcode = '42501', message = 'that key belongs to an event',
      hint = 'send the event to ops.ingest_event, or begin the key of a direct insert with direct/';
  end if;
  new.observed_at := clock_timestamp();
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_event"() IS 'Before a direct insert: its key must begin with direct/, so that nobody can take the key of an event that is still to come (42501); observed_at is the wall clock.';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_event"() FROM PUBLIC;
