-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_lock_policy()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform pg_advisory_xact_lock(hashtextextended('table ops.gate_requirements', 0));
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_lock_policy"() IS 'Before a statement that inserts or updates requirements: waits for releases that are being opened and for other changes of policy, as ops.set_gate_policy does. A release is opened before or after the change, never during it. No row may be locked before, or the two orders of locks could meet in a deadlock.';

REVOKE ALL ON FUNCTION "ops_private"."tg_lock_policy"() FROM PUBLIC;
