-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_objections (
  gate      ops.release_gates,
  decisions ops_private.standing_decision[],
  answered  text[]
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  v_rejected boolean;
begin
  for f.subject, v_rejected, f.detail in
    select
      d.persona_role::text, bool_or(d.decision = 'rejected'), string_agg(d.approver_id, ', ' order by d.approver_id)
    from unnest(decisions) as d
    where d.decision <> 'approved' and d.persona_role::text <> all (answered)
    group by d.persona_role
    order by d.persona_role
  loop
    f.gate_id := gate.gate_id;
    f.gate_code := gate.gate_code;
    f.kind := 'approval';
    f.enforcement := 'blocking';
    f.state := case when v_rejected then 'failed'::ops.ops_finding_state else 'unsatisfied' end;
    f.requirement := format('no objection %sby a %s',
      case when gate.gate_id is null then 'to the release as a whole ' end, f.subject);
    f.detail := format('%s by %s', case when v_rejected then 'rejected' else 'changes requested' end, f.detail);
    f.remedy := 'resolve the objection, then ask the same person to decide again, or dismiss it if they left';
    f.who := f.subject;
    return next f;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_objections"(ops.release_gates, ops_private.standing_decision[], text[]) IS 'One finding per persona with a standing rejection or request for changes. These count on every gate, also where no approval by that persona is required. Without a gate they are about the release as a whole. answered: personas that already have a finding on a blocking requirement.';

REVOKE ALL ON FUNCTION "ops_private"."find_objections"(ops.release_gates, ops_private.standing_decision[], text[]) FROM PUBLIC;
