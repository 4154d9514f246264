-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.hold_deployed_releases (
  x ops.retired_targets
)
  RETURNS ops.releases[]
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_found uuid[];
begin
  -- A project has many releases. This statement finds those concerned, and the next one locks them in one order.
  v_found := array(
    select r.release_id from ops.releases r
    where r.project = x.project and r.closed_at is null and exists (
      select from ops.deployments d
      where d.release_id = r.release_id and d.environment = x.environment and d.target = x.target
    ) and not (r.retired and ops_private.target_retired_at(r, x.environment, x.target, 'infinity') is not null)
    order by r.release_id limit 1001
  );
  if cardinality(v_found) > 1000 then
    raise exception using errcode = '54000', message = 'more than 1000 releases of the project were deployed there',
      hint = 'close the releases that are over (ops.close_release), then take the target out';
  end if;
  perform from ops.releases r where r.release_id = any (v_found) order by r.release_id for no key update;
  return array(
    select r from ops.releases r where r.release_id = any (v_found) and r.closed_at is null order by r.release_id
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."hold_deployed_releases"(ops.retired_targets) IS 'Locks the open releases of a project that were deployed to a target which is not out for them yet, ordered by id, and returns them. The past of a closed release stays. Raises 54000 when there are more than 1000.';

REVOKE ALL ON FUNCTION "ops_private"."hold_deployed_releases"(ops.retired_targets) FROM PUBLIC;
