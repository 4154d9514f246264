-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_tell_verdict()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_verdict ops_private.gate_verdict;
  v_judged ops_private.judgement;
begin
  select r.* into v_release from ops.releases r where r.release_id = new.release_id;
  v_verdict.stored := old;
  v_verdict.gate := new;
  v_judged.verdicts := array[v_verdict];
  perform ops_private.tell_verdicts(v_release, v_judged, clock_timestamp());
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_tell_verdict"() IS 'After somebody wrote the verdict of a gate by hand, which had not been stored: tells what it changed, as ops_private.store does.';

REVOKE ALL ON FUNCTION "ops_private"."tg_tell_verdict"() FROM PUBLIC;
