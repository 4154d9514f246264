CREATE OR REPLACE FUNCTION ops.judge_gate (
  c         ops.gate_context,
  project   text,
  opened_at timestamp with time zone
)
  RETURNS ops.gate_verdict
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_verdict ops.gate_verdict;
  v_blocking integer;
  v_open integer;
  v_first integer;
  v_failed boolean;
  v_only_evidence boolean;
begin
  v_verdict.gate_id := c.gate_id;
  v_verdict.gate_code := c.gate_code;
  v_verdict.findings := ops.findings_of(c, project, opened_at);
  select
    count(*), count(*) filter (where f.state <> 'satisfied'),
    min(f.place) filter (where f.state <> 'satisfied'),
    coalesce(bool_or(f.state = 'failed'), false),
    coalesce(bool_and(f.kind = 'evidence') filter (where f.state <> 'satisfied'), false)
  into v_blocking, v_open, v_first, v_failed, v_only_evidence
  from unnest(v_verdict.findings) with ordinality as f(
    gate_id, gate_code, requirement, kind, subject, enforcement, state, detail, remedy, who, place
  )
  where f.enforcement = 'blocking';
  if v_blocking > 0 and v_open = 0 then
    v_verdict.status := 'passed';
    return v_verdict;
  end if;
  v_verdict.first_missing := case
    when v_first is null then 'a blocking requirement'
    else format('%s (%s)', (v_verdict.findings[v_first]).requirement, (v_verdict.findings[v_first]).detail)
  end;
  v_verdict.exception_id := ops.covering_exception(c, v_only_evidence);
  v_verdict.status := case
    when v_verdict.exception_id is not null then 'bypassed'
    when v_failed then 'failed'
    when ops.has_facts(c) then 'in_progress'
    else 'pending'
  end;
  return v_verdict;
end
$function$;

COMMENT ON FUNCTION "ops"."judge_gate"(ops.gate_context, text, timestamp with time zone) IS 'The verdict on one gate: all blocking findings satisfied: passed; else covered by an exception: bypassed; else any failed: failed; else in_progress with a fact, pending without.';

REVOKE ALL ON FUNCTION "ops"."judge_gate"(ops.gate_context, text, timestamp WITH time zone) FROM PUBLIC;
