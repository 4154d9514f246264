"""What waits for a person on one release, and what a page of releases says of it.

Written from the specification and the decisions on the inbox; all roles that the person holds in the project count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from harness.prove.model import Release
from harness.prove.model_decisions import objection_of
from harness.prove.model_events import PIPELINE, Sender
from harness.prove.model_facts import Approval, Check, ContestedReport, Finding, GateException, Requirement, Stop
from harness.prove.model_keys import may_be_a_key
from harness.prove.model_people import MANAGER, People
from harness.prove.model_terms import GATES, OPEN, PERSONAS

OWNER = {"G1": PIPELINE, "G2": "qa_tester", "G3": MANAGER, "G4": "sre", None: None}
KINDS = ("sign_off", "missing", "failed")  # of several at a gate the first, unless something failed
About = Approval | Check | ContestedReport | GateException | None


@dataclass(frozen=True)
class Item:
    """Something that waits: why, in which role, at which gate, and what it is about."""

    kind: str
    role: str
    gate: str | None
    about: About = None


@dataclass(frozen=True)
class Asking:
    """A person who asks about a release; the secret key is nobody, and holds every role."""

    person: str | None
    roles: frozenset[str]
    people: People
    project: str


class Inbox:
    """What waits for one person on one release at a moment."""

    def __init__(self, release: Release, asking: Asking, at: datetime) -> None:
        """Ask about a release."""
        self.release, self.asking, self.at = release, asking, at
        self.person = asking.person
        self.status = {gate: release.verdict(gate, at).status for gate in GATES}
        self.owns = self.person is None or self.person == release.initiator

    def items(self) -> set[Item]:
        """Everything that waits."""
        if not self.asking.roles:
            return set()
        found = {*self._of_exceptions()}
        if not self.release.is_closed(self.at):
            found |= {*self._at_gates(), *self._contested(), *self._objections(), *self._beside_gates()}
            if MANAGER in self.asking.roles:
                found |= {*self._dismissible()}
        return found

    # Who and whose turn

    def _roles_for(self, who: str | None, gate: str | None, state: str) -> Iterator[str]:
        for role in self.asking.roles:
            repairs = role == "developer" and self.person is not None and gate == "G1" and state == "failed"
            if (role == who and (role != "developer" or self.owns)) or (repairs and self.owns):
                yield role

    def _who(self, finding: Finding, gate: str) -> str | None:
        """The role that a finding waits for."""
        if finding.kind == "approval":
            return "service_role" if self._too_few_are_left(finding, gate) else finding.subject
        if finding.kind in ("check", "no_failed_checks") and self._failed_by_hand(finding, gate):
            return "developer"
        return OWNER["G1"] if finding.kind == "no_failed_checks" else OWNER[gate]

    def _too_few_are_left(self, finding: Finding, gate: str) -> bool:
        """Whether too few of the people whom a need names approved or hold its persona, and nobody in it objects."""
        release, persona = self.release, str(finding.subject)
        if any(a.persona == persona and a.decision != "approved" for a in release.current_decisions(gate, self.at)):
            return False
        for need in release.requirements:
            if (need.gate, need.kind, need.subject) == (gate, "approval", persona) and need.asked.approvers is not None:
                asked = need.asked.approvers - ({release.initiator} if need.not_initiator else set())
                could = {p for p in asked if release.people.holds(p, persona, release.project)}
                return len(could | release.counted_approvers(need, self.at)) < need.min_count
        return False

    def _failed_by_hand(self, finding: Finding, gate: str) -> bool:
        """Whether people alone reported what failed."""
        own = self.release.counted([c for c in self.release.known_checks(self.at) if c.gate == gate], self.at)
        looked_at = self.release.looked_at(self.at)
        failed = [
            c
            for c in own
            if c.status == "fail"
            and (finding.kind != "check" or c.name == finding.subject)
            and (c.deployment is None or c.deployment in looked_at)
        ]
        return bool(failed) and not any(c.trusted for c in failed)

    def _cleared(self, before: str) -> bool:
        return all(self.status[gate] in OPEN for gate in GATES[: GATES.index(before)])

    def _in_turn(self, gate: str) -> bool:
        if self.status[gate] == "failed":
            return True
        if gate != "G4":
            return self._cleared(gate)
        deployed = any(r.recorded_at <= self.at for r in self.release.reports)
        eligible = self.release.is_eligible(self.release.target, self.at) and self._cleared("G4")
        return self.status[gate] == "in_progress" or deployed or eligible

    def _may_sign(self, gate: str, role: str) -> bool:
        """Whether their approval would count, and would be a new one."""
        release, person, at = self.release, self.person, self.at
        if person is None:
            return True
        needs = [r for r in release.requirements if (r.gate, r.kind, r.subject) == (gate, "approval", role)]
        # Nothing may ask for their approval, but evidence may come with it: then the same rules hold.
        asked = needs or [Requirement(gate, "approval", f"~{role}", blocking=False)]
        if any(person in release.barred(n, at) or not release.is_named(n, person) for n in asked):
            return False
        if any(self._would_lose(other, person) for n in asked for other in self._needs_after(n)):
            return False
        own = [
            a
            for a in release.current_decisions(gate, at)
            if (a.approver, a.persona, a.decision) == (person, role, "approved")
        ]
        sure = [a for a in own if release.is_of_the_artifacts(a, at) and release.is_sure(a)]
        return not any(all(n.counts(a, at) for n in needs) for a in sure)

    def _needs_after(self, need: Requirement) -> Iterator[Requirement]:
        """The other approvals for which nobody counts who counts for this one: later on its gate, or of later gates."""
        for other in self.release.requirements:
            same = other.gate == need.gate and other.place > need.place
            if other.kind == "approval" and (same or GATES.index(other.gate) > GATES.index(need.gate)):
                yield other

    def _would_lose(self, need: Requirement, person: str) -> bool:
        """Whether a need would have too few approvals without this person's."""
        counted = self.release.counted_approvers(need, self.at)
        return need.one_gate and person in counted and len(counted) <= need.min_count

    # What waits

    def _at_gates(self) -> Iterator[Item]:
        for gate in GATES:
            if self.status[gate] in OPEN or not self._in_turn(gate):
                continue
            kinds: dict[str, set[str]] = {}
            for finding in self.release.findings(gate, self.at):
                met = not finding.blocking or finding.state == "satisfied"
                if met or finding.kind in ("prior_gate", "contested_report"):
                    continue
                for role in self._roles_for(self._who(finding, gate), gate, finding.state):
                    if kind := self._kind(finding, gate, role):
                        kinds.setdefault(role, set()).add(kind)
            for role, found in kinds.items():
                yield Item("failed" if "failed" in found else min(found, key=KINDS.index), role, gate)

    def _kind(self, finding: Finding, gate: str, role: str) -> str | None:
        if finding.kind == "approval":
            objected = objection_of(self.release.current_decisions(gate, self.at), finding.subject)
            if not objected and self._too_few_are_left(finding, gate):
                return "missing"
            return "sign_off" if not objected and self._may_sign(gate, role) else None
        if finding.kind == "evidence" and role == MANAGER and not self._may_sign(gate, role):
            return None
        return "failed" if finding.state == "failed" else "missing"

    def _beside_gates(self) -> Iterator[Item]:
        """A failure in staging, and what policy asks of production once the gates are cleared."""
        release = self.release
        if release.target != "production" or release.status(self.at) == "promoted":
            return
        if release.standing_health("staging", self.at) == "failed" and self.status["G4"] != "failed":
            for role in self._roles_for("sre", "G4", "failed"):
                yield Item("failed", role, "G4")
        if self._cleared("G4"):
            for finding in release.policy_on_production(self.at):
                if finding.blocking and finding.kind == "environment_healthy":
                    for role in self._roles_for("sre", "G3", finding.state):
                        yield Item("failed" if finding.state == "failed" else "missing", role, "G3")

    def _contested(self) -> Iterator[Item]:
        for report in self.release.standing_reports(self.at):
            stop = self.release.named_now(report.stop)
            decision = stop.event_type == "gate_signoff"
            who = self._who_decides(stop) if decision else OWNER[stop.gate]
            if None in stop.parts and not (decision and report.role in PERSONAS and self._is_here(report)):
                who = report.role if self._can_correct(report) else MANAGER
            if decision and stop.person is not None and self.person not in (None, stop.person):
                continue  # nobody lifts the objection of somebody else
            for role in self._roles_for(who, stop.gate, "failed"):
                yield Item("contested_report", role, stop.gate, report)

    def _can_correct(self, report: ContestedReport) -> bool:
        """Whether its sender is still a member, and an event of theirs can have its key."""
        return self._is_here(report) and may_be_a_key(report.key, report.stop.event_type, report.role)

    def _is_here(self, report: ContestedReport) -> bool:
        """Whether the sender of a report still holds the role in which they sent it."""
        return self.asking.people.acts(Sender(report.role, report.sender), self.asking.project)

    def _who_decides(self, stop: Stop) -> str:
        """Who can end a refused decision: its persona, or a manager if its person does not hold that any more."""
        persona, person = stop.persona or "service_role", stop.person
        if None in (stop.gate, stop.persona) or person is None:
            return persona
        return persona if self.asking.people.holds(person, persona, self.asking.project) else MANAGER

    def _standing_objections(self) -> Iterable[Approval]:
        release = self.release
        over = {e.id for e in release.exceptions if self._end(e) <= self.at}
        scopes = (*GATES, None, *(e.id for e in release.exceptions if e.id not in over))
        return [a for s in scopes for a in release.current_decisions(s, self.at) if a.decision != "approved"]

    def _objections(self) -> Iterator[Item]:
        for said in self._standing_objections():
            if self.person in (None, said.approver) and said.persona in self.asking.roles:
                yield Item("objection", said.persona, said.gate, said)

    def _dismissible(self) -> Iterator[Item]:
        """Stops that nobody else can lift any more."""
        release, person, people = self.release, self.person, self.asking.people
        if person is not None and not release.may_dismiss(
            person, only_manager=people.is_alone(person, self.asking.project)
        ):
            return
        stops: list[Approval | Check | ContestedReport] = [*release.standing_reports(self.at)]
        stops += self._standing_objections()
        counted = release.counted(release.known_checks(self.at), self.at)
        stops += [c for c in counted if c.status == "fail" and self.status[c.gate] == "failed"]
        for stop in stops:
            why = release.why_dismissible(
                stop,
                self.at,
                lambda who, role: people.holds(who, role, self.asking.project),
                lambda who, role: bool(person) and people.was_ended_by(who, role, self.asking.project, str(person)),
            )
            if why:
                gate = stop.stop.gate if isinstance(stop, ContestedReport) else stop.gate
                yield Item("dismissible", MANAGER, gate, stop)

    def _of_exceptions(self) -> Iterator[Item]:
        """Those that need another approval, and those that ended and were not reviewed."""
        release, person, at = self.release, self.person, self.at
        if MANAGER not in self.asking.roles:
            return
        for exception in release.exceptions:
            said = release.current_decisions(exception.id, at)
            own = [release.is_sure(a) for a in said if (a.approver, a.decision) == (person, "approved")]
            own += [release.is_surely_granted(exception)] if person == exception.approver else []
            if self._end(exception) <= at:
                ever = (person == exception.approver and release.is_surely_granted(exception)) or any(
                    (a.scope, a.approver, a.decision) == (exception.id, person, "approved") and release.is_sure(a)
                    for a in release.known_approvals(at)
                )
                if exception.effective_from <= at and not ever:
                    yield Item("exception_review", MANAGER, None, exception)
                continue
            over = any(own) or release.is_objected(exception, at) or release.is_closed(at)
            barred = person == release.initiator or person in release.dismissers(at)
            if not (over or barred) and self._is_asked(exception):
                yield Item("exception_decision", MANAGER, None, exception)

    def _is_asked(self, exception: GateException) -> bool:
        """Whether an exception lacks the approval of this person: one of any manager, or one of people named."""
        release, at = self.release, self.at
        missing: set[str] = set()
        for need in release.needs_of_exception(exception):
            given = release.approvers_of(exception, at, str(need.subject))
            if not need.asked.has(given, need.min_count):
                missing |= (need.asked.approvers or frozenset()) - given
        if len(release.approvers_of(exception, at)) < release.approvals_asked(exception):
            return True
        return bool(missing) and (self.person is None or self.person in missing)

    @staticmethod
    def _end(exception: GateException) -> datetime:
        return min(exception.expires_at, exception.revoked_at or exception.expires_at)


def waits_at(release: Release, at: datetime) -> set[str | None]:
    """Where a page says that a release waits: one of these gates."""
    if release.is_closed(at):
        return {None}
    first = next((g for g in GATES if release.verdict(g, at).status not in OPEN), None)
    promoted = release.status(at) == "promoted"
    if first in GATES[:3] or promoted or release.is_eligible(release.target, at):
        return {first}
    return {gate for gate, _ in release.blockers(release.target, at)}
