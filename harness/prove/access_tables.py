"""The tables of the scene: the key of each, and one valid change."""

from __future__ import annotations

from typing import Any

# The key column of each table.
KEYS = {
    "releases": "release_id",
    "release_gates": "gate_id",
    "gate_checks": "check_id",
    "approvals": "approval_id",
    "evidence_artifacts": "artifact_id",
    "exceptions": "exception_id",
    "deployments": "deployment_id",
    "deployment_reports": "report_id",
    "contested_reports": "contested_id",
    "build_artifacts": "build_artifact_id",
    "contested_report_ends": "end_id",
    "retired_targets": "retirement_id",
    "retired_releases": "retirement_id",
    "dismissals": "dismissal_id",
    "environment_events": "event_id",
    "event_ingest_log": "ingest_id",
    "incidents": "incident_id",
    "recovery_drills": "drill_id",
    "gate_requirements": "requirement_id",
    "policy_changes": "change_id",
    "members": "member_id",
    "projects": "project",
    "memberships": "membership_id",
    "replaced_subjects": "replacement_id",
    "notices": "notice_id",
    "notice_deliveries": "delivery_id",
    "notice_targets": "target_id",
}

# One valid change for each table: only the caller's right decides whether it succeeds.
CHANGES: dict[str, dict[str, Any]] = {
    "releases": {"status": "in_progress"},
    "release_gates": {"status": "passed"},
    "gate_checks": {"artifact_ref": "elsewhere"},
    "approvals": {"rationale_text": "otherwise"},
    "evidence_artifacts": {"artifact_url": "https://evidence.example/other"},
    "exceptions": {"post_review_status": "pending"},
    "deployments": {"status": "in_progress"},
    "deployment_reports": {"status": "failed"},
    "contested_reports": {"status": "failed"},
    "build_artifacts": {"sha256": "0" * 64},
    "contested_report_ends": {"idempotency_key": "agent/1/build_complete"},
    "retired_targets": {"reason": "otherwise"},
    "retired_releases": {"release_status_before": "promoted"},
    "dismissals": {"reason": "otherwise"},
    "environment_events": {"event_type": "alert_fired"},
    "event_ingest_log": {"error_code": "invalid_payload"},
    "incidents": {"root_cause": "found"},
    "recovery_drills": {"outcome": "partial"},
    "gate_requirements": {"valid_to": "2999-01-01"},
    "policy_changes": {"reason": "otherwise"},
    "projects": {"description": "otherwise"},
    "members": {"active": True},
    "memberships": {"granted": False},
    "replaced_subjects": {"reason": "otherwise"},
    "notices": {"kind": "promoted"},
    "notice_deliveries": {"same": 2},
    "notice_targets": {"reason": "otherwise"},
}
