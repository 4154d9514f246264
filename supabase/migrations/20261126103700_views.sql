-- Five views for people. Each runs with the rights of its reader. Everything beyond the main table is a left join to
-- exactly one row: the planner drops a join when no column of it is read. So a count is one scan, and the newest page
-- of releases costs the same however many releases there are.

create function ops_private.g4_deployments(release_id uuid) returns uuid[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the reader may not call the rule
as $$
begin
  perform ops_private.require_reader('ops.deployments', 'ops.deployment_reports');
  return ops_private.looked_at(array(
    select t from ops.releases r cross join lateral ops_private.targets_at(r, null, 'infinity') as t
    where r.release_id = g4_deployments.release_id
  ));
end
$$;
comment on function ops_private.g4_deployments(uuid) is
  'The deployments that G4 looks at now. For the evidence view. Raises 42501 when the caller may not read deployments.';

create function ops_private.digest_now(release_id uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the reader may not call the rule
as $$
begin
  perform ops_private.require_reader('ops.build_artifacts');
  return ops_private.artifacts_digest(digest_now.release_id, 'infinity');
end
$$;
comment on function ops_private.digest_now(uuid) is
  'The digest of the artifacts on record now. For the evidence view. Raises 42501 when the caller may not read builds.';

create function ops_private.facts_on_gate(
  release_id uuid, gate_id uuid, out checks_passed bigint, out checks_failed bigint, out checks_warning bigint,
  out checks_skipped bigint, out approvals bigint
)
-- A definer: the rules that it asks read several tables, and each would find out anew which projects are the reader's.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_project text;
  v_dismissed boolean;
begin
  select r.project, r.dismissed into v_project, v_dismissed
  from ops.releases r where r.release_id = facts_on_gate.release_id;
  if not (ops_private.reads('ops.gate_checks') and ops_private.reads('ops.approvals')
    and ops_private.sees(v_project)) then
    perform ops_private.require_reader('ops.gate_checks', 'ops.approvals');
    return;
  end if;
  select
    count(*) filter (where c.status = 'pass'), count(*) filter (where c.status = 'fail'),
    count(*) filter (where c.status = 'warning'), count(*) filter (where c.status = 'skipped')
  into checks_passed, checks_failed, checks_warning, checks_skipped
  from ops_private.latest_checks(release_id, gate_id, 'infinity', v_dismissed) as c;
  select count(*) into approvals
  from ops_private.standing_decisions(release_id, gate_id, 'infinity', dismissed => v_dismissed) as d
  where d.decision = 'approved';
end
$$;
comment on function ops_private.facts_on_gate(uuid, uuid) is
  'How many checks of each status and how many approvals stand on a gate now. For the gate summary view. Nulls for a release that the caller does not see. Raises 42501 when they may not read checks and approvals.';

create view ops.v_release_gate_summary
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
  e.evidence
from ops.releases as r
inner join ops.release_gates as g on r.release_id = g.release_id
cross join lateral (
  -- After judged_until the stored verdict is not the answer any more. While no exception is active and nothing has
  -- lapsed, the answer is the stored verdict without exceptions. Otherwise the gate must be judged again.
  select
    coalesce(r.judged_until <= ops_private.wall_clock(), false) as outdated,
    coalesce(r.lapses_at <= ops_private.wall_clock(), false) or r.excepted and coalesce((
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

comment on view ops.v_release_gate_summary is
  'Per release and gate: the verdict now, since when, and the number of facts. Counted are the latest check per deployment, name and trust class, standing approvals, and all artifacts.';

create view ops.v_promotion_eligibility
with (security_invoker = true) as
select
  r.release_id,
  r.project,
  r.release_name,
  r.environment_target,
  r.status as release_status,
  r.created_at as opened_at,
  case when r.live then f.blockers[1] is null else r.cleared_for <> 'dev' end as eligible_for_staging,
  case when r.live then f.blockers[2] is null else r.cleared_for = 'production' end as eligible_for_production,
  case when r.live then f.blockers[1] else g.staging_blocker end as staging_blocker,
  case
    when r.live then f.blockers[2]
    when r.cleared_for <> 'production'
      then coalesce(g.production_blocker, (ops_private.first_blockers(r.release_id))[2])
  end as production_blocker
from (
  select
    rr.*,
    -- While no exception has an effect and nothing has lapsed, the stored answer is valid. It has no words for closed
    -- releases, contested reports, objections to the release as a whole, and what policy asks of production.
    rr.closed_at is not null or rr.contested or rr.objected or (rr.asks_beyond and rr.cleared_for = 'production')
    or coalesce(rr.lapses_at <= ops_private.wall_clock(), false) or rr.excepted and coalesce((
      -- Not `exists`: the planner would judge the exceptions of all releases, for one page.
      select bool_or(ops_private.authorises_now(ex))
      from ops.exceptions as ex
      where ex.release_id = rr.release_id and ex.expires_at > statement_timestamp()
    ), false) as live
  from ops.releases as rr
) as r
left join lateral (
  -- The aggregate guarantees one row: the planner may drop the join, and calls the function once for all columns.
  select max(b.blockers) as blockers
  from (
    select ops_private.first_blockers(r.release_id) as blockers
    where r.live
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

comment on view ops.v_promotion_eligibility is
  'Per release: whether it is eligible for staging and for production now, and the first blocker of each in words. The blocker is null when it is eligible.';

create view ops.v_evidence_completeness
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
    when r.lapses_at <= ops_private.wall_clock() then exists (
      select from ops_private.requirements_in_force as n
      where n.release_id = g.release_id and n.gate_code = g.gate_code and n.kind = 'evidence'
        and n.enforcement = 'blocking' and (ops_private.count_evidence(
          g.release_id, g.gate_id, g.gate_code,
          case when g.gate_code = 'G4' then ops_private.g4_deployments(g.release_id) end, n.subject, n.require_hash,
          ops_private.wall_clock() - make_interval(secs => n.valid_for), 'infinity', s.decisions, s.digest
        )).present < n.min_count
    )
    else g.evidence_gap
  end as gap
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

comment on view ops.v_evidence_completeness is
  'Per release and gate: the evidence that its policy requires (alternatives joined by |), which of it is present and which is missing, and whether a blocking one is missing (gap). Each artifact counts once, by the same rule as for the gate. On G4 each deployment that it looks at must have it. evidence counts what is on the gate and counts for it, required or not; evidence of ops.v_release_gate_summary counts all rows on the gate.';

create view ops.v_exception_status
with (security_invoker = true) as
select
  x.exception_id,
  x.release_id,
  r.project,
  r.release_name,
  x.exception_type,
  x.impacted_gates,
  x.reason,
  x.approver_id,
  x.effective_from,
  x.expires_at,
  x.revoked_at,
  x.revoked_by,
  ops_private.exception_state(x, t.moment, t.active) as state,
  case
    when x.revoked_at is null then greatest(x.expires_at - t.moment, interval '0')
    else interval '0'
  end as time_left,
  x.post_review_status,
  x.reviewed_at,
  x.reviewed_by,
  t.active and a.approved as authorises,
  a.approvals,
  a.needed as approvals_needed,
  a.objection,
  a.missing,
  x.post_review_status = 'pending' and not t.active
    and t.moment >= x.effective_from as review_pending
from ops.exceptions as x
left join ops.releases as r on x.release_id = r.release_id
cross join lateral (select clock_timestamp() as moment) as w
cross join lateral (
  select
    w.moment,
    ops_private.is_active(x, w.moment) as active
) as t
left join lateral (
  -- The aggregate guarantees one row, so the planner may drop the join.
  select
    max((d.said).approvals) as approvals,
    max((d.said).needed) as needed,
    max((d.said).objection) as objection,
    max((d.said).missing) as missing,
    bool_and((d.said).approved) as approved
  from (select ops_private.exception_now(x) as said) as d
) as a on true;

comment on view ops.v_exception_status is
  'Per exception: whether it is active, upcoming, expired or revoked, how long it still lasts, and whether its review is due, or who reviewed it when. authorises: it has an effect now; objection, missing (own tokens, second factors and named people that policy asks for), and approvals below approvals_needed, say why an active one has none. A review is due after the exception ended.';

create function ops_private.retired_since(release_id uuid, environment ops.ops_environment, target text)
returns timestamptz
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the reader may not call the rule
as $$
begin
  perform ops_private.require_reader('ops.deployments', 'ops.retired_targets');
  return (
    select ops_private.target_retired_at(r, retired_since.environment, retired_since.target, 'infinity')
    from ops.releases r where r.release_id = retired_since.release_id
  );
end
$$;
comment on function ops_private.retired_since(uuid, ops.ops_environment, text) is
  'Since when a target is out for a release now; null when it is not. For the deployment view. Raises 42501 when the caller may not read deployments.';

create view ops.v_deployment_history
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
  end as retired_failed
from ops.deployments as d
left join ops.releases as r on d.release_id = r.release_id
left join ops.deployments as undone on d.rollback_of = undone.deployment_id;

comment on view ops.v_deployment_history is
  'Deployments and rollbacks: what was deployed where and when, whether it was confirmed healthy (G4), whether the release was eligible then, why not, which exceptions it needed, and whether its target was taken out since (retired_failed: while it had failed). Order by deployed_at, deployment_ref.';

grant select on
ops.v_release_gate_summary, ops.v_promotion_eligibility, ops.v_evidence_completeness, ops.v_exception_status,
ops.v_deployment_history
to service_role, release_manager, audit_reader;
grant select on ops.v_deployment_history to sre;
