CREATE OR REPLACE FUNCTION ops.lock_release()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  if current_setting('role') not in ('none', 'service_role') then
    perform ops.current_person(); -- who is no member any more records nothing
  end if;
  if tg_op = 'UPDATE' then
    -- The row is locked already, and events lock in the other order: better refused (55P03) than a deadlock.
    perform from ops.releases r where r.release_id = new.release_id for no key update nowait;
  end if;
  if new.release_id is not null then
    perform ops.hold_release(new.release_id);
  end if;
  if tg_argv[0] = 'observed_at' then
    new.observed_at := clock_timestamp();
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."lock_release"() IS 'Before a direct insert or update: ops.hold_release, if the row names one. Functions of this schema hold it already. With the argument observed_at, that column becomes the wall clock: only ops.ingest_event may say when something was seen. 55P03 when an update meets an event: try again.';

REVOKE ALL ON FUNCTION "ops"."lock_release"() FROM PUBLIC;
