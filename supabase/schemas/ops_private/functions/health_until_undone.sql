-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.health_until_undone (
  release_id uuid,
  gate_id    uuid,
  d          ops_private.deployed,
  checks     ops_private.latest_check[],
  as_of      timestamp with time zone
)
  RETURNS ops.ops_health
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_failed boolean;
  v_passed boolean;
begin
  -- A deployment that failed stays failed after it was rolled back.
  if d.ended = 'failed' then
    return 'failed';
  end if;
  select bool_or(c.status = 'fail'), bool_and(c.status = 'pass') filter (where c.trusted) into v_failed, v_passed
  from unnest(checks) as c where c.deployment_id = d.deployment_id;
  if v_failed then
    return 'failed';
  elsif d.undone_at is not null then
    v_passed := ops_private.passed_before_undone(release_id, gate_id, d, as_of);
  end if;
  return case when v_passed and d.ended = 'succeeded' and d.is_own_commit then 'passed' else 'pending' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."health_until_undone"(uuid, uuid, ops_private.deployed, ops_private.latest_check[], timestamp with time zone) IS 'What the reports and the latest checks (of G4) say of a deployment, as if nobody had rolled it back. failed: its newest report of an end says failed, or one of its latest checks failed. passed: it is of the commit of the release, it succeeded, and the latest trusted check of each name passed. Otherwise pending.';

REVOKE ALL ON FUNCTION "ops_private"."health_until_undone"(uuid, uuid, ops_private.deployed, ops_private.latest_check[], timestamp WITH time zone) FROM PUBLIC;
