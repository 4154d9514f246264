-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_name_gate()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if new.status <> 'pending'
    or num_nonnulls(new.entered_at, new.resolved_at, new.resolved_by, new.exception_id, new.waits_for) > 0 then
    raise exception using errcode = 'OPS01', message = 'a new gate must be pending',
      hint = 'record facts; the status follows from them';
  end if;
  new.gate_name := case new.gate_code
    when 'G1' then 'Build Integrity'
    when 'G2' then 'Validation Readiness'
    when 'G3' then 'Promotion Readiness'
    when 'G4' then 'Post-Deploy Operational Confirmation'
  end;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_name_gate"() IS 'Before insert of a gate: sets its name. Raises OPS01 unless the gate is pending.';

REVOKE ALL ON FUNCTION "ops_private"."tg_name_gate"() FROM PUBLIC;
