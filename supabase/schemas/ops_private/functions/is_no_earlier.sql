-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_no_earlier (
  report ops.contested_reports,
  s      ops_private.submission
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Two runs may say the same. What the earlier one observed is healed by less than this. An event that is sent again
  -- may seem earlier by some seconds, because the network delayed it.
  return s.observed_at >= report.observed_at - case
    when ops_private.plain_key(report.idempotency_key) = ops_private.plain_key(s.idempotency_key)
      then interval '1 minute' else interval '0' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_no_earlier"(ops.contested_reports, ops_private.submission) IS 'Whether an accepted event was observed no earlier than a contested report; under the same key, also made longer, by no more than a minute.';

REVOKE ALL ON FUNCTION "ops_private"."is_no_earlier"(ops.contested_reports, ops_private.submission) FROM PUBLIC;
