-- The findings on checks.
-- The result of each rule depends only on the facts and a moment. The live verdict, the blockers and the replay use the
-- same functions. PUBLIC may execute a rule that a view uses, so that rule calls no function of the owner alone.

create function ops_private.gate_owner(gate_code ops.ops_gate_code) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case gate_code
    when 'G1' then 'ci_service_role' when 'G2' then 'qa_tester' when 'G3' then 'release_manager' else 'sre'
  end;
end
$$;
comment on function ops_private.gate_owner(ops.ops_gate_code) is
  'The role that is responsible for a gate and can supply what is missing.';
revoke execute on function ops_private.gate_owner(ops.ops_gate_code) from public;

create type ops_private.latest_check as (
  deployment_id uuid,
  check_name ops.name,
  trusted boolean,
  status ops.ops_check_status,
  check_id uuid
);
comment on type ops_private.latest_check is
  'The latest observation of a check in one trust class (trusted: recorded by a machine) at a moment. On G4 there is one per deployment.';

create function ops_private.latest_checks(
  release_id uuid, gate_id uuid, as_of timestamptz, dismissed boolean default null,
  undone jsonb default null
) returns setof ops_private.latest_check
language plpgsql stable set search_path = pg_catalog, pg_temp rows 4
as $$
declare
  v_dismissed boolean := latest_checks.dismissed;
  v_set_aside uuid[] := '{}'::uuid[];
begin
  if v_dismissed is null then
    v_dismissed := (select r.dismissed from ops.releases r where r.release_id = latest_checks.release_id);
  end if;
  if v_dismissed then
    -- As ops_private.dismissed_checks, of one gate.
    v_set_aside := array(
      select gc.check_id
      from ops.dismissals d
      join ops.gate_checks gc on gc.release_id = d.release_id and gc.gate_id = d.gate_id
      where d.release_id = latest_checks.release_id and d.gate_id = latest_checks.gate_id and d.check_id is not null
        and d.check_name = gc.check_name and d.trusted = gc.trusted
        and d.deployment_id is not distinct from gc.deployment_id
        and (gc.trusted or (d.author, d.author_role) = (gc.created_by, gc.created_role))
        and gc.created_at <= d.created_at and d.created_at <= latest_checks.as_of
    );
  end if;
  return query
  select distinct on (gc.deployment_id, gc.check_name, gc.trusted)
    gc.deployment_id, gc.check_name, gc.trusted, gc.status, gc.check_id
  from ops.gate_checks gc
  where gc.release_id = latest_checks.release_id and gc.gate_id = latest_checks.gate_id
    and gc.created_at <= latest_checks.as_of and gc.check_id <> all (v_set_aside)
    and (undone is null or gc.observed_at <= (undone ->> gc.deployment_id::text)::timestamptz)
  order by gc.deployment_id, gc.check_name, gc.trusted, gc.observed_at desc, gc.status, gc.created_at desc;
end
$$;
comment on function ops_private.latest_checks(uuid, uuid, timestamptz, boolean, jsonb) is
  'The latest observation per deployment, check name and trust class on a gate at a moment, ordered by name. Of simultaneous observations the worse one counts; of equal ones, the one recorded last. What was dismissed by then is left out. dismissed: releases.dismissed, if the caller knows it. undone: {deployment_id: moment}; only what was observed of these deployments until then. Verdicts on G4 use ops_private.counted_checks.';
revoke execute on function ops_private.latest_checks(uuid, uuid, timestamptz, boolean, jsonb) from public;

-- The find_ functions return null when the requirement is satisfied. With in_full they return a finding then too.
create function ops_private.find_artifact_conflicts(gate ops.release_gates, as_of timestamptz)
returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  f ops.gate_finding;
begin
  for f.subject in
    select a.name from ops_private.artifacts_on_record(gate.release_id, as_of) as a
    group by a.name having count(*) > 1 order by a.name
  loop
    f.gate_id := gate.gate_id;
    f.gate_code := gate.gate_code;
    f.kind := 'artifact_conflict';
    f.enforcement := 'blocking';
    f.state := 'failed';
    f.requirement := format('artifact %s has one hash', f.subject);
    f.detail := format('the builds on record name several hashes of artifact %s', f.subject);
    f.remedy :=
      'build again under the same check names, so that each artifact has one hash, or name the artifacts apart';
    f.who := ops_private.gate_owner('G1');
    return next f;
  end loop;
end
$$;
comment on function ops_private.find_artifact_conflicts(ops.release_gates, timestamptz) is
  'One finding on G1 for each artifact that the builds on record name with several hashes: always blocking and failed.';
revoke execute on function ops_private.find_artifact_conflicts(ops.release_gates, timestamptz) from public;

create function ops_private.find_checks(
  kind ops.ops_requirement_kind, subject text, gate_code ops.ops_gate_code, checks ops_private.latest_check[],
  in_full boolean
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_check ops_private.latest_check;
  v_by_machine ops.ops_check_status;
  v_by_hand ops.ops_check_status;
  v_failed text;
  v_machine_failed boolean := false;
begin
  foreach v_check in array checks loop
    if v_check.check_name = subject and v_check.trusted then
      v_by_machine := v_check.status;
    elsif v_check.check_name = subject then
      v_by_hand := v_check.status;
    end if;
    if v_check.status = 'fail' then
      v_failed := concat_ws(', ', v_failed, v_check.check_name);
      v_machine_failed := v_machine_failed or v_check.trusted;
    end if;
  end loop;
  if kind = 'no_failed_checks' then
    f.state := case when v_failed is null then 'satisfied'::ops.ops_finding_state else 'failed' end;
  else
    f.state := case when v_by_machine = 'fail' or v_by_hand = 'fail' then 'failed'::ops.ops_finding_state
      when v_by_machine = 'pass' then 'satisfied' else 'unsatisfied' end;
    v_machine_failed := v_by_machine = 'fail' or v_by_hand is distinct from 'fail';
  end if;
  if f.state = 'satisfied' and not in_full then
    return null;
  elsif kind = 'no_failed_checks' then
    f.requirement := 'no check failed';
    f.detail := coalesce('failed: ' || v_failed, 'no check failed');
    f.who := case when v_failed is null or v_machine_failed then ops_private.gate_owner('G1') else 'developer' end;
    f.remedy := case f.who when 'developer' then 'repair what failed, and record by hand that it passes'
      else 'repair what failed and run it again until it passes' end;
  else
    f.requirement := format('check %s passes', subject);
    f.detail := case
      when v_by_machine = 'fail' then format('check %s failed', subject)
      when v_by_hand = 'fail' then format('check %s failed, as a person reported', subject)
      when v_by_machine is not null then format('the latest result of check %s is %s', subject, v_by_machine)
      when v_by_hand is not null then format('only a person reported check %s, which does not count', subject)
      else format('check %s was not reported', subject)
    end;
    f.who := case when v_machine_failed then ops_private.gate_owner(gate_code) else 'developer' end;
    f.remedy := case
      when f.who = 'developer' then format('repair it, and record by hand that check %s passes', subject)
      when gate_code = 'G4' then format('report a health_check %s that passes', subject)
      when subject = 'build' then 'run the build until it passes, and report build_complete with status pass'
      else format('run check %s until it passes, and report it in the checks of a build_complete', subject)
    end;
  end if;
  return f;
end
$$;
comment on function ops_private.find_checks(
  ops.ops_requirement_kind, text, ops.ops_gate_code, ops_private.latest_check[], boolean
) is
  'Finding on a requirement `check`: the latest result from a machine must be a pass, and the latest result from a person, if any, must not be a failure. Finding on `no_failed_checks`: no latest result may be a failure.';
revoke execute on function ops_private.find_checks(
  ops.ops_requirement_kind, text, ops.ops_gate_code, ops_private.latest_check[], boolean
) from public;
