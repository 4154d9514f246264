-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_go (
  release ops.releases,
  gates   ops.release_gates[],
  now     timestamp with time zone,
  OUT     to_staging boolean,
  OUT     to_production boolean
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_finding ops.gate_finding;
begin
  to_staging := release.closed_at is null and ops_private.all_cleared(gates, 'G3');
  to_production := to_staging and ops_private.all_cleared(gates, 'G4');
  if not to_staging then
    return;
  end if;
  for v_finding in
    select (o.finding).* from ops_private.obstacles_beside_gates(release, 'production', may_go.now) as o
    where o.exception_id is null
  loop
    to_production := false;
    -- What keeps it out at no gate keeps it out of staging too: as ops_private.first_blockers.
    to_staging := to_staging and (v_finding.gate_code = any (ops_private.gates_before('staging'))) is false;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_go"(ops.releases, ops.release_gates[], timestamp with time zone) IS 'Whether a release is eligible for staging and for production now, as ops_private.is_eligible_at, by its gates as they are now.';

REVOKE ALL ON FUNCTION "ops_private"."may_go"(ops.releases, ops.release_gates[], timestamp WITH time zone) FROM PUBLIC;
