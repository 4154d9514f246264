"""The rules of the release gates a second time, as pure functions.

They are written from the specification alone and share no code with the SQL: `tests/test_state_machine.py` lets both
judge the same facts and compares the answers. A function takes the moment that it is asked about. None reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from harness.prove.model_contested import Contested
from harness.prove.model_decisions import is_asked_for, objection_of
from harness.prove.model_deployments import latest_checks
from harness.prove.model_facts import (
    OPEN,
    PERSONAS,
    WAY,
    Check,
    ContestedReport,
    Deployment,
    Evidence,
    Fact,
    Finding,
    Requirement,
    Verdict,
)
from harness.prove.model_record import known

Blocker = tuple[str | None, Finding]  # by the gate, if it is about one


class Release(Contested):
    """A release: the findings on its gates, their verdicts, and where it may go."""

    def findings(self, gate: str, at: datetime) -> list[Finding]:
        """One finding per requirement, per persona that objects unasked, and per contested report that stands."""
        needs = [r for r in self.requirements if r.gate == gate]
        found = [Finding(r.kind, r.subject, r.blocking, self._state(r, at)) for r in needs]
        asked_for = {r.subject for r in needs if r.kind == "approval" and r.blocking}
        for persona in PERSONAS:
            objection = objection_of(self.current_decisions(gate, at), persona)
            if objection and persona not in asked_for:
                found.append(Finding("approval", persona, True, objection))
        for report in self.standing_reports(at):
            if self.is_on(gate, report, at):
                found.append(_finding(report))
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
        latest = [c for c in latest_checks(self._checks(need.gate, at)) if c.name == need.subject]
        if any(c.status == "fail" for c in latest):
            return "failed"
        return _satisfied(any(c.trusted and c.status == "pass" for c in latest))

    def _no_failed_checks_state(self, need: Requirement, at: datetime) -> str:
        latest = latest_checks(self._checks(need.gate, at))
        return "failed" if any(c.status == "fail" for c in latest) else "satisfied"

    def _approval_state(self, need: Requirement, at: datetime) -> str:
        decisions = self.current_decisions(need.gate, at)
        if objection := objection_of(decisions, need.subject):
            return objection
        barred: set[str] = set()
        if need.separation_of_duties:
            barred = {self.initiator}
            if need.gate == "G3":
                barred |= self.approvers_of_g2(at)
        approvers = {a.approver for a in decisions if is_asked_for(need, a) and self.counts(need, a, at)}
        return _satisfied(len(approvers - barred) >= need.min_count)

    def _evidence_state(self, need: Requirement, at: datetime) -> str:
        evidence = [e for e in self._evidence(need.gate, at) if self.counts(need, e, at)]
        if need.gate == "G4":  # without a deployment it is no evidence of health
            evidence = [e for e in evidence if e.deployment is not None]
        return _satisfied(sum(is_asked_for(need, e) for e in evidence) >= need.min_count)

    def _prior_gate_state(self, need: Requirement, at: datetime) -> str:
        return _satisfied(self.verdict(str(need.subject), at).status in OPEN)

    def _deployment_health_state(self, _need: Requirement, at: datetime) -> str:
        judged = self.judged_deployment(at)
        health = self.standing_health(judged.place.environment, at) if judged else None
        return "failed" if health == "failed" else _satisfied(health == "passed")

    # Facts of a gate

    def _checks(self, gate: str, at: datetime) -> list[Check]:
        return [c for c in known(self.checks, at) if c.gate == gate and self._is_of_judged(c, at)]

    def _evidence(self, gate: str, at: datetime) -> list[Evidence]:
        return [
            e
            for e in known(self.evidence, at)
            if e.gate == gate and (e.deployment is None or self._is_of_judged(e, at))
        ]

    def _is_of_judged(self, fact: Check | Evidence, at: datetime) -> bool:
        """On G4 only the facts of the judged deployment count; the other gates are about no deployment."""
        if fact.gate != "G4":
            return True
        judged = self.judged_deployment(at)
        return judged is not None and fact.deployment == judged.place

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
        facts = (self._checks(gate, at), self.current_decisions(gate, at), self._evidence(gate, at))
        return Verdict("in_progress" if any(facts) else "pending")

    def is_eligible(self, target: str, at: datetime) -> bool:
        """Whether the release may enter an environment."""
        return not self.blockers(target, at)

    def blockers(self, target: str, at: datetime) -> list[Blocker]:
        """What keeps the release out of an environment."""
        found: list[Blocker] = []
        for gate in WAY[target]:
            if self.verdict(gate, at).status not in OPEN:
                found += [(gate, f) for f in self.findings(gate, at) if f.blocking and f.state != "satisfied"]
        if target == "production" and not self.bypasses({"G4"}, at):
            found += [("G4", f) for f in self.failures_in_staging(at)]
        if target != "dev" and not self.bypasses({"G1", "G2", "G3"}, at):
            found += [(None, f) for f in self.objections_to_the_release(at)]
        return found

    def failures_in_staging(self, at: datetime) -> list[Finding]:
        """That the newest staging deployment failed, and what refused reports say of it."""
        failed = self.standing_health("staging", at) == "failed"
        found = [Finding("deployment_health", "staging", True, "failed")] if failed else []
        return found + [_finding(r) for r in self.standing_reports(at) if self.says_staging_failed(r)]

    def objections_to_the_release(self, at: datetime) -> list[Finding]:
        """The refused objections whose gate could not be read."""
        return [_finding(r) for r in self.standing_reports(at) if r.stop.gate is None]

    def was_eligible(self, deployment: Deployment) -> bool | None:
        """Whether the release might go there each time that it was judged; None for a rollback, and if it never was."""
        blockers = self.blockers_at_deploy(deployment)
        return None if blockers is None else not blockers

    def blockers_at_deploy(self, deployment: Deployment) -> list[Blocker] | None:
        """What kept the release out the first time that it was judged and was not eligible; None if it never was."""
        if deployment.is_rollback or not deployment.judged_at:
            return None
        other = Finding("source_ref_mismatch", self.source_ref, True, "failed")
        found: list[Blocker] = [] if deployment.source_ref == self.source_ref else [(None, other)]
        environment = deployment.place.environment
        return next((b for b in (self.blockers(environment, m) + found for m in deployment.judged_at) if b), [])

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


def _finding(report: ContestedReport) -> Finding:
    return Finding("contested_report", report.stop.subject, True, "failed")


def _satisfied(met: bool) -> str:
    return "satisfied" if met else "unsatisfied"
