-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.judge_now (
  release_id uuid,
  touched    ops.ops_gate_code
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_now timestamptz;
begin
  v_release := ops_private.hold_release(judge_now.release_id);
  v_now := ops_private.present(v_release);
  perform ops_private.store(v_release, touched, ops_private.judge(v_release, touched, v_now, live => true), v_now);
end
$function$;

COMMENT ON FUNCTION "ops_private"."judge_now"(uuid, ops.ops_gate_code) IS 'Locks a release, judges its gates from one gate on, and stores the verdicts.';

REVOKE ALL ON FUNCTION "ops_private"."judge_now"(uuid, ops.ops_gate_code) FROM PUBLIC;
