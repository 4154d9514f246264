-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_judge_past()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_now timestamptz;
begin
  select r.* into v_release from ops.releases r where r.release_id = new.release_id;
  -- Every fact moves recorded_until. The last one of the transaction stands there.
  if v_release.recorded_until = new.recorded_until then
    v_now := ops_private.present(v_release);
    -- Not as ops_private.judge_now: facts came on any gate, so all are judged, and the status is worked out anew.
    perform ops_private.store(v_release, 'G4', ops_private.judge(v_release, 'G1', v_now), v_now);
  end if;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_judge_past"() IS 'When a transaction ends that recorded facts of a release of the past: judges its gates, and stores verdicts and status.';

REVOKE ALL ON FUNCTION "ops_private"."tg_judge_past"() FROM PUBLIC;
