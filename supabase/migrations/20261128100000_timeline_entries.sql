-- The chain of one release as entries in time: one function for each kind of fact. Each takes the newest facts that
-- were known before a moment, as many as are asked for and all others of the oldest one's moment. So no moment is
-- split, and a page of all kinds together is made of their newest.

create function ops_private.opening_in_time(release ops.releases, before timestamptz)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.fact := release.release_id;
  v_entry.environment := release.environment_target;
  for v_entry.at, v_entry.kind, v_entry.source_ref, v_entry.close_reason, v_entry.actor, v_entry.actor_role in
    select e.at, e.kind::ops.ops_timeline_kind, e.source_ref, e.close_reason, e.actor, e.actor_role
    from (values
      (release.created_at, 'opened', release.source_ref::text, null, release.created_by, release.created_role),
      (release.closed_at, 'closed', null, release.close_reason, release.closed_by, null)
    ) as e (at, kind, source_ref, close_reason, actor, actor_role)
    where e.at < before
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.opening_in_time(ops.releases, timestamptz) is
  'When a release was opened, and when it was closed. As all functions of this kind: only what happened before a moment.';
revoke execute on function ops_private.opening_in_time(ops.releases, timestamptz) from public;

create function ops_private.checks_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'check';
  for v_entry.at, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role, v_entry.status,
    v_entry.gate_code, v_entry.environment, v_entry.target, v_entry.source_system, v_entry.part, v_entry.check_name,
    v_entry.deployment_id in
    select
      c.created_at, c.check_id, c.observed_at, c.created_by, c.created_role, c.status::text, g.gate_code,
      d.environment, d.target::text, c.source_system, c.part::text, c.check_name::text, c.deployment_id
    from ops.gate_checks c
    join ops.release_gates g on g.gate_id = c.gate_id
    left join ops.deployments d on d.deployment_id = c.deployment_id
    where c.release_id = release.release_id and c.created_at < before
    order by c.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.checks_in_time(ops.releases, timestamptz, integer) is
  'The newest checks of a release before a moment.';
revoke execute on function ops_private.checks_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.decisions_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'decision';
  for v_entry.at, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role, v_entry.reason,
    v_entry.gate_code, v_entry.scope, v_entry.decision, v_entry.exception_id in
    select
      a.created_at, a.approval_id, a.observed_at, a.approver_id, a.persona_role::text, a.rationale_text::text,
      g.gate_code, a.scope, a.decision, a.exception_id
    from ops.approvals a
    left join ops.release_gates g on g.gate_id = a.gate_id
    where a.release_id = release.release_id and a.created_at < before
    order by a.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.decisions_in_time(ops.releases, timestamptz, integer) is
  'The newest decisions on a release, its gates and its exceptions before a moment.';
revoke execute on function ops_private.decisions_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.evidence_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'evidence';
  for v_entry.at, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role, v_entry.gate_code,
    v_entry.environment, v_entry.target, v_entry.source_system, v_entry.artifact_type, v_entry.artifact_url,
    v_entry.deployment_id in
    select
      e.created_at, e.artifact_id, e.observed_at, e.created_by, e.created_role, g.gate_code, d.environment,
      d.target::text, e.source_system, e.artifact_type, e.artifact_url, e.deployment_id
    from ops.evidence_artifacts e
    left join ops.release_gates g on g.gate_id = e.gate_id
    left join ops.deployments d on d.deployment_id = e.deployment_id
    where e.release_id = release.release_id and e.created_at < before
    order by e.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.evidence_in_time(ops.releases, timestamptz, integer) is
  'The newest evidence of a release before a moment.';
revoke execute on function ops_private.evidence_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.exceptions_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  for v_entry.at, v_entry.kind, v_entry.fact, v_entry.actor, v_entry.actor_role, v_entry.reason, v_entry.status,
    v_entry.exception_id, v_entry.exception_type, v_entry.impacted_gates in
    select
      e.at, e.kind::ops.ops_timeline_kind, x.exception_id, e.actor, e.actor_role, e.reason, e.status, x.exception_id,
      x.exception_type, x.impacted_gates
    from ops.exceptions x
    cross join lateral (
      values
      (x.created_at, 'exception_opened', x.approver_id,
        case when x.approver_id = x.created_by then x.created_role end, x.reason::text, null),
      (case when x.effective_from > x.created_at and (x.revoked_at > x.effective_from) is not false
        then x.effective_from end, 'exception_began', null, null, null, null),
      (x.revoked_at, 'exception_revoked', x.revoked_by, null, null, null),
      (case when (x.revoked_at > x.expires_at) is not false
        then x.expires_at end, 'exception_ended', null, null, null, null),
      (x.reviewed_at, 'exception_reviewed', x.reviewed_by, null, null, x.post_review_status::text)
    ) as e (at, kind, actor, actor_role, reason, status)
    where release.excepted and x.release_id = release.release_id and e.at < before
    order by e.at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.exceptions_in_time(ops.releases, timestamptz, integer) is
  'The newest of what happened to the exceptions of a release before a moment. One that was revoked before its end does not end with time, and one that was revoked before it began does not begin.';
revoke execute on function ops_private.exceptions_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.deployments_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'deployment';
  v_entry.gate_code := 'G4';
  for v_entry.at, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role, v_entry.status,
    v_entry.environment, v_entry.target, v_entry.deployment_id, v_entry.deployment_ref, v_entry.rollback_of in
    select
      r.created_at, d.deployment_id, r.observed_at, coalesce(r.deployed_by, r.created_by),
      case when coalesce(r.deployed_by, r.created_by) = r.created_by then r.created_role end, r.status::text,
      d.environment, d.target::text, d.deployment_id, d.deployment_ref::text, d.rollback_of
    from ops.deployment_reports r
    join ops.deployments d on d.deployment_id = r.deployment_id
    where r.release_id = release.release_id and r.created_at < before
    order by r.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.deployments_in_time(ops.releases, timestamptz, integer) is
  'The newest reports of the deployments and rollbacks of a release before a moment.';
revoke execute on function ops_private.deployments_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.retirements_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'target_retired';
  v_entry.gate_code := 'G4';
  for v_entry.at, v_entry.fact, v_entry.actor, v_entry.actor_role, v_entry.reason, v_entry.environment,
    v_entry.target in
    select
      r.created_at, t.retirement_id, r.created_by, r.created_role, t.reason::text, t.environment, t.target::text
    from ops.retired_releases r
    join ops.retired_targets t on t.retirement_id = r.retirement_id
    where release.retired and r.release_id = release.release_id and r.created_at < before
    order by r.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.retirements_in_time(ops.releases, timestamptz, integer) is
  'The newest targets that were taken out for a release before a moment.';
revoke execute on function ops_private.retirements_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.contested_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  for v_entry.at, v_entry.kind, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role,
    v_entry.status, v_entry.gate_code, v_entry.environment, v_entry.target, v_entry.idempotency_key,
    v_entry.event_type, v_entry.error_code in
    select
      e.at, e.kind::ops.ops_timeline_kind, c.contested_id, e.observed_at, e.actor, e.actor_role, c.status, g.gate_code,
      c.environment, c.target::text, e.idempotency_key, c.event_type, e.error_code
    from ops.contested_reports c
    left join ops.release_gates g on g.gate_id = c.gate_id
    left join lateral (
      select n.created_at, n.created_by, n.created_role, n.idempotency_key from ops.contested_report_ends n
      where n.release_id = c.release_id and n.contested_id = c.contested_id order by n.created_at limit 1
    ) as n on true
    cross join lateral (
      values
      (c.created_at, 'contested_report', coalesce(c.approver_id, c.created_by),
        coalesce(c.persona_role::text, c.created_role), c.error_code, c.observed_at, c.idempotency_key),
      (n.created_at, 'contested_report_ended', n.created_by, n.created_role, null, null, n.idempotency_key)
    ) as e (at, kind, actor, actor_role, error_code, observed_at, idempotency_key)
    where release.contested and c.release_id = release.release_id and e.at < before
    order by e.at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.contested_in_time(ops.releases, timestamptz, integer) is
  'The newest contested reports of a release, and their ends, before a moment.';
revoke execute on function ops_private.contested_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.dismissals_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'dismissal';
  for v_entry.at, v_entry.fact, v_entry.actor, v_entry.actor_role, v_entry.reason, v_entry.gate_code,
    v_entry.dismissed_kind, v_entry.dismissed_fact in
    select
      d.created_at, d.dismissal_id, d.created_by, d.created_role, d.reason::text, g.gate_code, d.kind,
      coalesce(d.contested_id, d.check_id, d.approval_id, d.deployment_id, d.exception_id)
    from ops.dismissals d
    left join ops.release_gates g on g.gate_id = d.gate_id
    where release.dismissed and d.release_id = release.release_id and d.created_at < before
    order by d.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.dismissals_in_time(ops.releases, timestamptz, integer) is
  'The newest dismissals of a release before a moment.';
revoke execute on function ops_private.dismissals_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.incidents_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  for v_entry.at, v_entry.kind, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role,
    v_entry.environment, v_entry.target, v_entry.deployment_id, v_entry.severity, v_entry.root_cause in
    select
      e.at, e.kind::ops.ops_timeline_kind, i.incident_id, e.observed_at, e.actor, e.actor_role, d.environment,
      d.target::text, i.deployment_id, i.severity, e.root_cause
    from ops.deployments d
    join ops.incidents i on i.deployment_id = d.deployment_id
    cross join lateral (
      values
      (i.created_at, 'incident', i.created_by, i.created_role, null, i.detected_at),
      (greatest(i.resolved_at, case when i.resolved_at is not null then i.created_at end), 'incident_resolved',
        null, null, i.root_cause, i.resolved_at)
    ) as e (at, kind, actor, actor_role, root_cause, observed_at)
    where d.release_id = release.release_id and e.at < before
    order by e.at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.incidents_in_time(ops.releases, timestamptz, integer) is
  'The newest incidents after the deployments of a release, and when they were resolved, before a moment. The severity is that of now.';
revoke execute on function ops_private.incidents_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.lapses_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'lapsed';
  for v_entry.at, v_entry.fact, v_entry.gate_code, v_entry.requirement_kind in
    select t.moment, t.fact, t.gate_code, t.kind
    from ops_private.turning_points as t
    where release.lapses_at is not null and t.lapses and t.release_id = release.release_id and t.moment < before
    group by t.moment, t.gate_code, t.kind, t.fact
    order by t.moment desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$$;
comment on function ops_private.lapses_in_time(ops.releases, timestamptz, integer) is
  'The newest approvals and artifacts of a release whose time, which the policy limits, ran out before a moment.';
revoke execute on function ops_private.lapses_in_time(ops.releases, timestamptz, integer) from public;
