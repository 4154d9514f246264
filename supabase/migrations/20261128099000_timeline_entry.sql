-- What an entry of a timeline says, and the moments that only time makes.

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
  fact uuid,
  observed_at timestamptz,
  actor text,
  actor_role text,
  reason text,
  status text,
  gate_code ops.ops_gate_code,
  environment ops.ops_environment,
  target text,
  source_system ops.ops_source_system,
  part text,
  idempotency_key text,
  source_ref text,
  close_reason ops.ops_close_reason,
  check_name text,
  scope ops.ops_approval_scope,
  decision ops.ops_decision_type,
  artifact_type ops.ops_artifact_type,
  artifact_url text,
  exception_id uuid,
  exception_type ops.ops_exception_type,
  impacted_gates ops.ops_gate_code[],
  deployment_id uuid,
  deployment_ref text,
  rollback_of uuid,
  event_type text,
  error_code text,
  dismissed_kind ops.ops_dismissed_fact,
  dismissed_fact uuid,
  severity ops.ops_incident_severity,
  root_cause text,
  requirement_kind ops.ops_requirement_kind,
  gate_name text,
  status_before ops.ops_gate_status,
  first_missing text
);
comment on type ops.timeline_entry is
  'Something that happened to a release, at one moment. A column that its kind does not have is null.';
comment on column ops.timeline_entry.at is
  'When it was recorded, which is the moment from which ops.gate_status_at counts it; or when time alone made it. An incident was resolved when its sender says.';
comment on column ops.timeline_entry.kind is 'What happened.';
comment on column ops.timeline_entry.fact is
  'The id of the fact, by which ops.release_overview names it; of a verdict that of the gate, of opened and closed that of the release.';
comment on column ops.timeline_entry.observed_at is 'When its sender observed it. Null where only `at` is known.';
comment on column ops.timeline_entry.actor is
  'Who did it: by which name records know who decided, opened, revoked, reviewed, deployed or recorded it. Null where time did it, and for a verdict.';
comment on column ops.timeline_entry.actor_role is
  'In which role they did it. Null where that is not recorded, as of somebody whom another one named.';
comment on column ops.timeline_entry.reason is
  'Why they did it, in their words: decided, opened an exception, dismissed a stop, or took a target out.';
comment on column ops.timeline_entry.status is
  'The status from then on: of the check, the deployment, the review of an exception, or the gate (verdict); of a contested report the one that it reported.';
comment on column ops.timeline_entry.gate_code is 'Its gate. Null for what is about no gate, or about several.';
comment on column ops.timeline_entry.environment is
  'The environment in which it happened; of opened and closed the one that the release is for.';
comment on column ops.timeline_entry.target is 'The target in the environment.';
comment on column ops.timeline_entry.source_system is
  'The kind of system that it came from. Only of check and evidence.';
comment on column ops.timeline_entry.part is 'The part of the build that was checked, such as a leg of a matrix. Only of check.';
comment on column ops.timeline_entry.idempotency_key is
  'The key of the refused event, or of the one that healed it. Only of contested_report and its end.';
comment on column ops.timeline_entry.source_ref is 'What is released. Only of opened.';
comment on column ops.timeline_entry.close_reason is 'Why the release was closed. Only of closed.';
comment on column ops.timeline_entry.check_name is 'The name of the check. Only of check.';
comment on column ops.timeline_entry.scope is 'What was decided on. Only of decision.';
comment on column ops.timeline_entry.decision is 'What was decided. Only of decision.';
comment on column ops.timeline_entry.artifact_type is 'The type of the evidence. Only of evidence.';
comment on column ops.timeline_entry.artifact_url is 'The address of the evidence. Only of evidence.';
comment on column ops.timeline_entry.exception_id is
  'The exception: that began, ended, was opened, revoked, reviewed or decided on, or that bypasses the gate (verdict).';
comment on column ops.timeline_entry.exception_type is 'The type of the exception. Only of exception_….';
comment on column ops.timeline_entry.impacted_gates is 'The gates that the exception covers. Only of exception_….';
comment on column ops.timeline_entry.deployment_id is
  'The deployment: that was reported, checked, or followed by the incident, or whose evidence it is.';
comment on column ops.timeline_entry.deployment_ref is 'The deployer''s own id of the deployment. Only of deployment.';
comment on column ops.timeline_entry.rollback_of is 'The deployment that a rollback undoes. Only of deployment.';
comment on column ops.timeline_entry.event_type is 'The type of the refused event. Only of contested_report and its end.';
comment on column ops.timeline_entry.error_code is 'The code of the refusal. Only of contested_report.';
comment on column ops.timeline_entry.dismissed_kind is 'What kind of fact was dismissed. Only of dismissal.';
comment on column ops.timeline_entry.dismissed_fact is 'The id of the fact that was dismissed. Only of dismissal.';
comment on column ops.timeline_entry.severity is 'The severity of the incident, as it is now. Only of incident and its end.';
comment on column ops.timeline_entry.root_cause is 'Why the incident happened. Only of incident_resolved.';
comment on column ops.timeline_entry.requirement_kind is 'The kind of the requirement whose approval or artifact ran out. Only of lapsed.';
comment on column ops.timeline_entry.gate_name is 'The name of the gate. Only of verdict.';
comment on column ops.timeline_entry.status_before is 'The status of the gate before. Only of verdict.';
comment on column ops.timeline_entry.first_missing is 'What the gate misses first. Only of verdict.';

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
