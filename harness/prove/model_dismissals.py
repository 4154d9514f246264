"""What dismissals set aside: each rule asks here for the facts that still count."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from harness.prove.model_events import MACHINE, PIPELINE
from harness.prove.model_facts import (
    Approval,
    Build,
    Check,
    ContestedReport,
    Deployment,
    Dismissal,
    Stop,
    subject_of,
)
from harness.prove.model_record import Record, known


class SetAside(Record):
    """A release, by what of its facts was not dismissed."""

    def is_set_aside(self, fact: Approval | Build | Check | ContestedReport, at: datetime) -> bool:
        """Whether a dismissal that was recorded since sets a fact aside."""
        return any(self.covers(d, fact) for d in known(self.dismissals, at) if fact.recorded_at <= d.recorded_at)

    def covers(self, dismissal: Dismissal, fact: Approval | Build | Check | ContestedReport) -> bool:
        """Whether a fact is what was dismissed.

        Of an objection it is all that its author said in that persona there, of a failure all rows of that name and
        trust class (by hand: of that author), and the artifacts of that name. Of another refused report it is every
        report of that stop from machines, or from the same person; of what cannot be read, those of that build under
        the same key, or without a key with the same content.
        """
        dismissed = dismissal.fact
        if isinstance(dismissed, Check):
            if isinstance(fact, Build):
                return (fact.check, fact.trusted, "G1") == (dismissed.name, dismissed.trusted, dismissed.gate)
            if not isinstance(fact, Check) or row_of(fact) != row_of(dismissed):
                return False
            return dismissed.trusted or (fact.by, fact.role) == (dismissed.by, dismissed.role)
        if dismissal.why == "b" and isinstance(dismissed, Approval | ContestedReport):
            said = isinstance(fact, Approval | ContestedReport)
            return said and self.author(fact) == self.author(dismissed)  # type: ignore[arg-type]
        if not (isinstance(fact, ContestedReport) and isinstance(dismissed, ContestedReport)):
            return False
        stop = self.named_now(fact.stop)
        again = (fact.key, fact.build) == (dismissed.key, dismissed.build) and (
            fact.key is not None or fact.content == dismissed.content
        )
        readable = None not in stop.parts
        return stop == self.named_now(dismissed.stop) and _sender(fact) == _sender(dismissed) and (readable or again)

    def author(self, fact: Approval | ContestedReport) -> tuple[object, ...]:
        """Who said something in which persona, and about what; nobody's word is about itself alone."""
        if isinstance(fact, Approval):
            return fact.scope, fact.approver, fact.persona
        stop = self.named_now(fact.stop)
        return (stop.gate, stop.person, stop.persona) if stop.event_type == "gate_signoff" else (fact,)

    def named_now(self, stop: Stop) -> Stop:
        """A stop with the subject of its person, who may have become a member since it was refused."""
        return stop if stop.person is None else replace(stop, person=subject_of(stop.person, self.members))

    def known_checks(self, at: datetime) -> list[Check]:
        """The checks on record that were not set aside."""
        return [c for c in known(self.checks, at) if not self.is_set_aside(c, at)]

    def known_builds(self, at: datetime) -> list[Build]:
        """The reports of builds on record whose name was not dismissed since."""
        return [b for b in known(self.builds, at) if not self.is_set_aside(b, at)]

    def known_approvals(self, at: datetime) -> list[Approval]:
        """The decisions on record that were not set aside."""
        return [a for a in known(self.approvals, at) if not self.is_set_aside(a, at)]

    def is_given_up(self, deployment: Deployment, at: datetime) -> bool:
        """Whether a deployment was dismissed, and neither it nor a check of it was reported since."""
        told = [c.recorded_at for c in known(self.checks, at) if c.deployment == deployment.place]
        last = max([deployment.reported_at, *told])
        return any(d.fact == deployment.place and last <= d.recorded_at for d in known(self.dismissals, at))

    def dismissers(self, at: datetime) -> set[str]:
        """Who dismissed anything: their approvals do not count."""
        return {d.by for d in known(self.dismissals, at)}


def row_of(check: Check) -> tuple[object, ...]:
    """What a check is of: its gate, deployment, name and trust class."""
    return check.gate, check.deployment, check.name, check.trusted


def _sender(report: ContestedReport) -> tuple[str, str] | None:
    return None if report.role in (MACHINE, PIPELINE) else (report.sender, report.role)
