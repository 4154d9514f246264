-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.acts_alone (
  release ops.releases,
  person  text,
  gates   ops.ops_gate_code[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if not ops_private.lets_alone(release.release_id, gates) then
    return false;
  end if;
  -- Nobody is granted or revoked a membership meanwhile. This lock is taken last, so no revocation waits for a release.
  perform pg_advisory_xact_lock_shared(hashtextextended('table ops.members', 0));
  return coalesce(ops_private.is_alone(person, release.project), false);
end
$function$;

COMMENT ON FUNCTION "ops_private"."acts_alone"(ops.releases, text, ops.ops_gate_code[]) IS 'Whether policy lets a person do alone what concerns these gates of a release: it has the kind alone on each of them, and they are the only release manager (ops_private.is_alone).';

REVOKE ALL ON FUNCTION "ops_private"."acts_alone"(ops.releases, text, ops.ops_gate_code[]) FROM PUBLIC;
