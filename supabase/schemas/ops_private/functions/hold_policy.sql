-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.hold_policy()
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.refuse_isolation();
  -- Wait for releases that are being opened, and make later ones wait, so that each release has one policy.
  perform pg_advisory_xact_lock(hashtextextended('table ops.gate_requirements', 0));
  -- Nobody is granted or revoked a membership meanwhile. A change of a membership waits for this lock alone, and for no
  -- release.
  perform pg_advisory_xact_lock_shared(hashtextextended('table ops.members', 0));
end
$function$;

COMMENT ON FUNCTION "ops_private"."hold_policy"() IS 'Until the transaction ends, nobody else changes policy or memberships, and no release is opened. Raises OPS03 above read committed.';

REVOKE ALL ON FUNCTION "ops_private"."hold_policy"() FROM PUBLIC;
