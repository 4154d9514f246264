-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.standing_now (
  result jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_gate_id constant uuid := (result #>> '{gate,gate_id}')::uuid;
  v_gate_status ops.ops_gate_status;
  v_release_status ops.ops_release_status;
  v_timed boolean;
  v_now jsonb;
begin
  select g.status, r.status, r.judged_until is not null or r.excepted into v_gate_status, v_release_status, v_timed
  from ops.release_gates g join ops.releases r on r.release_id = g.release_id
  where g.gate_id = v_gate_id;
  if v_timed then
    v_gate_status := (
      select (ops_private.judged_gate(r, v_gate_id)).status
      from ops.releases r where r.release_id = (result ->> 'release_id')::uuid
    );
  end if;
  v_now := jsonb_build_object('gate_status', v_gate_status, 'release_status', v_release_status);
  if result ? 'approval_id' and ops_private.is_outdated(result) then
    v_now := v_now || jsonb_build_object('counts', false);
  end if;
  return jsonb_build_object('now', v_now);
end
$function$;

COMMENT ON FUNCTION "ops_private"."standing_now"(jsonb) IS 'What a retry of an accepted event is told beside its first answer: {now: {gate_status, release_status}}, the status of its gate and of its release at this moment; with counts false when it approved and that no longer counts.';

REVOKE ALL ON FUNCTION "ops_private"."standing_now"(jsonb) FROM PUBLIC;
