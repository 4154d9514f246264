-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.release_in_sight (
  release_id uuid
)
  RETURNS ops.releases
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
begin
  select r.* into v_release from ops.releases r where r.release_id = release_in_sight.release_id;
  if not found then
    perform ops_private.refuse_out_of_sight();
  end if;
  return v_release;
end
$function$;

COMMENT ON FUNCTION "ops_private"."release_in_sight"(uuid) IS 'The release with this id, if the caller may see it in the role that they act in. Raises OPS04 for service_role and 42501 for people, and the same for one that is not there.';

REVOKE ALL ON FUNCTION "ops_private"."release_in_sight"(uuid) FROM PUBLIC;
