-- ops.retire_target: the way out when a target is gone.

create function ops_private.retirement_of(project text, environment text, target text, reason text)
returns ops.retired_targets
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  x ops.retired_targets;
begin
  if (octet_length(retirement_of.project) <= 255 and ops_private.is_name(retirement_of.target)
    and ops_private.is_stated(retirement_of.reason)) is not true then
    raise exception using errcode = '23514', constraint = 'reason_is_stated', schema = 'ops',
      table = 'retired_targets', message = 'project, target or reason is missing, too long or not visible',
      hint =
        'name the target as its deployments do; a reason has at most 8192 bytes and at least one visible character';
  end if;
  x.project := coalesce(ops_private.project_or_null(retirement_of.project), retirement_of.project);
  x.environment := ops_private.environment_named(retirement_of.environment);
  x.target := retirement_of.target;
  x.reason := retirement_of.reason;
  return x;
end
$$;
comment on function ops_private.retirement_of(text, text, text, text) is
  'The retirement that the arguments of ops.retire_target name. Raises 23514 when one is missing, too long or not visible, 22023 for an unknown environment.';
revoke execute on function ops_private.retirement_of(text, text, text, text) from public;

create function ops_private.hold_deployed_releases(x ops.retired_targets) returns ops.releases[]
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_found uuid[];
begin
  -- A project has many releases. This statement finds those concerned, and the next one locks them in one order.
  v_found := array(
    select r.release_id from ops.releases r
    where r.project = x.project and r.closed_at is null and exists (
      select from ops.deployments d
      where d.release_id = r.release_id and d.environment = x.environment and d.target = x.target
    ) and not (r.retired and ops_private.target_retired_at(r, x.environment, x.target, 'infinity') is not null)
    order by r.release_id limit 1001
  );
  if cardinality(v_found) > 1000 then
    raise exception using errcode = '54000', message = 'more than 1000 releases of the project were deployed there',
      hint = 'close the releases that are over (ops.close_release), then take the target out';
  end if;
  perform from ops.releases r where r.release_id = any (v_found) order by r.release_id for no key update;
  return array(
    select r from ops.releases r where r.release_id = any (v_found) and r.closed_at is null order by r.release_id
  );
end
$$;
comment on function ops_private.hold_deployed_releases(ops.retired_targets) is
  'Locks the open releases of a project that were deployed to a target which is not out for them yet, ordered by id, and returns them. The past of a closed release stays. Raises 54000 when there are more than 1000.';
revoke execute on function ops_private.hold_deployed_releases(ops.retired_targets) from public;

create function ops_private.release_without_target(r ops.releases, x ops.retired_targets) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_build_object(
      'release_id', now.release_id, 'release_name', now.release_name, 'release_status_before', r.status,
      'release_status', now.status, 'gate_status', g.status, 'deployment_ref', t.deployment_ref,
      'retired_failed', t.health = 'failed')
    from ops.releases now
    join ops.release_gates g on g.release_id = now.release_id and g.gate_code = 'G4'
    cross join lateral ops_private.targets_at(now, x.environment, 'infinity') as t
    where now.release_id = r.release_id and t.target = x.target
  );
end
$$;
comment on function ops_private.release_without_target(ops.releases, ops.retired_targets) is
  'What the answer of ops.retire_target says of one release. r: the release as it was before.';
revoke execute on function ops_private.release_without_target(ops.releases, ops.retired_targets) from public;

create function ops_private.retire(x ops.retired_targets, releases ops.releases[]) returns ops.retired_targets
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_retired ops.retired_targets;
begin
  -- One moment for all: later than each of their facts (ops_private.tg_stamp_retirement).
  update ops.releases m
  set retired = true, recorded_until = greatest(clock_timestamp(), (
    select max(i.recorded_until) + interval '1 microsecond' from unnest(retire.releases) as i
  ))
  where m.release_id in (select i.release_id from unnest(retire.releases) as i);
  insert into ops.retired_targets (project, environment, target, reason, releases)
  values (
    x.project, x.environment, x.target, x.reason, array(select i.release_id from unnest(retire.releases) as i)
  ) returning * into v_retired;
  return v_retired;
end
$$;
comment on function ops_private.retire(ops.retired_targets, ops.releases[]) is
  'Records that a target is out for releases, whose locks are held.';
revoke execute on function ops_private.retire(ops.retired_targets, ops.releases[]) from public;

create function ops.retire_target(project text, environment text, target text, reason text) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write retirements
as $$
declare
  x ops.retired_targets;
  v_releases ops.releases[];
  r ops.releases;
  v_concerned jsonb := '[]';
begin
  perform ops_private.require_role('release_manager');
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    perform ops_private.refuse_isolation();
  end if;
  x := ops_private.retirement_of(
    retire_target.project, retire_target.environment, retire_target.target, retire_target.reason);
  v_releases := ops_private.hold_deployed_releases(x);
  if v_releases = '{}' then
    -- The same again: an answer that got lost, and its retry.
    select o.* into x from ops.retired_targets o
    where (o.project, o.environment, o.target) = (x.project, x.environment, x.target)
    order by o.created_at desc limit 1;
  end if;
  if v_releases = '{}' and x.retirement_id is null then
    raise exception using errcode = 'OPS04', message = 'no release of the project is deployed to such a target',
      hint = 'ops.v_deployment_history shows project, environment and target of each deployment';
  elsif exists (
    select from ops.releases own
    where own.project = x.project and own.initiating_actor = ops_private.current_person() and own.closed_at is null
      and exists (
        select from ops.deployments d
        where d.release_id = own.release_id and d.environment = x.environment and d.target = x.target
      )
  ) then
    raise exception using errcode = '42501', message = 'you initiated a release that was deployed there',
      hint = 'ask another release_manager, who initiated none of them';
  end if;
  if v_releases <> '{}' then
    x := ops_private.retire(x, v_releases);
  end if;
  foreach r in array v_releases loop
    perform ops_private.judge_now(r.release_id, 'G4');
    v_concerned := v_concerned || ops_private.release_without_target(r, x);
  end loop;
  return jsonb_build_object(
    'retirement_id', x.retirement_id, 'project', x.project, 'environment', x.environment, 'target', x.target,
    'releases', v_concerned);
end
$$;
comment on function ops.retire_target(text, text, text, text) is
  'Takes a target (a region, a cluster, a tenant) of an environment out, for the releases of the project that were deployed there and are not closed: G4, the staging blocker and the status of the release no longer look at it. Judges these releases again, and returns what became of each; retired_failed says that its newest deployment there had failed. A later deployment of a release there brings the target back for it. The same again changes nothing. Only a release_manager may call it, who initiated none of these releases (42501). OPS04: no release is deployed there. 22023: unknown environment. 23514: an argument is missing or too long. At most 1000 releases can be concerned.';
revoke execute on function ops.retire_target(text, text, text, text) from public;
grant execute on function ops.retire_target(text, text, text, text) to release_manager;
