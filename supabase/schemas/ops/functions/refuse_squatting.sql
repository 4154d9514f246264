CREATE OR REPLACE FUNCTION ops.refuse_squatting()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  if not starts_with(new.idempotency_key, 'direct/') then
    raise exception using errcode = '42501', message = 'that key belongs to an event',
      hint = 'send the event to ops.ingest_event, or begin the key of a direct insert with direct/';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."refuse_squatting"() IS 'Before a direct insert: its key must begin with direct/, so that nobody can take the key of an event that is still to come (42501).';

REVOKE ALL ON FUNCTION "ops"."refuse_squatting"() FROM PUBLIC;
