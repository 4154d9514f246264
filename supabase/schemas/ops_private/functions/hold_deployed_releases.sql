-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.hold_deployed_releases (
  x ops.retired_targets
)
  RETURNS ops.releases[]
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_found constant uuid[] := array(select r.release_id from ops_private.deployed_releases(x) as r);
begin
  if cardinality(v_found) > 1000 then
    raise exception using errcode = '54000', message = 'more than 1000 releases of the project were deployed there',
      hint = 'close the releases that are over (ops.close_release), then take the target out';
  end if;
  perform ops_private.hold_releases(v_found);
  perform ops_private.require_sight(x.project);
  -- Meanwhile somebody else may have closed one, or taken the target out.
  return array(select r from ops_private.deployed_releases(x) as r where r.release_id = any (v_found));
end
$function$;

COMMENT ON FUNCTION "ops_private"."hold_deployed_releases"(ops.retired_targets) IS 'Locks the open releases of a project that were deployed to a target which is not out for them yet, and returns them, ordered by id. The past of a closed release stays. Raises 54000 when there are more than 1000.';

REVOKE ALL ON FUNCTION "ops_private"."hold_deployed_releases"(ops.retired_targets) FROM PUBLIC;
