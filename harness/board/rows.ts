/** What the functions and views of schema `ops` return, as far as the page shows it. `docs/api.md` has all of it. */
export type Moment = string;
export type GateStatus = "pending" | "in_progress" | "passed" | "failed" | "bypassed";
export type Decision = "approved" | "request_changes" | "rejected";

/** `ops.ops_inbox_kind`. A project of a newer version may send others. */
export type InboxKind =
  | "sign_off"
  | "missing"
  | "failed"
  | "objection"
  | "contested_report"
  | "dismissible"
  | "exception_decision"
  | "exception_review"
  | "incident";

/** `ops.ops_timeline_kind`. A project of a newer version may send others. */
export type TimelineKind =
  | "opened"
  | "closed"
  | "check"
  | "decision"
  | "evidence"
  | "exception_opened"
  | "exception_began"
  | "exception_revoked"
  | "exception_ended"
  | "exception_reviewed"
  | "deployment"
  | "target_retired"
  | "contested_report"
  | "contested_report_ended"
  | "dismissal"
  | "incident"
  | "incident_resolved"
  | "lapsed"
  | "verdict";

export interface Membership {
  subject: string;
  recorded_as: string;
  handle: string | null;
  role: string;
  project: string | null;
  since: Moment;
}

export interface InboxItem {
  kind: InboxKind;
  role: string;
  project: string;
  release_id: string;
  release_name: string;
  environment_target: string;
  gate_id: string | null;
  gate_code: string | null;
  fact: string | null;
  what: string;
  remedy: string;
  since: Moment | null;
}

export interface Inbox {
  items: InboxItem[];
  cut: boolean;
  not_looked_at: Moment | null;
}

export interface GateCell {
  gate_code: string;
  status: GateStatus;
  since: Moment | null;
}

export interface ReleaseRow {
  release_id: string;
  project: string;
  release_name: string;
  environment_target: string;
  source_ref: string;
  initiating_actor: string;
  status: string;
  opened_at: Moment;
  closed_at: Moment | null;
  close_reason: string | null;
  gates: GateCell[];
  eligible_for_staging: boolean;
  eligible_for_production: boolean;
  waits_at: string | null;
  waits_for: string | null;
  waits_since: Moment | null;
}

export interface Finding {
  gate_id: string | null;
  gate_code: string | null;
  requirement: string;
  kind: string;
  subject: string | null;
  enforcement: "blocking" | "advisory";
  state: "satisfied" | "unsatisfied" | "failed";
  detail: string;
  remedy: string | null;
  who: string | null;
}

export interface Gate extends GateCell {
  gate_id: string;
  gate_name: string;
  exception_id: string | null;
  resolved_by: string | null;
  findings: Finding[];
}

export interface Release {
  release_id: string;
  project: string;
  release_name: string;
  environment_target: string;
  source_ref: string;
  initiating_actor: string;
  status: string;
  opened_at: Moment;
  opened_by: string;
  closed_at: Moment | null;
  closed_by: string | null;
  close_reason: string | null;
}

export interface ReleaseDecision {
  approval_id: string;
  scope: "gate" | "exception" | "release";
  gate_code: string | null;
  exception_id: string | null;
  approver_id: string;
  persona_role: string;
  decision: Decision;
  rationale_text: string | null;
  rationale_structured: Record<string, unknown> | null;
  unmet: string | null;
  created_at: Moment;
}

export interface Evidence {
  artifact_id: string;
  gate_code: string | null;
  artifact_type: string;
  artifact_url: string;
  sha256: string | null;
  created_at: Moment;
  created_by: string;
}

export interface ReleaseException {
  exception_id: string;
  exception_type: string;
  impacted_gates: string[];
  reason: string;
  risk_statement: string;
  approver_id: string;
  effective_from: Moment;
  expires_at: Moment;
  state: string;
  authorises: boolean;
  alone: boolean;
  missing: string | null;
  objection: string | null;
  approvals: number;
  approvals_needed: number;
  revoked_at: Moment | null;
  post_review_status: string;
}

export interface Deployment {
  deployment_id: string;
  environment: string;
  target: string;
  deployment_ref: string;
  deployed_at: Moment;
  deployed_by: string | null;
  source_ref: string;
  status: string;
  g4_status: string;
  was_eligible: boolean | null;
  why_not_eligible: string | null;
}

export interface Overview {
  as_of: Moment;
  release: Release;
  gates: Gate[];
  eligible_for_staging: boolean;
  eligible_for_production: boolean;
  blockers: { staging: Finding[]; production: Finding[] };
  advice: Finding[];
  artifacts_digest: string | null;
  seen: string | null;
  artifacts: { name: string; sha256: string }[] | null;
  decisions: ReleaseDecision[] | null;
  evidence: Evidence[] | null;
  exceptions: ReleaseException[] | null;
  deployments: Deployment[] | null;
  cut: string[];
}

/** `ops.timeline_entry`: only what the entry has. */
export interface TimelineEntry {
  at: Moment;
  kind: TimelineKind;
  fact: string;
  actor?: string;
  actor_role?: string;
  reason?: string;
  status?: string;
  gate_code?: string;
  environment?: string;
  target?: string;
  source_system?: string;
  part?: string;
  idempotency_key?: string;
  source_ref?: string;
  close_reason?: string;
  check_name?: string;
  scope?: "gate" | "exception" | "release";
  decision?: Decision;
  artifact_type?: string;
  artifact_url?: string;
  exception_type?: string;
  impacted_gates?: string[];
  deployment_ref?: string;
  event_type?: string;
  error_code?: string;
  dismissed_kind?: string;
  severity?: string;
  root_cause?: string;
  requirement_kind?: string;
  gate_name?: string;
  status_before?: GateStatus;
  first_missing?: string;
}

export interface Timeline {
  release_id: string;
  before: Moment | null;
  entries: TimelineEntry[];
}

export interface EventAnswer {
  status: "accepted" | "duplicate" | "rejected" | "error";
  error?: string;
  detail: Record<string, unknown>;
}

export interface ExceptionRow {
  exception_id: string;
  release_id: string;
  project: string;
  release_name: string;
  exception_type: string;
  impacted_gates: string[];
  state: string;
  authorises: boolean;
  reason: string;
  approver_id: string;
  alone: boolean;
  effective_from: Moment;
  expires_at: Moment;
  revoked_at: Moment | null;
  missing: string | null;
  objection: string | null;
  approvals: number | null;
  approvals_needed: number | null;
  review_pending: boolean;
  post_review_status: string;
}

export interface LiveRow {
  project: string;
  environment: string;
  target: string;
  release_id: string | null;
  release_name: string | null;
  source_ref: string | null;
  artifacts: { name: string; sha256: string }[] | null;
  deployment_ref: string;
  rollback_of: string | null;
  since: Moment;
  deployed_by: string | null;
  health: string;
  was_eligible: boolean | null;
  excepted_by: string[] | null;
  target_retired_at: Moment | null;
  newer_deployment: { deployment_ref: string; status: string; release_id: string | null } | null;
  waiting_release: { release_id: string; release_name: string; status: string; opened_at: Moment } | null;
}

export interface WaitingRow {
  project: string;
  release_id: string;
  release_name: string;
  gate_code: string;
  gate_name: string;
  status: string;
  opened_at: Moment;
  since: Moment;
  who: string[];
  first_missing: string | null;
}

/** A row of `ops.notice_deliveries` that was set aside. */
export interface SetAsideRow {
  delivery_id: string;
  release_id: string;
  project: string;
  target_name: string;
  kind: string;
  gate_code: string | null;
  attempt: number;
  last_error: string | null;
  http_status: number | null;
  ended_at: Moment;
}

export interface DeliveryRow {
  project: string;
  month: string;
  commits: number;
  lead_time_seconds: number | null;
  deployments: number;
  failed_deployments: number;
  change_failure_rate: number | null;
  restores: number;
  time_to_restore_seconds: number | null;
}

export interface DurationRow {
  project: string;
  month: string;
  gate_code: string;
  gates: number;
  median_seconds: number | null;
  p90_seconds: number | null;
}
