CREATE OR REPLACE FUNCTION ops.hold_release (
  release_id uuid
)
  RETURNS ops.releases
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_committed constant boolean := ops.require_read_committed();
  v_release ops.releases;
begin
  -- `for update` would deadlock with the key-share locks of foreign-key checks.
  select r.* into v_release from ops.releases r where r.release_id = hold_release.release_id for no key update;
  return v_release;
end
$function$;

COMMENT ON FUNCTION "ops"."hold_release"(uuid) IS 'Queues the writers of one release on its row until the end of the transaction, so that what they judge by and stamp is in one order, and returns the row as it is now; nulls for an unknown one. OPS03 above read committed. What is read in later statements is what is true.';

REVOKE ALL ON FUNCTION "ops"."hold_release"(uuid) FROM PUBLIC;
