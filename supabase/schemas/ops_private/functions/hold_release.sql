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
  perform ops_private.refuse_isolation();
  -- Not `for update`: it can deadlock with the key-share locks of foreign-key checks.
  select r.* into v_release from ops.releases r
  where r.release_id = hold_release.release_id and ops_private.sees(r.project) for no key update;
  perform ops_private.require_sight(v_release.project);
  return v_release;
end
$function$;

COMMENT ON FUNCTION "ops_private"."hold_release"(uuid) IS 'Locks the row of a release until the end of the transaction, so that its writers wait for each other. Returns the present row, or nulls for an unknown release and for one of a project that the caller may not act for. Only later statements see everything that was committed before the lock. Raises OPS03 above read committed.';

REVOKE ALL ON FUNCTION "ops_private"."hold_release"(uuid) FROM PUBLIC;
