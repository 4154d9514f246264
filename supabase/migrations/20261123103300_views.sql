-- Five questions that people ask. Each view runs with the rights of who asks, names its columns, and reads by release,
-- so that a page of the newest releases costs the same whatever there is behind it.

create view ops.v_release_gate_summary
with (security_invoker = true) as
select
  r.release_id,
  r.project,
  r.release_name,
  r.status as release_status,
  r.created_at as opened_at,
  g.gate_id,
  g.gate_code,
  g.gate_name,
  g.status,
  coalesce(g.resolved_at, g.entered_at, g.created_at) as since,
  g.resolved_by,
  g.exception_id,
  g.first_missing,
  c.checks_passed,
  c.checks_failed,
  c.checks_warning,
  c.checks_skipped,
  a.approvals,
  e.evidence
from ops.releases as r
inner join ops.release_gates as g on r.release_id = g.release_id
cross join lateral (
  select
    count(*) filter (where latest.status = 'pass') as checks_passed,
    count(*) filter (where latest.status = 'fail') as checks_failed,
    count(*) filter (where latest.status = 'warning') as checks_warning,
    count(*) filter (where latest.status = 'skipped') as checks_skipped
  from (
    select distinct on (gc.deployment_id, gc.check_name, gc.trusted) gc.status
    from ops.gate_checks as gc
    where gc.release_id = g.release_id and gc.gate_id = g.gate_id
    order by gc.deployment_id, gc.check_name, gc.trusted, gc.observed_at desc, gc.status
  ) as latest
) as c
cross join lateral (
  select count(*) as approvals
  from (
    select distinct on (ap.persona_role, ap.approver_id) ap.decision
    from ops.approvals as ap
    where ap.release_id = g.release_id and ap.gate_id = g.gate_id
    order by
      ap.persona_role, ap.approver_id, ap.observed_at desc,
      case ap.decision when 'rejected' then 0 when 'request_changes' then 1 else 2 end
  ) as latest
  where latest.decision = 'approved'
) as a
cross join lateral (
  select count(*) as evidence
  from ops.evidence_artifacts as ea
  where ea.release_id = g.release_id and ea.gate_id = g.gate_id
) as e;

comment on view ops.v_release_gate_summary is
  'Per release and gate: the verdict when its last fact arrived, since when, and on how many facts; whether an exception began or ended since is for v_promotion_eligibility and v_exception_status to say. Counted are the latest check per deployment, name and trust class, the approvals that stand, and every artifact.';

create view ops.v_promotion_eligibility
with (security_invoker = true) as
select
  r.release_id,
  r.project,
  r.release_name,
  r.environment_target,
  r.status as release_status,
  r.created_at as opened_at,
  case when x.active then (f.blockers).staging is null else r.cleared_for <> 'dev' end as eligible_for_staging,
  case
    when x.active then (f.blockers).production is null
    else r.cleared_for = 'production'
  end as eligible_for_production,
  case when x.active then (f.blockers).staging else g.staging_blocker end as staging_blocker,
  case
    when x.active then (f.blockers).production
    when r.cleared_for <> 'production' then coalesce(
      g.production_blocker, 'G4: the newest staging deployment has not failed (health in staging: failed)'
    )
  end as production_blocker
from ops.releases as r
cross join lateral (
  -- While no exception is active, time changes nothing, and what was stored is the answer.
  select count(*) > 0 as active
  from ops.exceptions as ex
  where r.excepted and ex.release_id = r.release_id and ops_private.is_active(ex, clock_timestamp())
) as x
cross join lateral (
  -- limit: asked once, not again for every column that reads it.
  select case when x.active then ops_private.first_blockers(r.release_id) end as blockers
  order by r.release_id
  limit 1
) as f
cross join lateral (
  select
    min(rg.gate_code || ': ' || rg.first_missing) filter (where rg.gate_code <= 'G2') as staging_blocker,
    min(rg.gate_code || ': ' || rg.first_missing) as production_blocker
  from ops.release_gates as rg
  where r.cleared_for <> 'production' and rg.release_id = r.release_id and rg.gate_code <= 'G3'
) as g;

comment on view ops.v_promotion_eligibility is
  'Per release: may it go to staging, to production, now; and the first blocker of each in words, null when there is none.';

create view ops.v_evidence_completeness
with (security_invoker = true) as
select
  r.release_id,
  r.project,
  r.release_name,
  g.gate_id,
  g.gate_code,
  q.required,
  q.present,
  q.missing,
  e.artifacts,
  coalesce(q.gap, false) as gap
from ops.releases as r
inner join ops.release_gates as g on r.release_id = g.release_id
cross join lateral (
  select count(*) as artifacts
  from ops.evidence_artifacts as ea
  where ea.release_id = g.release_id and ea.gate_id = g.gate_id
) as e
cross join lateral (
  select
    coalesce(array_agg(need.subject order by need.subject), '{}') as required,
    coalesce(array_agg(need.subject order by need.subject) filter (where need.met), '{}') as present,
    coalesce(array_agg(need.subject order by need.subject) filter (where not need.met), '{}') as missing,
    bool_or(need.enforcement = 'blocking' and not need.met) as gap
  from (
    select
      gr.subject,
      gr.enforcement,
      (
        select count(*) from ops.evidence_artifacts as ea
        where ea.release_id = g.release_id and ea.gate_id = g.gate_id
          and ea.artifact_type::text = any(string_to_array(gr.subject, '|'))
      ) >= gr.min_count as met
    from ops.gate_requirements as gr
    where gr.kind = 'evidence' and gr.gate_code = g.gate_code
      and gr.valid_from <= r.created_at and (gr.valid_to is null or r.created_at < gr.valid_to)
      and gr.project is not distinct from (
        select own.project from ops.gate_requirements as own
        where own.gate_code = g.gate_code and own.project = r.project
          and own.valid_from <= r.created_at and (own.valid_to is null or r.created_at < own.valid_to)
        order by own.project
        limit 1
      )
  ) as need
) as q;

comment on view ops.v_evidence_completeness is
  'Per release and gate: the evidence that its policy asks for (alternatives joined by |), which of it is there, which is missing, and whether a blocking one is (gap). For the gate as a whole; G4 itself asks for its newest deployment.';

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
  case
    when ops_private.is_active(x, t.moment) then 'active'
    when x.revoked_at is not null then 'revoked'
    when t.moment < x.effective_from then 'upcoming'
    else 'expired'
  end as state,
  case
    when x.revoked_at is null then greatest(x.expires_at - t.moment, interval '0')
    else interval '0'
  end as time_left,
  x.post_review_status,
  x.post_review_status = 'pending' and not ops_private.is_active(x, t.moment) and t.moment >= x.effective_from as review_pending
from ops.exceptions as x
inner join ops.releases as r on x.release_id = r.release_id
cross join lateral (select clock_timestamp() as moment) as t;

comment on view ops.v_exception_status is
  'Each exception: active, upcoming, expired or revoked; how long it still lasts; and whether its review is due, which it is once it has ended.';

create view ops.v_deployment_history
with (security_invoker = true) as
select
  r.release_id,
  r.project,
  r.release_name,
  d.deployment_id,
  d.environment,
  d.deployment_ref,
  d.deployed_at,
  d.deployed_by,
  d.source_ref,
  d.status,
  d.status_observed_at,
  d.rollback_of,
  undone.deployment_ref as rollback_of_ref,
  d.g4_status,
  d.g4_resolved_at,
  d.was_eligible,
  (
    select string_agg(b.value ->> 'requirement', '; ' order by b.ordinality)
    from jsonb_array_elements(d.blockers_at_deploy) with ordinality as b
  ) as why_not_eligible
from ops.deployments as d
inner join ops.releases as r on d.release_id = r.release_id
left join ops.deployments as undone on d.rollback_of = undone.deployment_id;

comment on view ops.v_deployment_history is
  'Deployments and rollbacks: what went where and when, whether it was confirmed healthy (G4), and whether the release was eligible then and why not. Order by deployed_at, deployment_ref.';

grant select on
ops.v_release_gate_summary, ops.v_promotion_eligibility, ops.v_evidence_completeness, ops.v_exception_status,
ops.v_deployment_history
to service_role, release_manager, audit_reader;
grant select on ops.v_deployment_history to sre;
