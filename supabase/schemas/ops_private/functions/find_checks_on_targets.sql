-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_checks_on_targets (
  kind      ops.ops_requirement_kind,
  subject   text,
  gate_code ops.ops_gate_code,
  checks    ops_private.latest_check[],
  targets   ops_private.deployed_target[],
  in_full   boolean
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  v_one ops.gate_finding;
  t ops_private.deployed_target;
begin
  foreach t in array targets loop
    continue when t.retired;
    v_one := ops_private.find_checks(kind, subject, gate_code, array(
      select c from unnest(checks) as c where c.deployment_id = t.deployment_id), in_full);
    v_one.detail := format('%s: %s', ops_private.place_of(t.environment, t.target), v_one.detail);
    if f.state is null or v_one.state > f.state then
      f := v_one;
    end if;
  end loop;
  if f.requirement is null then
    return ops_private.find_checks(kind, subject, gate_code, checks, in_full);
  end if;
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_checks_on_targets"(ops.ops_requirement_kind, text, ops.ops_gate_code, ops_private.latest_check[], ops_private.deployed_target[], boolean) IS
  'Finding on a requirement `check` or `no_failed_checks`. On G4 every deployment that it looks at must meet it: the first of the worst findings counts, and names its target.';

REVOKE ALL
  ON FUNCTION "ops_private"."find_checks_on_targets"(ops.ops_requirement_kind, text, ops.ops_gate_code, ops_private.latest_check[], ops_private.deployed_target[], boolean)
  FROM PUBLIC;
