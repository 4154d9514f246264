CREATE OR REPLACE FUNCTION ops.refuse_forged_log()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  if new.processing_status not in ('rejected', 'error') then
    raise exception using errcode = '42501',
      message = format('only ops.ingest_event records %s submissions', new.processing_status),
      hint = 'send the event to ops.ingest_event or to the edge function';
  end if;
  new.caller_role := ops.caller_role();
  new.received_at := clock_timestamp();
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."refuse_forged_log"() IS 'Before a direct insert: only refusals may be recorded by hand (42501); caller and time are stamped.';

REVOKE ALL ON FUNCTION "ops"."refuse_forged_log"() FROM PUBLIC;
