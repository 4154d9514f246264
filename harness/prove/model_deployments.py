"""The rules on deployments: what the reports about one come to, which is the newest, and whether it is healthy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from harness.prove.model_dismissals import row_of
from harness.prove.model_evidence import Evidenced
from harness.prove.model_facts import Check, Deployment, DeploymentKey, Report
from harness.prove.model_record import known
from harness.prove.model_terms import CHECK_STATUSES, ENVIRONMENTS, RANK

INSTANT = timedelta(microseconds=1)  # no two facts of a release are nearer to each other

# A report names a time of deployment that is not longer before it was observed. An earlier time is refused.
NAMED_BEFORE = timedelta(hours=1)


def is_named_too_early(observed_at: datetime, named_at: datetime) -> bool:
    """Whether a report is refused for the time of deployment that it names."""
    return named_at < observed_at - NAMED_BEFORE


class Deployments(Evidenced):
    """A release, by where it was deployed."""

    def deployments(self, at: datetime) -> dict[DeploymentKey, Deployment]:
        """Every deployment known at a moment, with the status that its reports give, in whatever order they came."""
        reports = known(self.reports, at)
        of = {place: [r for r in reports if r.place == place] for place in {r.place for r in reports}}
        valid = {place: self.rollback_known(own) for place, own in of.items()}
        found: dict[DeploymentKey, Deployment] = {}
        for place, own in of.items():
            undone = [
                replace(r, status="rolled_back")
                for r in reports
                if r.status == "succeeded" and r.place.where == place.where and r.rollback_of == place.ref
                and valid[r.place]
            ]  # fmt: skip
            decisive = max(own + undone, key=_standing)
            first = self.first_report(own)
            undone_at = min((r.observed_at for r in own + undone if r.status == "rolled_back"), default=None)
            ends = [r for r in own if RANK[r.status] == 1 and not _is_late_success(r, undone_at)]
            found[place] = Deployment(
                place=place,
                status=decisive.status,
                status_observed_at=decisive.observed_at,
                deployed_at=first.deployed_at,
                deployed_by=first.deployed_by,
                source_ref=first.source_ref,
                rollback_of=first.rollback_of,
                rollback_known=valid[place],
                ended=max(ends, key=_lateness).status if ends else None,
                recorded_at=min(r.recorded_at for r in own),
                reported_at=max(r.recorded_at for r in own),
                judged_at=tuple(self.judgements(own + undone)),
                undone_at=undone_at,
                artifacts=first.artifacts,
            )
        return found

    def rollback_known(self, reports: list[Report]) -> bool | None:
        """Whether a rollback, by its reports, goes to something known; None for what is no rollback.

        That is fixed before it is recorded: another deployment of its commit to that target, by any release of the
        project, had succeeded and was eligible. Where that one named artifacts, the rollback names the same.
        """
        first = min(reports, key=lambda r: r.recorded_at)
        if first.rollback_of is None:
            return None
        before = first.recorded_at - INSTANT
        return any(
            d.place.where == first.place.where
            and (release is not self or d.place.ref != first.rollback_of)
            and (d.source_ref, d.status) == (first.source_ref, "succeeded")
            and d.artifacts in (frozenset(), first.artifacts)
            and release.was_eligible(d) is True
            for release in self.of_the_project()
            for d in release.deployments(before).values()
        )

    def of_the_project(self) -> Sequence[Deployments]:
        """The releases to whose deployments a rollback may go."""
        return (self, *self.others)

    def was_eligible(self, deployment: Deployment) -> bool | None:
        """Whether the release might go there each time that it was judged; None for a rollback, and if it never was."""
        raise NotImplementedError

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

    # Where the release was deployed

    def newest_first(self, environment: str, target: str, at: datetime) -> list[Deployment]:
        """The deployments to a target, without valid rollbacks of the newest one, the newest first."""
        there = [d for d in self.ordinary(at) if d.place.where == (environment, target)]
        return sorted(there, key=lambda d: d.age, reverse=True)

    def ordinary(self, at: datetime) -> list[Deployment]:
        """All deployments but those that were dismissed, and valid rollbacks of the newest one until then."""
        found = [d for d in self.deployments(at).values() if not self.is_given_up(d, at)]
        return [d for d in found if not d.is_rollback or not self.undoes_the_newest(d, found)]

    def is_left_out(self, deployment: Deployment, at: datetime) -> bool:
        """Whether it is a rollback that no rule takes for a deployment."""
        return deployment.is_rollback and all(d.place != deployment.place for d in self.ordinary(at))

    def undoes_the_newest(self, rollback: Deployment, found: list[Deployment]) -> bool:
        """Whether a rollback names the newest deployment that was made there until it was made itself."""
        before = [d for d in found if d.place.where == rollback.place.where and not d.is_rollback
                  and d.deployed_at <= rollback.deployed_at]  # fmt: skip
        newest = max(before, key=lambda d: d.age, default=None)
        return newest is not None and newest.place.ref == rollback.rollback_of

    def targets(self, environment: str, at: datetime) -> list[str]:
        """The targets of an environment that the release was deployed to, without those that are retired."""
        there = {d.place.target for d in self.ordinary(at) if d.place.environment == environment}
        return sorted(t for t in there if not self.is_retired(environment, t, at))

    def is_retired(self, environment: str, target: str, at: datetime) -> bool:
        """Whether a target was retired and this release was not deployed there since, not even by a rollback."""
        return self.retired_at(environment, target, at) is not None

    def retired_at(self, environment: str, target: str, at: datetime) -> datetime | None:
        """Since when a target is retired for this release, which had been deployed there and was not closed."""
        there = [d.recorded_at for d in self.deployments(at).values() if d.place.where == (environment, target)]
        retired = [r for r in known(self.retirements, at) if (r.environment, r.target) == (environment, target)]
        open_ = [r.recorded_at for r in retired if not self.is_closed(r.recorded_at)]
        moments = [out for out in open_ if any(recorded <= out for recorded in there)]
        last = max(moments, default=None)
        return None if last is None or any(recorded > last for recorded in there) else last

    def reached(self, at: datetime) -> str | None:
        """The furthest environment that the release was deployed to, also where all targets were retired since."""
        there = {d.place.environment for d in self.ordinary(at)}
        return max(there, key=ENVIRONMENTS.index, default=None)

    def looked_at(self, at: datetime) -> list[DeploymentKey]:
        """The deployments that G4 looks at: the newest to each target of the furthest environment."""
        environment = self.reached(at)
        if environment is None:
            return []
        return [self.newest_first(environment, t, at)[0].place for t in self.targets(environment, at)]

    # Health

    def health(self, deployment: Deployment, at: datetime) -> str:
        """A deployment's own health, `g4_status`: pending, passed or failed.

        What was rolled back is not healthy. Another commit has failed, unless it is a rollback that is left out.
        """
        if not self.is_of_the_commit(deployment) and not self.is_left_out(deployment, at):
            return "failed"
        shown = self.shown_by(deployment, at)
        return "pending" if shown == "passed" and self.was_undone(deployment) else shown

    def was_undone(self, deployment: Deployment) -> bool:
        """Whether it was rolled back."""
        return deployment.undone_at is not None

    def shown_by(self, deployment: Deployment, at: datetime) -> str:
        """What its end and its checks say of a deployment, whether or not it was rolled back since."""
        latest = self.health_checks(deployment, at)
        if deployment.failed or any(c.status == "fail" for c in latest):
            return "failed"
        if not self.can_be_healthy(deployment):
            return "pending"
        trusted = [c for c in latest if c.trusted]
        return "passed" if trusted and all(c.status == "pass" for c in trusted) else "pending"

    def can_be_healthy(self, deployment: Deployment) -> bool:
        """Whether it is of the release's commit and was reported to have succeeded."""
        return self.is_of_the_commit(deployment) and self.has_succeeded(deployment)

    def is_of_the_commit(self, deployment: Deployment) -> bool:
        """Whether the release's own commit was deployed, and not by a rollback, which nobody judged."""
        return deployment.source_ref == self.source_ref and not deployment.is_rollback

    def has_succeeded(self, deployment: Deployment) -> bool:
        """Whether it was reported to have succeeded."""
        return deployment.ended == "succeeded"

    def health_checks(self, deployment: Deployment, at: datetime) -> list[Check]:
        """The checks of a deployment that count."""
        return self.counted([c for c in self.known_checks(at) if c.deployment == deployment.place], at)

    def counted(self, checks: Sequence[Check], at: datetime) -> list[Check]:
        """The latest checks, as far as they count.

        What is observed of a deployment after it was rolled back is of something else. It lifts no failure that was
        observed until then: the latest of all counts if it is a failure, otherwise the latest until then.
        """
        there = self.deployments(at).items() if any(c.deployment for c in checks) else ()
        undone = {place: d.undone_at for place, d in there if d.undone_at}
        until = [c for c in checks if c.deployment in undone and c.observed_at <= undone[c.deployment]]
        latest = [c for c in latest_checks(checks) if c.deployment not in undone or c.status == "fail"]
        return list({row_of(c): c for c in (*latest_checks(until), *latest)}.values())

    def undone_at(self, place: DeploymentKey, at: datetime) -> datetime | None:
        """When a deployment was first observed as rolled back."""
        found = self.deployments(at).get(place)
        return found.undone_at if found else None

    def is_still_looked_at(self, place: DeploymentKey, at: datetime) -> bool:
        """Whether the failures of a deployment stand: nothing newer there was healthy, and its target is there."""
        there = self.newest_first(*place.where, at)
        own = next((d for d in there if d.place == place), None)
        newer = [d for d in there if own and d.age > own.age]
        healthy = any(self.shown_by(d, at) == "passed" for d in newer)
        return own is not None and not healthy and not self.is_retired(*place.where, at)

    def health_there(self, environment: str, target: str, at: datetime) -> str:
        """The health of the newest deployment to a target. While it is pending, an earlier failure counts.

        A pass that was rolled back is pending, and had cleared the failures before it. Another commit has failed.
        """
        newest, *_ = there = self.newest_first(environment, target, at)
        if not self.is_of_the_commit(newest):
            return "failed"
        decided = next((h for h in (self.shown_by(d, at) for d in there) if h != "pending"), "pending")
        return "failed" if decided == "failed" else self.health(newest, at)

    def standing_health(self, environment: str, at: datetime) -> str | None:
        """The health of an environment: failed if a target has failed, else pending if one is; None without targets."""
        healths = {self.health_there(environment, target, at) for target in self.targets(environment, at)}
        return next((h for h in ("failed", "pending", "passed") if h in healths), None)

    # The release

    def status_by_deployments(self, at: datetime) -> str | None:
        """What the newest finished deployments to the targets of the release's environment say, if they say anything.

        Failed if one failed, else rolled back if one was, else promoted if all succeeded while eligible. Where all
        targets were retired, they all say it still: nobody turns a failure into something else by taking it out.
        """
        targets = self.targets(self.target, at) or sorted(
            {d.place.target for d in self.ordinary(at) if d.place.environment == self.target}
        )
        there = [self.newest_first(self.target, target, at) for target in targets]
        finished = [next((d for d in each if d.status != "in_progress"), None) for each in there]
        for status in ("failed", "rolled_back"):
            if any(d and d.status == status for d in finished):
                return status
        promoted = bool(finished) and all(d and self.was_eligible(d) for d in finished)
        return "promoted" if promoted else None


def _is_late_success(report: Report, undone_at: datetime | None) -> bool:
    return report.status == "succeeded" and undone_at is not None and report.observed_at > undone_at


def _lateness(report: Report) -> tuple[datetime, bool]:
    return report.observed_at, report.status == "failed"


def _standing(report: Report) -> tuple[int, datetime, bool]:
    return RANK[report.status], *_lateness(report)


def _check_lateness(check: Check) -> tuple[datetime, int]:
    return check.observed_at, CHECK_STATUSES.index(check.status)


def latest_checks(checks: Iterable[Check]) -> list[Check]:
    """The latest of each name and trust class on each gate and deployment, the worse one in a tie."""
    return list({row_of(check): check for check in sorted(checks, key=_check_lateness)}.values())
