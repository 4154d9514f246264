-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.hold_release (
  release_id uuid
)
  RETURNS ops.releases
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    perform ops_private.refuse_isolation();
  end if;
  -- `for update` would deadlock with the key-share locks of foreign-key checks.
  select r.* into v_release from ops.releases r where r.release_id = hold_release.release_id for no key update;
  return v_release;
end
$function$;

COMMENT ON FUNCTION "ops_private"."hold_release"(uuid) IS 'Queues the writers of one release on its row until the end of the transaction, so that what they judge by and stamp is in one order. Returns the row as it is now; nulls for an unknown one. OPS03 above read committed. What is read in later statements is what is true.';

REVOKE ALL ON FUNCTION "ops_private"."hold_release"(uuid) FROM PUBLIC;
