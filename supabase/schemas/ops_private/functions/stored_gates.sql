-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.stored_gates (
  release_id uuid
)
  RETURNS ops.release_gates[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select g from ops.release_gates g where g.release_id = stored_gates.release_id order by g.gate_code);
end
$function$;

COMMENT ON FUNCTION "ops_private"."stored_gates"(uuid) IS 'The four gates of a release as they are stored, G1 first.';

REVOKE ALL ON FUNCTION "ops_private"."stored_gates"(uuid) FROM PUBLIC;
