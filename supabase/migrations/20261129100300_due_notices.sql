-- ops.due_notices: what only time makes true.

create function ops_private.exceptions_due() returns setof ops.notices
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  x ops.exceptions;
  n ops.notices;
  v_now constant timestamptz := clock_timestamp();
begin
  for x in
    select e.* from ops.exceptions e
    where e.post_review_status = 'pending' and e.project in (
      select t.project from ops.notice_targets t where t.replaced_at is null and t.kinds && '{exception_ends,exception_review_due}')
    order by e.release_id
  loop
    n.release_id := x.release_id;
    n.project := x.project;
    n.exception_id := x.exception_id;
    n.by_time := true;
    -- One that lasts for less than two days is told when half of its time is over.
    n.happened_at := x.expires_at - least(interval '1 day', (x.expires_at - x.effective_from) / 2);
    n.kind := 'exception_ends';
    if least(x.expires_at, x.revoked_at) <= v_now then
      n.kind := 'exception_review_due';
      n.happened_at := least(x.expires_at, x.revoked_at);
    end if;
    if n.happened_at <= v_now then
      return next n;
    end if;
  end loop;
end
$$;
comment on function ops_private.exceptions_due() is
  'The notices of exceptions that end within a day, or ended and are not reviewed, in projects where a target asks for them.';
revoke execute on function ops_private.exceptions_due() from public;

create function ops_private.deployments_due() returns setof ops.notices
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  n ops.notices;
begin
  for n.release_id, n.project, n.deployment_id, n.environment, n.happened_at in
    select d.release_id, d.project, d.deployment_id, d.environment, d.status_observed_at + interval '4 hours'
    from ops.deployments d join ops.releases r on r.release_id = d.release_id
    where d.status = 'in_progress' and d.status_observed_at <= clock_timestamp() - interval '4 hours'
      and r.closed_at is null and d.project in (
        select t.project from ops.notice_targets t where t.replaced_at is null and 'deployment_unended' = any (t.kinds))
    order by d.release_id
  loop
    n.kind := 'deployment_unended';
    n.by_time := true;
    return next n;
  end loop;
end
$$;
comment on function ops_private.deployments_due() is
  'The notices of deployments of open releases of which nobody reported the end for four hours, in projects where a target asks for them.';
revoke execute on function ops_private.deployments_due() from public;

create function ops_private.confirmations_due() returns setof ops.notices
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  n ops.notices;
begin
  -- A notice names the deployment, so each newest deployment is told of once.
  for n.release_id, n.project, n.gate_code, n.personas, n.environment, n.deployment_id, n.happened_at in
    select
      g.release_id, g.project, g.gate_code, ops_private.awaited_at(g), d.environment, d.deployment_id,
      d.status_observed_at + interval '1 day'
    from ops.release_gates g join ops.releases r on r.release_id = g.release_id
    cross join lateral (
      select w.* from ops.deployments w where w.release_id = g.release_id
      order by w.created_at desc, w.deployment_id desc limit 1
    ) as d
    where r.closed_at is null and r.project in (
        select t.project from ops.notice_targets t where t.replaced_at is null and 'gate_waits' = any (t.kinds))
      and g.gate_code = 'G4' and g.status in ('pending', 'in_progress')
      and d.status = 'succeeded' and d.status_observed_at <= clock_timestamp() - interval '1 day'
    order by g.release_id
  loop
    n.kind := 'gate_waits';
    n.by_time := true;
    if n.personas <> '{}' then
      return next n;
    end if;
  end loop;
end
$$;
comment on function ops_private.confirmations_due() is
  'The notices of G4 of open releases whose newest deployment succeeded a day ago and is not confirmed, in projects where a target asks for them.';
revoke execute on function ops_private.confirmations_due() from public;

create index releases_judged_until_idx on ops.releases (judged_until)
where closed_at is null and judged_until is not null;

create function ops_private.as_turned(judged ops_private.judgement, moment timestamptz) returns ops_private.judgement
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_verdict ops_private.gate_verdict;
  v_verdicts ops_private.gate_verdict[] := '{}'::ops_private.gate_verdict[];
begin
  foreach v_verdict in array judged.verdicts loop
    if (v_verdict.gate).status <> (v_verdict.stored).status then
      v_verdict.gate.entered_at := case (v_verdict.gate).status
        when 'pending' then null
        when 'in_progress' then moment
        else coalesce((v_verdict.stored).entered_at, moment) end;
      v_verdict.gate.resolved_at := case when (v_verdict.gate).resolved_at is not null then moment end;
    end if;
    v_verdicts := v_verdicts || v_verdict;
  end loop;
  judged.verdicts := v_verdicts;
  return judged;
end
$$;
comment on function ops_private.as_turned(ops_private.judgement, timestamptz) is
  'Verdicts that time alone changed, with the moment at which they changed. It is earlier than that at which they were judged.';
revoke execute on function ops_private.as_turned(ops_private.judgement, timestamptz) from public;

create function ops_private.judge_or_warn(release_id uuid) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
  v_now timestamptz;
begin
  v_release := ops_private.hold_release(judge_or_warn.release_id);
  v_now := ops_private.present(v_release);
  perform ops_private.store(v_release, 'G1', ops_private.as_turned(
    ops_private.judge(v_release, 'G1', v_now, live => true), coalesce(ops_private.turned_at(v_release), v_now)), v_now);
exception when others then
  if sqlstate in ('40001', '40P01', '55P03') or left(sqlstate, 2) in ('08', '53', '57') then
    raise; -- a retry can succeed
  end if;
  raise warning 'ops.due_notices: judging release % raised %', judge_or_warn.release_id, sqlstate;
end
$$;
comment on function ops_private.judge_or_warn(uuid) is
  'As ops_private.judge_now, from the first gate on, of a release of which something lapsed: what changed has the moment of that. An error that a retry does not solve is a warning: one release keeps no other one, and no notice, waiting.';
revoke execute on function ops_private.judge_or_warn(uuid) from public;

create function ops_private.judge_what_lapsed() returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_release_id uuid;
begin
  for v_release_id in
    select r.release_id from ops.releases r
    where r.closed_at is null and r.judged_until <= clock_timestamp()
    order by r.project in (
      select t.project from ops.notice_targets t where t.replaced_at is null and t.kinds && '{gate_waits,gate_failed}'
    ) desc, r.judged_until limit 20
    for no key update of r skip locked
  loop
    perform ops_private.judge_or_warn(v_release_id);
  end loop;
end
$$;
comment on function ops_private.judge_what_lapsed() is
  'Judges open releases again of which an exception began or ended, or an approval or artifact lapsed, since they were judged: so people are told that a gate waits for them again, and what reads stored verdicts need not judge. At most 20 of all projects, those that nobody else holds: first those of which a target is told, then the longest overdue. One that cannot be judged keeps its place, and is judged for each reader.';
revoke execute on function ops_private.judge_what_lapsed() from public;

create function ops_private.is_true_or_warn(n ops.notices) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.is_still_true(n);
exception when others then
  if sqlstate in ('40001', '40P01', '55P03') or left(sqlstate, 2) in ('08', '53', '57') then
    raise; -- a retry can succeed
  end if;
  raise warning 'ops.due_notices: % of release % raised %', n.kind, n.release_id, sqlstate;
  return false;
end
$$;
comment on function ops_private.is_true_or_warn(ops.notices) is
  'As ops_private.is_still_true. An error that a retry does not solve is a warning, and no: what cannot be known of one release keeps nobody else waiting.';
revoke execute on function ops_private.is_true_or_warn(ops.notices) from public;

create function ops_private.untold() returns setof ops.notices
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select u.* from (
    select f.* from (
      select e.* from ops_private.exceptions_due() as e
      union all
      select d.* from ops_private.deployments_due() as d
      union all
      select c.* from ops_private.confirmations_due() as c
    ) as f
    where not exists (
      select from ops.notices w
      where w.by_time and (w.release_id, w.kind) = (f.release_id, f.kind)
        and (w.gate_code, w.deployment_id, w.exception_id)
        is not distinct from (f.gate_code, f.deployment_id, f.exception_id))
    offset 0 -- what was said before is left out first: the next question costs more
  ) as u
  where ops_private.asked_by(u) <> '{}' and ops_private.is_true_or_warn(u);
end
$$;
comment on function ops_private.untold() is
  'What time made true and is true, that a target asks for and that was not said before. What is older than every target is not among it, however much there is.';
revoke execute on function ops_private.untold() from public;

create function ops.due_notices() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write notices
as $$
declare
  n ops.notices;
  v_new integer := 0;
begin
  perform ops_private.require_role('service_role');
  perform ops_private.refuse_isolation();
  -- One call at a time. A call that comes meanwhile returns 0.
  if not pg_try_advisory_xact_lock(hashtextextended('due notices', 0)) then
    return 0;
  end if;
  perform ops_private.judge_what_lapsed();
  for n in select f.* from ops_private.untold() as f limit 100 loop
    -- A release that somebody writes to has its turn the next time.
    perform from ops.releases r where r.release_id = n.release_id for no key update skip locked;
    if found and ops_private.is_true_or_warn(n) then
      v_new := v_new + ops_private.tell(n)::integer;
    end if;
  end loop;
  return v_new;
end
$$;
comment on function ops.due_notices() is
  'Records the notices that time alone made true: an exception ends within a day, an ended exception is not reviewed, a deployment did not end for four hours, nobody confirmed G4 for a day; each once, at most 100 in a call, since an event waits while its release is told of. Judges releases again of which something lapsed, so that gates that wait again are told. A scheduler calls it; as often as one likes. Returns how many came new. Only service_role may call it. OPS03 above read committed.';
revoke execute on function ops.due_notices() from public;
grant execute on function ops.due_notices() to service_role;
