-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_judge_deployment()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_before ops.deployments := old;
  v_health ops.ops_health;
  v_judged record;
  v_release ops.releases;
begin
  if (new.was_eligible, new.blockers_at_deploy, new.excepted_by, new.g4_resolved_at)
    is distinct from
    (v_before.was_eligible, v_before.blockers_at_deploy, v_before.excepted_by, v_before.g4_resolved_at) then
    raise exception using errcode = 'OPS02',
      message = 'the server sets eligibility and resolution of a deployment',
      hint = 'leave out was_eligible, blockers_at_deploy, excepted_by and g4_resolved_at';
  end if;
  if tg_op = 'INSERT' then
    select r.* into v_release from ops.releases r where r.release_id = new.release_id;
    new.imported := v_release.imported_at is not null;
  end if;
  v_health := case
    when tg_op = 'UPDATE' then ops_private.deployment_health(new.release_id, new.deployment_id, 'infinity')
    when new.status = 'failed' or new.rollback_known is not true
      and new.source_ref <> v_release.source_ref then 'failed'
    else 'pending'
  end;
  if new.g4_status not in (v_health, coalesce(v_before.g4_status, 'pending')) then
    raise exception using errcode = 'OPS02', message = format('the deployment''s g4_status is not %s', new.g4_status),
      detail = format('its checks give %s', v_health), hint = 'report a health_check; g4_status follows from it';
  end if;
  new.g4_status := v_health;
  if tg_op = 'INSERT' and new.deployed_at <= new.status_observed_at + interval '5 minutes' then
    new.deployed_at := least(new.deployed_at, new.status_observed_at);
  end if;
  if tg_op = 'INSERT' and new.deployed_at < new.status_observed_at - interval '1 hour' then
    raise exception using errcode = '23514', constraint = 'deployed_shortly_before_observed', schema = 'ops',
      table = 'deployments', column = 'deployed_at', message = 'deployed_at is more than 1 hour ago',
      hint = 'leave out deployed_at, or report the deployment when it happens';
  end if;
  if v_health = 'pending' then
    new.g4_resolved_at := null;
  elsif v_before.g4_status is distinct from v_health then
    new.g4_resolved_at := clock_timestamp();
  end if;
  -- Judge it when it is first reported, unless as failed, and when it is reported succeeded. The first blockers stay.
  if new.rollback_known is not true and new.was_eligible is not false and not new.imported
    and (new.status = 'succeeded' and v_before.status is distinct from new.status
      or tg_op = 'INSERT' and new.status = 'in_progress') then
    select b.* into v_judged from ops_private.blockers_at(
      ops_private.release_named(new.release_id), new.environment, new.source_ref, new.artifacts) as b;
    new.blockers_at_deploy := v_judged.blockers;
    new.excepted_by := array(select x from unnest(new.excepted_by || v_judged.excepted_by) as x group by x order by x);
    new.was_eligible := new.blockers_at_deploy = '[]';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_judge_deployment"() IS 'Before insert or update of a deployment: sets g4_status and g4_resolved_at from its checks; when it is first reported or reported succeeded also was_eligible, blockers_at_deploy and excepted_by, unless it is of a release of the past (imported). On insert deployed_at is not after its observation. Raises OPS02 when the caller sent other values.';

REVOKE ALL ON FUNCTION "ops_private"."tg_judge_deployment"() FROM PUBLIC;
