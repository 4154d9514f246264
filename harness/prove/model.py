"""The rules of the release gates a second time, as pure functions.

They are written from the specification alone and share no code with the SQL: `tests/test_state_machine.py` lets both
judge the same facts and compares the answers. A function takes the moment that it is asked about. None reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Self
from uuid import UUID

from harness.prove.model_decisions import last_of, objection_of
from harness.prove.model_events import can_move
from harness.prove.model_facts import Check, ContestedReport, Deployment, Evidence, Fact, Finding, Requirement, Verdict
from harness.prove.model_record import known
from harness.prove.model_terms import ABOUT_PRODUCTION, DEPLOYED_ARTIFACTS, OPEN, PERSONAS, WAY
from harness.prove.model_ways import WaysOut

Blocker = tuple[str | None, Finding]  # by the gate, if it is about one


class Release(WaysOut):
    """A release: the findings on its gates, their verdicts, and where it may go."""

    def findings(self, gate: str, at: datetime) -> list[Finding]:
        """One finding per requirement, per persona that objects unasked, and per contested report that stands."""
        needs = [r for r in self.requirements if r.gate == gate and r.kind in self._states]
        found = [Finding(r.kind, r.subject, r.blocking, self._states[r.kind](r, at)) for r in needs]
        asked_for = {r.subject for r in needs if r.kind == "approval" and r.blocking}
        for persona in PERSONAS:
            objection = objection_of(self.current_decisions(gate, at), persona)
            if objection and persona not in asked_for:
                found.append(Finding("approval", persona, True, objection))
        if gate == "G1":
            found += self.conflicts(at)
        for report in self.standing_reports(at):
            if self.is_on(gate, report, at):
                found.append(_finding(report))
        return found

    @property
    def _states(self) -> dict[str, Callable[[Requirement, datetime], str]]:
        return {
            "check": self._check_state,
            "no_failed_checks": self._no_failed_checks_state,
            "approval": self._approval_state,
            "evidence": self._evidence_state,
            "prior_gate": self._prior_gate_state,
            "deployment_health": self._deployment_health_state,
        }

    def _check_state(self, need: Requirement, at: datetime) -> str:
        latest = [c for c in self.counted(self._checks(need.gate, at), at) if c.name == need.subject]
        if any(c.status == "fail" for c in latest):
            return "failed"
        passed = {c.deployment for c in latest if c.trusted and c.status == "pass"}
        asked = self.looked_at(at) if need.gate == "G4" else [None]
        return _satisfied(bool(asked) and passed >= {*asked})

    def _no_failed_checks_state(self, need: Requirement, at: datetime) -> str:
        latest = self.counted(self._checks(need.gate, at), at)
        return "failed" if any(c.status == "fail" for c in latest) else "satisfied"

    def _approval_state(self, need: Requirement, at: datetime) -> str:
        decisions = self.current_decisions(need.gate, at)
        if objection := objection_of(decisions, need.subject):
            return objection
        return _satisfied(len(self.counted_approvers(need, at)) >= need.min_count)

    def _evidence_state(self, need: Requirement, at: datetime) -> str:
        if need.gate != "G4":
            return _satisfied(self.pieces(need, at) >= need.min_count)
        places = self.looked_at(at)  # without a deployment it is no evidence of health
        return _satisfied(bool(places) and all(self.pieces(need, at, p) >= need.min_count for p in places))

    def _prior_gate_state(self, need: Requirement, at: datetime) -> str:
        return _satisfied(self.verdict(str(need.subject), at).status in OPEN)

    def _deployment_health_state(self, _need: Requirement, at: datetime) -> str:
        environment = self.reached(at)
        health = self.standing_health(environment, at) if environment else None
        return "failed" if health == "failed" else _satisfied(health == "passed")

    def _checks(self, gate: str, at: datetime) -> list[Check]:
        return [c for c in self.known_checks(at) if c.gate == gate and self._is_looked_at(c, at)]

    def _evidence(self, gate: str, at: datetime) -> list[Evidence]:
        return [
            e
            for e in known(self.evidence, at)
            if e.gate == gate and (e.deployment is None or self._is_looked_at(e, at))
        ]

    def _is_looked_at(self, fact: Check | Evidence, at: datetime) -> bool:
        """On G4 only the facts of the deployments looked at count; the other gates are about no deployment."""
        return fact.gate != "G4" or fact.deployment in self.looked_at(at)

    def verdict(self, gate: str, at: datetime) -> Verdict:
        """The four rules, in their order."""
        findings = [f for f in self.findings(gate, at) if f.blocking]
        missing = [f for f in findings if f.state != "satisfied"]
        if findings and not missing:
            return Verdict("passed")
        excuse = last_of(
            e
            for e in self.exceptions
            if gate in e.gates and self.authorises(e, at) and all(e.covers(f) for f in missing)
        )
        if missing and excuse:
            return Verdict("bypassed", excuse)
        if any(f.state == "failed" for f in missing):
            return Verdict("failed")
        return Verdict("in_progress" if self.has_facts(gate, at) else "pending")

    def has_facts(self, gate: str, at: datetime) -> bool:
        """Whether anything is on record about a gate; what was dismissed is on record too."""
        checks = [c for c in known(self.checks, at) if c.gate == gate and self._is_looked_at(c, at)]
        decisions = [a for a in known(self.approvals, at) if a.scope == gate]
        return bool(checks or decisions or self._evidence(gate, at))

    def is_eligible(self, target: str, at: datetime) -> bool:
        """Whether the release may enter an environment."""
        return not self.blockers(target, at)

    def blockers(self, target: str, at: datetime) -> list[Blocker]:
        """What keeps the release out of an environment."""
        found: list[Blocker] = []
        if self.is_closed(at):
            return [(None, Finding("release_closed", self.close_reason, True, "failed"))]
        for gate in WAY[target]:
            if self.verdict(gate, at).status not in OPEN:
                found += [(gate, f) for f in self.findings(gate, at) if f.blocking and f.state != "satisfied"]
        for gates, open_ in self.beyond_the_gates(target, at):
            if not self.bypass(gates, at):
                found += open_
        return found

    def beyond_the_gates(self, target: str, at: datetime) -> list[tuple[set[str], list[Blocker]]]:
        """What keeps the release out of an environment beside its gates, by the gates of the bypass that covers it."""
        found: list[tuple[set[str], list[Blocker]]] = []
        if target != "dev":
            objections = self.objections_to_the_release(at) + self.contested_objections_to_the_release(at)
            found.append(({"G1", "G2", "G3"}, [(None, f) for f in objections]))
        if target == "production":
            found.append(({"G4"}, [("G4", f) for f in self.failures_in_staging(at)]))
            found.append(({"G3"}, [("G3", f) for f in self.policy_on_production(at) if f.blocking]))
        return found

    def advice(self, target: str, at: datetime) -> list[Finding]:
        """What is said beside the blockers and keeps nobody out."""
        found: list[Finding] = []
        if can_move(self.source_ref):
            found.append(Finding("moving_ref", self.source_ref, False, "failed"))
        if target == "production":
            found += [f for f in self.policy_on_production(at) if not f.blocking]
            asked = any(r.kind == "objected_elsewhere" for r in self.requirements)
            if not asked and self.is_objected_elsewhere(at):
                found.append(Finding("objected_elsewhere", None, False, "failed"))
        for environment, region in sorted({d.place.where for d in self.ordinary(at)}):
            newest = self.newest_first(environment, region, at)[0]
            if newest.rollback_of is not None:
                found.append(Finding("rollback_to_unknown", newest.place.ref, False, "failed"))
            failed = self.health_there(environment, region, at) == "failed"
            if failed and self.is_retired(environment, region, at):
                found.append(Finding("retired_failed", region, False, "failed"))
        return found + self.doubts(at)

    def doubts(self, at: datetime) -> list[Finding]:
        """The rollbacks that are the last thing deployed to a target, and did not succeed or are not healthy.

        Those that count as deployments are no doubt: all rules look at them.
        """
        counted = self.ordinary(at)
        there = [d for d in self.deployments(at).values() if not self.is_given_up(d, at)]
        last = [max((d for d in there if d.place.where == where), key=lambda d: d.age)
                for where in sorted({d.place.where for d in there})]  # fmt: skip
        states = [(d, "failed" if self.health(d, at) == "failed" else "unsatisfied") for d in last if d not in counted]
        return [
            Finding("deployment_health", d.place.ref, False, state)
            for d, state in states
            if state == "failed" or d.ended is None
        ]

    def policy_on_production(self, at: datetime) -> list[Finding]:
        """What policy asks about production beside the gates and is not so."""
        health = self.standing_health("staging", at)
        open_ = {
            "environment_healthy": {"passed": None, "failed": "failed"}.get(str(health), "unsatisfied"),
            "objected_elsewhere": "failed" if self.is_objected_elsewhere(at) else None,
        }
        needs = [r for r in self.requirements if r.kind in ABOUT_PRODUCTION]
        return [Finding(r.kind, r.subject, r.blocking, state) for r in needs if (state := open_[r.kind])]

    def is_objected_elsewhere(self, at: datetime) -> bool:
        """Whether a rejection, a failed trusted check or a refused stop of another release of this commit stands."""
        return any(other.stops(at) for other in self.others if other.source_ref == self.source_ref)

    def stops(self, at: datetime) -> bool:
        """Whether anything stands against the commit of this release: what another release of it is told."""
        failed = [
            c
            for c in self.counted(self.known_checks(at), at)
            if c.trusted and c.status == "fail" and (c.deployment is None or self.is_still_looked_at(c.deployment, at))
        ]
        return bool(failed) or self.rejects(at) or bool(self.standing_reports(at))

    def failures_in_staging(self, at: datetime) -> list[Finding]:
        """That the newest staging deployment failed, and what refused reports say of it."""
        failed = self.standing_health("staging", at) == "failed"
        found = [Finding("deployment_health", "staging", True, "failed")] if failed else []
        return found + [_finding(r) for r in self.standing_reports(at) if self.says_staging_failed(r)]

    def contested_objections_to_the_release(self, at: datetime) -> list[Finding]:
        """The refused objections whose gate could not be read."""
        return [_finding(r) for r in self.standing_reports(at) if r.stop.gate is None]

    def was_eligible(self, deployment: Deployment) -> bool | None:
        """Whether the release might go there each time that it was judged; None for a rollback, and if it never was."""
        blockers = self.blockers_at_deploy(deployment)
        return None if blockers is None else not blockers

    def blockers_at_deploy(self, deployment: Deployment) -> list[Blocker] | None:
        """What kept the release out the first time that it was judged and was not eligible; None if it never was."""
        judged = self.judgements_of(deployment)
        return judged[max(judged)] if judged else None

    def judgements_of(self, deployment: Deployment) -> dict[datetime, list[Blocker]]:
        """What kept the release out each time that it was judged: after the first blockers it is judged no more."""
        found: dict[datetime, list[Blocker]] = {}
        if deployment.is_rollback:
            return found
        for moment in deployment.judged_at:
            then = self.while_recorded(moment)
            found[moment] = then.blockers(deployment.place.environment, moment) + then.blockers_of(deployment, moment)
            if found[moment]:
                break
        return found

    def while_recorded(self, at: datetime) -> Self:
        """The release while the event of a moment is recorded: what that event corrects still stands."""
        before = [a for a in self.accepted if a.recorded_at < at]
        return replace(self, accepted=before) if self.contested and len(before) < len(self.accepted) else self

    def blockers_of(self, deployment: Deployment, at: datetime) -> list[Blocker]:
        """What about a deployment itself keeps the release out: its commit, its artifacts."""
        found: list[Blocker] = []
        if deployment.source_ref != self.source_ref:
            found.append((None, Finding("source_ref_mismatch", self.source_ref, True, "failed")))
        if outside := self.outside_the_set(deployment.artifacts, at):
            found.append((None, Finding("artifact_mismatch", min(outside)[0], True, "failed")))
        if self.names_too_little(deployment, at) and not self.bypass({"G3"}, at):
            found.append(("G3", Finding(DEPLOYED_ARTIFACTS, None, True, "unsatisfied")))
        return found

    def names_too_little(self, deployment: Deployment, at: datetime) -> bool:
        """Whether a deployment to production names no artifacts although policy asks for those of a set on record."""
        asked = any(r.kind == DEPLOYED_ARTIFACTS and r.blocking for r in self.requirements)
        there = deployment.place.environment == "production"
        return asked and there and not deployment.artifacts and bool(self.artifacts(at))

    def excepted_by(self, deployment: Deployment) -> set[UUID] | None:
        """The exceptions that a deployment needed each time that it was judged; None if it never was."""
        judged = self.judgements_of(deployment)
        if not judged:
            return None
        found = {id_ for m in judged for id_ in self.while_recorded(m).excused_by(deployment.place.environment, m)}
        covered = (self.bypass({"G3"}, m) for m in judged if self.names_too_little(deployment, m))
        return found | {id_ for id_ in covered if id_}

    def excused_by(self, target: str, at: datetime) -> set[UUID]:
        """The exceptions without which a release might not enter an environment; none of a closed one."""
        if self.is_closed(at):
            return set()
        verdicts = [self.verdict(gate, at) for gate in WAY[target]]
        bypassing = [self.bypass(gates, at) for gates, open_ in self.beyond_the_gates(target, at) if open_]
        return {id_ for id_ in [*(v.exception_id for v in verdicts), *bypassing] if id_}

    def status(self, at: datetime) -> str:
        """What the newest finished deployments to its targets say; failing that, whether there is any fact."""
        if status := self.status_by_deployments(at):
            return status
        facts: tuple[Fact, ...] = (*self.checks, *self.approvals, *self.evidence, *self.exceptions, *self.reports)
        return "in_progress" if any(f.recorded_at <= at for f in facts) else "draft"


def _finding(report: ContestedReport) -> Finding:
    return Finding("contested_report", report.stop.subject, True, "failed")


def _satisfied(met: bool) -> str:
    return "satisfied" if met else "unsatisfied"
