-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dedupe (
  s ops_private.submission
)
  RETURNS ops_private.submission
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if s.outcome is not null then
    return s;
  elsif not s.locked and (s.first).ingest_id is null then
    -- Take the key's lock before reading: nobody else can insert this key after that.
    perform pg_advisory_xact_lock(hashtextextended('key ' || s.idempotency_key, 0));
    s.first := (
      select l from ops.event_ingest_log l
      where l.idempotency_key = s.idempotency_key and l.processing_status = 'accepted'
    );
  end if;
  if (s.first).content = s.content and current_setting('role') <> 'service_role'
    and not ops_private.sees((s.first).project) then
    s.outcome := 'rejected'; -- the sender was moved out of the project meanwhile
    s.error := 'unknown_release';
    s.detail := '{}';
  elsif (s.first).content = s.content then
    s.outcome := 'duplicate';
  elsif (s.first).ingest_id is not null then
    s.outcome := 'rejected';
    s.error := 'idempotency_key_reused';
    s.detail := case when (s.first).content ->> 'caller' = s.actor then jsonb_build_object(
      'field', ops_private.differing_field((s.first).content, s.content)) else '{}' end;
  end if;
  return s;
end
$function$;

COMMENT ON FUNCTION "ops_private"."dedupe"(ops_private.submission) IS 'Step 2: decides whether an event with this key was accepted before. With the same canonical content the submission is a duplicate and gets the first answer. With other content it is refused (idempotency_key_reused). Simultaneous submissions of one key wait here; the later ones find the accepted row.';

REVOKE ALL ON FUNCTION "ops_private"."dedupe"(ops_private.submission) FROM PUBLIC;
