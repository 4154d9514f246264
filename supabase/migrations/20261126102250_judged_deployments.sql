-- A deployment is judged when it is reported: was its release eligible, and was what it deployed built?

create function ops_private.find_deployed_artifacts(
  release ops.releases, target ops.ops_environment, artifacts jsonb, as_of timestamptz
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_outside text;
  v_known constant boolean := release.has_artifacts
    and exists (select from ops_private.artifacts_on_record(release.release_id, as_of));
begin
  f.enforcement := 'advisory';
  f.state := 'failed';
  f.who := ops_private.gate_owner('G4');
  if artifacts is null and v_known then
    f.kind := 'deployed_artifacts';
    f.state := 'unsatisfied';
    f.requirement := 'the deployment names its artifacts';
    f.detail := 'the deployment named none, and a build named some';
    f.remedy := 'deploy again under a new reference, and name the artifacts';
    select g.gate_id, g.gate_code, n.enforcement into f.gate_id, f.gate_code, f.enforcement
    from ops_private.requirements_in_force n
    join ops.release_gates g on g.release_id = n.release_id and g.gate_code = n.gate_code
    where n.release_id = release.release_id and n.kind = 'deployed_artifacts' and target = 'production';
    f.enforcement := coalesce(f.enforcement, 'advisory');
  elsif artifacts is not null then
    select string_agg(d.value ->> 'name', ', ' order by d.ordinality), min(d.value ->> 'name') into v_outside, f.subject
    from jsonb_array_elements(artifacts) with ordinality as d
    where (d.value ->> 'name', d.value ->> 'sha256') not in (
      select a.name, a.sha256 from ops_private.artifacts_on_record(release.release_id, as_of) as a
    );
    if v_outside is null then
      return null;
    end if;
    f.kind := 'artifact_mismatch';
    f.requirement := 'what is deployed was built';
    f.detail := format('%s: %s',
      case when v_known then 'no build on record made these' else 'no build named artifacts' end,
      left(v_outside, 1000));
    f.remedy := case when v_known then 'build the release again, or deploy what was built, under a new reference'
      else 'let the build name its artifacts' end;
    f.enforcement := case when v_known then 'blocking'::ops.ops_enforcement else 'advisory' end;
  end if;
  return case when f.kind is not null then f end;
end
$$;
comment on function ops_private.find_deployed_artifacts(ops.releases, ops.ops_environment, jsonb, timestamptz) is
  'The finding on the artifacts that a deployment names at a moment. artifact_mismatch: one is not on record; it blocks, and nothing covers it; advisory while none are on record. deployed_artifacts: it names none, although some are on record; advisory, unless the policy asks for it before production. Null when there is nothing to say.';
revoke execute on function ops_private.find_deployed_artifacts(
  ops.releases, ops.ops_environment, jsonb, timestamptz
) from public;

create function ops_private.blockers_at(
  release ops.releases, target ops.ops_environment, source_ref text, artifacts jsonb,
  out blockers jsonb, out excepted_by uuid[]
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := ops_private.present(release);
  v_obstacles ops_private.obstacle[] := array(select o from ops_private.obstacles_to(release, target, v_now) as o);
  v_artifacts ops.gate_finding;
begin
  if release.has_artifacts or artifacts is not null then
    v_artifacts := ops_private.find_deployed_artifacts(release, target, artifacts, v_now);
  end if;
  if v_artifacts.enforcement = 'blocking' then
    -- Nothing covers artifact_mismatch.
    v_obstacles := v_obstacles || row(v_artifacts,
      case when release.excepted and v_artifacts.kind = 'deployed_artifacts'
        then ops_private.covering_exception(release.release_id, '{G3}', false, v_now) end)::ops_private.obstacle;
  end if;
  select coalesce(jsonb_agg(to_jsonb(o.finding) order by o.ordinality), '[]') into blockers_at.blockers
  from unnest(v_obstacles) with ordinality as o where o.exception_id is null;
  blockers_at.excepted_by := array(
    select distinct o.exception_id from unnest(v_obstacles) as o where o.exception_id is not null order by 1);
  if release.source_ref is distinct from blockers_at.source_ref then
    blockers_at.blockers := blockers_at.blockers || jsonb_build_array(jsonb_build_object(
      'requirement', 'the source_ref of the release is deployed', 'kind', 'source_ref_mismatch',
      'subject', release.source_ref, 'enforcement', 'blocking', 'state', 'failed',
      'detail', 'another source_ref was deployed',
      'remedy', 'deploy the source_ref of the release, or open another release for the deployed one',
      'who', ops_private.gate_owner('G4')
    ));
  end if;
end
$$;
comment on function ops_private.blockers_at(ops.releases, ops.ops_environment, text, jsonb) is
  'The blockers now for deploying a source_ref and artifacts to an environment, as a jsonb array, and the exceptions without which there would be more. Contains source_ref_mismatch, which no exception covers, when the release has another source_ref, and artifact_mismatch, which none covers either, when no build on record made an artifact.';
revoke execute on function ops_private.blockers_at(ops.releases, ops.ops_environment, text, jsonb) from public;

create function ops_private.tg_judge_deployment() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- the writer may not read the facts
as $$
declare
  v_before ops.deployments := old;
  v_health ops.ops_health;
  v_judged record;
begin
  if (new.was_eligible, new.blockers_at_deploy, new.excepted_by, new.g4_resolved_at)
    is distinct from
    (v_before.was_eligible, v_before.blockers_at_deploy, v_before.excepted_by, v_before.g4_resolved_at) then
    raise exception using errcode = 'OPS02',
      message = 'the server sets eligibility and resolution of a deployment',
      hint = 'leave out was_eligible, blockers_at_deploy, excepted_by and g4_resolved_at';
  end if;
  v_health := case
    when tg_op = 'UPDATE' then ops_private.deployment_health(new.release_id, new.deployment_id, 'infinity')
    when new.status = 'failed' or new.rollback_known is not true
      and new.source_ref <> (select r.source_ref from ops.releases r where r.release_id = new.release_id) then 'failed'
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
  if new.rollback_known is not true and new.was_eligible is not false
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
$$;
comment on function ops_private.tg_judge_deployment() is
  'Before insert or update of a deployment: sets g4_status and g4_resolved_at from its checks; when it is first reported or reported succeeded also was_eligible, blockers_at_deploy and excepted_by. On insert deployed_at is not after its observation. Raises OPS02 when the caller sent other values.';
revoke execute on function ops_private.tg_judge_deployment() from public;

create trigger _400_judge_deployment before insert on ops.deployments
for each row execute function ops_private.tg_judge_deployment();

create trigger _410_judge_changed before update on ops.deployments
for each row execute function ops_private.tg_judge_deployment();
alter table ops.deployments enable always trigger _410_judge_changed;
