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
  v_approver constant text := s.content #>> '{payload,approver_id}';
begin
  insert into ops.contested_report_ends (contested_id, release_id, idempotency_key)
  select c.contested_id, c.release_id, s.idempotency_key
  from ops.contested_reports c
  where c.release_id = end_contested.release_id
    and not ops_private.has_ended(c, 'infinity')
    and (
      ops_private.contested_report_healed(c, c.created_at)
      or c.payload_hash = v_hash and s.observed_at >= c.observed_at - interval '1 minute'
      -- Nobody knows what would heal it. So the corrected event of the same sender ends it, also at a later attempt.
      or ops_private.is_unreadable(c) and c.event_type = s.event_type
      and c.created_by = s.actor
      and coalesce((ops_private.member_named(c.approver_id)).recorded_as, c.approver_id, v_approver)
        is not distinct from v_approver
      and ops_private.is_sent_again(c.idempotency_key, s.idempotency_key)
    );
end
$function$;

COMMENT ON FUNCTION "ops_private"."end_contested"(uuid, ops_private.submission) IS 'Ends the contested reports of a release that the facts just recorded heal, and those that the event s answers: the same content, unless it was observed more than a minute earlier; and, for a report whose check, deployment or person could not be read, an event of its type and sender under its key. s is null for facts that were written directly.';

REVOKE ALL ON FUNCTION "ops_private"."end_contested"(uuid, ops_private.submission) FROM PUBLIC;
