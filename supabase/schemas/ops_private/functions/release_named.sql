-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.release_named (
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
  select r.* into v_release from ops.releases r where r.release_id = release_named.release_id;
  if not found or not ops_private.sees(v_release.project) then
    perform ops_private.refuse_unseen(
      'release', v_release.project, 'ops.open_release opens a release and returns its release_id');
  end if;
  return v_release;
end
$function$;

COMMENT ON FUNCTION "ops_private"."release_named"(uuid) IS 'The release with this id. Raises OPS04 when there is none, or the caller may not act for its project (ops_private.refuse_unseen).';

REVOKE ALL ON FUNCTION "ops_private"."release_named"(uuid) FROM PUBLIC;
