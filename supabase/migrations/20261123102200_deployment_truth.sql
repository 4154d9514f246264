-- What a deployment says of itself beyond its report is judged here, whoever writes it.

create function ops_private.tg_judge_deployment() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- a writer may not read what it is judged by
as $$
declare
  v_health ops.ops_health;
begin
  if tg_op = 'INSERT' and num_nonnulls(new.was_eligible, new.blockers_at_deploy, new.g4_resolved_at) > 0
    or tg_op = 'UPDATE' and (new.was_eligible, new.blockers_at_deploy, new.g4_resolved_at)
      is distinct from (old.was_eligible, old.blockers_at_deploy, old.g4_resolved_at) then
    raise exception using errcode = 'OPS02',
      message = 'eligibility and resolution of a deployment are judged, not written',
      hint = 'leave was_eligible, blockers_at_deploy and g4_resolved_at out';
  end if;
  v_health := case
    when tg_op = 'UPDATE' then ops_private.deployment_health(new.release_id, new.deployment_id, clock_timestamp())
    when new.status = 'failed' then 'failed'
    else 'pending'
  end;
  if new.g4_status not in (v_health, case tg_op when 'UPDATE' then old.g4_status else 'pending' end) then
    raise exception using errcode = 'OPS02', message = format('the deployment''s g4_status is not %s', new.g4_status),
      detail = format('its checks say %s', v_health), hint = 'report a health_check: g4_status follows';
  end if;
  new.g4_status := v_health;
  if v_health = 'pending' then
    new.g4_resolved_at := null;
  elsif tg_op = 'INSERT' or old.g4_status <> v_health then
    new.g4_resolved_at := clock_timestamp();
  end if;
  if tg_op = 'INSERT' and new.rollback_of is null then
    new.blockers_at_deploy := ops_private.blockers_at(new.release_id, new.environment, new.source_ref);
    new.was_eligible := new.blockers_at_deploy = '[]';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_judge_deployment() is
  'Before insert or update of a deployment: sets g4_status and g4_resolved_at from its checks, and when first recorded was_eligible and the blockers. OPS02 when something else was sent.';
revoke execute on function ops_private.tg_judge_deployment() from public;

create function ops_private.blockers_at(release_id uuid, target ops.ops_environment, source_ref text) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_release constant ops.releases := ops_private.release_named(blockers_at.release_id);
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(b)), '[]')
    from ops_private.blockers_of(v_release.release_id, target, clock_timestamp()) as b
  ) || case when v_release.source_ref = blockers_at.source_ref then '[]' else jsonb_build_array(jsonb_build_object(
    'requirement', 'the release''s own source_ref is deployed', 'kind', 'source_ref_mismatch',
    'subject', v_release.source_ref, 'enforcement', 'blocking', 'state', 'failed',
    'detail', 'another source_ref was deployed',
    'remedy', 'deploy the source_ref of the release, or open a release for this one', 'who', ops_private.gate_owner('G4')
  )) end;
end
$$;
comment on function ops_private.blockers_at(uuid, ops.ops_environment, text) is
  'The findings that keep a source_ref out of an environment at this moment, as an array; source_ref_mismatch when it is not the release''s.';
revoke execute on function ops_private.blockers_at(uuid, ops.ops_environment, text) from public;

create trigger _400_judge_deployment before insert or update on ops.deployments
for each row execute function ops_private.tg_judge_deployment();
