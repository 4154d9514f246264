CREATE OR REPLACE FUNCTION ops.ingest_event (
  envelope jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  SET lock_timeout TO '5s'
  AS $function$
declare
  v_allowed constant boolean :=
    ops.require_role('service_role', 'ci_service_role', 'qa_tester', 'release_manager', 'sre');
  v_committed constant boolean := ops.require_read_committed();
  v_received_at constant timestamptz := clock_timestamp();
  v_actor constant text := ops.current_actor();
  v_key constant text := ops.short_text(envelope -> 'idempotency_key');
  v_observed_at constant timestamptz := ops.parse_time(ops.short_text(envelope -> 'emitted_at'));
  -- First the lock, then a look: what is not there yet then, only its holder can add.
  v_queued constant boolean := pg_try_advisory_xact_lock(hashtextextended(v_key, 0));
  v_first ops.event_ingest_log := ops.accepted_under(v_key);
  v_checked boolean;
  v_content jsonb;
  v_error text;
  v_detail jsonb := '{}';
  v_constraint text;
  v_where text;
begin
  begin
    if v_first.ingest_id is not null and ops.is_retry(v_first, envelope, v_actor, v_observed_at, v_received_at) then
      v_checked := ops.check_sender(envelope, v_actor);
    else
      v_checked := ops.check_size(envelope);
      v_content := ops.canonical_content(envelope, v_actor);
      return ops.ingest_once(envelope, v_content, v_actor, v_observed_at, v_received_at, v_first, v_queued);
    end if;
  exception
    when sqlstate 'OPS20' then
      get stacked diagnostics v_error = message_text, v_detail = pg_exception_detail;
    when sqlstate 'OPS06' or insufficient_privilege then
      v_error := 'forbidden_event';
      v_detail := '{"reason": "the person named is not an active member with the role given"}';
    when others then
      if sqlstate in ('40001', '40P01', '55P03') or left(sqlstate, 2) in ('08', '53', '57') then
        raise; -- a retry cures it, so it leaves no trace
      end if;
      get stacked diagnostics v_constraint = constraint_name, v_where = pg_exception_context;
      v_error := 'internal_error';
      v_detail := jsonb_build_object('sqlstate', sqlstate, 'constraint', v_constraint, 'where', left(v_where, 2000));
  end;
  -- Nothing was refused: a retry. It is logged out here, since a subtransaction that writes costs more.
  if v_error is null then
    return ops.answer_again(v_first, v_received_at);
  end if;
  -- The backstop: the index refused a second accepted row. It is there now.
  if v_constraint = 'event_ingest_log_one_accepted_per_key_idx' then
    return ops.ingest_once(
      envelope, v_content, v_actor, v_observed_at, v_received_at, ops.accepted_under(v_key), queued => true);
  end if;
  return ops.answer_refused(
    ops.log_refusal(envelope, ops.content_hash(v_content), v_error, v_detail, v_received_at),
    v_error, case v_error when 'internal_error' then '{}' else v_detail end);
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."ingest_event"(jsonb) TO "ci_service_role", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."ingest_event"(jsonb) IS 'Records one event: envelope as in docs/events. Answers {ingest_id, status accepted|duplicate|rejected|error, error, detail}; log, facts and verdicts commit together or not at all. A retry of the same event under its key gets the first answer. Raises only what a retry cures (40001, 40P01, 55P03, classes 08, 53, 57) OPS03 above read committed, and 42501 for a role that may send nothing.';

REVOKE ALL ON FUNCTION "ops"."ingest_event"(jsonb) FROM PUBLIC;
