-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.release_without_target (
  r ops.releases,
  x ops.retired_targets
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select jsonb_build_object(
      'release_id', now.release_id, 'release_name', now.release_name, 'release_status_before', r.status,
      'release_status', now.status, 'gate_status', g.status, 'deployment_ref', t.deployment_ref,
      'retired_failed', t.health = 'failed')
    from ops.releases now
    join ops.release_gates g on g.release_id = now.release_id and g.gate_code = 'G4'
    cross join lateral ops_private.targets_at(now, x.environment, 'infinity') as t
    where now.release_id = r.release_id and t.target = x.target
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."release_without_target"(ops.releases, ops.retired_targets) IS 'What the answer of ops.retire_target says of one release. r: the release as it was before.';

REVOKE ALL ON FUNCTION "ops_private"."release_without_target"(ops.releases, ops.retired_targets) FROM PUBLIC;
