-- Create the two schemas and every enum.
create schema ops;
comment on schema ops is
  'Release gates: the facts about each release, the verdicts that follow from them, and who may record what. It holds the tables, types and views, and the functions that people and programs call. Start with ops.releases.';

-- No role has USAGE, so no role can call these functions by name. Policies, CHECKs, DEFAULTs, trigger WHENs and views
-- are bound to a function by its id, so they can still run it for every role.
create schema ops_private;
comment on schema ops_private is
  'The internal parts of schema ops: trigger functions (tg_...), rules and helpers. No role has USAGE, and PostgREST does not expose it. PUBLIC may execute the functions that policies, checks, defaults, trigger conditions and views need. Only the owner may execute the others.';

-- The contract fixes the names of these five types.
create type ops.ops_gate_code as enum ('G1', 'G2', 'G3', 'G4');
comment on type ops.ops_gate_code is
  'The four gates of a release, in order: G1 Build Integrity, G2 Validation Readiness, G3 Promotion Readiness, G4 Post-Deploy Operational Confirmation.';

create type ops.ops_release_status as enum ('draft', 'in_progress', 'promoted', 'rolled_back', 'failed');
comment on type ops.ops_release_status is
  'Status of a release. It is draft until the first fact arrives, then in_progress. After that the newest finished deployment to the target environment decides it: promoted, failed or rolled_back.';

create type ops.ops_gate_status as enum ('pending', 'in_progress', 'passed', 'failed', 'bypassed');
comment on type ops.ops_gate_status is
  'Verdict on a gate. pending: there is no fact yet. in_progress: there are facts, but a requirement is not met. bypassed: an active exception covers what is missing. passed, failed and bypassed are verdicts, and a later fact or time can change each of them.';

create type ops.ops_decision_type as enum ('approved', 'rejected', 'request_changes');
comment on type ops.ops_decision_type is
  'What an approver decided. A rejection fails the gate. A request for changes leaves it open.';

create type ops.ops_processing_status as enum ('accepted', 'duplicate', 'rejected', 'error');
comment on type ops.ops_processing_status is
  'Result of one submission of an event: recorded (accepted), recorded before (duplicate), refused (rejected), or stopped by an unexpected error (error).';

create type ops.ops_environment as enum ('dev', 'staging', 'production');
comment on type ops.ops_environment is
  'Where a release is deployed, in promotion order: production is the greatest value and the furthest environment.';

create type ops.ops_source_system as enum (
  'github_actions', 'gitlab_ci', 'jenkins', 'azure_pipelines', 'ci', 'agent', 'manual', 'monitoring'
);
comment on type ops.ops_source_system is 'The kind of system that reported a fact: a pipeline (ci for any other), an agent, a person by hand, or monitoring. ops_private.may_send_source says which roles may name which.';

-- The worst value is first: `order by observed_at desc, status` puts the worse of two simultaneous results first.
create type ops.ops_check_status as enum ('fail', 'warning', 'skipped', 'pass');
comment on type ops.ops_check_status is
  'Result of a check, the worst value first. A warning is neither a pass nor a failure. A skipped check satisfies no requirement.';

create type ops.ops_deployment_status as enum ('in_progress', 'succeeded', 'failed', 'rolled_back');
comment on type ops.ops_deployment_status is
  'Status of a deployment. It only moves forward: in_progress, then succeeded or failed, then rolled_back.';

create type ops.ops_health as enum ('pending', 'passed', 'failed');
comment on type ops.ops_health is
  'Whether checks after a deployment show that it is healthy: not known yet (pending), healthy (passed), not healthy (failed).';

create type ops.ops_artifact_type as enum (
  'build_log', 'test_result', 'uat_summary', 'approval_record', 'rollback_plan',
  'release_notes', 'health_check', 'restore_drill', 'incident_report', 'reference'
);
comment on type ops.ops_artifact_type is
  'The kind of evidence. Only reference and restore_drill may exist without a release.';

create type ops.ops_persona_role as enum ('developer', 'qa_tester', 'release_manager', 'sre');
comment on type ops.ops_persona_role is 'The role in which a person decides.';

create type ops.ops_approval_scope as enum ('release', 'gate', 'exception');
comment on type ops.ops_approval_scope is
  'What a decision is about. Only decisions with scope gate count towards a gate. A standing objection to the release as a whole keeps it out of staging and production, and one to an exception takes its effect away.';

create type ops.ops_exception_type as enum ('gate_bypass', 'evidence_waiver', 'timing_override');
comment on type ops.ops_exception_type is
  'What an exception covers on its gates: gate_bypass covers every finding, evidence_waiver covers only evidence findings, timing_override covers none. None covers that the release is closed, or that a deployment is of another commit or of artifacts that no build made: these are of no gate.';

create type ops.ops_review_status as enum ('pending', 'complete', 'waived');
comment on type ops.ops_review_status is 'Whether somebody reviewed an exception after it ended.';

create type ops.ops_close_reason as enum ('superseded', 'cancelled');
comment on type ops.ops_close_reason is
  'Why a release was closed: another release takes its place (superseded), or it is not wanted any more (cancelled).';

create type ops.ops_incident_severity as enum ('sev1', 'sev2', 'sev3', 'sev4');
comment on type ops.ops_incident_severity is 'Severity of an incident; sev1 is the worst.';

create type ops.ops_postmortem_status as enum ('pending', 'in_progress', 'complete');
comment on type ops.ops_postmortem_status is 'Progress of the review of an incident.';

create type ops.ops_drill_type as enum ('backup', 'restore', 'failover');
comment on type ops.ops_drill_type is 'What a recovery drill tested.';

create type ops.ops_drill_outcome as enum ('passed', 'failed', 'partial');
comment on type ops.ops_drill_outcome is 'Result of a recovery drill.';

create type ops.ops_requirement_kind as enum (
  'prior_gate', 'check', 'no_failed_checks', 'approval', 'evidence', 'deployment_health', 'environment_healthy',
  'deployed_artifacts', 'objected_elsewhere', 'exception_approvals', 'contested_report', 'source_ref_mismatch',
  'moving_ref', 'artifact_conflict', 'artifact_mismatch', 'rollback_to_unknown', 'retired_failed', 'release_closed'
);
comment on type ops.ops_requirement_kind is
  'What a finding is about. A policy can require those up to exception_approvals. environment_healthy, deployed_artifacts and objected_elsewhere are rows of G3 that ask about production; exception_approvals says how many must approve an exception; no verdict on a gate depends on these four. The kinds from contested_report on always hold.';

create type ops.ops_enforcement as enum ('blocking', 'advisory');
comment on type ops.ops_enforcement is
  'blocking: a requirement that is not met stops the gate. advisory: it is only shown.';

create type ops.ops_finding_state as enum ('satisfied', 'unsatisfied', 'failed');
comment on type ops.ops_finding_state is 'What the facts say about one requirement, the best value first.';
