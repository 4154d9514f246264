"""What is in the scene: ids of its rows, and new rows, events and arguments that are valid."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from ops_gates import events
from ops_gates.events import Envelope

WANTED = {"on_behalf_of": "release_manager-a", "reason": "set-up"}
COMMIT = "5ce7e" * 8  # of no other release: an objection to another release of the commit would stop these
Row = dict[str, Any]
G2: list[Row] = [
    {"kind": "prior_gate", "subject": "G1"},
    {"kind": "approval", "subject": "qa_tester"},
    {"kind": "evidence", "subject": "test_result|uat_summary"},
    {"kind": "no_failed_checks"},
]
"""What the second gate needs by default."""


def as_sent(event: Envelope, role: str, who: str | None = None) -> Envelope:
    """The event with a source that the role may name: a person's own where it is an agent's or a pipeline's."""
    if role in ("ci_service_role", "service_role") or event.get("source_system") not in ("agent", "github_actions"):
        return event
    return events.by_hand(event, who or str(subject(role)), event["idempotency_key"].split("/")[1])


# The two projects of the scene. `<role>-in-shop` and `<role>-in-other` are members of one of them alone.
PROJECTS = {"in-shop": "acme/shop", "in-other": "acme/other"}


def subject(role: str, who: str = "a") -> str | None:
    """The first (a) or second (b) person of a role. None for `service_role` and `anon`: they have no subject."""
    return None if role in ("service_role", "anon") else f"{role}-{who}"


def _settings(unique: str, member: Any) -> dict[str, Row]:
    """What is set for a project or a person."""
    return {
        "gate_requirements": {
            "gate_code": "G1",
            "kind": "check",
            "subject": unique,
            "valid_from": "2999-01-01T00:00:00Z",
        },
        "policy_changes": {
            "gate_code": "G1",
            "requirements": Jsonb([{"kind": "check", "subject": unique}]),
            "reason": "a policy",
        },
        "members": {"subject": unique, "kind": "person"},
        "projects": {"project": unique, **WANTED},
        "memberships": {"member_id": member, "role": "developer", "granted": True, **WANTED},
        "replaced_subjects": {"member_id": member, "old_subject": "developer-a", "new_subject": unique, **WANTED},
    }


@dataclass(frozen=True)
class Facts:
    """Ids of what is there. `mine` is the first developer's release, `theirs` the second's."""

    mine: str
    theirs: str
    gates: Mapping[str, str]
    gates_of_theirs: Mapping[str, str]
    deployments: Mapping[str, str]
    keys: Mapping[str, Any]
    own: Mapping[tuple[str, str], Any]
    closable: Mapping[str, str] = field(default_factory=dict)
    """Role -> a release that it opened, and so may close."""
    dismissible: str = ""
    """A contested report that a release manager may dismiss. No row of the scene names it."""
    proposal: str = ""
    """The hash of a proposal of the second release manager for the first project."""
    scoped: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    """Table -> the key of a row that belongs to one project alone, and that project."""
    elsewhere: str = ""
    """A release of the second project."""
    gates_elsewhere: Mapping[str, str] = field(default_factory=dict)

    def key(self, table: str, role: str, who: str = "a") -> Any:
        """A row of the table: the person's own where they have one."""
        return self.own.get((table, f"{role}-{who}"), self.keys[table])

    def row(self, role: str, table: str, who: str = "a") -> Row:
        """A new valid row, as this person would write it."""
        unique = uuid.uuid4().hex
        return {
            **self._releases(unique),
            **self._checks(role, who, unique),
            **self._decisions(role, who),
            **self._deployments(role, who, unique),
            **self._stops(unique),
            **self._notices(unique),
            **_settings(unique, self.keys.get("members")),
        }[table]

    def _releases(self, unique: str) -> dict[str, Row]:
        """What is released."""
        return {
            "releases": {
                "project": "acme/shop",
                "release_name": unique,
                "environment_target": "staging",
                "source_ref": COMMIT,
                "initiating_actor": "developer-a",
            },
            "release_gates": {"release_id": self.mine, "gate_code": "G1"},
        }

    def _checks(self, role: str, who: str, unique: str) -> dict[str, Row]:
        """What a build or a test reports of the first person's release, or of the second's."""
        source = {"ci_service_role": "github_actions", "service_role": "agent"}.get(role, "manual")
        return {
            "gate_checks": {
                "release_id": self.mine if who == "a" else self.theirs,
                "gate_id": (self.gates if who == "a" else self.gates_of_theirs)["G1"],
                "check_name": "spelling",
                "source_system": source,
                "status": "pass",
            },
            "build_artifacts": {
                "release_id": self.theirs,
                "gate_id": self.gates_of_theirs["G1"],
                "check_id": self.own.get(("gate_checks", "ci_service_role-b")),
                "name": unique,
                "sha256": "0" * 64,
            },
            "evidence_artifacts": {
                "release_id": self.mine,
                "gate_id": self.gates["G2"],
                "artifact_type": "test_result",
                "source_system": source,
                "artifact_url": "https://evidence.example/1",
            },
            "event_ingest_log": {"processing_status": "rejected", "error_code": "invalid_json", "caller_role": "x"},
        }

    def _decisions(self, role: str, who: str) -> dict[str, Row]:
        """What a person decides about `mine`."""
        me = subject(role, who)
        approves = {
            "qa_tester": {"gate_id": self.gates["G2"], "persona_role": "qa_tester"},
            "service_role": {"gate_id": self.gates["G2"], "persona_role": "qa_tester", "approver_id": "qa_tester-a"},
        }.get(role, {"gate_id": self.gates["G3"], "persona_role": "release_manager"})
        return {
            "approvals": {
                "release_id": self.mine,
                "approver_id": me,
                "decision": "approved",
                "scope": "gate",
                "rationale_structured": {"why": "known"},
                **approves,
            },
            "exceptions": {
                "release_id": self.mine,
                "exception_type": "timing_override",
                "impacted_gates": "{G3}",
                "reason": "a freeze",
                "risk_statement": "a late fix",
                "approver_id": "release_manager-a" if role == "service_role" else me,
                "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
            },
        }

    def _deployments(self, role: str, who: str, unique: str) -> dict[str, Row]:
        """What happens in an environment."""
        me = subject(role, who)
        deployment = self.deployments.get(who)  # none yet while the first is being made
        return {
            "deployments": {
                "release_id": self.mine,
                "environment": "dev",
                "deployment_ref": unique,
                "deployed_by": me or "somebody",
                "source_ref": COMMIT,
                "status": "in_progress",
            },
            "deployment_reports": {
                "release_id": self.mine,
                "deployment_id": deployment,
                "status": "succeeded",
                "observed_at": "2026-01-01T00:00:00Z",
            },
            "environment_events": {
                "environment": "staging",
                "event_type": "deploy_start",
                "source_system": "github_actions",
                "idempotency_key": f"direct/{unique}",
            },
            "incidents": {"deployment_id": deployment, "severity": "sev3"},
            "recovery_drills": {
                "environment": "staging",
                "drill_type": "restore",
                "outcome": "passed",
                "executed_by": me or "somebody",
            },
        }

    def _stops(self, unique: str) -> dict[str, Row]:
        """What stops a release although no gate shows it, and what lifts the stop."""
        return {
            "contested_reports": {
                "release_id": self.mine,
                "gate_id": self.gates["G1"],
                "event_type": "build_complete",
                "status": "fail",
                "check_name": unique,
                "error_code": "invalid_payload",
                "ingest_id": str(uuid.uuid4()),
                "observed_at": "2026-01-01T00:00:00Z",
            },
            "contested_report_ends": {
                "release_id": self.theirs,
                "contested_id": self.keys.get("contested_reports"),
                "idempotency_key": f"agent/{unique}/build_complete",
            },
            "retired_targets": {
                "project": "acme/shop",
                "environment": "dev",
                "target": unique,
                "reason": "gone",
            },
            "retired_releases": {
                "release_id": self.mine,
                "retirement_id": self.keys.get("retired_targets"),
                "release_status_before": "failed",
            },
            "dismissals": {
                "release_id": self.theirs,
                "kind": "contested_report",
                "contested_id": self.keys.get("contested_reports"),
                "reason": "nobody can lift it",
            },
        }

    def _notices(self, unique: str) -> dict[str, Row]:
        """What people are told, and where."""
        told = {"release_id": self.mine, "project": "acme/shop", "kind": "promoted"}
        return {
            "notices": {**told, "happened_at": "2026-01-01T00:00:00Z"},
            "notice_deliveries": {
                **told,
                "notice_id": self.keys.get("notices"),
                "target_name": unique,
                "place": 1,
            },
            "notice_targets": {
                "project": "acme/shop",
                "target_name": unique,
                "format": "webhook",
                "secret_name": "OPS_NOTICE_SCENE",
                "kinds": "{promoted}",
                **WANTED,
            },
        }

    def build(self, status: str = "pass", **payload: Any) -> Envelope:
        """A build of `mine`."""
        return events.build_complete(self.mine, run_id=uuid.uuid4().hex, status=status, **payload)

    def signoff(self, gate: str, approver: str, persona: str, decision: str = "approved", **more: Any) -> Envelope:
        """A decision on a gate of `mine`."""
        return events.gate_signoff(
            self.mine,
            gate,
            session_id=uuid.uuid4().hex,
            decision=decision,
            approver_id=approver,
            persona_role=persona,
            rationale_structured={"criteria_met": True},
            **more,
        )

    def event(self, name: str, role: str, who: str = "a") -> Envelope:
        """A valid event of a kind of `access.yaml`, as this person of the role would send it."""
        return as_sent(self._event(name, role, who), role, subject(role, who))

    def _event(self, name: str, role: str, who: str) -> Envelope:
        kind, _, gate = name.partition(" ")
        if kind == "build_complete":
            return self.build()
        if kind == "gate_signoff":
            persona = role if role in ("qa_tester", "release_manager", "sre", "developer") else "qa_tester"
            return self.signoff(gate, f"{persona}-{who}", persona)
        run = uuid.uuid4().hex
        if kind == "deployment_event":
            return events.deployment_event(
                self.mine,
                environment="dev",
                deployment_ref=run,
                status="in_progress",
                source_ref=COMMIT,
                run_id=run,
            )
        if kind == "health_check":
            return events.health_check(
                self.mine,
                environment="staging",
                deployment_ref="d-a",
                status="warning",
                artifact_ref="https://monitoring.example/1",
                run_id=run,
            )
        return events.environment_event(environment="staging", event_type="alert_fired", run_id=run)

    def arguments(self, function: str, role: str) -> Row:
        """Valid arguments for a function that a role may call."""
        gate, release = {"gate_id": self.gates["G1"]}, {"release_id": self.mine}
        now = datetime.now(UTC).isoformat()
        arguments: dict[str, Row] = {
            "ingest_event": {"envelope": Jsonb(self.event("environment_event", role))},
            "ingest_events": {"events": Jsonb([self.event("environment_event", role)])},
            "record_refusal": {"refusal": Jsonb({"error": "invalid_json"})},
            "open_release": {
                "project": "acme/shop",
                "release_name": uuid.uuid4().hex,
                "environment_target": "dev",
                "source_ref": COMMIT,
                "initiating_actor": subject(role) if role == "release_manager" else "developer-a",
            },
            "import_release": {
                "project": "acme/shop",
                "release_name": uuid.uuid4().hex,
                "environment_target": "dev",
                "source_ref": COMMIT,
                "initiating_actor": subject(role) if role == "release_manager" else "developer-a",
            },
            "evaluate_gate": gate,
            "is_eligible_for_promotion": {**release, "target_env": "staging"},
            "was_eligible_for_promotion": {**release, "target_env": "staging", "as_of": now},
            "gate_status_at": {**gate, "as_of": now},
            "promotion_blockers": {**release, "target_env": "staging"},
            "release_overview": release,
            "timeline": release,
            "my_releases": {"filter": Jsonb({"status": "in_progress"})},
            "inbox": {},
            "promotion_advice": {**release, "target_env": "staging"},
            "close_release": {"release_id": self.closable.get(role, self.mine), "close_reason": "cancelled"},
            "gate_findings": gate,
            "set_gate_policy": {
                "gate_code": "G1",
                "requirements": Jsonb([{"kind": "check", "subject": "build"}]),
                "project": "acme/other",
                **WANTED,
            },
            "propose_gate_policy": {
                "project": "acme/shop",
                "gate_code": "G2",
                "requirements": Jsonb([*G2, {"kind": "check", "subject": uuid.uuid4().hex}]),
                "reason": "one more check",
            },
            "confirm_gate_policy": {"hash": self.proposal},
            "policy_warnings": {"project": "acme/shop"},
            "policy_impact": {
                "gate_code": "G1",
                "requirements": Jsonb([{"kind": "check", "subject": "lint"}]),
                "project": "acme/shop",
            },
            "retire_target": {"project": "acme/shop", "environment": "dev", "target": "going", "reason": "gone"},
            "dismiss": {"fact": self.dismissible, "reason": "nobody can lift it"},
            "register_project": {"project": uuid.uuid4().hex, **WANTED},
            "grant_membership": {"subject": uuid.uuid4().hex, "role": "developer", **WANTED},
            "revoke_membership": {"subject": "developer-b", **WANTED},
            "replace_subject": {"handle": "developer-b-login", "subject": uuid.uuid4().hex, **WANTED},
            "act_as": {"role": role},
            "my_memberships": {},
            "version": {},
            "set_notice_target": {
                "project": "acme/other",
                "target": uuid.uuid4().hex,
                "format": "slack",
                "secret_name": "OPS_NOTICE_SCENE",
                **WANTED,
            },
            "due_notices": {},
            "claim_notices": {"batch": 1},
            "record_notice_outcome": {
                "delivery_id": self.keys.get("notice_deliveries"),
                "attempt": 0,
                "outcome": "delivered",
            },
            "retry_notice": {"delivery_id": self.keys.get("notice_deliveries")},
        }
        return arguments[function]
