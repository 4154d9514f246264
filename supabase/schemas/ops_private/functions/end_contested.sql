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
  -- Clients make a key that another fact has taken longer by the digest of what the event is about.
  v_key constant text := regexp_replace(s.idempotency_key, '/~i[0-9a-f]{12}$', '');
begin
  insert into ops.contested_report_ends (contested_id, release_id, idempotency_key)
  select c.contested_id, c.release_id, s.idempotency_key
  from ops.contested_reports c
  where c.release_id = end_contested.release_id
    and not ops_private.has_ended(c, 'infinity')
    and (
      ops_private.contested_report_healed(c, c.created_at)
      -- Two runs may say the same. What the earlier one observed is healed by less than this. What is sent again may
      -- seem earlier by some seconds, because the network delayed it.
      or c.payload_hash = v_hash and s.observed_at >= c.observed_at - case
        when ops_private.is_sent_again(c.idempotency_key, v_key) then interval '1 minute'
        else interval '0' end
      or ops_private.is_corrected_by(c, s)
    );
end
$function$;

COMMENT ON FUNCTION "ops_private"."end_contested"(uuid, ops_private.submission) IS 'Ends the contested reports of a release that the facts just recorded heal, and those that the event s answers: the same content that was not observed earlier, or under the same key, also made longer, by no more than a minute; and what corrects a report that could not be read (ops_private.is_corrected_by). s is null for facts that were written directly.';

REVOKE ALL ON FUNCTION "ops_private"."end_contested"(uuid, ops_private.submission) FROM PUBLIC;
