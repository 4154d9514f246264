"""What the schema itself says of a release: now, at any moment since, and the whole chain when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harness.stack import Stack
from ops_gates.client import Gates
from ops_gates.rows import (
    Approvals,
    BuildArtifacts,
    EventIngestLog,
    EvidenceArtifacts,
    GateChecks,
    GateFinding,
    Releases,
    VDeploymentHistory,
    VReleaseGateSummary,
)

GATES = ("G1", "G2", "G3", "G4")
TARGETS = ("staging", "production")


@dataclass(frozen=True)
class Standing:
    """What each gate is, and where the release may go."""

    gates: Mapping[str, str]
    eligible: Mapping[str, bool]


@dataclass(frozen=True)
class Stage:
    """Where the release stood after something happened; `at` is when that was recorded."""

    title: str
    at: str
    live: Standing
    status: str


@dataclass(frozen=True)
class Chain:
    """Everything that `ops.*` has about the release."""

    release: Releases
    gates: list[VReleaseGateSummary]
    checks: list[GateChecks]
    built: list[BuildArtifacts]
    approvals: list[Approvals]
    evidence: list[EvidenceArtifacts]
    deployments: list[VDeploymentHistory]
    log: list[EventIngestLog]

    def gate_of(self, gate_id: str | None) -> str:
        """The code of a gate."""
        return next((gate["gate_code"] for gate in self.gates if gate["gate_id"] == gate_id), "")

    def deployment_of(self, deployment_id: str | None) -> str:
        """The reference of a deployment."""
        return next((d["deployment_ref"] for d in self.deployments if d["deployment_id"] == deployment_id), "")

    def hashes(self) -> dict[str, str]:
        """SHA-256 by file name: of evidence, of what a check refers to, and of what was built last."""
        found = {artifact["artifact_url"]: artifact["sha256"] for artifact in self.evidence if artifact["sha256"]}
        for check in self.checks:
            if digest := (check["metadata"] or {}).get("sha256"):
                found[str(check["artifact_ref"])] = digest
        named = {address.rpartition("/")[2]: str(digest) for address, digest in found.items()}
        return named | {artifact["name"]: artifact["sha256"] for artifact in self.built}


@dataclass
class Reading:
    """A reader of one release, by the secret key."""

    stack: Stack
    release_id: str
    service: Gates = field(init=False)

    def __post_init__(self) -> None:
        self.service = Gates(self.stack.client())

    def now(self) -> Standing:
        """The stored verdicts, and live eligibility."""
        gates = self.service.rows("release_gates", "gate_code,status", release_id=self.release_id)
        return Standing(
            {str(row["gate_code"]): str(row["status"]) for row in sorted(gates, key=lambda row: str(row["gate_code"]))},
            {target: self.service.eligible(self.release_id, target) for target in TARGETS},
        )

    def at(self, moment: str) -> Standing:
        """The same as replay has it: from what was known at that moment."""
        gates = self.service.rows("release_gates", "gate_code,gate_id", release_id=self.release_id)
        ids = {str(row["gate_code"]): row["gate_id"] for row in gates}
        return Standing(
            {code: str(self._rpc("gate_status_at", gate_id=ids[code], as_of=moment)) for code in sorted(ids)},
            {
                target: self._rpc(
                    "was_eligible_for_promotion", release_id=self.release_id, target_env=target, as_of=moment
                )
                for target in TARGETS
            },
        )

    def stage(self, title: str) -> Stage:
        """Where the release stands, dated by the newest thing that was recorded about it: a fact or a submission."""
        [row] = self.service.rows("releases", "created_at,recorded_until,status", release_id=self.release_id)
        recorded = [str(row["created_at"]), str(row["recorded_until"]), *(each["created_at"] for each in self.log())]
        return Stage(title, max(recorded, key=datetime.fromisoformat), self.now(), str(row["status"]))

    def open_findings(self, gate_code: str) -> list[GateFinding]:
        """What a gate still needs: its blocking findings that are not satisfied."""
        [gate] = self.service.rows("release_gates", "gate_id", release_id=self.release_id, gate_code=gate_code)
        findings: list[GateFinding] = self._rpc("gate_findings", gate_id=gate["gate_id"])
        return [f for f in findings if f["enforcement"] == "blocking" and f["state"] != "satisfied"]

    def log(self) -> list[EventIngestLog]:
        """Every submission, in order; not the contents."""
        columns = ("ingest_id", "idempotency_key", "event_type", "processing_status", "created_at", "created_by")
        return self._rows("event_ingest_log", EventIngestLog, *columns)

    def chain(self) -> Chain:
        """The release from its tables and views alone."""
        release = {"release_id": self.release_id}
        select = self.service.select
        return Chain(
            release=self.service.release(self.release_id),
            gates=select("v_release_gate_summary", VReleaseGateSummary, order=("gate_code",), **release),
            checks=self._rows("gate_checks", GateChecks),
            built=self._rows("build_artifacts", BuildArtifacts),
            approvals=self._rows("approvals", Approvals),
            evidence=self._rows("evidence_artifacts", EvidenceArtifacts),
            deployments=select("v_deployment_history", VDeploymentHistory, order=("deployed_at",), **release),
            log=self.log(),
        )

    def _rows(self, table: str, model: type[Any], *columns: str) -> list[Any]:
        return self.service.select(table, model, columns=columns, order=("created_at",), release_id=self.release_id)

    def _rpc(self, function: str, **arguments: Any) -> Any:
        return self.stack.client().rpc(function, arguments).execute().data


def clock(moment: str | None) -> str:
    """The time of day of a moment, in UTC and to the millisecond; empty for none."""
    if not moment:
        return ""
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%H:%M:%S.%f")[:-3]
