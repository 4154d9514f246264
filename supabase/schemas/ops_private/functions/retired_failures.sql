-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.retired_failures (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select
    g.gate_id, g.gate_code, 'a target that was taken out has not failed', 'retired_failed'::ops.ops_requirement_kind,
    t.target::text, 'advisory'::ops.ops_enforcement, 'failed'::ops.ops_finding_state,
    format('%s, which was taken out: %s', ops_private.place_of(t.environment, t.target), t.found),
    'check that nothing runs there any more, or deploy there again and report a passing health check',
    ops_private.gate_owner('G4')
  from unnest(enum_range(null::ops.ops_environment)) as e (environment)
  cross join lateral ops_private.targets_at(release, e.environment, retired_failures.as_of) as t
  join ops.release_gates g on g.release_id = release.release_id and g.gate_code = 'G4'
  where t.retired and t.health = 'failed';
end
$function$;

COMMENT ON FUNCTION "ops_private"."retired_failures"(ops.releases, timestamp with time zone) IS 'Advisory findings on the targets that were taken out while the newest deployment of the release there had failed, in every environment.';

REVOKE ALL ON FUNCTION "ops_private"."retired_failures"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
