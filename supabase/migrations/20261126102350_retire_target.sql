-- ops.retire_target: the way out when a target is gone.

create function ops_private.refuse_retirement() returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'OPS04', message = 'no release of the project is deployed to such a target',
    hint = 'ops.v_deployment_history shows project, environment and target of each deployment';
end
$$;
comment on function ops_private.refuse_retirement() is 'Raises OPS04: there is nothing to take out.';
revoke execute on function ops_private.refuse_retirement() from public;

create function ops_private.retirement_of(project text, environment text, target text, reason text)
returns ops.retired_targets
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  x ops.retired_targets;
begin
  if (octet_length(retirement_of.project) <= 255 and ops_private.is_name(retirement_of.target)
    and ops_private.is_stated(retirement_of.reason)) is not true then
    raise exception using errcode = '23514', constraint = 'says_something_that_can_be_seen', schema = 'ops',
      table = 'retired_targets', message = 'project, target or reason is missing, too long or not visible',
      hint =
        'name the target as its deployments do; a reason has at most 8192 bytes and at least one visible character';
  end if;
  x.project := ops_private.project_or_null(retirement_of.project);
  x.environment := ops_private.environment_named(retirement_of.environment);
  if x.project is null or not ops_private.sees(x.project) then
    perform ops_private.refuse_retirement();
  end if;
  x.target := retirement_of.target;
  x.reason := retirement_of.reason;
  return x;
end
$$;
comment on function ops_private.retirement_of(text, text, text, text) is
  'The retirement that the arguments of ops.retire_target name. Raises 23514 when one is missing, too long or not visible, 22023 for an unknown environment, OPS04 for a project that is not known or not the caller''s.';
revoke execute on function ops_private.retirement_of(text, text, text, text) from public;

create function ops_private.deployed_releases(x ops.retired_targets) returns setof ops.releases
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select r.* from ops.releases r
  where r.project = x.project and r.closed_at is null and exists (
    select from ops.deployments d
    where d.release_id = r.release_id and d.environment = x.environment and d.target = x.target
  ) and not (r.retired and ops_private.target_retired_at(r, x.environment, x.target, 'infinity') is not null)
  order by r.release_id limit 1001;
end
$$;
comment on function ops_private.deployed_releases(ops.retired_targets) is
  'The open releases of a project that were deployed to a target which is not out for them yet, ordered by id; at most 1001.';
revoke execute on function ops_private.deployed_releases(ops.retired_targets) from public;

create function ops_private.hold_releases(releases uuid[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_busy uuid;
begin
  perform ops_private.refuse_isolation();
  -- Others lock several releases in the order of their rows. Who waits for one and holds another could meet them in a
  -- deadlock. So take all that are free. While one is busy, give them back, and wait for that one first.
  for v_round in 1..100 loop
    begin
      perform from ops.releases r where r.release_id = v_busy for no key update;
      v_busy := (
        select i from unnest(releases) as i
        where i <> all (array(
          select r.release_id from ops.releases r where r.release_id = any (releases)
          for no key update skip locked
        ))
        limit 1
      );
      if v_busy is null then
        return;
      end if;
      raise raise_exception;
    exception when raise_exception then
      null; -- the locks of this block are given back
    end;
  end loop;
  raise lock_not_available using message = 'the releases that were deployed there are busy',
    hint = 'take the target out again in a moment';
end
$$;
comment on function ops_private.hold_releases(uuid[]) is
  'Locks several releases as ops_private.hold_release locks one. It waits for one only while it holds no other, so it is part of no deadlock, in whatever order others lock them. Raises OPS03 above read committed, and 55P03 when one was busy in each of 100 rounds.';
revoke execute on function ops_private.hold_releases(uuid[]) from public;

create function ops_private.hold_deployed_releases(x ops.retired_targets) returns ops.releases[]
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_found constant uuid[] := array(select r.release_id from ops_private.deployed_releases(x) as r);
begin
  if cardinality(v_found) > 1000 then
    raise exception using errcode = '54000', message = 'more than 1000 releases of the project were deployed there',
      hint = 'close the releases that are over (ops.close_release), then take the target out';
  end if;
  perform ops_private.hold_releases(v_found);
  perform ops_private.require_sight(x.project);
  -- Meanwhile somebody else may have closed one, or taken the target out.
  return array(select r from ops_private.deployed_releases(x) as r where r.release_id = any (v_found));
end
$$;
comment on function ops_private.hold_deployed_releases(ops.retired_targets) is
  'Locks the open releases of a project that were deployed to a target which is not out for them yet, and returns them, ordered by id. The past of a closed release stays. Raises 54000 when there are more than 1000.';
revoke execute on function ops_private.hold_deployed_releases(ops.retired_targets) from public;

create function ops_private.releases_without_target(x ops.retired_targets) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'release_id', r.release_id, 'release_name', r.release_name, 'release_status_before', o.release_status_before,
      'release_status', r.status, 'gate_status', g.status, 'deployment_ref', t.deployment_ref,
      'retired_failed', coalesce(t.health = 'failed', false)) order by r.release_id), '[]')
    from ops.retired_releases o
    join ops.releases r on r.release_id = o.release_id
    join ops.release_gates g on g.release_id = r.release_id and g.gate_code = 'G4'
    left join lateral ops_private.targets_at(r, x.environment, 'infinity') as t on t.target = x.target
    where o.retirement_id = x.retirement_id
  );
end
$$;
comment on function ops_private.releases_without_target(ops.retired_targets) is
  'What the answer of ops.retire_target says of each release that the target was taken out for.';
revoke execute on function ops_private.releases_without_target(ops.retired_targets) from public;

create function ops_private.retire(x ops.retired_targets, releases ops.releases[]) returns ops.retired_targets
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_retired ops.retired_targets;
  -- One moment for all: later than each of their facts.
  v_moment constant timestamptz := greatest(clock_timestamp(), (
    select max(i.recorded_until) + interval '1 microsecond' from unnest(releases) as i
  ));
begin
  insert into ops.retired_targets (project, environment, target, reason)
  values (x.project, x.environment, x.target, x.reason) returning * into v_retired;
  update ops.releases m set retired = true, recorded_until = v_moment
  where m.release_id in (select i.release_id from unnest(retire.releases) as i);
  insert into ops.retired_releases (retirement_id, release_id, release_status_before)
  select v_retired.retirement_id, i.release_id, i.status from unnest(retire.releases) as i;
  perform ops_private.judge_now(i.release_id, 'G4') from unnest(retire.releases) as i;
  return v_retired;
end
$$;
comment on function ops_private.retire(ops.retired_targets, ops.releases[]) is
  'Records that a target is out for releases, whose locks are held, from one moment on that is later than each of their facts, and judges them again.';
revoke execute on function ops_private.retire(ops.retired_targets, ops.releases[]) from public;

create function ops.retire_target(project text, environment text, target text, reason text) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write retirements
as $$
declare
  x ops.retired_targets;
  v_releases ops.releases[];
begin
  perform ops_private.require_role('release_manager');
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
    perform ops_private.refuse_retirement();
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
  return jsonb_build_object(
    'retirement_id', x.retirement_id, 'project', x.project, 'environment', x.environment, 'target', x.target,
    'releases', ops_private.releases_without_target(x));
end
$$;
comment on function ops.retire_target(text, text, text, text) is
  'Takes a target (a region, a cluster, a tenant) of an environment out, for the releases of the project that were deployed there and are not closed: G4, the staging blocker and the status of the release no longer look at it. Judges these releases again, and returns what became of each; retired_failed says that its newest deployment there had failed. A later deployment of a release there brings the target back for it. The same again changes nothing, and tells what is so now. Only a release_manager may call it, who initiated none of these releases (42501). OPS04: no release is deployed there. 22023: unknown environment. 23514: an argument is missing or too long. At most 1000 releases can be concerned.';
revoke execute on function ops.retire_target(text, text, text, text) from public;
grant execute on function ops.retire_target(text, text, text, text) to release_manager;
