-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.people_too_few (
  a      ops_private.asked_approval,
  people text[]
)
  RETURNS ops.policy_warning
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  w ops.policy_warning;
  v_able constant integer := ops_private.at_most(a.able, people, a.not_initiator);
begin
  if a.blocking and v_able < a.min_count then
    w.code := 'too_few_people';
    w.gate_code := a.gate_code;
    w.persona := a.persona;
    w.needed := a.min_count;
    w.able := v_able;
    w.stops := true;
    w.message := format('%s%s asks for %s approval%s by a %s%s, and %s active %s can give one', a.gate_code,
      case when not a.on_gate then ', for exceptions,' else '' end, a.min_count,
      case when a.min_count > 1 then 's' else '' end, a.persona,
      case when a.approvers is not null then ' of those named' else '' end, v_able,
      case v_able when 1 then 'person' else 'people' end);
  end if;
  return w;
end
$function$;

COMMENT ON FUNCTION "ops_private"."people_too_few"(ops_private.asked_approval, text[]) IS 'The warning too_few_people of a requirement. people: all active people there. Null when they suffice.';

REVOKE ALL ON FUNCTION "ops_private"."people_too_few"(ops_private.asked_approval, text[]) FROM PUBLIC;
