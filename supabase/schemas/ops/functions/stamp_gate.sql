CREATE OR REPLACE FUNCTION ops.stamp_gate()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'pending'
      or num_nonnulls(new.entered_at, new.resolved_at, new.resolved_by, new.exception_id) > 0 then
      raise exception using errcode = 'OPS01', message = 'a gate is born pending',
        hint = 'record facts: its status follows';
    end if;
    new.gate_name := case new.gate_code
      when 'G1' then 'Build Integrity'
      when 'G2' then 'Validation Readiness'
      when 'G3' then 'Promotion Readiness'
      when 'G4' then 'Post-Deploy Operational Confirmation'
    end;
    return new;
  end if;
  if (new.entered_at, new.resolved_at, new.resolved_by)
      is distinct from (old.entered_at, old.resolved_at, old.resolved_by)
    or (new.exception_id is distinct from old.exception_id
      and new.status = old.status and new.status <> 'bypassed') then
    raise exception using errcode = 'OPS01', message = 'when and by whom a gate was resolved is stamped by the server',
      hint = 'set status alone, to what the facts say';
  end if;
  if (new.status, new.exception_id) is not distinct from (old.status, old.exception_id) then
    return new;
  end if;
  new.entered_at := case
    when new.status = 'pending' then null
    when new.status = 'in_progress' and old.status <> 'in_progress' then clock_timestamp()
    else coalesce(old.entered_at, clock_timestamp())
  end;
  new.resolved_at := case when new.status in ('passed', 'failed', 'bypassed') then clock_timestamp() end;
  new.resolved_by := case when new.resolved_at is not null then ops.current_actor() end;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."stamp_gate"() IS 'Before insert or update of a gate: it is born pending and gets its name, and its companion columns are stamped when the verdict changes (OPS01 when they were sent).';

REVOKE ALL ON FUNCTION "ops"."stamp_gate"() FROM PUBLIC;
