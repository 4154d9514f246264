"""The rules of the release gates a second time, as pure functions.

They are written from the specification alone and share no code with the SQL: `tests/test_state_machine.py` lets both
judge the same facts and compares the answers. A function takes the moment that it is asked about. None reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from harness.prove.model_events import Submitted, facts_in, is_sent_again, key_in
from harness.prove.model_facts import (
    CHECK_STATUSES,
    DECISIONS,
    DEFAULTS,
    ENVIRONMENTS,
    OPEN,
    PERSONAS,
    RANK,
    WAY,
    Accepted,
    AnyFact,
    Approval,
    Check,
    ContestedReport,
    Deployment,
    DeploymentKey,
    Evidence,
    Fact,
    Finding,
    GateException,
    Report,
    Requirement,
    Stop,
    Verdict,
    subject_of,
)

Blocker = tuple[str | None, Finding]  # by the gate, if it is about one

# Of two observations that are no further apart, nobody knows which was first: the network delays events by seconds.
CLOSE = timedelta(minutes=1)


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
    accepted: list[Accepted] = field(default_factory=list)
    contested: list[ContestedReport] = field(default_factory=list)
    members: Mapping[str, str] = field(default_factory=dict)  # subjects by each of their names, in lower case

    def revoke(self, exception_id: UUID, at: datetime) -> None:
        """Revoke an exception. It cannot be restored."""
        self.exceptions = [
            replace(e, revoked_at=at) if e.id == exception_id and e.revoked_at is None else e for e in self.exceptions
        ]

    def take(self, event: Submitted) -> None:
        """Record the facts of an event that was accepted."""
        for fact in facts_in(event):
            if isinstance(fact, Check):
                self.checks.append(fact)
            elif isinstance(fact, Approval):
                self.approvals.append(fact)
            elif isinstance(fact, Evidence):
                self.evidence.append(fact)
            else:
                self.reports.append(fact)
        key = str(key_in(event.envelope))
        kind, name = event.envelope["event_type"], event.envelope["payload"].get("approver_id")
        person = event.to.resolve(name) if kind == "gate_signoff" else None
        times = event.observed_at, event.recorded_at
        self.accepted.append(Accepted(kind, key, event.content, *times, event.sender.subject, person))

    def turn_down(self, event: Submitted) -> list[ContestedReport]:
        """Let the stops of an event stand that was refused; the reports that arise."""
        arising = [r for r in event.reports if self.arises(r)]
        self.contested += arising
        return arising

    def boundaries(self) -> list[datetime]:
        """The moments at which an answer can change although nothing is recorded, in order."""
        found = {b for e in self.exceptions for b in e.boundaries}
        for need in self.requirements:
            lived: list[Approval | Evidence] = [a for a in self.approvals if is_asked_for(need, a)]
            lived += [e for e in self.evidence if is_asked_for(need, e)]
            found |= {end for end in map(need.end, lived) if end is not None}
        return sorted(found)

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
            decisive = max(own + undone, key=_standing)
            first = self.first_report(own)
            ends = [r for r in own if RANK[r.status] == 1]
            found[place] = Deployment(
                place=place,
                status=decisive.status,
                status_observed_at=decisive.observed_at,
                deployed_at=first.deployed_at,
                deployed_by=first.deployed_by,
                source_ref=first.source_ref,
                is_rollback=first.rollback_of is not None,
                failed=bool(ends) and max(ends, key=_lateness).status == "failed",
                judged_at=tuple(self.judgements(own + undone)),
            )
        return found

    def first_report(self, reports: Iterable[Report]) -> Report:
        """The report that says when and by whom a deployment was made: the first one that was observed."""
        return min(reports, key=lambda r: (r.observed_at, r.deployed_at, r.deployed_by))

    def judgements(self, reports: Iterable[Report]) -> Iterable[datetime]:
        """When a deployment was judged: at its first report, and whenever a report moved its status to succeeded."""
        before: Report | None = None
        for report in sorted(reports, key=lambda r: r.recorded_at):
            decisive = report if before is None else max(before, report, key=_standing)
            if before is None:
                judged = report.status in ("in_progress", "succeeded")
            else:
                judged = decisive.status == "succeeded" != before.status
            if judged:
                yield report.recorded_at
            before = decisive

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
        latest = self._health_checks(deployment, at)
        trusted = [c for c in latest if c.trusted]
        if deployment.failed or any(c.status == "fail" for c in latest):
            return "failed"
        return "passed" if trusted and all(c.status == "pass" for c in trusted) else "pending"

    def _health_checks(self, deployment: Deployment, at: datetime) -> list[Check]:
        return _latest_checks(c for c in _known(self.checks, at) if c.deployment == deployment.place)

    def standing_health(self, environment: str, at: datetime) -> str | None:
        """The health of the newest deployment. While it is pending, an earlier failure counts. None if none."""
        healths = [self.health(d, at) for d in self.newest_first(environment, at)]
        if not healths:
            return None
        decided = next((h for h in healths if h != "pending"), "pending")
        return "failed" if decided == "failed" else healths[0]

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

    # Findings

    def findings(self, gate: str, at: datetime) -> list[Finding]:
        """One finding per requirement, per persona that objects unasked, and per contested report that stands."""
        needs = [r for r in self.requirements if r.gate == gate]
        found = [Finding(r.kind, r.subject, r.blocking, self._state(r, at)) for r in needs]
        asked_for = {r.subject for r in needs if r.kind == "approval" and r.blocking}
        for persona in PERSONAS:
            objection = _objection(self.current_decisions(gate, at), persona)
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
        latest = [c for c in _latest_checks(self._checks(need.gate, at)) if c.name == need.subject]
        if any(c.status == "fail" for c in latest):
            return "failed"
        return _satisfied(any(c.trusted and c.status == "pass" for c in latest))

    def _no_failed_checks_state(self, need: Requirement, at: datetime) -> str:
        latest = _latest_checks(self._checks(need.gate, at))
        return "failed" if any(c.status == "fail" for c in latest) else "satisfied"

    def _approval_state(self, need: Requirement, at: datetime) -> str:
        decisions = self.current_decisions(need.gate, at)
        if objection := _objection(decisions, need.subject):
            return objection
        barred: set[str] = set()
        if need.separation_of_duties:
            barred = {self.initiator}
            if need.gate == "G3":
                barred |= self.approvers_of_g2(at)
        approvers = {a.approver for a in decisions if is_asked_for(need, a) and self.counts(need, a, at)}
        return _satisfied(len(approvers - barred) >= need.min_count)

    def approvers_of_g2(self, at: datetime) -> set[str]:
        """Who may not approve G3: whose decision on G2 is an approval, also one that does not count any more."""
        return {a.approver for a in self.current_decisions("G2", at) if a.decision == "approved"}

    def counts(self, need: Requirement, fact: Approval | Evidence, at: datetime) -> bool:
        """Whether an approval or evidence still counts for a need."""
        return need.counts(fact, at)

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

    def current_decisions(self, gate: str, at: datetime) -> list[Approval]:
        """The current decisions on a gate: the latest of each person in each persona; in a tie the worse one."""
        on_gate = [a for a in _known(self.approvals, at) if a.gate == gate]
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

    # Contested reports

    def arises(self, report: ContestedReport) -> bool:
        """Whether a refused stop is to stand: no fact and no other report says as much, or more that is newer."""
        return not (self.is_on_record(report) or self.is_contested(report) or self.is_superseded(report))

    def is_on_record(self, report: ContestedReport) -> bool:
        """Whether the newest fact of what a stop is about is a stop that was observed no earlier.

        Never for a decision: an objection counts from when it was recorded.
        """
        observations = self.observations_of(report.stop, report.recorded_at)
        seen, stops = max(observations, default=(report.observed_at, False))  # a tie goes to the stop
        return stops and seen >= report.observed_at

    def is_contested(self, report: ContestedReport) -> bool:
        """Whether the same stop stands under the same key: observed no earlier, or when received with that content."""
        return any(
            (r.stop, r.key) == (report.stop, report.key)
            and (r.observed_at >= report.observed_at or (not report.timed and r.content == report.content))
            for r in self.standing_reports(report.recorded_at)
        )

    def is_superseded(self, report: ContestedReport) -> bool:
        """Whether an observation is on record that would heal the stop and is newer by a minute.

        The network delays events by seconds: what is not newer by a minute may have been seen before.
        Never for a decision: an objection counts from when it was recorded.
        """
        at, sure = report.recorded_at, report.observed_at + CLOSE
        if any(seen > sure and not stops for seen, stops in self.observations_of(report.stop, at)):
            return True
        later = self.later_and_healthy(replace(report, observed_at=sure), at)
        return bool(self.newer_and_healthy(report, at)) or any(
            c.trusted and c.observed_at > sure for d in later for c in self._health_checks(d, at)
        )

    def observations_of(self, stop: Stop, at: datetime) -> list[tuple[datetime, bool]]:
        """When machines observed what a stop is about, and whether each observation is a stop; none of a decision."""
        checks = [(c.observed_at, c.status == "fail") for c in self.checks_of(stop, at) if c.trusted]
        reports = [r for r in self.reports_of(stop, at) if r.status in ("succeeded", "failed")]
        return checks + [(r.observed_at, r.status == "failed") for r in reports]

    def named_now(self, stop: Stop) -> Stop:
        """A stop with the subject of its person, who may have become a member since it was refused."""
        return stop if stop.person is None else replace(stop, person=subject_of(stop.person, self.members))

    def standing_reports(self, at: datetime) -> list[ContestedReport]:
        """The contested reports that stand at a moment."""
        return [r for r in _known(self.contested, at) if not self.has_ended(r, at)]

    def has_ended(self, report: ContestedReport, at: datetime) -> bool:
        """Whether something recorded after a contested report has ended it."""
        ends = (
            self.ended_by_content,
            self.ended_by_key,
            self.ended_by_check,
            self.ended_by_decision,
            self.ended_by_success,
            self.ended_by_newer_deployment,
        )
        return any(ended(report, at) for ended in ends)

    def ended_by_content(self, report: ContestedReport, at: datetime) -> bool:
        """The same content was accepted, under whatever key, and was not observed earlier by more than a minute."""
        return any(
            a.content == report.content and a.observed_at >= report.observed_at - CLOSE
            for a in _after(report, self.accepted, at)
        )

    def ended_by_key(self, report: ContestedReport, at: datetime) -> bool:
        """What it is about cannot be read, and its sender corrected it: by its type, its key or a later attempt.

        Where it names a person, the correction names the same.
        """
        stop = self.named_now(report.stop)
        return None in stop.parts and any(
            (a.event_type, a.sender) == (stop.event_type, report.sender)
            and stop.person in (None, a.person)
            and is_sent_again(report.key, a.key)
            for a in _after(report, self.accepted, at)
        )

    def ended_by_check(self, report: ContestedReport, at: datetime) -> bool:
        """A trusted check of that name, there, did not fail, and was observed later."""
        return any(
            c.trusted and c.status != "fail" and c.observed_at > report.observed_at
            for c in _after(report, self.checks_of(report.stop, at), at)
        )

    def ended_by_decision(self, report: ContestedReport, at: datetime) -> bool:
        """The same person approved since in that persona, or objected: that objection stands itself.

        A decision on the release as a whole stops nothing. So only an approval ends an objection to the whole.
        """
        stop = self.named_now(report.stop)
        if stop.event_type != "gate_signoff" or stop.person is None or stop.persona is None:
            return False
        return any(
            a.observed_at > report.recorded_at if a.decision == "approved" else stop.gate is not None
            for a in _after(report, self.approvals, at)
            if (a.gate, a.approver, a.persona) == (stop.gate, stop.person, stop.persona)
        )

    def ended_by_success(self, report: ContestedReport, at: datetime) -> bool:
        """That deployment was reported to have succeeded, and this was observed later."""
        return any(
            r.status == "succeeded" and r.observed_at > report.observed_at
            for r in _after(report, self.reports_of(report.stop, at), at)
        )

    def ended_by_newer_deployment(self, report: ContestedReport, at: datetime) -> bool:
        """A newer deployment in that environment was healthy at some moment since: what has ended stays ended."""
        recorded = {*(c.recorded_at for c in self.checks), *(r.recorded_at for r in self.reports)}
        moments = [moment for moment in recorded if report.recorded_at < moment <= at]
        return any(self.is_cleared(report, moment) for moment in moments)

    def is_cleared(self, report: ContestedReport, at: datetime) -> bool:
        """A newer deployment in that environment is healthy, as it would clear the fact.

        Also one that was made after the report was observed, by checks that were recorded since: whether or not its own
        deployment is on record, so that nothing begins to stand again when that is reported late.
        """
        return bool(self.newer_and_healthy(report, at)) or any(
            c.trusted and c.recorded_at > report.recorded_at
            for d in self.later_and_healthy(report, at)
            for c in self._health_checks(d, at)
        )

    def own_deployment(self, report: ContestedReport, at: datetime) -> Deployment | None:
        """The deployment that a report is about, if that is on record. None for a rollback: nothing is newer."""
        there = self.newest_first(report.stop.environment, at) if report.stop.environment else []
        return next((d for d in there if d.place == report.stop.place), None)

    def newer_and_healthy(self, report: ContestedReport, at: datetime) -> list[Deployment]:
        """The healthy deployments that are newer than the one that a report is about, if that is on record."""
        own = self.own_deployment(report, at)
        return [d for d in self.healthy_where(report, at) if own and d.age > own.age]

    def later_and_healthy(self, report: ContestedReport, at: datetime) -> list[Deployment]:
        """The healthy deployments that were made after a report was observed, other than the one that it is about."""
        return [
            d
            for d in self.healthy_where(report, at)
            if d.deployed_at > report.observed_at and d.place != report.stop.place
        ]

    def healthy_where(self, report: ContestedReport, at: datetime) -> list[Deployment]:
        """The healthy deployments in the environment of a report; none for a check without a name, no rollback."""
        stop = report.stop
        if stop.environment is None or stop.event_type not in ("deployment_event", "health_check"):
            return []
        if stop.event_type == "health_check" and stop.check is None:
            return []
        return [d for d in self.newest_first(stop.environment, at) if self.health(d, at) == "passed"]

    def is_on(self, gate: str, report: ContestedReport, at: datetime) -> bool:
        """Whether a report fails a gate: on G4 if its environment is the furthest that was reached, or beyond."""
        stop = report.stop
        if stop.gate != gate or gate != "G4" or stop.event_type == "gate_signoff" or stop.environment is None:
            return stop.gate == gate
        judged = self.judged_deployment(at)
        return judged is None or ENVIRONMENTS.index(stop.environment) >= ENVIRONMENTS.index(judged.place.environment)

    def says_staging_failed(self, report: ContestedReport) -> bool:
        """Whether a report is about a deployment to staging, or to an environment that cannot be read."""
        return report.stop.event_type in ("deployment_event", "health_check") and report.stop.environment in (
            None,
            "staging",
        )

    def checks_of(self, stop: Stop, at: datetime) -> list[Check]:
        """The checks that a stop is one of."""
        if stop.event_type not in ("build_complete", "health_check") or stop.check is None:
            return []
        own = [c for c in _known(self.checks, at) if (c.gate, c.name) == (stop.gate, stop.check)]
        return (
            own
            if stop.event_type == "build_complete"
            else [c for c in own if stop.place and c.deployment == stop.place]
        )

    def reports_of(self, stop: Stop, at: datetime) -> list[Report]:
        """The reports of the deployment that a failure is of."""
        if stop.event_type != "deployment_event" or stop.place is None:
            return []
        return [r for r in _known(self.reports, at) if r.place == stop.place]

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

    def bypasses(self, gates: set[str], at: datetime) -> bool:
        """Whether one bypass that names all these gates is active."""
        return any(e.type == "gate_bypass" and e.active(at) and gates <= e.gates for e in self.exceptions)

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


def is_asked_for(need: Requirement, fact: Approval | Evidence) -> bool:
    """Whether a need is about such a fact: an approval in that persona, evidence of one of those types."""
    if fact.gate != need.gate:
        return False
    if isinstance(fact, Evidence):
        return need.kind == "evidence" and fact.type in str(need.subject).split("|")
    return need.kind == "approval" and (fact.persona, fact.decision) == (need.subject, "approved")


def _known(facts: Iterable[AnyFact], at: datetime) -> list[AnyFact]:
    return [f for f in facts if f.recorded_at <= at]


def _finding(report: ContestedReport) -> Finding:
    return Finding("contested_report", report.stop.subject, True, "failed")


def _after(report: ContestedReport, facts: Iterable[AnyFact], at: datetime) -> list[AnyFact]:
    return [f for f in _known(facts, at) if f.recorded_at > report.recorded_at]


def _lateness(report: Report) -> tuple[datetime, bool]:
    return report.observed_at, report.status == "failed"


def _standing(report: Report) -> tuple[int, datetime, bool]:
    return RANK[report.status], *_lateness(report)


def _check_lateness(check: Check) -> tuple[datetime, int]:
    return check.observed_at, CHECK_STATUSES.index(check.status)


def _latest_checks(checks: Iterable[Check]) -> list[Check]:
    """The latest of each name and trust class, the worse one in a tie."""
    latest: dict[tuple[str, bool], Check] = {}
    for check in sorted(checks, key=_check_lateness):
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
