CREATE OR REPLACE FUNCTION ops.refresh_release_status (
  release ops.releases,
  begun   boolean
)
  RETURNS ops.ops_release_status
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_status constant ops.ops_release_status := case
    when begun then 'in_progress' else ops.release_status_of(release.release_id)
  end;
begin
  if v_status <> release.status then
    update ops.releases r set status = v_status where r.release_id = release.release_id;
  end if;
  return v_status;
end
$function$;

COMMENT ON FUNCTION "ops"."refresh_release_status"(ops.releases, boolean) IS 'Stores the status of a release when its facts changed it, and returns it. begun: it is known to be a draft that got its first fact.';

REVOKE ALL ON FUNCTION "ops"."refresh_release_status"(ops.releases, boolean) FROM PUBLIC;
