-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_lock_release()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if current_setting('role') not in ('none', 'service_role') then
    perform ops_private.current_person(); -- who is no member any more records nothing
  end if;
  if tg_op = 'UPDATE' then
    -- The row is locked already, and events lock in the other order: better refused (55P03) than a deadlock.
    perform from ops.releases r where r.release_id = new.release_id for no key update nowait;
  end if;
  if new.release_id is not null then
    perform ops_private.hold_release(new.release_id);
  end if;
  if tg_table_name = 'evidence_artifacts' then
    new.sha256 := lower(new.sha256); -- a digest in capitals is the same digest
  elsif tg_table_name = 'gate_checks' then
    perform ops_private.match_check_to_gate(new.gate_id, new.deployment_id);
  end if;
  if tg_argv[0] = 'observed_at' then
    new.observed_at := clock_timestamp();
  elsif tg_argv[0] = 'status_observed_at' then
    new.status_observed_at := clock_timestamp();
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_lock_release"() IS 'Before a direct insert or update: ops_private.hold_release, if the row names one. Our own functions hold it already. The column named in the argument becomes the wall clock: only ops.ingest_event may say when something was seen. 55P03 when an update meets an event: try again.';

REVOKE ALL ON FUNCTION "ops_private"."tg_lock_release"() FROM PUBLIC;
