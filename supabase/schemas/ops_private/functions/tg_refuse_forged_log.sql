-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_refuse_forged_log()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if new.processing_status not in ('rejected', 'error') then
    raise exception using errcode = '42501',
      message = format('only ops.ingest_event may record %s submissions', new.processing_status),
      hint = 'send the event to ops.ingest_event or to the edge function';
  end if;
  if (
    -- The error of a constraint would write out the whole row.
    new.error_code is not null and num_nonnulls(new.content, new.result, new.duplicate_of) = 0
    and greatest(
      octet_length(new.source_system), octet_length(new.event_type), octet_length(new.idempotency_key),
      octet_length(new.schema_version), octet_length(new.error_code)
    ) <= 255
    and new.payload_hash ~ '^[0-9a-f]{64}$' and ops_private.is_storable(new.error_detail)
  ) is false then
    raise exception using errcode = '23514', constraint = 'refusal_is_bounded', schema = 'ops',
      table = 'event_ingest_log', message = 'a refusal needs a code, short texts, a lower-case SHA-256, and no result',
      hint = 'each text may have 255 bytes, error_detail 256 KiB';
  elsif new.release_id is not null
    and not exists (
      select from ops.releases r where r.release_id = new.release_id and ops_private.sees(r.project)
    ) then
    raise exception using errcode = '23503', constraint = 'release_exists', schema = 'ops', table = 'event_ingest_log',
      message = 'there is no such release', hint = 'leave release_id out when the event names no known release';
  end if;
  perform ops_private.refuse_secret(new);
  new.project := case when new.release_id is null then ops_private.own_project(new.project)
    else (select r.project from ops.releases r where r.release_id = new.release_id) end;
  if not ops_private.acts_for_all() then
    new.ingest_id := ops_private.new_id(); -- one that the caller chose would tell whether it is taken
  end if;
  new.caller_role := ops_private.caller_role();
  new.received_at := clock_timestamp();
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_refuse_forged_log"() IS 'Before a direct insert: sets the key of the row, caller_role and received_at. Raises 42501 unless the row is a refusal, 23514 when it is too large, 23503 when the release does not exist.';

REVOKE ALL ON FUNCTION "ops_private"."tg_refuse_forged_log"() FROM PUBLIC;
