-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.uncounted_in_words (
  reason text,
  people text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case reason
    when 'initiator' then '; the initiator''s own approval does not count'
    when 'lower_approver'
      then '; does not count, because they also approved an earlier gate, or this one in another role: ' || people
    when 'dismisser' then '; does not count, because they dismissed a stop of the release: ' || people
    when 'approvers' then '; does not count, because policy names other people as approvers: ' || people
    when 'own_token' then '; does not count, because an agent approved in their name: ' || people
    when 'aal2' then '; does not count, because it was approved without a second factor: ' || people
    when 'earlier_build' then '; does not count, because they approved an earlier build: ' || people
    when 'lapsed' then '; does not count any more, because the policy limits its time: ' || people
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."uncounted_in_words"(text, text) IS 'Why the approvals of some people do not count, by what ops_private.why_uncounted says, to be added to a sentence.';

REVOKE ALL ON FUNCTION "ops_private"."uncounted_in_words"(text, text) FROM PUBLIC;
