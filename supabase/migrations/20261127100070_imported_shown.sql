-- Where releases of the past are shown. Many of them do not push the present off the first page: a page has them only
-- where closed ones are asked for.

create or replace function ops_private.newest_releases(
  wanted ops_private.wanted_releases, person text, waiting uuid[], before_at timestamptz, before_id uuid, most integer
) returns setof ops.releases
-- A plan for these values: a plan for any values would read and sort all releases.
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
as $$
declare
  v_newest uuid[];
begin
  if wanted.projects is null or cardinality(wanted.projects) > 4 then
    -- Whoever sees many projects sees many of the newest releases.
    v_newest := array(
      select n.release_id from (
        select r.* from ops.releases r
        where r.created_at <= before_at and (r.created_at, r.release_id) < (before_at, before_id)
        order by r.created_at desc, r.release_id desc
        limit case when wanted.projects is not null then 1000 end
      ) as n
      where (wanted.projects is null or n.project = any (wanted.projects)) and (n.imported_at is null or wanted.closed)
        and (wanted.statuses is null
          or case when n.closed_at is null then n.status = any (wanted.statuses) else wanted.closed end)
        and (wanted.environment is null or n.environment_target = wanted.environment)
        and (wanted.mine is not true or person in (n.initiating_actor, n.created_by))
        and (wanted.text is null or position(wanted.text in lower(n.release_name)) > 0)
        and (waiting is null or n.release_id = any (waiting))
      order by n.created_at desc, n.release_id desc limit most);
  end if;
  if wanted.projects is not null and (cardinality(v_newest) = most) is not true then
    -- Each project is read newest first by its own index, and no further than one page.
    v_newest := array(
      select n.release_id from unnest(wanted.projects) as p (project)
      cross join lateral (
        select r.created_at, r.release_id from ops.releases r
        where r.project = p.project and (r.imported_at is null or wanted.closed)
          and r.created_at <= before_at and (r.created_at, r.release_id) < (before_at, before_id)
          and (wanted.statuses is null
            or case when r.closed_at is null then r.status = any (wanted.statuses) else wanted.closed end)
          and (wanted.environment is null or r.environment_target = wanted.environment)
          and (wanted.mine is not true or person in (r.initiating_actor, r.created_by))
          and (wanted.text is null or position(wanted.text in lower(r.release_name)) > 0)
          and (waiting is null or r.release_id = any (waiting))
        order by r.created_at desc, r.release_id desc limit most
      ) as n
      order by n.created_at desc, n.release_id desc limit most);
  end if;
  return query
  select r.* from ops.releases r where r.release_id = any (v_newest)
  order by r.created_at desc, r.release_id desc;
end
$$;
comment on function ops_private.newest_releases(
  ops_private.wanted_releases, text, uuid[], timestamptz, uuid, integer
) is
  'The newest releases that are wanted, opened before a moment; of the same moment those with a smaller id; those of the past only where closed ones are wanted. person: whose releases are theirs. waiting: of these ids alone; null for all. A member of some projects reads each by its index; one condition with `in` or `exists` instead reads 20 to 120 times as long.';
comment on function ops.my_releases(jsonb, uuid, integer) is
  'A page of the releases of the caller''s projects, for all roles that the person holds: newest first, each with its gates, where it may go, and what it waits for. filter: {project, status (one or a list; closed: those that were closed, which no other status names, those of the past included), environment, mine, waiting, text (a part of the name)}, each optional; waiting: those that ops.inbox names. Those of the past are in no page without the status closed. before: release_id of the last row of the page before, so that releases opened meanwhile move nothing. 22023: a filter or a limit that cannot be. OPS04: before is no release of theirs.';

-- Views show which rows are of the past.
create or replace view ops.v_release_gate_summary
with (security_invoker = true) as
select
  g.release_id,
  r.project,
  r.release_name,
  r.status as release_status,
  r.created_at as opened_at,
  g.gate_id,
  g.gate_code,
  g.gate_name,
  case
    when not t.outdated then g.status
    when not t.live then g.status_without_exception
    else (ops_private.gate_now(g.release_id, g.gate_id)).status
  end as status,
  case
    when not t.outdated or not t.live and g.status = g.status_without_exception
      or t.live and (ops_private.gate_now(g.release_id, g.gate_id)).status = g.status
      then coalesce(g.resolved_at, g.entered_at, g.created_at)
    else (
      -- No fact changed the verdict: something began or ended with time. Take that time.
      select max(b.moment)
      from ops_private.turning_points as b
      left join ops.exceptions as bx on b.exception_id = bx.exception_id
      where b.release_id = g.release_id and b.moment <= ops_private.wall_clock()
        and (b.exception_id is null or (ops_private.exception_now(bx)).approved)
    )
  end as since,
  case
    when not t.outdated or not t.live and g.status = g.status_without_exception
      or t.live and (ops_private.gate_now(g.release_id, g.gate_id)).status = g.status
      then g.resolved_by
  end as resolved_by,
  case
    when not t.outdated then g.exception_id
    when t.live then (ops_private.gate_now(g.release_id, g.gate_id)).exception_id
  end as exception_id,
  case
    when not t.outdated then g.first_missing
    when not t.live then g.first_missing_without_exception
    else (ops_private.gate_now(g.release_id, g.gate_id)).first_missing
  end as first_missing,
  c.checks_passed,
  c.checks_failed,
  c.checks_warning,
  c.checks_skipped,
  c.approvals,
  e.evidence,
  r.imported_at is not null as imported
from ops.releases as r
inner join ops.release_gates as g on r.release_id = g.release_id
cross join lateral (
  -- After judged_until the stored verdict is not the answer any more. While no exception is active and nothing has
  -- lapsed, the answer is the stored verdict without exceptions. Otherwise the gate must be judged again.
  select
    -- Most releases have neither moment, and the clock is not asked for them.
    r.judged_until is not null and r.judged_until <= ops_private.wall_clock() as outdated,
    r.lapses_at is not null and r.lapses_at <= ops_private.wall_clock() or r.excepted and coalesce((
      -- Not `exists`: the planner would judge the exceptions of all releases, for one page.
      select bool_or(ops_private.authorises_now(ex))
      from ops.exceptions as ex
      where ex.release_id = r.release_id and ex.expires_at > statement_timestamp()
    ), false) as live
) as t
left join lateral (
  -- The aggregate guarantees one row, so the planner may drop the join.
  select
    max(f.checks_passed) as checks_passed,
    max(f.checks_failed) as checks_failed,
    max(f.checks_warning) as checks_warning,
    max(f.checks_skipped) as checks_skipped,
    max(f.approvals) as approvals
  from ops_private.facts_on_gate(g.release_id, g.gate_id) as f
) as c on true
left join lateral (
  select count(*) as evidence
  from ops.evidence_artifacts as ea
  where ea.release_id = g.release_id and ea.gate_id = g.gate_id
) as e on true;
comment on column ops.v_release_gate_summary.imported is 'Whether the release is of the past: what its gates say lets nothing go anywhere.';

create or replace view ops.v_promotion_eligibility
with (security_invoker = true) as
select
  r.release_id,
  r.project,
  r.release_name,
  r.environment_target,
  r.status as release_status,
  r.created_at as opened_at,
  case when t.live then f.blockers[1] is null else r.cleared_for <> 'dev' end as eligible_for_staging,
  case when t.live then f.blockers[2] is null else r.cleared_for = 'production' end as eligible_for_production,
  case when t.live then f.blockers[1] else g.staging_blocker end as staging_blocker,
  case
    when t.live then f.blockers[2]
    when r.cleared_for <> 'production'
      then coalesce(g.production_blocker, (ops_private.first_blockers(r.release_id))[2])
  end as production_blocker,
  r.imported_at is not null as imported
from ops.releases as r
-- Each aggregate gives exactly one row: Postgres drops a join that no column needs, and otherwise runs it once.
left join lateral (
  -- While no exception has an effect and nothing has lapsed, the stored answer is valid. It has no words for closed
  -- releases, contested reports, objections to the release as a whole, and what policy asks of production.
  select bool_or(b.live) as live
  from (
    select
      r.closed_at is not null or r.contested or r.objected or (r.asks_beyond and r.cleared_for = 'production')
      or r.lapses_at is not null and r.lapses_at <= ops_private.wall_clock() or r.excepted and coalesce((
        -- Not `exists`: the planner would judge the exceptions of all releases, for one page.
        select bool_or(ops_private.authorises_now(ex))
        from ops.exceptions as ex
        where ex.release_id = r.release_id and ex.expires_at > statement_timestamp()
      ), false) as live
  ) as b
) as t on true
left join lateral (
  select max(b.blockers) as blockers
  from (
    select ops_private.first_blockers(r.release_id) as blockers
    where t.live
  ) as b
) as f on true
left join lateral (
  select
    min(rg.gate_code || ': ' || coalesce(rg.first_missing_without_exception, rg.first_missing))
      filter (where rg.gate_code <= 'G2') as staging_blocker,
    min(rg.gate_code || ': ' || coalesce(rg.first_missing_without_exception, rg.first_missing)) as production_blocker
  from ops.release_gates as rg
  where r.cleared_for <> 'production' and rg.release_id = r.release_id and rg.gate_code <= 'G3'
) as g on true;
comment on column ops.v_promotion_eligibility.imported is 'Whether the release is of the past: it is eligible for nothing.';

create or replace view ops.v_evidence_completeness
with (security_invoker = true) as
select
  g.release_id,
  r.project,
  r.release_name,
  g.gate_id,
  g.gate_code,
  q.required,
  q.present,
  q.missing,
  e.evidence,
  case
    when r.lapses_at is not null and r.lapses_at <= ops_private.wall_clock() then exists (
      select from ops_private.requirements_in_force as n
      where n.release_id = g.release_id and n.gate_code = g.gate_code and n.kind = 'evidence'
        and n.enforcement = 'blocking' and (ops_private.count_evidence(
          g.release_id, g.gate_id, g.gate_code,
          case when g.gate_code = 'G4' then ops_private.g4_deployments(g.release_id) end, n.subject, n.require_hash,
          ops_private.wall_clock() - make_interval(secs => n.valid_for), 'infinity',
          -- Not those of s: the planner would work them out for every gate, also where nothing lapses.
          array(select d from ops_private.standing_decisions(g.release_id, g.gate_id, 'infinity') as d),
          case when r.has_artifacts then ops_private.digest_now(g.release_id) end
        )).present < n.min_count
    )
    else g.evidence_gap
  end as gap,
  r.imported_at is not null as imported
from ops.release_gates as g
left join ops.releases as r on g.release_id = r.release_id
left join lateral (
  -- What counts for a sign-off depends on the decisions that stand, and on the artifacts that are on record.
  select
    array(select d from ops_private.standing_decisions(g.release_id, g.gate_id, 'infinity') as d) as decisions,
    case when r.has_artifacts then ops_private.digest_now(g.release_id) end as digest
) as s on true
left join lateral (
  select coalesce(sum((ops_private.count_evidence(
    g.release_id, g.gate_id, g.gate_code, array[d.deployment_id],
    array_to_string(enum_range(null::ops.ops_artifact_type), '|'), false, null, 'infinity', s.decisions, s.digest
  )).present), 0) as evidence
  from unnest(
    case when g.gate_code = 'G4' then ops_private.g4_deployments(g.release_id) else array[null::uuid] end
  ) as d (deployment_id)
) as e on true
left join lateral (
  select
    coalesce(array_agg(need.subject order by need.subject), '{}') as required,
    coalesce(array_agg(need.subject order by need.subject) filter (where need.met), '{}') as present,
    coalesce(array_agg(need.subject order by need.subject) filter (where not need.met), '{}') as missing
  from (
    select
      n.subject,
      (ops_private.count_evidence(
        g.release_id, g.gate_id, g.gate_code,
        case when g.gate_code = 'G4' then ops_private.g4_deployments(g.release_id) end, n.subject, n.require_hash,
        ops_private.wall_clock() - make_interval(secs => n.valid_for), 'infinity', s.decisions, s.digest
      )).present >= n.min_count as met
    from ops_private.requirements_in_force as n
    where n.release_id = g.release_id and n.gate_code = g.gate_code and n.kind = 'evidence'
  ) as need
) as q on true;
comment on column ops.v_evidence_completeness.imported is 'Whether the release is of the past: nobody is asked for what it misses.';

create or replace view ops.v_deployment_history
with (security_invoker = true) as
select
  d.release_id,
  r.project,
  r.release_name,
  d.deployment_id,
  d.environment,
  d.target,
  d.deployment_ref,
  d.deployed_at,
  d.deployed_by,
  d.source_ref,
  d.status,
  d.status_observed_at,
  d.rollback_of,
  undone.deployment_ref as rollback_of_ref,
  d.rollback_known,
  d.artifacts,
  d.g4_status,
  d.g4_resolved_at,
  d.was_eligible,
  (
    select string_agg(b.value ->> 'requirement', '; ' order by b.ordinality)
    from jsonb_array_elements(d.blockers_at_deploy) with ordinality as b
  ) as why_not_eligible,
  d.excepted_by,
  case
    when r.retired then ops_private.retired_since(d.release_id, d.environment, d.target)
  end as target_retired_at,
  case
    when r.retired then d.g4_status = 'failed'
      and ops_private.retired_since(d.release_id, d.environment, d.target) is not null
    else false
  end as retired_failed,
  d.imported
from ops.deployments as d
left join ops.releases as r on d.release_id = r.release_id
left join ops.deployments as undone on d.rollback_of = undone.deployment_id;
comment on column ops.v_deployment_history.imported is 'Whether it is of a release of the past: it was judged for no eligibility, and is not live.';
