"""The rules of the release gates a second time, as pure functions.

They are written from the specification alone and share no code with the SQL: `tests/test_state_machine.py` lets both
judge the same facts and compares the answers. A function takes the moment that it is asked about. None reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from harness.prove.model_facts import (
    CHECK_STATUSES,
    DECISIONS,
    DEFAULTS,
    ENVIRONMENTS,
    OPEN,
    PERSONAS,
    RANK,
    WAY,
    AnyFact,
    Approval,
    Check,
    Deployment,
    DeploymentKey,
    Evidence,
    Fact,
    Finding,
    GateException,
    Report,
    Requirement,
    Verdict,
)


@dataclass
class Release:
    """A release and every fact about it, in the order in which they were recorded."""

    initiator: str
    target: str
    source_ref: str
    requirements: tuple[Requirement, ...] = DEFAULTS
    checks: list[Check] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    exceptions: list[GateException] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    def revoke(self, exception_id: UUID, at: datetime) -> None:
        """Revoke an exception. It cannot be restored."""
        self.exceptions = [
            replace(e, revoked_at=at) if e.id == exception_id and e.revoked_at is None else e for e in self.exceptions
        ]

    # Deployments

    def deployments(self, at: datetime) -> dict[DeploymentKey, Deployment]:
        """Every deployment known at a moment, with the status that its reports give, in whatever order they came."""
        known = _known(self.reports, at)
        found: dict[DeploymentKey, Deployment] = {}
        for place in {r.place for r in known}:
            own = [r for r in known if r.place == place]
            undone = [
                replace(r, status="rolled_back")
                for r in known
                if r.status == "succeeded" and r.place.environment == place.environment and r.rollback_of == place.ref
            ]
            decisive = max(own + undone, key=lambda r: (RANK[r.status], *_lateness(r)))
            ends = [r for r in own if RANK[r.status] == 1]
            found[place] = Deployment(
                place=place,
                status=decisive.status,
                status_observed_at=decisive.observed_at,
                deployed_at=min(r.deployed_at for r in own),
                source_ref=own[0].source_ref,
                is_rollback=own[0].rollback_of is not None,
                failed=bool(ends) and max(ends, key=_lateness).status == "failed",
                first_recorded_at=own[0].recorded_at,
            )
        return found

    def newest_first(self, environment: str, at: datetime) -> list[Deployment]:
        """The deployments to an environment, without rollbacks, the newest first."""
        forward = [d for d in self.deployments(at).values() if d.place.environment == environment and not d.is_rollback]
        return sorted(forward, key=lambda d: d.age, reverse=True)

    def judged_deployment(self, at: datetime) -> Deployment | None:
        """The deployment that G4 judges: the newest one in the furthest environment that the release has reached."""
        for environment in reversed(ENVIRONMENTS):
            if deployments := self.newest_first(environment, at):
                return deployments[0]
        return None

    def health(self, deployment: Deployment, at: datetime) -> str:
        """A deployment's own health, `g4_status`: pending, passed or failed."""
        checks = [c for c in _known(self.checks, at) if c.deployment == deployment.place]
        latest = _latest_checks(checks)
        trusted = [c for c in latest if c.trusted]
        if deployment.failed or any(c.status == "fail" for c in latest):
            return "failed"
        return "passed" if trusted and all(c.status == "pass" for c in trusted) else "pending"

    def standing_health(self, environment: str, at: datetime) -> str | None:
        """The health of the newest deployment. While it is pending, an earlier failure counts. None if none."""
        healths = [self.health(d, at) for d in self.newest_first(environment, at)]
        if not healths:
            return None
        decided = next((h for h in healths if h != "pending"), "pending")
        return "failed" if decided == "failed" else healths[0]

    def was_eligible(self, deployment: Deployment) -> bool | None:
        """Whether the release might go there when the deployment was first recorded; None for a rollback."""
        if deployment.is_rollback:
            return None
        allowed = self.is_eligible(deployment.place.environment, deployment.first_recorded_at)
        return allowed and deployment.source_ref == self.source_ref

    # Findings

    def findings(self, gate: str, at: datetime) -> list[Finding]:
        """One finding per requirement, and one per persona that objects although no requirement asks for it."""
        needs = [r for r in self.requirements if r.gate == gate]
        found = [Finding(r.kind, r.subject, r.blocking, self._state(r, at)) for r in needs]
        asked_for = {r.subject for r in needs if r.kind == "approval" and r.blocking}
        for persona in PERSONAS:
            objection = _objection(self._decisions(gate, at), persona)
            if objection and persona not in asked_for:
                found.append(Finding("approval", persona, True, objection))
        return found

    def _state(self, need: Requirement, at: datetime) -> str:
        kinds: dict[str, Callable[[Requirement, datetime], str]] = {
            "check": self._check_state,
            "no_failed_checks": self._no_failed_checks_state,
            "approval": self._approval_state,
            "evidence": self._evidence_state,
            "prior_gate": self._prior_gate_state,
            "deployment_health": self._deployment_health_state,
        }
        return kinds[need.kind](need, at)

    def _check_state(self, need: Requirement, at: datetime) -> str:
        latest = [c for c in _latest_checks(self._checks(need.gate, at)) if c.name == need.subject]
        if any(c.status == "fail" for c in latest):
            return "failed"
        return _satisfied(any(c.trusted and c.status == "pass" for c in latest))

    def _no_failed_checks_state(self, need: Requirement, at: datetime) -> str:
        latest = _latest_checks(self._checks(need.gate, at))
        return "failed" if any(c.status == "fail" for c in latest) else "satisfied"

    def _approval_state(self, need: Requirement, at: datetime) -> str:
        decisions = self._decisions(need.gate, at)
        if objection := _objection(decisions, need.subject):
            return objection
        barred: set[str] = set()
        if need.separation_of_duties:
            barred = {self.initiator}
            if need.gate == "G3":
                barred |= {a.approver for a in self._decisions("G2", at) if a.decision == "approved"}
        approvers = {a.approver for a in decisions if a.persona == need.subject and a.decision == "approved"}
        return _satisfied(len(approvers - barred) >= need.min_count)

    def _evidence_state(self, need: Requirement, at: datetime) -> str:
        wanted = (need.subject or "").split("|")
        evidence = self._evidence(need.gate, at)
        if need.gate == "G4":  # without a deployment it is no evidence of health
            evidence = [e for e in evidence if e.deployment is not None]
        return _satisfied(sum(e.type in wanted for e in evidence) >= need.min_count)

    def _prior_gate_state(self, need: Requirement, at: datetime) -> str:
        return _satisfied(self.verdict(str(need.subject), at).status in OPEN)

    def _deployment_health_state(self, _need: Requirement, at: datetime) -> str:
        judged = self.judged_deployment(at)
        health = self.standing_health(judged.place.environment, at) if judged else None
        return "failed" if health == "failed" else _satisfied(health == "passed")

    # Facts of a gate

    def _checks(self, gate: str, at: datetime) -> list[Check]:
        return [c for c in _known(self.checks, at) if c.gate == gate and self._is_of_judged(c, at)]

    def _evidence(self, gate: str, at: datetime) -> list[Evidence]:
        return [
            e
            for e in _known(self.evidence, at)
            if e.gate == gate and (e.deployment is None or self._is_of_judged(e, at))
        ]

    def _is_of_judged(self, fact: Check | Evidence, at: datetime) -> bool:
        """On G4 only the facts of the judged deployment count; the other gates are about no deployment."""
        if fact.gate != "G4":
            return True
        judged = self.judged_deployment(at)
        return judged is not None and fact.deployment == judged.place

    def _decisions(self, gate: str, at: datetime) -> list[Approval]:
        """The current decisions on a gate: the latest of each person in each persona.

        An objection counts from when it was recorded, an approval from when it was given.
        """
        on_gate = [a for a in _known(self.approvals, at) if a.gate == gate]
        return [
            max(
                (a for a in on_gate if (a.approver, a.persona) == key),
                key=lambda a: (
                    a.observed_at if a.decision == "approved" else a.recorded_at,
                    DECISIONS.index(a.decision),
                ),
            )
            for key in sorted({(a.approver, a.persona) for a in on_gate})
        ]

    # Answers

    def verdict(self, gate: str, at: datetime) -> Verdict:
        """The four rules, in their order."""
        findings = [f for f in self.findings(gate, at) if f.blocking]
        missing = [f for f in findings if f.state != "satisfied"]
        if findings and not missing:
            return Verdict("passed")
        excuses = [e for e in self.exceptions if e.active(at) and gate in e.gates and all(e.covers(f) for f in missing)]
        if missing and excuses:
            last = max(e.expires_at for e in excuses)
            return Verdict("bypassed", min(e.id for e in excuses if e.expires_at == last))
        if any(f.state == "failed" for f in missing):
            return Verdict("failed")
        facts = (self._checks(gate, at), self._decisions(gate, at), self._evidence(gate, at))
        return Verdict("in_progress" if any(facts) else "pending")

    def is_eligible(self, target: str, at: datetime) -> bool:
        """Whether the release may enter an environment; nothing excuses a failed staging deployment."""
        if any(self.verdict(gate, at).status not in OPEN for gate in WAY[target]):
            return False
        return target != "production" or self.standing_health("staging", at) != "failed"

    def status(self, at: datetime) -> str:
        """What the newest finished deployment to the target says; failing that, whether there is any fact."""
        finished = [d for d in self.newest_first(self.target, at) if d.status != "in_progress"]
        if finished:
            newest = finished[0]
            if newest.status in ("failed", "rolled_back"):
                return newest.status
            if self.was_eligible(newest):
                return "promoted"
        facts: tuple[Fact, ...] = (*self.checks, *self.approvals, *self.evidence, *self.exceptions, *self.reports)
        return "in_progress" if any(f.recorded_at <= at for f in facts) else "draft"


def _known(facts: Iterable[AnyFact], at: datetime) -> list[AnyFact]:
    return [f for f in facts if f.recorded_at <= at]


def _lateness(report: Report) -> tuple[datetime, bool]:
    return report.observed_at, report.status == "failed"


def _latest_checks(checks: Iterable[Check]) -> list[Check]:
    """The latest of each name and trust class, the worse one in a tie."""
    latest: dict[tuple[str, bool], Check] = {}
    for check in sorted(checks, key=lambda c: (c.observed_at, CHECK_STATUSES.index(c.status))):
        latest[check.name, check.trusted] = check
    return list(latest.values())


def _objection(decisions: Iterable[Approval], persona: str | None) -> str | None:
    """What a persona objects, as a state: a rejection fails, a wish for changes leaves open."""
    given = {a.decision for a in decisions if a.persona == persona}
    if "rejected" in given:
        return "failed"
    return "unsatisfied" if "request_changes" in given else None


def _satisfied(met: bool) -> str:
    return "satisfied" if met else "unsatisfied"
