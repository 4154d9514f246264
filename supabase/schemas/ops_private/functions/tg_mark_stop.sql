-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_mark_stop()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_objected constant boolean := coalesce(to_jsonb(new) ->> 'scope' = 'release', false);
begin
  update ops.releases r set stopped = true, objected = r.objected or v_objected
  where r.release_id = new.release_id and not (r.stopped and (r.objected or not v_objected));
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_mark_stop"() IS 'After insert of a rejection, an objection to the release as a whole, or a failed check from a machine: marks the release with stopped, and with objected for an objection to it as a whole.';

REVOKE ALL ON FUNCTION "ops_private"."tg_mark_stop"() FROM PUBLIC;
