"""The facts that the model judges, and what it says of them, as plain data.

A fact is known from `recorded_at` on. All facts of one event are recorded at one moment. Of several facts the latest
`observed_at` counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from harness.prove.model_assurance import ANYTHING, Asked, SignIn
from harness.prove.model_terms import DEFAULT_TARGET


def observed(received: datetime, emitted: datetime, sent: datetime | None = None) -> datetime:
    """When something was observed, by our own clock: only the age that a sender states is believed, not its clock."""
    return min(received, emitted if sent is None else received - (sent - emitted))


def subject_of(name: str, members: Mapping[str, str]) -> str:
    """The subject of a member, by any of their names in lower case; any other name as it is."""
    return members.get(name.strip().lower(), name.strip())


@dataclass(frozen=True)
class Requirement:
    """One need of a gate; `subject` is what its kind says: a check, a persona, types of evidence, a gate.

    `valid_for` is for how many seconds an approval or evidence counts after it was recorded. None: for ever.
    `not_initiator` and `one_gate` say whose approval does not count: who opened the release, and who also approved
    another gate or this one for another need. `require_hash` says that evidence counts only with its hash. `asked` is
    of each approval, also of an exception.
    """

    gate: str
    kind: str
    subject: str | None = None
    min_count: int = 1
    blocking: bool = True
    not_initiator: bool = True
    one_gate: bool = True
    valid_for: int | None = None
    require_hash: bool = False
    asked: Asked = ANYTHING

    @property
    def place(self) -> tuple[bool, str]:
        """Where it stands among those of its kind: blocking ones come first, then they go by the name."""
        return not self.blocking, self.subject or ""

    def end(self, fact: Fact) -> datetime | None:
        """The first moment at which a fact does not count for this need any more, None if there is none."""
        return None if self.valid_for is None else fact.recorded_at + timedelta(seconds=self.valid_for)

    def counts(self, fact: Fact, at: datetime) -> bool:
        """Whether a fact that is on record counts for this need at a moment."""
        end = self.end(fact)
        return end is None or at < end


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
Artifacts = frozenset[tuple[str, str]]  # names of files, each with its hash


@dataclass(frozen=True, order=True)
class DeploymentKey:
    """Which deployment: the caller's own id for it is unique per environment and target."""

    environment: str
    ref: str
    target: str = DEFAULT_TARGET

    @property
    def where(self) -> tuple[str, str]:
        """Its environment and target."""
        return self.environment, self.target


@dataclass(frozen=True)
class Check:
    """An observation, by somebody in a role: on G4 of a deployment, on the other gates of the release."""

    gate: str
    name: str
    status: str
    trusted: bool
    observed_at: datetime
    recorded_at: datetime
    deployment: DeploymentKey | None = None
    by: str = ""
    role: str = ""


@dataclass(frozen=True)
class Approval:
    """A person's decision in a persona: on a gate, on an exception, or else on the release as a whole.

    `sign_in` is what their own token said; None where a machine named them.
    """

    gate: str | None
    approver: str
    persona: str
    decision: str
    observed_at: datetime
    recorded_at: datetime
    exception: UUID | None = None
    sign_in: SignIn | None = None

    @property
    def scope(self) -> str | UUID | None:
        """What it decides on: a gate, an exception, or None for the release."""
        return self.gate or self.exception


@dataclass(frozen=True)
class Build:
    """A report of a build, or of a probe, under the name of a check, with the artifacts that it names.

    `names` are those of all its checks, `passed` says that none failed. Its part is that name, unless it says another.
    """

    check: str
    artifacts: Artifacts
    trusted: bool
    observed_at: datetime
    recorded_at: datetime
    names: frozenset[str] = frozenset()
    passed: bool = True
    part: str | None = None
    sender: str = ""
    environment: str | None = None

    @property
    def of(self) -> tuple[str, str, str | None]:
        """What part of the release it is about, who sent it, and where a probe was made."""
        return self.part or self.check, self.sender, self.environment


@dataclass(frozen=True)
class Evidence:
    """An artifact for a gate, or for the release as a whole; `approval` is the sign-off that it came with."""

    gate: str | None
    type: str
    recorded_at: datetime
    deployment: DeploymentKey | None = None
    url: str = ""
    sha256: str | None = None
    seen_at: datetime | None = None
    approval: Approval | None = None

    @property
    def observed_at(self) -> datetime:
        """When it was observed: when it was recorded, unless something else is known."""
        return self.seen_at or self.recorded_at


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
    approver: str = ""
    sign_in: SignIn | None = None
    alone: bool = False  # opened by the only release manager, who otherwise could not

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
    """What a pipeline said about a deployment; a rollback is a deployment that names the one it undoes.

    `named_at` is when the deployment was made, as the sender says. `deployed_by` made it, as the sender says.
    """

    place: DeploymentKey
    status: str
    source_ref: str
    observed_at: datetime
    recorded_at: datetime
    named_at: datetime | None = None
    deployed_by: str = ""
    rollback_of: str | None = None
    artifacts: Artifacts = frozenset()

    @property
    def deployed_at(self) -> datetime:
        """When the deployment was made, by this report: never later than it was observed."""
        return self.observed_at if self.named_at is None else min(self.observed_at, self.named_at)


@dataclass(frozen=True)
class Deployment:
    """What all reports about one deployment come to.

    Of a rollback `rollback_known` says whether it went to something known. If not, or if it does not undo the newest
    deployment, it counts as one.
    """

    place: DeploymentKey
    status: str
    status_observed_at: datetime
    deployed_at: datetime
    deployed_by: str
    source_ref: str
    rollback_of: str | None
    rollback_known: bool | None
    ended: str | None  # succeeded or failed, by its newest such report; that it was rolled back does not undo that
    recorded_at: datetime  # when it was first reported
    reported_at: datetime  # when it was last reported
    judged_at: tuple[datetime, ...]  # when it was judged whether the release might go there
    undone_at: datetime | None  # when it was first observed as rolled back
    artifacts: Artifacts = frozenset()

    @property
    def is_rollback(self) -> bool:
        """Whether it goes back to something known. No rule takes it for a deployment if it also undoes the newest."""
        return self.rollback_known is True

    @property
    def failed(self) -> bool:
        """Whether it ended in failure."""
        return self.ended == "failed"

    @property
    def age(self) -> tuple[datetime, str]:
        """The order in which the deployments to a target are looked at."""
        return (self.deployed_at, self.place.ref)


@dataclass(frozen=True)
class Retirement:
    """A target of the project that is gone."""

    environment: str
    target: str
    recorded_at: datetime


@dataclass(frozen=True)
class Stop:
    """What a stop is about. Stops about the same are equal. A part that cannot be read is None.

    A check of a build has a name, a check of health has a name and a deployment, and a failed deployment is one. A
    decision has a gate, a person and a persona; without a gate it is about the release as a whole.
    """

    event_type: str
    gate: str | None = None
    check: str | None = None
    person: str | None = None
    persona: str | None = None
    environment: str | None = None
    ref: str | None = None
    target: str | None = DEFAULT_TARGET

    @property
    def parts(self) -> tuple[str | None, ...]:
        """All that says what it is about."""
        return {
            "build_complete": (self.check,),
            "gate_signoff": (self.gate, self.person, self.persona),
            "deployment_event": (self.environment, self.target, self.ref),
            "health_check": (self.environment, self.target, self.ref, self.check),
        }[self.event_type]

    @property
    def subject(self) -> str | None:
        """The first name of what it is about that can be read."""
        return self.check or self.ref or self.person

    @property
    def place(self) -> DeploymentKey | None:
        """The deployment that it is about, as far as that can be read."""
        if self.environment is None or self.ref is None or self.target is None:
            return None
        return DeploymentKey(self.environment, self.ref, self.target)


BuildParts = tuple[str | None, str | None]  # the check of the event itself, and the part that was built


@dataclass(frozen=True)
class Accepted:
    """An accepted event: its key, its content in canonical form, its sender, and what it is about.

    Of a build also its own check and its part, and of a decision the approval.
    """

    event_type: str
    key: str
    content: str
    observed_at: datetime
    recorded_at: datetime
    sender: str
    about: Stop
    build: BuildParts = (None, None)
    approval: Approval | None = None


@dataclass(frozen=True)
class ContestedReport:
    """A stop in an event that was refused: it stands as the fact that it would have been.

    Where the times of the event cannot be read, it is not `timed`: it is observed when it is received.
    Of a build also its own check and its part, as far as they can be read.
    """

    stop: Stop
    key: str | None
    content: str
    observed_at: datetime
    recorded_at: datetime
    sender: str
    timed: bool = True
    role: str = "service_role"
    build: BuildParts = (None, None)


@dataclass(frozen=True)
class Dismissal:
    """A fact that a release manager set aside, and why that was possible: (a) to (e) of the page."""

    fact: Approval | Check | ContestedReport | DeploymentKey
    why: str
    by: str
    recorded_at: datetime
    alone: bool = False  # by the only release manager, who otherwise could not


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
