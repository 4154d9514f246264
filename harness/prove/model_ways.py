"""The ways out: what may be dismissed, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from harness.prove.model_contested import DEPLOYED, Contested
from harness.prove.model_events import MACHINE, PIPELINE
from harness.prove.model_facts import Approval, Check, ContestedReport, DeploymentKey, Dismissal
from harness.prove.model_record import known
from harness.prove.model_terms import GATES, PERSONAS

STUCK = timedelta(hours=24)  # so long a deployment is in progress without a report before it may be given up

Member = Callable[[str, str], bool]  # about a person in a role


class WaysOut(Contested):
    """A release, by what of it may be set aside."""

    def dismiss(
        self,
        fact: Approval | Check | ContestedReport | DeploymentKey,
        why: str,
        by: str,
        at: datetime,
    ) -> None:
        """Set a fact aside."""
        self.dismissals.append(Dismissal(fact, why, by, at, alone=not self.is_stranger(by)))

    def may_dismiss(self, person: str, *, only_manager: bool = False) -> bool:
        """Whether somebody is a stranger to the release, or policy lets the only release manager do it alone."""
        return self.is_stranger(person) or (only_manager and self.lets_alone(GATES))

    def is_stranger(self, person: str) -> bool:
        """Whether somebody neither opened the release nor ever approved anything of it that is surely theirs."""
        approved = {a.approver for a in self.approvals if self.bars(a)}
        granted = {e.approver for e in self.exceptions if self.is_surely_granted(e)}
        return person not in {self.initiator} | approved | granted

    def why_dismissible(
        self,
        fact: Approval | Check | ContestedReport | DeploymentKey,
        at: datetime,
        is_active: Member = lambda _person, _role: True,
        ended_by_same: Member = lambda _person, _role: False,
    ) -> str | None:
        """By which letter of the page a fact may be dismissed at a moment, None if it may not.

        `is_active` says who is a member in a role now, `ended_by_same` whose membership was ended on behalf of the one
        who wants to dismiss.
        """
        if isinstance(fact, ContestedReport):
            return self._contested(fact, at, is_active, ended_by_same)
        if isinstance(fact, Approval):
            gone = not is_active(fact.approver, fact.persona) and not ended_by_same(fact.approver, fact.persona)
            current = [a for a in self.current_decisions(fact.scope, at) if self.author(a) == self.author(fact)]
            stands = all(a.decision != "approved" for a in (fact, *current)) and bool(current)
            return "b" if stands and gone else None
        if isinstance(fact, DeploymentKey):
            deployment = self.deployments(at)[fact]
            told = [c.recorded_at for c in known(self.checks, at) if c.deployment == fact]
            stuck = deployment.status == "in_progress" and max([deployment.reported_at, *told]) <= at - STUCK
            healthy = self.health(deployment, at) != "failed"
            return "e" if stuck and healthy and not self.is_given_up(deployment, at) else None
        return self._check(fact, at, is_active, ended_by_same)

    def _contested(self, fact: ContestedReport, at: datetime, is_active: Member, ended_by_same: Member) -> str | None:
        stop = self.named_now(fact.stop)
        if fact not in self.standing_reports(at) or self.is_asked_by_name(stop.check):
            return None
        by_machine = fact.role in (MACHINE, PIPELINE)
        if stop.event_type != "gate_signoff":
            unknown = stop.event_type in DEPLOYED and stop.place not in self.deployments(at)
            had_them_go = not by_machine and ended_by_same(fact.sender, fact.role)
            return "a" if (by_machine or None in stop.parts or unknown) and not had_them_go else None
        if stop.person is None or stop.persona is None or is_active(stop.person, stop.persona):
            return "a" if by_machine else None
        return "b" if not ended_by_same(stop.person, stop.persona) else None

    def _check(self, fact: Check, at: datetime, is_active: Member, ended_by_same: Member) -> str | None:
        alike = (fact.gate, fact.deployment, fact.name, fact.trusted)
        standing = [
            c
            for c in self.counted(self.known_checks(at), at)
            if (c.gate, c.deployment, c.name, c.trusted) == alike and c.status == "fail"
        ]
        if fact.status != "fail" or not standing or self.is_asked_by_name(fact.name):
            return None
        if not fact.trusted:
            own = (standing[0].by, standing[0].role) == (fact.by, fact.role) and fact.role in PERSONAS
            gone = not is_active(fact.by, fact.role) and not ended_by_same(fact.by, fact.role)
            return "c" if own and gone else None
        if fact.gate == "G4":
            return None if self.is_newest(fact.deployment, at) else "d"
        return "d" if self.is_held_no_more(standing[0], at) else None

    def is_asked_by_name(self, name: str | None) -> bool:
        """Whether policy asks for a check by its name, on whichever gate."""
        return any((r.kind, r.subject) == ("check", name) for r in self.requirements)

    def is_newest(self, place: DeploymentKey | None, at: datetime) -> bool:
        """Whether a deployment is the newest to its target, also to a retired one."""
        there = self.newest_first(place.environment, place.target, at) if place else []
        return bool(there) and there[0].place == place

    def is_held_no_more(self, check: Check, at: datetime) -> bool:
        """Whether a later report that passed, of the same part and sender, does not hold this check."""
        builds = known(self.builds, at)
        own = [b for b in builds if b.recorded_at == check.recorded_at]
        return any(
            later.of == build.of and later.passed and check.name not in later.names
            for build in own
            for later in builds
            if later.recorded_at > build.recorded_at and later.observed_at > build.observed_at
        )
