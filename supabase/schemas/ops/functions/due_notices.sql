-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.due_notices()
  RETURNS integer
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  n ops.notices;
  v_new integer := 0;
begin
  perform ops_private.require_role('service_role');
  perform ops_private.refuse_isolation();
  -- One call at a time. A call that comes meanwhile returns 0.
  if not pg_try_advisory_xact_lock(hashtextextended('due notices', 0)) then
    return 0;
  end if;
  perform ops_private.judge_what_lapsed();
  for n in select f.* from ops_private.untold() as f limit 100 loop
    -- A release that somebody writes to has its turn the next time.
    perform from ops.releases r where r.release_id = n.release_id for no key update skip locked;
    if found and ops_private.is_true_or_warn(n) then
      v_new := v_new + ops_private.tell(n)::integer;
    end if;
  end loop;
  return v_new;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."due_notices"() TO "service_role";

COMMENT ON FUNCTION "ops"."due_notices"() IS 'Records the notices that time alone made true: an exception ends within a day, an ended exception is not reviewed, a deployment did not end for four hours, nobody confirmed G4 for a day; each once, at most 100 in a call, since an event waits while its release is told of. Judges releases again of which something lapsed, so that gates that wait again are told. A scheduler calls it; as often as one likes. Returns how many came new. Only service_role may call it. OPS03 above read committed.';

REVOKE ALL ON FUNCTION "ops"."due_notices"() FROM PUBLIC;
