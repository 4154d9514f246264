-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_repeat (
  s ops_private.submission
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_accepted constant jsonb := (s.first).content;
begin
  return case when v_accepted ? 'gate_code' then v_accepted - 'gate_code' else v_accepted end
    = (s.envelope - array['schema_version', 'idempotency_key', 'emitted_at', 'sent_at', 'gate_code', 'imported']
      || jsonb_build_object('caller', s.actor))
    and s.envelope -> 'schema_version' = '"v1.0"'
    -- An event may omit the gate when its type implies it.
    and (coalesce(s.envelope -> 'gate_code', 'null') = 'null' and not v_accepted ? 'gate_code'
      or s.envelope -> 'gate_code' = (s.first).result #> '{gate,gate_code}')
    and not s.envelope ? 'caller' and s.in_time
    and (not s.envelope ? 'imported' or ops_private.mark_issues(s.envelope) = '[]');
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_repeat"(ops_private.submission) IS 'Whether a submission repeats the event that was accepted under its key: the same sender sends the same fields, and at most the times differ. Its shape then needs no second check. Null or false when it must be checked.';

REVOKE ALL ON FUNCTION "ops_private"."is_repeat"(ops_private.submission) FROM PUBLIC;
