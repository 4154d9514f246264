-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.ingest_event (
  envelope jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET lock_timeout TO '5s'
  AS $function$
declare
  s ops_private.submission;
  r ops_private.recording;
  v_now timestamptz;
  v_error ops_private.failure;
  v_answer jsonb;
begin
  if (current_setting('role') in ('service_role', 'ci_service_role', 'qa_tester', 'release_manager', 'sre')) is not true
    or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    perform ops_private.require_role('service_role', 'ci_service_role', 'qa_tester', 'release_manager', 'sre');
    perform ops_private.refuse_isolation();
  end if;
  begin
    s := ops_private.admit(envelope);
    s := ops_private.dedupe(s);
    if s.outcome is null then
      r := ops_private.record(s);
      if r.touched is not null then
        v_now := greatest(clock_timestamp(), (r.release).recorded_until); -- as ops_private.present
        r.judged := ops_private.judge(r.release, r.touched, v_now, live => true);
        r.release_status := ops_private.store(r.release, r.touched, r.judged, v_now, fact => true);
      end if;
    end if;
    v_answer := ops_private.answer(s, r);
  exception when others then
    get stacked diagnostics
      v_error.state = returned_sqlstate, v_error.message = message_text, v_error.detail = pg_exception_detail,
      v_error.constraint_name = constraint_name, v_error.context = pg_exception_context;
    if sqlstate in ('40001', '40P01', '55P03') or left(sqlstate, 2) in ('08', '53', '57') then
      raise; -- a retry can succeed, so write no log row
    end if;
    v_answer := ops_private.answer_refused(ops_private.refuse(s, envelope, v_error));
  end;
  return v_answer;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."ingest_event"(jsonb) TO "ci_service_role", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."ingest_event"(jsonb) IS 'Records one event; docs/events defines the envelope. Returns {ingest_id, status, error, detail}; status is accepted, duplicate, rejected or error. The log row, the facts and the verdicts are committed together. A retry of an accepted event under the same key gets the first answer as a duplicate. Raises what a retry can solve (40001, 40P01, 55P03, classes 08, 53, 57); OPS03 above read committed; 42501 for a role that may send no events.';

REVOKE ALL ON FUNCTION "ops"."ingest_event"(jsonb) FROM PUBLIC;
