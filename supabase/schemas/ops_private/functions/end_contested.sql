-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.end_contested (
  release         ops.releases,
  event_type      text,
  idempotency_key text,
  content         jsonb
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  insert into ops.contested_report_ends (contested_id, release_id, idempotency_key)
  select c.contested_id, c.release_id, end_contested.idempotency_key
  from ops.contested_reports c
  where c.release_id = release.release_id
    and (
      c.payload_hash = encode(sha256(convert_to(content::text, 'UTF8')), 'hex')
      -- Nobody knows what would heal it. So the corrected event ends it, also at a later attempt.
      or ops_private.is_unreadable(c) and c.event_type = end_contested.event_type
      and ops_private.is_sent_again(c.idempotency_key, end_contested.idempotency_key)
    )
    and not exists (
      select from ops.contested_report_ends e
      where e.release_id = c.release_id and e.contested_id = c.contested_id
    );
end
$function$;

COMMENT ON FUNCTION "ops_private"."end_contested"(ops.releases, text, text, jsonb) IS 'Ends the contested reports of a release that an accepted event answers: those with the same content, and those whose check, deployment or person could not be read, when the event has their type and key.';

REVOKE ALL ON FUNCTION "ops_private"."end_contested"(ops.releases, text, text, jsonb) FROM PUBLIC;
