"""The facts that the model judges, and what it says of them, as plain data.

A fact is known from `recorded_at` on. Of several the latest `observed_at` counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

GATES = ("G1", "G2", "G3", "G4")
ENVIRONMENTS = ("dev", "staging", "production")  # nearest first
PERSONAS = ("developer", "qa_tester", "release_manager", "sre")
CHECK_STATUSES = ("pass", "skipped", "warning", "fail")  # the worse, the later: a tie goes to the last
DECISIONS = ("approved", "request_changes", "rejected")  # likewise
DEPLOYMENT_STATUSES = ("in_progress", "succeeded", "failed", "rolled_back")

# A deployment only moves forward. Within a rank the later report counts, in a tie the failure.
RANK = {"in_progress": 0, "succeeded": 1, "failed": 1, "rolled_back": 2}
OPEN = ("passed", "bypassed")  # a gate in one of these lets the release through
# What must be open before a release may enter an environment.
WAY = {"dev": (), "staging": ("G1", "G2"), "production": ("G1", "G2", "G3")}


@dataclass(frozen=True)
class Requirement:
    """One need of a gate; `subject` is what its kind says: a check, a persona, types of evidence, a gate."""

    gate: str
    kind: str
    subject: str | None = None
    min_count: int = 1
    blocking: bool = True
    separation_of_duties: bool = True


DEFAULTS = (
    Requirement("G1", "check", "build"),
    Requirement("G1", "no_failed_checks"),
    Requirement("G1", "evidence", "build_log", blocking=False),
    Requirement("G2", "prior_gate", "G1"),
    Requirement("G2", "approval", "qa_tester"),
    Requirement("G2", "evidence", "test_result|uat_summary"),
    Requirement("G2", "no_failed_checks"),
    Requirement("G3", "prior_gate", "G2"),
    Requirement("G3", "approval", "release_manager"),
    Requirement("G3", "evidence", "rollback_plan"),
    Requirement("G3", "no_failed_checks"),
    Requirement("G3", "evidence", "release_notes", blocking=False),
    Requirement("G4", "deployment_health"),
    Requirement("G4", "evidence", "health_check"),
)


class Fact(Protocol):
    """Anything that was recorded at a moment."""

    @property
    def recorded_at(self) -> datetime: ...


AnyFact = TypeVar("AnyFact", bound=Fact)


@dataclass(frozen=True, order=True)
class DeploymentKey:
    """Which deployment: the caller's own id for it is unique per environment."""

    environment: str
    ref: str


@dataclass(frozen=True)
class Check:
    """An observation: on G4 of a deployment, on the other gates of the release."""

    gate: str
    name: str
    status: str
    trusted: bool
    observed_at: datetime
    recorded_at: datetime
    deployment: DeploymentKey | None = None


@dataclass(frozen=True)
class Approval:
    """A person's decision in a persona. Without a gate it is about the release, and counts on no gate."""

    gate: str | None
    approver: str
    persona: str
    decision: str
    observed_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class Evidence:
    """An artifact for a gate, or for the release as a whole."""

    gate: str | None
    type: str
    recorded_at: datetime
    deployment: DeploymentKey | None = None


@dataclass(frozen=True)
class GateException:
    """Permission to go on although something is not met."""

    id: UUID
    type: str
    gates: frozenset[str]
    recorded_at: datetime
    effective_from: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def active(self, at: datetime) -> bool:
        """Active: recorded by then, begun, not over, not revoked by then."""
        return (
            self.recorded_at <= at
            and self.effective_from <= at < self.expires_at
            and not (self.revoked_at is not None and self.revoked_at <= at)
        )

    def covers(self, finding: Finding) -> bool:
        """Whether it excuses an open finding of a gate that it names."""
        return self.type == "gate_bypass" or (self.type == "evidence_waiver" and finding.kind == "evidence")

    @property
    def boundaries(self) -> tuple[datetime, ...]:
        """The moments at which an answer can change although nothing was recorded."""
        return (self.effective_from, self.expires_at)


@dataclass(frozen=True)
class Report:
    """What a pipeline said about a deployment; a rollback is a deployment that names the one it undoes."""

    place: DeploymentKey
    status: str
    source_ref: str
    observed_at: datetime
    recorded_at: datetime
    deployed_at: datetime
    rollback_of: str | None = None


@dataclass(frozen=True)
class Deployment:
    """What all reports about one deployment come to."""

    place: DeploymentKey
    status: str
    status_observed_at: datetime
    deployed_at: datetime
    source_ref: str
    is_rollback: bool
    failed: bool  # whether it ended in failure; that it was rolled back since does not undo that
    first_recorded_at: datetime

    @property
    def age(self) -> tuple[datetime, str]:
        """The order in which the deployments of an environment are looked at."""
        return (self.deployed_at, self.place.ref)


@dataclass(frozen=True)
class Finding:
    """What the facts say about one need."""

    kind: str
    subject: str | None
    blocking: bool
    state: str  # satisfied | unsatisfied | failed


@dataclass(frozen=True)
class Verdict:
    """A gate's status, and under which exception it is bypassed."""

    status: str
    exception_id: UUID | None = None
