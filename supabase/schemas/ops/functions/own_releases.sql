CREATE OR REPLACE FUNCTION ops.own_releases()
  RETURNS SETOF uuid
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  perform ops.require_role('developer');
  return query
  select r.release_id from ops.releases r
  where ops.current_actor() in (r.initiating_actor, r.created_by);
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."own_releases"() TO "developer";

COMMENT ON FUNCTION "ops"."own_releases"() IS 'The releases that the caller initiated or opened: whose checks a developer sees and adds to.';

REVOKE ALL ON FUNCTION "ops"."own_releases"() FROM PUBLIC;
