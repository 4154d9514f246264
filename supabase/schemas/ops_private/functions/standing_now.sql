-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.standing_now (
  result jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select jsonb_build_object('now', jsonb_build_object(
      'release_status', r.status,
      'gate_status', case when r.judged_until is not null or r.excepted
        then (ops_private.judged_gate(r, g.gate_id)).status else g.status end)
      || case when result ? 'approval_id' and ops_private.is_outdated(result)
        then '{"counts": false}'::jsonb else '{}' end)
    from ops.release_gates g join ops.releases r on r.release_id = g.release_id
    where g.gate_id = (standing_now.result #>> '{gate,gate_id}')::uuid
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."standing_now"(jsonb) IS 'What a retry of an accepted event is told beside its first answer: {now: {gate_status, release_status}}, the status of its gate and of its release at this moment; with counts false when it approved and that no longer counts.';

REVOKE ALL ON FUNCTION "ops_private"."standing_now"(jsonb) FROM PUBLIC;
