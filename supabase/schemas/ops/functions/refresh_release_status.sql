CREATE OR REPLACE FUNCTION ops.refresh_release_status (
  release ops.releases
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_status constant ops.ops_release_status := ops.release_status_of(release.release_id);
begin
  if v_status <> release.status then
    update ops.releases r set status = v_status where r.release_id = release.release_id;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops"."refresh_release_status"(ops.releases) IS 'Stores the status of a release when its facts changed it.';

REVOKE ALL ON FUNCTION "ops"."refresh_release_status"(ops.releases) FROM PUBLIC;
