-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.releases_without_target (
  x ops.retired_targets
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'release_id', r.release_id, 'release_name', r.release_name, 'release_status_before', o.release_status_before,
      'release_status', r.status, 'gate_status', g.status, 'deployment_ref', t.deployment_ref,
      'retired_failed', coalesce(t.health = 'failed', false)) order by r.release_id), '[]')
    from ops.retired_releases o
    join ops.releases r on r.release_id = o.release_id
    join ops.release_gates g on g.release_id = r.release_id and g.gate_code = 'G4'
    left join lateral ops_private.targets_at(r, x.environment, 'infinity') as t on t.target = x.target
    where o.retirement_id = x.retirement_id
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."releases_without_target"(ops.retired_targets) IS 'What the answer of ops.retire_target says of each release that the target was taken out for.';

REVOKE ALL ON FUNCTION "ops_private"."releases_without_target"(ops.retired_targets) FROM PUBLIC;
