"""The rules on decisions and exceptions: whose decision counts, and what an exception covers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from harness.prove.model_facts import DECISIONS, Approval, Evidence, Requirement
from harness.prove.model_record import Record, known


class Decisions(Record):
    """A release, by what people decided about it."""

    def boundaries(self) -> list[datetime]:
        """The moments at which an answer can change although nothing is recorded, in order."""
        found = {b for e in self.exceptions for b in e.boundaries}
        for need in self.requirements:
            lived: list[Approval | Evidence] = [a for a in self.approvals if is_asked_for(need, a)]
            lived += [e for e in self.evidence if is_asked_for(need, e)]
            found |= {end for end in map(need.end, lived) if end is not None}
        return sorted(found)

    def current_decisions(self, gate: str, at: datetime) -> list[Approval]:
        """The current decisions on a gate: the latest of each person in each persona; in a tie the worse one."""
        on_gate = [a for a in known(self.approvals, at) if a.gate == gate]
        return [
            max(
                (a for a in on_gate if (a.approver, a.persona) == key),
                key=lambda a: (self.counts_from(a), DECISIONS.index(a.decision)),
            )
            for key in sorted({(a.approver, a.persona) for a in on_gate})
        ]

    def counts_from(self, decision: Approval) -> datetime:
        """Since when a decision counts: an objection since it was recorded, an approval since it was given."""
        return decision.observed_at if decision.decision == "approved" else decision.recorded_at

    def approvers_of_g2(self, at: datetime) -> set[str]:
        """Who may not approve G3: whose decision on G2 is an approval, also one that does not count any more."""
        return {a.approver for a in self.current_decisions("G2", at) if a.decision == "approved"}

    def counts(self, need: Requirement, fact: Approval | Evidence, at: datetime) -> bool:
        """Whether an approval or evidence still counts for a need."""
        return need.counts(fact, at)

    def bypasses(self, gates: set[str], at: datetime) -> bool:
        """Whether one bypass that names all these gates is active."""
        return any(e.type == "gate_bypass" and e.active(at) and gates <= e.gates for e in self.exceptions)


def is_asked_for(need: Requirement, fact: Approval | Evidence) -> bool:
    """Whether a need is about such a fact: an approval in that persona, evidence of one of those types."""
    if fact.gate != need.gate:
        return False
    if isinstance(fact, Evidence):
        return need.kind == "evidence" and fact.type in str(need.subject).split("|")
    return need.kind == "approval" and (fact.persona, fact.decision) == (need.subject, "approved")


def objection_of(decisions: Iterable[Approval], persona: str | None) -> str | None:
    """What a persona objects, as a state: a rejection fails, a wish for changes leaves open."""
    given = {a.decision for a in decisions if a.persona == persona}
    if "rejected" in given:
        return "failed"
    return "unsatisfied" if "request_changes" in given else None
