-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_keep_gate_truthful()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_verdict ops_private.gate_verdict;
  v_truth ops.release_gates;
  v_told ops_private.judgement;
begin
  perform ops_private.refuse_other_changes(
    'release_gates', to_jsonb(old), to_jsonb(new),
    'status', 'entered_at', 'resolved_at', 'resolved_by', 'exception_id', 'first_missing', 'waits_for',
    'missing', 'evidence_gap', 'status_without_exception', 'first_missing_without_exception'
  );
  if (new.status, new.exception_id) is not distinct from (old.status, old.exception_id)
    and (new.entered_at, new.resolved_at, new.resolved_by)
    is distinct from (old.entered_at, old.resolved_at, old.resolved_by) then
    raise exception using errcode = 'OPS01', message = 'the server sets when and by whom a gate was resolved',
      hint = 'set only status, to the verdict that follows from the facts';
  elsif new is not distinct from old then
    return new;
  end if;
  v_release := ops_private.release_named(new.release_id);
  select v.* into v_verdict
  from unnest((ops_private.judge(
    v_release, new.gate_code, ops_private.present(v_release), to_gate => new.gate_code, live => v_release.excepted
  )).verdicts) as v
  where (v.gate).gate_id = new.gate_id;
  v_truth := v_verdict.gate;
  -- A column that the update changed must be right. The others get the right value below.
  if new.status <> old.status and new.status <> v_truth.status
    or new.exception_id is distinct from old.exception_id and new.exception_id is distinct from v_truth.exception_id
    or new.first_missing is distinct from old.first_missing and new.first_missing is distinct from v_truth.first_missing
    or new.waits_for is distinct from old.waits_for and new.waits_for is distinct from v_truth.waits_for
    or new.missing <> old.missing and new.missing is distinct from v_truth.missing
    or new.evidence_gap <> old.evidence_gap and new.evidence_gap <> v_truth.evidence_gap
    or (new.status_without_exception, new.first_missing_without_exception)
    is distinct from (old.status_without_exception, old.first_missing_without_exception)
    and (new.status_without_exception, new.first_missing_without_exception)
    is distinct from (v_truth.status_without_exception, v_truth.first_missing_without_exception) then
    raise exception using errcode = 'OPS01',
      message = format('gate %s cannot be marked %s: it is %s', new.gate_code, new.status, v_truth.status),
      detail = coalesce((
        select 'missing: ' || string_agg(format('%s (%s)', f.requirement, f.detail), '; ')
        from unnest(v_verdict.findings) as f where f.enforcement = 'blocking' and f.state <> 'satisfied'
      ), 'nothing is missing'),
      hint = 'record the missing facts, or open an exception; to stop the gate, record a rejection';
  end if;
  -- Here and not in a trigger of its own, which every verdict of an event would have to ask: that cost 7 % of its speed.
  v_told.verdicts := array[row(old, v_truth, null)::ops_private.gate_verdict];
  perform ops_private.tell_verdicts(v_release, v_told, clock_timestamp());
  return v_truth;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_keep_gate_truthful"() IS 'Before a direct update of a gate: its identity columns cannot change (OPS05), and its verdict must agree with the facts; the error names what is missing (OPS01). The server sets when and by whom it was resolved. Tells what the verdict changed, as ops_private.store does.';

REVOKE ALL ON FUNCTION "ops_private"."tg_keep_gate_truthful"() FROM PUBLIC;
