CREATE OR REPLACE FUNCTION ops.keep_gate_truthful()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
declare
  v_verdict ops.gate_verdict;
begin
  perform ops.refuse_other_changes(
    'release_gates', to_jsonb(old), to_jsonb(new),
    'status', 'entered_at', 'resolved_at', 'resolved_by', 'exception_id', 'first_missing'
  );
  if (new.status, new.exception_id, new.first_missing)
    is not distinct from (old.status, old.exception_id, old.first_missing) then
    return new;
  end if;
  select v.* into v_verdict
  from ops.judge_release(new.release_id, clock_timestamp(), to_gate => new.gate_code) as v
  where v.gate_id = new.gate_id;
  if new.exception_id is not distinct from old.exception_id then
    new.exception_id := v_verdict.exception_id;
  end if;
  if new.first_missing is not distinct from old.first_missing then
    new.first_missing := v_verdict.first_missing;
  end if;
  if (new.status, new.exception_id, new.first_missing)
    is distinct from (v_verdict.status, v_verdict.exception_id, v_verdict.first_missing) then
    raise exception using errcode = 'OPS01',
      message = format('gate %s cannot be marked %s: it is %s', new.gate_code, new.status, v_verdict.status),
      detail = coalesce((
        select 'missing: ' || string_agg(format('%s (%s)', f.requirement, f.detail), '; ')
        from unnest(v_verdict.findings) as f where f.enforcement = 'blocking' and f.state <> 'satisfied'
      ), 'nothing is missing'),
      hint = 'record the facts it needs, a rejection to stop it, or an exception to go on without';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."keep_gate_truthful"() IS 'Before a direct change of a gate: it stays that of its release (OPS05), and its status is the verdict; refuses any other, saying what is missing (OPS01).';

REVOKE ALL ON FUNCTION "ops"."keep_gate_truthful"() FROM PUBLIC;
