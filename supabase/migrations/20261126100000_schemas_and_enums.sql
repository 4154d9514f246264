-- The two schemas, and every closed set of values.
create schema ops;
comment on schema ops is
  'Release gates: the facts about each release, the verdicts derived from them, and who may record what. Tables, types, views and the functions that people and programs call. Start at ops.releases.';

-- Nobody has USAGE. Functions named in a policy, a CHECK, a DEFAULT, the WHEN of a trigger or a view are bound by id:
-- they run there for everybody, and nobody can call them by name.
create schema ops_private;
comment on schema ops_private is
  'What the schema ops is made of: trigger functions (tg_...), rules and helpers. Nobody has USAGE and PostgREST does not expose it. The functions that policies, checks, defaults, conditions of triggers and views need are executable by everybody, all others by the owner alone.';

-- The five types that the contract fixes by name.
create type ops.ops_gate_code as enum ('G1', 'G2', 'G3', 'G4');
comment on type ops.ops_gate_code is
  'G1 Build Integrity, G2 Validation Readiness, G3 Promotion Readiness, G4 Post-Deploy Operational Confirmation; in that order.';

create type ops.ops_release_status as enum ('draft', 'in_progress', 'promoted', 'rolled_back', 'failed');
comment on type ops.ops_release_status is
  'Life of a release: draft until its first fact; then what its newest finished deployment to the target environment says.';

create type ops.ops_gate_status as enum ('pending', 'in_progress', 'passed', 'failed', 'bypassed');
comment on type ops.ops_gate_status is
  'Verdict on a gate: pending without facts, bypassed under an active exception; passed, failed and bypassed are terminal.';

create type ops.ops_decision_type as enum ('approved', 'rejected', 'request_changes');
comment on type ops.ops_decision_type is 'What an approver decided.';

create type ops.ops_processing_status as enum ('accepted', 'duplicate', 'rejected', 'error');
comment on type ops.ops_processing_status is 'What became of one submission of an event.';

create type ops.ops_environment as enum ('dev', 'staging', 'production');
comment on type ops.ops_environment is
  'Where a release is deployed, nearest first: the greatest value is the furthest environment.';

create type ops.ops_source_system as enum ('github_actions', 'agent', 'manual', 'monitoring');
comment on type ops.ops_source_system is 'The kind of system that observed a fact.';

-- Worst first, so that `order by observed_at desc, status` gives a tie to the worse.
create type ops.ops_check_status as enum ('fail', 'warning', 'skipped', 'pass');
comment on type ops.ops_check_status is
  'Outcome of a check, declared worst first; a warning is neither pass nor failure, skipped satisfies nothing.';

create type ops.ops_deployment_status as enum ('in_progress', 'succeeded', 'failed', 'rolled_back');
comment on type ops.ops_deployment_status is
  'State of a deployment. It only moves forward: in_progress, then succeeded or failed, then rolled_back.';

create type ops.ops_health as enum ('pending', 'passed', 'failed');
comment on type ops.ops_health is 'Whether a deployment was confirmed healthy after it was made.';

create type ops.ops_artifact_type as enum (
  'build_log', 'test_result', 'uat_summary', 'approval_record', 'rollback_plan',
  'release_notes', 'health_check', 'restore_drill', 'incident_report', 'reference'
);
comment on type ops.ops_artifact_type is
  'What a piece of evidence is; only reference and restore_drill may stand without a release.';

create type ops.ops_persona_role as enum ('developer', 'qa_tester', 'release_manager', 'sre');
comment on type ops.ops_persona_role is 'The persona in which a person decides.';

create type ops.ops_approval_scope as enum ('release', 'gate', 'exception');
comment on type ops.ops_approval_scope is 'What a decision is about. Only gate-scoped decisions count towards a gate.';

create type ops.ops_exception_type as enum ('gate_bypass', 'evidence_waiver', 'timing_override');
comment on type ops.ops_exception_type is
  'gate_bypass covers every finding of its gates, evidence_waiver evidence findings alone, timing_override none.';

create type ops.ops_review_status as enum ('pending', 'complete', 'waived');
comment on type ops.ops_review_status is 'Whether an exception was reviewed afterwards.';

create type ops.ops_incident_severity as enum ('sev1', 'sev2', 'sev3', 'sev4');
comment on type ops.ops_incident_severity is 'How bad an incident is; sev1 is the worst.';

create type ops.ops_postmortem_status as enum ('pending', 'in_progress', 'complete');
comment on type ops.ops_postmortem_status is 'How far the review of an incident has come.';

create type ops.ops_drill_type as enum ('backup', 'restore', 'failover');
comment on type ops.ops_drill_type is 'What a recovery drill exercised.';

create type ops.ops_drill_outcome as enum ('passed', 'failed', 'partial');
comment on type ops.ops_drill_outcome is 'How a recovery drill ended.';

create type ops.ops_requirement_kind as enum (
  'prior_gate', 'check', 'no_failed_checks', 'approval', 'evidence', 'deployment_health'
);
comment on type ops.ops_requirement_kind is 'The kinds of need that a gate can have.';

create type ops.ops_enforcement as enum ('blocking', 'advisory');
comment on type ops.ops_enforcement is 'Whether an unmet requirement stops the gate or is only shown.';

create type ops.ops_finding_state as enum ('satisfied', 'unsatisfied', 'failed');
comment on type ops.ops_finding_state is 'What the facts say about one requirement.';
