-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.health_until_undone (
  d      ops_private.deployed,
  checks ops_private.latest_check[]
)
  RETURNS ops.ops_health
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_failed boolean;
  v_passed boolean;
begin
  -- A deployment that failed stays failed after it was rolled back.
  if d.ended = 'failed' then
    return 'failed'::ops.ops_health;
  end if;
  select bool_or(c.status = 'fail'), bool_and(c.status = 'pass') filter (where c.trusted) into v_failed, v_passed
  from unnest(checks) as c where c.deployment_id = d.deployment_id;
  return case
    when v_failed then 'failed'::ops.ops_health
    when v_passed and d.ended = 'succeeded' and d.is_own_commit then 'passed'
    else 'pending'
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."health_until_undone"(ops_private.deployed, ops_private.latest_check[]) IS 'What its end and the checks that count (of G4: ops_private.counted_checks) say of a deployment, as if nobody had rolled it back. failed: its end is failed, or a check failed. passed: it is of the commit of the release, it succeeded, and each trusted check passed. Otherwise pending.';

REVOKE ALL ON FUNCTION "ops_private"."health_until_undone"(ops_private.deployed, ops_private.latest_check[]) FROM PUBLIC;
