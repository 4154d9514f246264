-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.end_contested (
  release_id uuid,
  s          ops_private.submission
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_hash constant text := encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex');
begin
  insert into ops.contested_report_ends (contested_id, release_id, idempotency_key)
  select c.contested_id, c.release_id, s.idempotency_key
  from ops.contested_reports c
  where c.release_id = end_contested.release_id
    and not ops_private.has_ended(c, 'infinity')
    and (
      ops_private.contested_report_healed(c, c.created_at)
      or c.payload_hash = v_hash and ops_private.is_no_earlier(c, s)
      or ops_private.is_corrected_by(c, s)
    );
end
$function$;

COMMENT ON FUNCTION "ops_private"."end_contested"(uuid, ops_private.submission) IS 'Ends the contested reports of a release that the facts just recorded heal, and those that the event s answers: the same content that was observed no earlier (ops_private.is_no_earlier), and what corrects a report that could not be read (ops_private.is_corrected_by). s is null for facts that were written directly.';

REVOKE ALL ON FUNCTION "ops_private"."end_contested"(uuid, ops_private.submission) FROM PUBLIC;
