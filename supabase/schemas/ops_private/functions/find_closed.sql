-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_closed (
  release ops.releases
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
begin
  f.kind := 'release_closed';
  f.subject := release.close_reason;
  f.enforcement := 'blocking';
  f.state := 'failed';
  f.requirement := 'the release is open';
  f.detail := format('closed by %s: %s', release.closed_by, release.close_reason);
  f.remedy := 'open a release under a new name';
  f.who := 'release_manager';
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_closed"(ops.releases) IS 'The finding on a release that is closed: it is eligible for nothing, and no exception covers that.';

REVOKE ALL ON FUNCTION "ops_private"."find_closed"(ops.releases) FROM PUBLIC;
