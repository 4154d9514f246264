"""The rules on decisions and exceptions: whose decision counts, and what an exception covers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from harness.prove.model_artifacts import Artifacted
from harness.prove.model_facts import Approval, Evidence, Finding, GateException, Requirement
from harness.prove.model_record import known
from harness.prove.model_terms import ALONE, DECISIONS, EXCEPTION_APPROVALS, GATES, PERSONAS


class Decisions(Artifacted):
    """A release, by what people decided about it."""

    def boundaries(self) -> list[datetime]:
        """The moments at which an answer can change although nothing is recorded, in order."""
        found = {b for e in self.exceptions for b in e.boundaries}
        for need in self.requirements:
            lived: list[Approval | Evidence] = [a for a in self.approvals if is_asked_for(need, a)]
            lived += [e for e in self.evidence if is_asked_for(need, e)]
            found |= {end for end in map(need.end, lived) if end is not None}
        return sorted(found)

    def current_decisions(self, scope: str | UUID | None, at: datetime) -> list[Approval]:
        """The current decisions on a gate, an exception, or (None) the release as a whole.

        They are the latest of each person in each persona; in a tie the worse one, then the one recorded last. An
        approval that is not surely theirs is one only while they decided nothing else: it replaces and lifts nothing.
        """
        there = [a for a in self.known_approvals(at) if a.scope == scope]
        return [
            max(
                (a for a in there if (a.approver, a.persona) == key),
                key=lambda a: (self.is_sure(a), self.counts_from(a), DECISIONS.index(a.decision), a.recorded_at),
            )
            for key in sorted({(a.approver, a.persona) for a in there})
        ]

    def counts_from(self, decision: Approval) -> datetime:
        """Since when a decision counts: an objection since it was recorded, an approval since it was given."""
        return decision.observed_at if decision.decision == "approved" else decision.recorded_at

    def is_sure(self, decision: Approval) -> bool:
        """Whether a decision is as surely the person's as policy asks; only approvals are asked for that."""
        if decision.decision != "approved":
            return True
        asked = [n.asked for n in self.needs_of(decision)]
        return all(a.is_sure(decision.sign_in, decision.recorded_at) for a in asked)

    def needs_of(self, approval: Approval) -> list[Requirement]:
        """The needs that ask for an approval: of its gate in its persona, of the exception that it is on, or of all."""
        if approval.exception is not None:
            return [n for e in self.exceptions if e.id == approval.exception for n in self.needs_of_exception(e)]
        if approval.gate is None:
            return [n for n in self.requirements if n.kind in ("approval", "exception_approvals")]
        return [n for n in self.requirements if is_asked_for(n, approval)]

    def approvers_below(self, gate: str, at: datetime) -> set[str]:
        """Who may not approve a gate: whose decision on a lower gate is an approval, in whichever persona.

        Also one that does not count any more; none that is not surely theirs.
        """
        lower = GATES[: GATES.index(gate)]
        return {a.approver for g in lower for a in self.current_decisions(g, at) if self.bars(a)}

    def bars(self, decision: Approval) -> bool:
        """Whether a decision keeps its person from other things: an approval does that is surely theirs."""
        return decision.decision == "approved" and self.is_sure(decision)

    def barred(self, need: Requirement, at: datetime) -> set[str]:
        """Whose approval does not count for a need: who dismissed anything of the release; unless policy lets them in,
        who opened it; and likewise who approved a lower gate, or this one for a need that comes before.
        """
        barred = {*self.dismissers(at)}
        if need.not_initiator:
            barred |= {self.initiator}
        if need.one_gate:
            barred |= self.approvers_below(need.gate, at) | self.approvers_for_others(need, at)
        return barred

    def approvers_for_others(self, need: Requirement, at: datetime) -> set[str]:
        """Who approved the same gate in a persona that an earlier need asks for: nobody counts twice on a gate."""
        same = [r for r in self.requirements if (r.gate, r.kind) == (need.gate, need.kind)]
        before = {r.subject for r in same if r.place < need.place}
        decisions = self.current_decisions(need.gate, at)
        return {a.approver for a in decisions if self.bars(a) and a.persona in before}

    def counted_approvers(self, need: Requirement, at: datetime) -> set[str]:
        """Whose approval of its gate counts for a need."""
        decisions = self.current_decisions(need.gate, at)
        given = {a.approver for a in decisions if is_asked_for(need, a) and self.counts(need, a, at)}
        return given - self.barred(need, at)

    def counts(self, need: Requirement, fact: Approval | Evidence, at: datetime) -> bool:
        """Whether an approval or evidence still counts for a need: it lives, and an approval is of the artifacts.

        An approval is also surely the person's, and they are among those whom the need names.
        """
        if isinstance(fact, Evidence) or not need.counts(fact, at):
            return need.counts(fact, at)
        return self.is_of_the_artifacts(fact, at) and self.is_sure(fact) and self.is_named(need, fact.approver)

    def is_named(self, need: Requirement, person: str) -> bool:
        """Whether a need lets this person approve."""
        return need.asked.names(person)

    # Exceptions

    def authorises(self, exception: GateException, at: datetime) -> bool:
        """Whether an exception lets anything through: active, approved by enough people, objected to by nobody."""
        return (
            exception.active(at)
            and not self.is_objected(exception, at)
            and len(self.approvers_of(exception, at)) >= self.approvals_asked(exception)
            and all(
                n.asked.has(self.approvers_of(exception, at, str(n.subject)), n.min_count)
                for n in self.needs_of_exception(exception)
            )
        )

    def is_objected(self, exception: GateException, at: datetime) -> bool:
        """Whether somebody's current decision on an exception is a rejection or a wish for changes."""
        return any(a.decision != "approved" for a in self.current_decisions(exception.id, at))

    def needs_of_exception(self, exception: GateException) -> list[Requirement]:
        """The needs whose people and sign-ins an exception asks for.

        They are those about exceptions to its gates, and, as it covers them, the approvals of a gate that it bypasses.
        """
        kinds = (EXCEPTION_APPROVALS, "approval") if exception.type == "gate_bypass" else (EXCEPTION_APPROVALS,)
        return [r for r in self.requirements if r.blocking and r.gate in exception.gates and r.kind in kinds]

    def is_surely_granted(self, exception: GateException) -> bool:
        """Whether who granted an exception did it as surely themselves as policy asks."""
        needs = self.needs_of_exception(exception)
        return all(n.asked.is_sure(exception.sign_in, exception.recorded_at) for n in needs)

    def approvers_of(self, exception: GateException, at: datetime, also: str = "release_manager") -> set[str]:
        """The release managers who approved an exception: who granted it, and whose decision on it is an approval.

        Of these approvals too only those of the artifacts on record count, and those that are surely theirs. Who opened
        the release is none of them, nor who dismissed anything of it; unless they granted it alone. `also` is another
        persona in which one approves.
        """
        given = {
            a.approver
            for a in self.current_decisions(exception.id, at)
            if a.persona in ("release_manager", also) and a.decision == "approved"
            if self.is_of_the_artifacts(a, at) and self.is_sure(a)
            if not self.is_barred_from_exceptions(a.approver, a.recorded_at, at)
        }
        alone = exception.alone and self.lets_alone(exception.gates)
        barred = not alone and self.is_barred_from_exceptions(exception.approver, exception.recorded_at, at)
        return given | ({exception.approver} if self.is_surely_granted(exception) and not barred else set())

    def is_barred_from_exceptions(self, person: str, approved_at: datetime, at: datetime) -> bool:
        """Whether somebody's approval of an exception, of this moment, does not count.

        Who dismisses alone had to: what they approved before that still counts.
        """
        own = [d for d in known(self.dismissals, at) if d.by == person]
        return person == self.initiator or any(not (d.alone and approved_at < d.recorded_at) for d in own)

    def lets_alone(self, gates: Iterable[str]) -> bool:
        """Whether policy lets the only release manager do alone what concerns these gates."""
        return {*gates} <= {r.gate for r in self.requirements if r.kind == ALONE}

    def grants_alone(self, person: str, gates: Iterable[str], *, only_manager: bool) -> bool:
        """Whether somebody may grant an exception only because they are the only release manager, by their own token.

        Otherwise who opened the release grants none, and one of who dismissed anything of it does not count.
        """
        barred = person == self.initiator or any(d.by == person for d in self.dismissals)
        return barred and only_manager and self.lets_alone(gates)

    def approvals_asked(self, exception: GateException) -> int:
        """How many must approve an exception: the most that its gates ask for."""
        needs = [r for r in self.requirements if r.kind == EXCEPTION_APPROVALS and r.blocking]
        return max((r.min_count for r in needs if r.gate in exception.gates), default=1)

    def bypass(self, gates: set[str], at: datetime) -> UUID | None:
        """A bypass that names all these gates and authorises: the one that ends last, then the smallest id."""
        return last_of(
            e for e in self.exceptions if e.type == "gate_bypass" and gates <= e.gates and self.authorises(e, at)
        )

    # The release as a whole

    def objections_to_the_release(self, at: datetime) -> list[Finding]:
        """One finding per persona whose decision on the release as a whole is an objection."""
        found = {p: objection_of(self.current_decisions(None, at), p) for p in PERSONAS}
        return [Finding("approval", persona, True, state) for persona, state in found.items() if state]

    def rejects(self, at: datetime) -> bool:
        """Whether a rejection stands of a gate or of the release as a whole."""
        return any(a.decision == "rejected" for scope in (*GATES, None) for a in self.current_decisions(scope, at))


def last_of(exceptions: Iterable[GateException]) -> UUID | None:
    """Of several exceptions the one that is named: it ends last, or has the smallest id; None if there is none."""
    found = [*exceptions]
    last = max((e.expires_at for e in found), default=None)
    return min((e.id for e in found if e.expires_at == last), default=None)


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
