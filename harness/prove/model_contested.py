"""The rules on contested reports: when one arises, where it stands, and what ends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from harness.prove.model_deployments import Deployments
from harness.prove.model_events import Submitted
from harness.prove.model_facts import Accepted, AnyFact, Approval, Check, ContestedReport, Deployment, Report, Stop
from harness.prove.model_keys import is_same_key, is_sent_again
from harness.prove.model_record import known
from harness.prove.model_terms import ENVIRONMENTS

# Of two observations that are no further apart, nobody knows which was first: the network delays events by seconds.
CLOSE = timedelta(minutes=1)
DEPLOYED = ("deployment_event", "health_check")  # the types that are about a deployment


class Contested(Deployments):
    """A release, by what was refused about it and stands."""

    def turn_down(self, event: Submitted) -> list[ContestedReport]:
        """Let the stops of an event stand that was refused; the reports that arise."""
        arising = [r for r in event.reports if self.arises(r)]
        self.contested += arising
        return arising

    def arises(self, report: ContestedReport) -> bool:
        """Whether a refused stop is to stand: no fact and no other report says as much, or more that is newer."""
        return not (self.is_on_record(report) or self.is_contested(report) or self.is_superseded(report))

    def is_on_record(self, report: ContestedReport) -> bool:
        """Whether the newest fact of what a stop is about is a stop that was observed no earlier.

        Never for a decision: an objection counts from when it was recorded.
        """
        at = report.recorded_at
        checks = self.counted([c for c in self.checks_of(report.stop, at) if not self.is_set_aside(c, at)], at)
        ends = [r for r in self.reports_of(report.stop, at) if r.status == "failed" or self.is_success(r, at)]
        seen, stops = max(((r.observed_at, r.status == "failed") for r in ends), default=(report.observed_at, False))
        return any(c.trusted and c.status == "fail" and c.observed_at >= report.observed_at for c in checks) or (
            stops and seen >= report.observed_at  # a tie goes to the stop
        )

    def is_contested(self, report: ContestedReport) -> bool:
        """Whether the same stop stands under the same key: observed no earlier, or when received with that content.

        Without a key the content decides.
        """
        return any(
            (r.stop, r.key, r.build, r.sender, r.role)
            == (report.stop, report.key, report.build, report.sender, report.role)
            and (r.key is not None or r.content == report.content)
            and (r.observed_at >= report.observed_at or (not report.timed and r.content == report.content))
            for r in self.standing_reports(report.recorded_at)
        )

    def is_superseded(self, report: ContestedReport) -> bool:
        """Whether an observation is on record that would heal the stop and is newer by a minute.

        The network delays events by seconds: what is not newer by a minute may have been seen before.
        Never for a decision: an objection counts from when it was recorded.
        """
        at, sure = report.recorded_at, report.observed_at + CLOSE
        checks = [c for c in self.checks_of(report.stop, at) if not self.is_set_aside(c, at)]
        if any(c.observed_at > sure and self.lifts(c, report, at) for c in checks):
            return True
        if any(r.observed_at > sure and self.is_success(r, at) for r in self.reports_of(report.stop, at)):
            return True
        later = self.later_and_healthy(replace(report, observed_at=sure), at)
        return bool(self.newer_and_healthy(report, at)) or any(
            c.trusted and c.observed_at > sure for d in later for c in self.health_checks(d, at)
        )

    def lifts(self, check: Check, report: ContestedReport, at: datetime) -> bool:
        """Whether a check lifts a refused failure: trusted, no failure, and observed later.

        After a rollback another version is checked: that lifts no failure that was observed until then.
        """
        if not check.trusted or check.status == "fail" or check.observed_at <= report.observed_at:
            return False
        undone = self.undone_at(check.deployment, at) if check.deployment else None
        return undone is None or check.observed_at <= undone or report.observed_at > undone

    def is_success(self, report: Report, at: datetime) -> bool:
        """Whether a report says that a deployment succeeded, and was not observed after that was rolled back."""
        undone = self.undone_at(report.place, at)
        return report.status == "succeeded" and (undone is None or report.observed_at <= undone)

    def standing_reports(self, at: datetime) -> list[ContestedReport]:
        """The contested reports that stand at a moment."""
        known_ = [r for r in known(self.contested, at) if not self.is_set_aside(r, at)]
        return [r for r in known_ if not self.has_ended(r, at) and not self.is_out(r, at)]

    def is_out(self, report: ContestedReport, at: datetime) -> bool:
        """Whether the target of a report was retired since, as the fact would not count then."""
        stop = report.stop
        if stop.event_type not in DEPLOYED or stop.environment is None or stop.target is None:
            return False
        retired = self.retired_at(stop.environment, stop.target, at)
        return retired is not None and report.recorded_at < retired

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
        """The same content was accepted, and was observed no earlier."""
        return any(a.content == report.content and is_no_earlier(report, a) for a in after(report, self.accepted, at))

    def ended_by_key(self, report: ContestedReport, at: datetime) -> bool:
        """What it is about cannot be read, and its sender corrected it, under its key or a later attempt.

        Wherever it can be read, the correction is about the same. It was observed no earlier. An approval was given
        after the report was recorded, and counts.
        """
        stop = self.named_now(report.stop)
        known_ = (*stop.parts, *report.build)
        return None in stop.parts and any(
            (a.event_type, a.sender) == (stop.event_type, report.sender)
            and all(mine in (None, theirs) for mine, theirs in zip(known_, (*a.about.parts, *a.build), strict=True))
            and is_sent_again(report.key, a.key)
            and is_no_earlier(report, a)
            and (a.approval is None or a.approval.decision != "approved" or self.lifts_objection(a.approval, report))
            for a in after(report, self.accepted, at)
        )

    def ended_by_check(self, report: ContestedReport, at: datetime) -> bool:
        """A check of that name, there, lifted it at some moment since, before it was itself set aside."""
        recorded = [r.recorded_at for r in known(self.reports, at)]  # they say when it was rolled back
        return any(
            not self.is_set_aside(c, moment) and self.lifts(c, report, moment)
            for c in after(report, self.checks_of(report.stop, at), at)
            for moment in [c.recorded_at, *(m for m in recorded if c.deployment and m > c.recorded_at)]
        )

    def ended_by_decision(self, report: ContestedReport, at: datetime) -> bool:
        """The same person surely approved since in that persona, or objected: that objection stands itself.

        A QA tester who decides for themselves means G2, also where the gate cannot be read.
        """
        stop = self.named_now(report.stop)
        if stop.event_type != "gate_signoff" or stop.person is None or stop.persona is None:
            return False
        return any(
            a.decision != "approved" or self.lifts_objection(a, report)
            for a in after(report, self.approvals, at)
            if (a.approver, a.persona) == (stop.person, stop.persona)
            and (a.scope == stop.gate or (stop.gate is None and report.role == "qa_tester" and a.scope == "G2"))
        )

    def lifts_objection(self, approval: Approval, report: ContestedReport) -> bool:
        """Whether an approval was given after an objection was recorded, and is surely its person's."""
        return approval.observed_at > report.recorded_at and self.is_sure(approval)

    def ended_by_success(self, report: ContestedReport, at: datetime) -> bool:
        """That deployment was reported to have succeeded, which was observed later, but before it was rolled back."""
        return any(
            r.observed_at > report.observed_at and self.is_success(r, r.recorded_at)
            for r in after(report, self.reports_of(report.stop, at), at)
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
            for c in self.health_checks(d, at)
        )

    def own_deployment(self, report: ContestedReport, at: datetime) -> Deployment | None:
        """The deployment that a report is about, if that is on record. None for a rollback: nothing is newer."""
        return next((d for d in self.ordinary(at) if d.place == report.stop.place), None)

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
        """The healthy deployments to the target of a report, no rollback; none for a check without a name.

        One that was rolled back is not healthy any more: it ends nothing that is refused later.
        """
        stop = report.stop
        if stop.environment is None or stop.target is None or stop.event_type not in DEPLOYED:
            return []
        if stop.event_type == "health_check" and stop.check is None:
            return []
        there = self.newest_first(stop.environment, stop.target, at)
        return [d for d in there if self.health(d, at) == "passed"]

    def is_on(self, gate: str, report: ContestedReport, at: datetime) -> bool:
        """Whether a report fails a gate: on G4 if its environment is the furthest that was reached, or beyond."""
        stop = report.stop
        if stop.gate != gate or gate != "G4" or stop.event_type == "gate_signoff" or stop.environment is None:
            return stop.gate == gate
        reached = self.reached(at)
        return reached is None or ENVIRONMENTS.index(stop.environment) >= ENVIRONMENTS.index(reached)

    def says_staging_failed(self, report: ContestedReport) -> bool:
        """Whether a report is about a deployment to staging, or to an environment that cannot be read."""
        return report.stop.event_type in DEPLOYED and report.stop.environment in (None, "staging")

    def checks_of(self, stop: Stop, at: datetime) -> list[Check]:
        """The checks that a stop is one of."""
        if stop.event_type not in ("build_complete", "health_check") or stop.check is None:
            return []
        own = [c for c in known(self.checks, at) if (c.gate, c.name) == (stop.gate, stop.check)]
        return (
            own
            if stop.event_type == "build_complete"
            else [c for c in own if stop.place and c.deployment == stop.place]
        )

    def reports_of(self, stop: Stop, at: datetime) -> list[Report]:
        """The reports of the deployment that a failure is of."""
        if stop.event_type != "deployment_event" or stop.place is None:
            return []
        return [r for r in known(self.reports, at) if r.place == stop.place]


def is_no_earlier(report: ContestedReport, accepted: Accepted) -> bool:
    """Whether an accepted event was observed no earlier than a report; under the same key by no more than a minute."""
    delay = CLOSE if is_same_key(report.key, accepted.key) else timedelta(0)
    return accepted.observed_at >= report.observed_at - delay


def after(report: ContestedReport, facts: Iterable[AnyFact], at: datetime) -> list[AnyFact]:
    return [f for f in known(facts, at) if f.recorded_at > report.recorded_at]
