"""The rules on deployments: what the reports about one come to, which is the newest, and whether it is healthy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from harness.prove.model_evidence import Evidenced
from harness.prove.model_facts import CHECK_STATUSES, ENVIRONMENTS, RANK, Check, Deployment, DeploymentKey, Report
from harness.prove.model_record import known


class Deployments(Evidenced):
    """A release, by where it was deployed."""

    def deployments(self, at: datetime) -> dict[DeploymentKey, Deployment]:
        """Every deployment known at a moment, with the status that its reports give, in whatever order they came."""
        reports = known(self.reports, at)
        found: dict[DeploymentKey, Deployment] = {}
        for place in {r.place for r in reports}:
            own = [r for r in reports if r.place == place]
            undone = [
                replace(r, status="rolled_back")
                for r in reports
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
                artifacts=first.artifacts,
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
        latest = self.health_checks(deployment, at)
        trusted = [c for c in latest if c.trusted]
        if deployment.failed or any(c.status == "fail" for c in latest):
            return "failed"
        return "passed" if trusted and all(c.status == "pass" for c in trusted) else "pending"

    def health_checks(self, deployment: Deployment, at: datetime) -> list[Check]:
        return latest_checks(c for c in known(self.checks, at) if c.deployment == deployment.place)

    def standing_health(self, environment: str, at: datetime) -> str | None:
        """The health of the newest deployment. While it is pending, an earlier failure counts. None if none."""
        healths = [self.health(d, at) for d in self.newest_first(environment, at)]
        if not healths:
            return None
        decided = next((h for h in healths if h != "pending"), "pending")
        return "failed" if decided == "failed" else healths[0]


def _lateness(report: Report) -> tuple[datetime, bool]:
    return report.observed_at, report.status == "failed"


def _standing(report: Report) -> tuple[int, datetime, bool]:
    return RANK[report.status], *_lateness(report)


def _check_lateness(check: Check) -> tuple[datetime, int]:
    return check.observed_at, CHECK_STATUSES.index(check.status)


def latest_checks(checks: Iterable[Check]) -> list[Check]:
    """The latest of each name and trust class on each gate and deployment, the worse one in a tie."""
    latest: dict[tuple[str, DeploymentKey | None, str, bool], Check] = {}
    for check in sorted(checks, key=_check_lateness):
        latest[check.gate, check.deployment, check.name, check.trusted] = check
    return list(latest.values())
