"""The ways out: what may be dismissed, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from harness.prove.model_contested import Contested
from harness.prove.model_deployments import latest_checks
from harness.prove.model_events import MACHINE, PIPELINE
from harness.prove.model_facts import PERSONAS, Approval, Check, ContestedReport, DeploymentKey, Dismissal
from harness.prove.model_record import known

STUCK = timedelta(hours=24)  # so long a deployment is in progress without a report before it may be given up

Member = Callable[[str, str], bool]  # about a person in a role


class WaysOut(Contested):
    """A release, by what of it may be set aside."""

    def dismiss(
        self, fact: Approval | Check | ContestedReport | DeploymentKey, why: str, by: str, at: datetime
    ) -> None:
        """Set a fact aside."""
        self.dismissals.append(Dismissal(fact, why, by, at))

    def may_dismiss(self, person: str) -> bool:
        """Whether somebody neither opened the release nor ever approved anything of it."""
        approved = {a.approver for a in self.approvals if a.decision == "approved"}
        return person not in {self.initiator} | approved | {e.approver for e in self.exceptions}

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
            stands = fact.decision != "approved" and fact in self.current_decisions(fact.scope, at)
            return "b" if stands and gone else None
        if isinstance(fact, DeploymentKey):
            deployment = self.deployments(at)[fact]
            stuck = deployment.status == "in_progress" and deployment.reported_at <= at - STUCK
            return "e" if stuck and not self.is_given_up(deployment, at) else None
        return self._check(fact, at, is_active)

    def _contested(self, fact: ContestedReport, at: datetime, is_active: Member, ended_by_same: Member) -> str | None:
        stop = self.named_now(fact.stop)
        if fact not in self.standing_reports(at) or self.is_asked_by_name(stop.gate, stop.check):
            return None
        person, persona = stop.person or "", stop.persona or ""
        if stop.event_type == "gate_signoff" and ended_by_same(person, persona):
            return None
        if fact.role in (MACHINE, PIPELINE) or (stop.event_type != "gate_signoff" and stop.check is None):
            return "a"
        return "b" if stop.event_type == "gate_signoff" and not is_active(person, persona) else None

    def _check(self, fact: Check, at: datetime, is_active: Member) -> str | None:
        stands = fact.status == "fail" and fact in latest_checks(self.known_checks(at))
        if not stands or self.is_asked_by_name(fact.gate, fact.name):
            return None
        if not fact.trusted:
            return "c" if fact.role in PERSONAS and not is_active(fact.by, fact.role) else None
        if fact.gate == "G4":
            return "d" if not self.is_newest(fact.deployment, at) else None
        return "d" if self.is_held_no_more(fact, at) else None

    def is_asked_by_name(self, gate: str | None, name: str | None) -> bool:
        """Whether policy asks for a check by its name."""
        return any((r.kind, r.gate, r.subject) == ("check", gate, name) for r in self.requirements)

    def is_newest(self, place: DeploymentKey | None, at: datetime) -> bool:
        """Whether a deployment is the newest to its target, and looked at there."""
        if place is None or place.target not in self.targets(place.environment, at):
            return False
        return self.newest_first(place.environment, place.target, at)[0].place == place

    def is_held_no_more(self, check: Check, at: datetime) -> bool:
        """Whether a later report of that build that passed, of the same part and sender, does not hold this check."""
        builds = known(self.builds, at)
        own = [b for b in builds if b.recorded_at == check.recorded_at]
        return any(
            later.of == build.of and later.passed and check.name not in later.names
            for build in own
            for later in builds
            if later.recorded_at > build.recorded_at and later.observed_at > build.observed_at
        )
