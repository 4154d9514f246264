-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_bear_gates()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_now timestamptz;
begin
  insert into ops.release_gates (release_id, gate_code, project)
  select new.release_id, code, new.project from unnest(enum_range(null::ops.ops_gate_code)) as code;
  v_now := clock_timestamp();
  perform ops_private.store(new, null, ops_private.judge(new, 'G1', v_now), v_now);
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_bear_gates"() IS 'After insert of a release: creates its four gates and stores the first verdicts. The gates are pending, unless the policy requires nothing that is still missing.';

REVOKE ALL ON FUNCTION "ops_private"."tg_bear_gates"() FROM PUBLIC;
