-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_go (
  release ops.releases,
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
  v_blocker ops.gate_finding;
begin
  to_staging := release.closed_at is null;
  to_production := to_staging;
  if release.closed_at is not null then
    return;
  elsif not ops_private.must_be_judged(release, may_go.now) then
    to_staging := release.cleared_for >= 'staging';
    to_production := ops_private.is_eligible_at(release, 'production', may_go.now);
    return;
  end if;
  -- What keeps a release out of staging keeps it out of production too: as ops_private.first_blockers.
  for v_blocker in select b.* from ops_private.blockers_of(release, 'production', may_go.now) as b loop
    to_production := false;
    to_staging := to_staging and (v_blocker.gate_code = any (ops_private.gates_before('staging'))) is false;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_go"(ops.releases, timestamp with time zone) IS 'Whether a release is eligible for staging and for production now, as ops_private.is_eligible_at, but judged at most once.';

REVOKE ALL ON FUNCTION "ops_private"."may_go"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
