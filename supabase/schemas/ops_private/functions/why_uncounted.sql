-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.why_uncounted (
  approval     ops_private.standing_decision,
  initiator    text,
  barred       text[],
  dismissers   text[],
  digest       text,
  lapsed_until timestamp with time zone
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case
    when approval.approver_id = initiator then 'initiator'
    when approval.approver_id = any (barred) then 'lower_approver'
    when approval.approver_id = any (dismissers) then 'dismisser'
    when approval.unmet is not null then approval.unmet
    when approval.artifacts_digest is distinct from digest then 'earlier_build'
    when approval.recorded_at <= lapsed_until then 'lapsed'
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."why_uncounted"(ops_private.standing_decision, text, text[], text[], text, timestamp with time zone) IS 'Why an approval of a gate that stands does not count; null when it counts. The arguments are those of ops_private.find_approval. The only place of this rule.';

REVOKE ALL ON FUNCTION "ops_private"."why_uncounted"(ops_private.standing_decision, text, text[], text[], text, timestamp WITH time zone) FROM PUBLIC;
