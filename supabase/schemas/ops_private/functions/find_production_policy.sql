-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_production_policy (
  release     ops.releases,
  enforcement ops.ops_enforcement,
  as_of       timestamp with time zone,
  policy      ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_asked ops.ops_requirement_kind[] := '{}'::ops.ops_requirement_kind[];
  -- Another policy may ask what the release's own does not.
  v_asks constant boolean := release.asks_beyond or policy is not null;
  v_kind ops.ops_requirement_kind;
  v_finding ops.gate_finding;
begin
  if v_asks then
    v_asked := array(
      select n.kind from ops_private.requirements_of(release.release_id, policy) as n
      where n.kind in ('environment_healthy', 'objected_elsewhere')
        and n.enforcement = find_production_policy.enforcement
      order by n.kind
    );
  end if;
  if find_production_policy.enforcement = 'advisory' and (not v_asks or not exists (
    select from ops_private.requirements_of(release.release_id, policy) as n where n.kind = 'objected_elsewhere'
  )) then
    v_asked := v_asked || 'objected_elsewhere'::ops.ops_requirement_kind;
  end if;
  foreach v_kind in array v_asked loop
    v_finding := case v_kind when 'environment_healthy' then ops_private.find_environment_healthy(release, as_of)
      else ops_private.find_elsewhere(release, as_of) end;
    continue when v_finding.kind is null;
    select g.gate_id, g.gate_code into v_finding.gate_id, v_finding.gate_code
    from ops.release_gates g where g.release_id = release.release_id and g.gate_code = 'G3';
    v_finding.enforcement := find_production_policy.enforcement;
    return next v_finding;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_production_policy"(ops.releases, ops.ops_enforcement, timestamp
  with time zone, ops_private.requirements_in_force[]) IS 'The findings on what is asked of production beside the gates, at a moment: blocking ones if policy says so, advisory ones otherwise. objected_elsewhere is always asked, environment_healthy only by policy. They are shown with G3, and no verdict on G3 depends on them.';

REVOKE ALL ON FUNCTION "ops_private"."find_production_policy"(ops.releases, ops.ops_enforcement, timestamp WITH time zone, ops_private.requirements_in_force[]) FROM PUBLIC;
