"""The record of one release in the model: every fact about it, in the order in which it was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from harness.prove.model_events import Submitted, about, build_in, facts_in, key_in
from harness.prove.model_facts import (
    DEFAULTS,
    Accepted,
    AnyFact,
    Approval,
    Build,
    Check,
    ContestedReport,
    Dismissal,
    Evidence,
    GateException,
    Report,
    Requirement,
    Retirement,
)
from harness.prove.model_people import People


@dataclass
class Record:
    """A release and every fact about it, in the order in which they were recorded."""

    initiator: str
    target: str
    source_ref: str
    requirements: tuple[Requirement, ...] = DEFAULTS
    checks: list[Check] = field(default_factory=list)
    builds: list[Build] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    exceptions: list[GateException] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    contested: list[ContestedReport] = field(default_factory=list)
    dismissals: list[Dismissal] = field(default_factory=list)
    closed_at: datetime | None = None
    close_reason: str = "superseded"
    members: Mapping[str, str] = field(default_factory=dict)  # subjects by each of their names, in lower case
    others: Sequence[Self] = ()  # the other releases of its project
    retirements: Sequence[Retirement] = ()  # the targets of its project that were retired
    # What no verdict may depend on: a decision stays whoever leaves, and projects do not look at each other.
    project: str = ""
    people: People = field(default_factory=People)
    neighbours: Sequence[Self] = ()  # releases of another project

    def is_closed(self, at: datetime) -> bool:
        """Whether the release was closed: it is eligible for nothing, and no exception covers that."""
        return self.closed_at is not None and self.closed_at <= at

    def revoke(self, exception_id: UUID, at: datetime) -> None:
        """Revoke an exception. It cannot be restored."""
        self.exceptions = [
            replace(e, revoked_at=at) if e.id == exception_id and e.revoked_at is None else e for e in self.exceptions
        ]

    def take(self, event: Submitted) -> None:
        """Record the facts of an event that was accepted."""
        facts = facts_in(event)
        for fact in facts:
            if isinstance(fact, Check):
                self.checks.append(fact)
            elif isinstance(fact, Build):
                self.builds.append(fact)
            elif isinstance(fact, Approval):
                self.approvals.append(fact)
            elif isinstance(fact, Evidence):
                self.evidence.append(fact)
            else:
                self.reports.append(fact)
        times = event.observed_at, event.recorded_at
        kind, key, sender = event.envelope["event_type"], str(key_in(event.envelope)), event.sender.subject
        approval = facts[0] if isinstance(facts[0], Approval) else None
        self.accepted.append(
            Accepted(
                kind, key, event.content, *times, sender, about(kind, facts[0]), build_in(event.envelope), approval
            )
        )


def known(facts: Iterable[AnyFact], at: datetime) -> list[AnyFact]:
    return [f for f in facts if f.recorded_at <= at]
