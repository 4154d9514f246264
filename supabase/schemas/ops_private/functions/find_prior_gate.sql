-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_prior_gate (
  subject        text,
  prior_statuses ops.ops_gate_status[],
  in_full        boolean
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  v_status constant ops.ops_gate_status := prior_statuses[right(subject, 1)::integer];
begin
  f.state := case when v_status in ('passed', 'bypassed') then 'satisfied'::ops.ops_finding_state
    else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := format('%s is passed or bypassed', subject);
  f.detail := format('%s is %s', subject, v_status);
  f.who := ops_private.gate_owner(subject::ops.ops_gate_code);
  f.remedy := format('complete what is missing on %s', subject);
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_prior_gate"(text, ops.ops_gate_status[], boolean) IS 'Finding on a requirement `prior_gate`: that gate must be passed or bypassed. Otherwise the requirement is unsatisfied, never failed.';

REVOKE ALL ON FUNCTION "ops_private"."find_prior_gate"(text, ops.ops_gate_status[], boolean) FROM PUBLIC;
