CREATE OR REPLACE FUNCTION ops.cleared_for (
  release_id uuid,
  statuses   ops.ops_gate_status[]
)
  RETURNS ops.ops_environment
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  -- Statements of their own: an expression with a query in it is run as a query even when it does not come to that.
  if statuses[1:2] <> '{passed,passed}' then
    return 'dev';
  elsif statuses[3] <> 'passed' then
    return 'staging';
  end if;
  -- The newest that is not pending is the one whose health stands.
  return case when (
    select d.g4_status from ops.deployments d
    where d.release_id = cleared_for.release_id and d.environment = 'staging'
      and d.rollback_of is null and d.g4_status <> 'pending'
    order by d.deployed_at desc, d.deployment_ref desc limit 1
  ) = 'failed' then 'staging' else 'production' end;
end
$function$;

COMMENT ON FUNCTION "ops"."cleared_for"(uuid, ops.ops_gate_status[]) IS 'The furthest environment that verdicts (G1 first) and the stored health of staging let a release into, bypasses left out.';

REVOKE ALL ON FUNCTION "ops"."cleared_for"(uuid, ops.ops_gate_status[]) FROM PUBLIC;
