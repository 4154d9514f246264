-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.targets_at (
  release     ops.releases,
  environment ops.ops_environment,
  as_of       timestamp with time zone
)
  RETURNS SETOF ops_private.deployed_target
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  d ops_private.deployed;
  t ops_private.deployed_target;
  v_gate_id uuid;
  v_checks ops_private.latest_check[];
  v_own ops.ops_health;
  v_settled boolean := true;
begin
  for d in
    select n.* from ops_private.deployments_at(release.release_id, targets_at.as_of) as n
    where n.environment = coalesce(targets_at.environment, n.furthest)
    order by n.target, n.place
  loop
    if v_gate_id is null then
      v_gate_id := (
        select g.gate_id from ops.release_gates g where g.release_id = release.release_id and g.gate_code = 'G4');
      v_checks := array(select c from ops_private.counted_checks(
        release.release_id, v_gate_id, targets_at.as_of, release.dismissed) as c);
    end if;
    if d.place = 1 then
      if t.target is not null then
        return next t;
      end if;
      v_settled := false;
    end if;
    continue when v_settled;
    v_own := ops_private.health_until_undone(d, v_checks);
    if d.place = 1 then
      t := row(d.environment, d.target, d.deployment_id, d.deployment_ref, v_own, null, null, false);
      t.retired := release.retired
        and ops_private.target_retired_at(release, d.environment, d.target, targets_at.as_of) is not null;
      if v_own <> 'passed' or d.undone_at is not null then
        t.health := case when v_own = 'failed' or not d.is_own_commit then 'failed'::ops.ops_health else 'pending' end;
        t.found := format('deployment %s: %s', d.deployment_ref, ops_private.what_is_unhealthy(d, v_own));
        t.remedy := ops_private.what_heals(d, v_own);
      end if;
    elsif v_own = 'failed' then
      -- Nothing that is healthy followed, so this failure still counts.
      t.health := 'failed';
      t.found := format('deployment %s: health is failed, and no newer one is healthy', d.deployment_ref);
    end if;
    -- A pass clears the failures before it, also one that was rolled back. Another commit clears nothing.
    v_settled := v_own <> 'pending' or t.health = 'failed';
  end loop;
  if t.target is not null then
    return next t;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."targets_at"(ops.releases, ops.ops_environment, timestamp with time zone) IS 'The targets of an environment to which a release was deployed, at a moment; without an environment, those of the furthest that it has reached. A target is as healthy as its newest deployment there, whatever its status. While that one is pending, an earlier failure counts. A newest deployment of another commit is failed; older ones are neither failures nor passes for being of another commit.';

REVOKE ALL ON FUNCTION "ops_private"."targets_at"(ops.releases, ops.ops_environment, timestamp WITH time zone) FROM PUBLIC;
