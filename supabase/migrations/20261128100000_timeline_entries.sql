-- The chain of one release as entries in time: one function for each kind of fact. Each takes the newest facts that
-- were known before a moment, as many as are asked for and all others of the oldest one's moment. So no moment is
-- split, and a page of all kinds together is made of their newest.

create type ops.ops_timeline_kind as enum (
  'opened', 'closed', 'check', 'decision', 'evidence', 'exception_opened', 'exception_began', 'exception_revoked',
  'exception_ended', 'exception_reviewed', 'deployment', 'target_retired', 'contested_report',
  'contested_report_ended', 'dismissal', 'incident', 'incident_resolved', 'lapsed', 'verdict'
);
comment on type ops.ops_timeline_kind is
  'What happened to a release. deployment: a report of one, its status says which. exception_began, exception_ended, lapsed (the time of an approval or artifact ran out): only time made it. verdict: the verdict on a gate changed.';

create type ops.timeline_entry as (
  at timestamptz,
  kind ops.ops_timeline_kind,
  gate_code ops.ops_gate_code,
  subject text,
  status text,
  status_before text,
  actor text,
  actor_role text,
  reason text,
  environment ops.ops_environment,
  target text,
  observed_at timestamptz,
  fact uuid,
  about uuid
);
comment on type ops.timeline_entry is 'Something that happened to a release, at one moment.';
comment on column ops.timeline_entry.at is
  'When it was recorded, which is the moment from which ops.gate_status_at counts it; or when time alone made it. An incident was resolved when its sender says.';
comment on column ops.timeline_entry.kind is 'What happened.';
comment on column ops.timeline_entry.gate_code is 'Its gate. Null for what is about no gate, or about several.';
comment on column ops.timeline_entry.subject is
  'What it is about: the source_ref (opened), the check name, the scope of a decision, the type of evidence, the gates of an exception, the reference of a deployment, the type of a contested event, the kind of what was dismissed, the severity of an incident, the requirement that lapsed, or the name of the gate (verdict).';
comment on column ops.timeline_entry.status is
  'What it says: the status of a check, deployment, contested event or review, the decision, the type of an exception, why a release was closed, or the verdict. Null for what has none.';
comment on column ops.timeline_entry.status_before is 'The verdict before. Null for all but a verdict.';
comment on column ops.timeline_entry.actor is
  'Who did it: by which name records know who decided, opened, revoked, reviewed, deployed or recorded it. Null where time did it, and for a verdict.';
comment on column ops.timeline_entry.actor_role is 'In which role they did it. Null where that is not recorded, as of somebody whom another one named.';
comment on column ops.timeline_entry.reason is
  'Why, in their words; of evidence its address, of a contested report the code of the refusal, of an incident its cause, of a verdict what is missing first.';
comment on column ops.timeline_entry.environment is 'The environment that it is about.';
comment on column ops.timeline_entry.target is 'The target in the environment.';
comment on column ops.timeline_entry.observed_at is 'When its sender observed it. Null where only `at` is known.';
comment on column ops.timeline_entry.fact is
  'The id of the fact, by which ops.release_overview names it; of a verdict that of the gate, of opened and closed that of the release.';
comment on column ops.timeline_entry.about is
  'The id of the fact that it is about: the exception that was decided on or that bypasses the gate, the deployment of a check, of evidence or of an incident, the deployment that a rollback undoes, what was dismissed.';

create or replace view ops_private.turning_points
with (security_invoker = true) as
select
  x.release_id,
  b.moment,
  x.exception_id,
  false as lapses,
  null::ops.ops_gate_code as gate_code,
  null::ops.ops_requirement_kind as kind,
  null::uuid as fact
from ops.exceptions as x
cross join lateral unnest(array[x.effective_from, least(x.expires_at, x.revoked_at)]) as b (moment)
where (x.revoked_at > x.effective_from) is not false
union all
select
  n.release_id,
  f.created_at + make_interval(secs => n.valid_for) as moment,
  null as exception_id,
  true as lapses,
  n.gate_code,
  n.kind,
  f.fact
from ops_private.requirements_in_force as n
inner join ops.release_gates as g on n.release_id = g.release_id and n.gate_code = g.gate_code
cross join lateral (
  select
    a.created_at,
    a.approval_id as fact
  from ops.approvals as a
  where n.kind = 'approval' and a.release_id = g.release_id and a.gate_id = g.gate_id and a.decision = 'approved'
    and a.persona_role::text = n.subject
  union all
  select
    e.created_at,
    e.artifact_id as fact
  from ops.evidence_artifacts as e
  where n.kind = 'evidence' and e.release_id = g.release_id and e.gate_id = g.gate_id
    and e.artifact_type = any(string_to_array(n.subject, '|')::ops.ops_artifact_type[])
    and (e.sha256 is not null or not n.require_hash)
) as f
where n.valid_for is not null;
comment on view ops_private.turning_points is
  'The moments at which something about a release begins or ends with time alone: an exception (also one that has no effect), or (lapses) an approval or artifact whose time the policy limits, with its gate, its kind and its id (fact).';

create function ops_private.opening_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    e.at, e.kind::ops.ops_timeline_kind, null::ops.ops_gate_code, e.subject, e.status, null::text, e.actor, e.actor_role,
    null::text, release.environment_target, null::text, null::timestamptz, release.release_id, null::uuid
  from (values
    (release.created_at, 'opened', release.source_ref::text, null, release.created_by, release.created_role),
    (release.closed_at, 'closed', null, release.close_reason::text, release.closed_by, null)
  ) as e (at, kind, subject, status, actor, actor_role)
  where e.at < before;
end
$$;
comment on function ops_private.opening_in_time(ops.releases, timestamptz, integer) is
  'When a release was opened, and when it was closed. As all functions of this kind: only what happened before a moment.';
revoke execute on function ops_private.opening_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.checks_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    c.created_at, 'check'::ops.ops_timeline_kind, g.gate_code, c.check_name::text, c.status::text, null::text,
    c.created_by, c.created_role, null::text, d.environment, d.target::text, c.observed_at, c.check_id, c.deployment_id
  from ops.gate_checks c
  join ops.release_gates g on g.gate_id = c.gate_id
  left join ops.deployments d on d.deployment_id = c.deployment_id
  where c.release_id = release.release_id and c.created_at < before
  order by c.created_at desc fetch first most rows with ties;
end
$$;
comment on function ops_private.checks_in_time(ops.releases, timestamptz, integer) is
  'The newest checks of a release before a moment.';
revoke execute on function ops_private.checks_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.decisions_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    a.created_at, 'decision'::ops.ops_timeline_kind, g.gate_code, a.scope::text, a.decision::text, null::text,
    a.approver_id, a.persona_role::text, a.rationale_text::text, null::ops.ops_environment, null::text, a.observed_at,
    a.approval_id, a.exception_id
  from ops.approvals a
  left join ops.release_gates g on g.gate_id = a.gate_id
  where a.release_id = release.release_id and a.created_at < before
  order by a.created_at desc fetch first most rows with ties;
end
$$;
comment on function ops_private.decisions_in_time(ops.releases, timestamptz, integer) is
  'The newest decisions on a release, its gates and its exceptions before a moment.';
revoke execute on function ops_private.decisions_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.evidence_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    e.created_at, 'evidence'::ops.ops_timeline_kind, g.gate_code, e.artifact_type::text, null::text, null::text,
    e.created_by, e.created_role, e.artifact_url, d.environment, d.target::text, e.observed_at, e.artifact_id,
    e.deployment_id
  from ops.evidence_artifacts e
  left join ops.release_gates g on g.gate_id = e.gate_id
  left join ops.deployments d on d.deployment_id = e.deployment_id
  where e.release_id = release.release_id and e.created_at < before
  order by e.created_at desc fetch first most rows with ties;
end
$$;
comment on function ops_private.evidence_in_time(ops.releases, timestamptz, integer) is
  'The newest evidence of a release before a moment.';
revoke execute on function ops_private.evidence_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.exceptions_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    e.at, e.kind::ops.ops_timeline_kind, null::ops.ops_gate_code, array_to_string(x.impacted_gates, ', '),
    e.status, null::text, e.actor, e.actor_role, e.reason, null::ops.ops_environment, null::text, null::timestamptz,
    x.exception_id, null::uuid
  from ops.exceptions x
  cross join lateral (
    values
    (x.created_at, 'exception_opened', x.exception_type::text, x.approver_id,
      case when x.approver_id = x.created_by then x.created_role end, x.reason::text),
    (case when x.effective_from > x.created_at and (x.revoked_at > x.effective_from) is not false
      then x.effective_from end, 'exception_began', x.exception_type::text, null, null, null),
    (x.revoked_at, 'exception_revoked', x.exception_type::text, x.revoked_by, null, null),
    (case when (x.revoked_at > x.expires_at) is not false
      then x.expires_at end, 'exception_ended', x.exception_type::text, null, null, null),
    (x.reviewed_at, 'exception_reviewed', x.post_review_status::text, x.reviewed_by, null, null)
  ) as e (at, kind, status, actor, actor_role, reason)
  where release.excepted and x.release_id = release.release_id and e.at < before
  order by e.at desc fetch first most rows with ties;
end
$$;
comment on function ops_private.exceptions_in_time(ops.releases, timestamptz, integer) is
  'The newest of what happened to the exceptions of a release before a moment. One that was revoked before its end does not end with time, and one that was revoked before it began does not begin.';
revoke execute on function ops_private.exceptions_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.deployments_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    r.created_at, 'deployment'::ops.ops_timeline_kind, 'G4'::ops.ops_gate_code, d.deployment_ref::text, r.status::text,
    null::text, coalesce(r.deployed_by, r.created_by),
    case when coalesce(r.deployed_by, r.created_by) = r.created_by then r.created_role end, null::text, d.environment,
    d.target::text, r.observed_at, d.deployment_id, d.rollback_of
  from ops.deployment_reports r
  join ops.deployments d on d.deployment_id = r.deployment_id
  where r.release_id = release.release_id and r.created_at < before
  order by r.created_at desc fetch first most rows with ties;
end
$$;
comment on function ops_private.deployments_in_time(ops.releases, timestamptz, integer) is
  'The newest reports of the deployments and rollbacks of a release before a moment.';
revoke execute on function ops_private.deployments_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.retirements_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    r.created_at, 'target_retired'::ops.ops_timeline_kind, 'G4'::ops.ops_gate_code, null::text, null::text, null::text,
    r.created_by, r.created_role, t.reason::text, t.environment, t.target::text, null::timestamptz, t.retirement_id,
    null::uuid
  from ops.retired_releases r
  join ops.retired_targets t on t.retirement_id = r.retirement_id
  where release.retired and r.release_id = release.release_id and r.created_at < before
  order by r.created_at desc fetch first most rows with ties;
end
$$;
comment on function ops_private.retirements_in_time(ops.releases, timestamptz, integer) is
  'The newest targets that were taken out for a release before a moment.';
revoke execute on function ops_private.retirements_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.contested_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    e.at, e.kind::ops.ops_timeline_kind, g.gate_code, c.event_type, c.status, null::text, e.actor, e.actor_role,
    e.reason, c.environment, c.target::text, e.observed_at, c.contested_id, null::uuid
  from ops.contested_reports c
  left join ops.release_gates g on g.gate_id = c.gate_id
  left join lateral (
    select n.created_at, n.created_by, n.created_role from ops.contested_report_ends n
    where n.release_id = c.release_id and n.contested_id = c.contested_id order by n.created_at limit 1
  ) as n on true
  cross join lateral (
    values
    (c.created_at, 'contested_report', coalesce(c.approver_id, c.created_by),
      coalesce(c.persona_role::text, c.created_role), c.error_code, c.observed_at),
    (n.created_at, 'contested_report_ended', n.created_by, n.created_role, null, null)
  ) as e (at, kind, actor, actor_role, reason, observed_at)
  where release.contested and c.release_id = release.release_id and e.at < before
  order by e.at desc fetch first most rows with ties;
end
$$;
comment on function ops_private.contested_in_time(ops.releases, timestamptz, integer) is
  'The newest contested reports of a release, and their ends, before a moment.';
revoke execute on function ops_private.contested_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.dismissals_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    d.created_at, 'dismissal'::ops.ops_timeline_kind, g.gate_code, d.kind::text, null::text, null::text,
    d.created_by, d.created_role, d.reason::text, null::ops.ops_environment, null::text, null::timestamptz,
    d.dismissal_id, coalesce(d.contested_id, d.check_id, d.approval_id, d.deployment_id, d.exception_id)
  from ops.dismissals d
  left join ops.release_gates g on g.gate_id = d.gate_id
  where release.dismissed and d.release_id = release.release_id and d.created_at < before
  order by d.created_at desc fetch first most rows with ties;
end
$$;
comment on function ops_private.dismissals_in_time(ops.releases, timestamptz, integer) is
  'The newest dismissals of a release before a moment.';
revoke execute on function ops_private.dismissals_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.incidents_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    e.at, e.kind::ops.ops_timeline_kind, null::ops.ops_gate_code, i.severity::text, null::text, null::text, e.actor,
    e.actor_role, e.reason, d.environment, d.target::text, e.observed_at, i.incident_id, i.deployment_id
  from ops.deployments d
  join ops.incidents i on i.deployment_id = d.deployment_id
  cross join lateral (
    values
    (i.created_at, 'incident', i.created_by, i.created_role, null, i.detected_at),
    (greatest(i.resolved_at, case when i.resolved_at is not null then i.created_at end), 'incident_resolved',
      null, null, i.root_cause, i.resolved_at)
  ) as e (at, kind, actor, actor_role, reason, observed_at)
  where d.release_id = release.release_id and e.at < before
  order by e.at desc fetch first most rows with ties;
end
$$;
comment on function ops_private.incidents_in_time(ops.releases, timestamptz, integer) is
  'The newest incidents after the deployments of a release, and when they were resolved, before a moment. The severity is that of now.';
revoke execute on function ops_private.incidents_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.lapses_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    t.moment, 'lapsed'::ops.ops_timeline_kind, t.gate_code, t.kind::text, null::text, null::text, null::text, null::text,
    null::text, null::ops.ops_environment, null::text, null::timestamptz, t.fact, null::uuid
  from ops_private.turning_points as t
  where release.lapses_at is not null and t.lapses and t.release_id = release.release_id and t.moment < before
  group by t.moment, t.gate_code, t.kind, t.fact
  order by t.moment desc fetch first most rows with ties;
end
$$;
comment on function ops_private.lapses_in_time(ops.releases, timestamptz, integer) is
  'The newest approvals and artifacts of a release whose time, which the policy limits, ran out before a moment.';
revoke execute on function ops_private.lapses_in_time(ops.releases, timestamptz, integer) from public;
