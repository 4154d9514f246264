-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_moving_ref (
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
  if release.source_ref ~* '^([0-9a-f]{40}|[0-9a-f]{64})$' or release.source_ref like 'refs/tags/%' then
    return null;
  end if;
  f.kind := 'moving_ref';
  f.subject := release.source_ref;
  f.enforcement := 'advisory';
  f.state := 'unsatisfied';
  f.requirement := 'source_ref names one commit';
  f.detail := format('%s is no full commit id and no tag, so it can name another commit tomorrow', release.source_ref);
  f.remedy := 'open a release with the full commit id, or with a tag that begins with refs/tags/';
  f.who := 'release_manager';
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_moving_ref"(ops.releases) IS 'The finding on a source_ref that is no full commit id (40 or 64 hex digits) and does not begin with refs/tags/. Null for others.';

REVOKE ALL ON FUNCTION "ops_private"."find_moving_ref"(ops.releases) FROM PUBLIC;
