-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_dismiss (
  fact uuid,
  a    ops_private.asked_release
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_dismisser(a.release, a.person);
  perform ops_private.dismissal_of(fact, a.person, (a.release).release_id, a.as_of);
  return true;
exception when sqlstate 'OPS11' then
  return false;
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_dismiss"(uuid, ops_private.asked_release) IS 'Whether the person could dismiss a fact of a release now: as ops.dismiss decides it.';

REVOKE ALL ON FUNCTION "ops_private"."may_dismiss"(uuid, ops_private.asked_release) FROM PUBLIC;
