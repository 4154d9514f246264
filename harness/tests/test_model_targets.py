"""The model judges targets, rollbacks and deployments of other commits: one short story per rule."""

from __future__ import annotations

import pytest

from harness.prove.model_facts import DeploymentKey, Requirement, Stop
from harness.prove.model_terms import ENVIRONMENTS
from harness.tests.told_release import END, PRODUCTION, REF, STAGING, ToldRelease, minute

OTHER = "0ddba11"
EU = DeploymentKey("staging", "s1", "eu")
DEV = DeploymentKey("dev", "d1")


def healthy(release: ToldRelease, place: DeploymentKey, seen: float = 0) -> None:
    """A deployment that succeeded, and the check and the report that show its health."""
    release.deploy(place, seen=seen)
    release.check("pass", seen, name="http", on=place)
    release.show("G4", "health_check", place, seen=seen, url=f"{place}")


def ready() -> ToldRelease:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    return release


# What can be healthy


@pytest.mark.parametrize("status", ["in_progress", "failed", "rolled_back"])
def test_a_pass_counts_only_once_its_deployment_succeeded(status: str) -> None:
    release = ToldRelease()
    release.deploy(STAGING, status, 1)
    release.check("pass", 2, name="http", on=STAGING)
    release.show("G4", "health_check", STAGING)
    assert release.verdict("G4", END).status == ("failed" if status == "failed" else "in_progress")
    if status == "in_progress":
        release.deploy(STAGING, seen=3)
        assert release.verdict("G4", END).status == "passed"


@pytest.mark.parametrize("status", ["in_progress", "succeeded", "rolled_back"])
def test_a_newest_deployment_of_another_commit_has_failed_until_one_of_the_own_follows(status: str) -> None:
    release = ready()
    healthy(release, STAGING)
    release.deploy(DeploymentKey("staging", "s2"), status, 1, source_ref=OTHER)
    release.check("pass", 2, name="http", on=DeploymentKey("staging", "s2"))
    assert release.verdict("G4", minute(2)).status == "failed"
    assert [release.is_eligible(e, minute(2)) for e in ENVIRONMENTS] == [True, True, False]
    assert release.health(release.deployments(END)[DeploymentKey("staging", "s2")], END) == "failed"
    release.deploy(DeploymentKey("staging", "s3"), "in_progress", 3)
    assert release.standing_health("staging", END) == "pending"
    assert release.is_eligible("production", END)


def test_failures_before_the_matching_deployment_stand_also_those_of_the_other_commit() -> None:
    for failed in ("s1", "s2"):
        release = ToldRelease()
        release.deploy(STAGING, seen=1)
        release.deploy(DeploymentKey("staging", "s2"), seen=2, source_ref=OTHER)
        release.check("fail", 3, name="http", on=DeploymentKey("staging", failed))
        release.check("pass", 3, name="queue", on=DeploymentKey("staging", "s2"))
        release.deploy(DeploymentKey("staging", "s3"), "in_progress", 4)
        assert release.standing_health("staging", END) == "failed", "another commit heals nothing"
        release.check("pass", 5, name="http", on=DeploymentKey("staging", "s3"))
        assert release.standing_health("staging", END) == "failed"
        release.deploy(DeploymentKey("staging", "s3"), seen=6)
        assert release.standing_health("staging", END) == "passed"


# Targets


@pytest.mark.parametrize(
    ("other", "g4", "production"), [("pass", "passed", True), ("fail", "failed", False), (None, "in_progress", True)]
)
def test_g4_and_the_blocker_look_at_the_newest_deployment_to_each_target(
    other: str | None, g4: str, production: bool
) -> None:
    release = ready()
    release.deploy(EU)
    if other:
        release.check(other, 1, name="http", on=EU)
    release.show("G4", "health_check", EU, seen=1, url="eu")
    healthy(release, STAGING, 2)
    assert release.verdict("G4", END).status == g4
    assert release.is_eligible("production", END) is production
    healthy(release, DeploymentKey("staging", "s2", "eu"), 3)
    assert release.verdict("G4", END).status == "passed"


def test_a_deployment_to_one_target_clears_none_to_another() -> None:
    release = ToldRelease()
    release.deploy(EU, "failed", 1)
    healthy(release, STAGING, 2)
    assert release.standing_health("staging", END) == "failed"
    assert {d.place: d.status for d in release.deployments(END).values()} == {EU: "failed", STAGING: "succeeded"}


def test_each_deployment_that_g4_looks_at_needs_its_evidence_and_its_asked_check() -> None:
    release = ToldRelease(
        requirements=(Requirement("G4", "evidence", "health_check"), Requirement("G4", "check", "http"))
    )
    healthy(release, STAGING)
    release.deploy(EU)
    assert release.state("G4", "evidence", "health_check") == release.state("G4", "check", "http") == "unsatisfied"
    healthy(release, EU)
    assert release.state("G4", "evidence", "health_check") == release.state("G4", "check", "http") == "satisfied"


@pytest.mark.parametrize(
    ("eu", "us", "status"),
    [
        ("succeeded", "succeeded", "promoted"), ("succeeded", "failed", "failed"), ("failed", "in_progress", "failed"),
        ("succeeded", "rolled_back", "rolled_back"), ("rolled_back", "failed", "failed"),
        ("succeeded", "in_progress", "in_progress"), ("rolled_back", "in_progress", "rolled_back"),
    ],
)  # fmt: skip
def test_the_release_follows_the_newest_finished_deployment_to_each_target(eu: str, us: str, status: str) -> None:
    release = ToldRelease(target="dev")
    for target, told in (("eu", eu), ("us", us)):
        release.deploy(DeploymentKey("dev", "d1", target), told, 1)
    assert release.status(END) == status
    release.deploy(DeploymentKey("dev", "d2", "us"), "in_progress", 2)
    assert release.status(END) == status, "it has not finished"


def test_a_target_to_which_it_was_not_eligible_keeps_a_release_from_being_promoted() -> None:
    release = ToldRelease(target="dev")
    release.deploy(DeploymentKey("dev", "d1", "eu"))
    release.deploy(DEV, source_ref=OTHER)
    assert release.status(END) == "in_progress"


# Retired targets


def test_a_retired_target_is_looked_at_no_more_until_the_release_is_deployed_there_again() -> None:
    release = ready()
    healthy(release, STAGING, 1)
    release.deploy(EU, "failed", 2)
    release.retire("staging", "eu", 3)
    release.deploy(EU, "failed", 4)
    assert [release.verdict("G4", minute(m)).status for m in (2, 3, 4)] == ["failed", "passed", "passed"]
    assert [release.is_eligible("production", minute(m)) for m in (2, 3)] == [False, True]
    release.deploy(DeploymentKey("staging", "s2", "eu"), "in_progress", 5)
    assert release.verdict("G4", END).status == "failed", "it is back, with the failure before"
    release.retire("production", "eu", 6)
    release.retire("staging", "us", 6)
    assert release.verdict("G4", END).status == "failed", "another target"


def test_a_rollback_brings_a_retired_target_back_too() -> None:
    release = ready()
    release.deploy(DeploymentKey("staging", "s0", "eu"))
    release.deploy(EU, seen=1)
    release.retire("staging", "eu", 2)
    release.deploy(DeploymentKey("staging", "r1", "eu"), seen=3, rollback_of="s1")
    assert [release.targets("staging", minute(m)) for m in (2, 3)] == [[], ["eu"]]


def test_an_environment_whose_targets_are_all_retired_is_still_the_furthest_one_and_shows_nothing() -> None:
    release = ready()
    healthy(release, STAGING, 1)
    healthy(release, PRODUCTION, 2)
    assert (release.verdict("G4", END).status, release.status(END)) == ("passed", "promoted")
    release.retire("production", "default", 3)
    assert (release.verdict("G4", END).status, release.status(END)) == ("pending", "promoted")


def test_the_status_of_a_release_is_that_of_its_last_targets_when_they_are_all_retired() -> None:
    release = ToldRelease(target="dev")
    release.deploy(DEV, seen=1)
    release.deploy(DeploymentKey("dev", "d1", "eu"), "failed", 1)
    release.retire("dev", "eu", 2)
    release.retire("dev", "default", 3)
    assert [release.status(minute(m)) for m in (1, 2, 3)] == ["failed", "promoted", "failed"]


def test_staging_without_a_target_is_not_healthy_where_policy_asks_that_it_is() -> None:
    release = ToldRelease(requirements=(Requirement("G3", "environment_healthy"),))
    healthy(release, STAGING, 1)
    release.retire("staging", "default", 2)
    assert [bool(release.policy_on_production(minute(m))) for m in (1, 2)] == [False, True]


# Rollbacks


def rolled_back(
    release: ToldRelease, source_ref: str = REF, artifacts: str = "", target: str = "default"
) -> bool | None:
    """Whether a rollback of `d2` in dev, recorded at minute 9, goes to something known."""
    release.deploy(DeploymentKey("dev", "d2", target), seen=8)
    place = DeploymentKey("dev", "r1", target)
    release.deploy(place, seen=9, rollback_of="d2", source_ref=source_ref, artifacts=artifacts)
    return release.deployments(END)[place].rollback_known


def test_a_rollback_goes_to_another_deployment_of_its_commit_that_succeeded_and_was_eligible() -> None:
    release = ToldRelease(target="dev")
    assert rolled_back(release) is False, "nothing else was deployed"
    for status, known in {"in_progress": False, "failed": False, "rolled_back": False, "succeeded": True}.items():
        release = ToldRelease(target="dev")
        release.deploy(DEV, status, 1)
        assert rolled_back(release) is known
    release = ToldRelease(target="dev")
    release.deploy(DEV, seen=1)
    assert rolled_back(release, source_ref=OTHER) is False, "of another commit"
    release = ToldRelease(target="dev")
    release.deploy(DEV, seen=1, source_ref=OTHER)
    assert rolled_back(release, source_ref=OTHER) is False, "it was not eligible"


def test_a_rollback_goes_to_something_in_its_environment_and_target() -> None:
    for place in (DeploymentKey("dev", "d1", "eu"), STAGING):
        release = ready()
        release.deploy(place, seen=1)
        assert rolled_back(release) is False
    release = ready()
    release.deploy(DeploymentKey("dev", "d1", "eu"), seen=1)
    assert rolled_back(release, target="eu") is True


def test_what_a_rollback_goes_to_is_fixed_before_it_is_recorded() -> None:
    release = ToldRelease(target="dev")
    assert rolled_back(release) is False
    release.deploy(DEV, seen=1, recorded=10)
    assert release.deployments(END)[DeploymentKey("dev", "r1")].rollback_known is False
    release = ToldRelease(target="dev")
    release.deploy(DEV, seen=1)
    assert rolled_back(release) is True
    release.deploy(DEV, "failed", 10)
    assert release.deployments(END)[DeploymentKey("dev", "r1")].rollback_known is True


def test_a_rollback_may_go_to_a_deployment_of_another_release_of_the_project() -> None:
    for there in ("default", "eu"):
        release, other = ToldRelease(target="dev"), ToldRelease(target="dev")
        other.source_ref = OTHER
        release.others, other.others = [other], [release]
        other.deploy(DeploymentKey("dev", "d2", there), seen=1, source_ref=OTHER)
        assert rolled_back(release, source_ref=OTHER) is (there == "default")


@pytest.mark.parametrize(
    ("earlier", "now", "known"), [("", "", True), ("", "app=1", True), ("app=1", "app=1", True), ("app=1", "", False),
                                  ("app=1", "app=2", False), ("app=1", "app=1 lib=1", False)]
)  # fmt: skip
def test_a_rollback_names_the_artifacts_of_what_it_goes_to(earlier: str, now: str, known: bool) -> None:
    release = ToldRelease(target="dev")
    release.deploy(DEV, seen=1, artifacts=earlier)
    assert rolled_back(release, artifacts=now) is known


def test_a_rollback_to_something_unknown_is_an_ordinary_deployment() -> None:
    release = ready()
    healthy(release, STAGING, 1)
    rollback = DeploymentKey("staging", "r1")
    release.deploy(rollback, seen=2, rollback_of="s1", source_ref=OTHER)
    deployments = release.deployments(END)
    assert deployments[STAGING].status == "succeeded", "it undid nothing"
    assert release.was_eligible(deployments[rollback]) is False
    assert release.looked_at(END) == [rollback]
    assert release.verdict("G4", END).status == "failed"
    assert not release.is_eligible("production", END)


def test_a_valid_rollback_leaves_a_passed_g4_pending_and_a_failed_one_failed() -> None:
    for status, expected in {"pass": "pending", "fail": "failed"}.items():
        release = ready()
        healthy(release, STAGING, 1)
        release.deploy(DeploymentKey("staging", "s2"), seen=2)
        release.check(status, 3, name="http", on=DeploymentKey("staging", "s2"))
        release.deploy(DeploymentKey("staging", "r1"), seen=4, rollback_of="s2")
        assert release.standing_health("staging", END) == expected
        assert release.is_eligible("production", END) is (status == "pass")
        release.deploy(DeploymentKey("staging", "s3"), "in_progress", 5)
        assert release.standing_health("staging", END) == expected
        healthy(release, DeploymentKey("staging", "s3"), 6)
        assert release.standing_health("staging", END) == "passed"


def test_a_pass_that_was_rolled_back_had_cleared_the_failures_before_it() -> None:
    release = ready()
    release.deploy(DeploymentKey("staging", "s0"))
    release.deploy(STAGING, "failed", 1)
    healthy(release, DeploymentKey("staging", "s2"), 2)
    release.deploy(DeploymentKey("staging", "r1"), seen=3, rollback_of="s2")
    assert release.standing_health("staging", END) == "pending"
    assert release.refuse(Stop("deployment_event", "G4", environment="staging", ref="s1"), 4), (
        "of a refused one it is none"
    )


# Refused reports of targets


def test_a_refused_failure_of_a_target_is_ended_by_a_newer_deployment_there_only() -> None:
    release = ToldRelease()
    stop = Stop("deployment_event", "G4", environment="staging", ref="s1", target="eu")
    release.refuse(stop, 5)
    release.deploy(STAGING, seen=6)
    healthy(release, DeploymentKey("staging", "s2"), 7)
    assert release.contests() == 1
    healthy(release, DeploymentKey("staging", "s2", "eu"), 8)
    assert release.contests() == 0


def test_a_refused_failure_whose_target_cannot_be_read_is_ended_by_no_deployment() -> None:
    release = ToldRelease()
    release.refuse(Stop("deployment_event", "G4", environment="staging", ref="s1", target=None), 5)
    healthy(release, STAGING, 6)
    healthy(release, DeploymentKey("staging", "s2"), 7)
    assert release.contests() == 1
    release.accept("deployment_event", 8)
    assert release.contests() == 0


def test_a_refused_failure_counts_no_more_while_its_target_is_retired_as_the_fact_would() -> None:
    release = ready()
    release.refuse(Stop("deployment_event", "G4", environment="staging", ref="s1", target="eu"), 1)
    release.retire("staging", "eu", 2)
    assert release.contests() == 1, "the release was never deployed there"
    release = ready()
    release.deploy(EU, seen=1)
    release.refuse(Stop("deployment_event", "G4", environment="staging", ref="s1", target="eu"), 5)
    release.retire("staging", "eu", 6)
    release.refuse(Stop("deployment_event", "G4", environment="staging", ref="s2", target="eu"), 7)
    release.deploy(DeploymentKey("staging", "s3", "eu"), "in_progress", 8)
    assert [release.contests(m) for m in (5, 6, 7, 8)] == [1, 0, 1, 2]


def test_a_pass_that_was_observed_after_a_rollback_clears_nothing() -> None:
    release = ready()
    release.deploy(DeploymentKey("staging", "s0"))
    release.deploy(STAGING, "failed", 1)
    release.deploy(DeploymentKey("staging", "s2"), seen=2)
    release.deploy(DeploymentKey("staging", "r1"), seen=4, rollback_of="s2")
    release.check("pass", 5, name="http", on=DeploymentKey("staging", "s2"))
    assert release.standing_health("staging", END) == "failed"
    release.check("pass", 3, name="http", on=DeploymentKey("staging", "s2"), recorded=6)
    assert release.standing_health("staging", END) == "pending"


# What is said beside the blockers


def test_advice_names_rollbacks_to_nothing_known_and_retired_targets_that_failed() -> None:
    release = ready()
    release.source_ref = "refs/tags/v1"
    release.deploy(EU, "failed", 1, source_ref="refs/tags/v1")
    release.retire("staging", "eu", 2)
    release.deploy(STAGING, seen=3, source_ref="refs/tags/v1")
    release.deploy(DeploymentKey("staging", "r1"), seen=4, rollback_of="s1", source_ref="refs/tags/v1")
    found = [[(f.kind, f.subject) for f in release.advice("dev", minute(m))] for m in (1, 2, 4)]
    retired = ("retired_failed", "eu")
    assert found == [[], [retired], [("rollback_to_unknown", "r1"), retired]]
    release.source_ref = "main"
    assert ("moving_ref", "main") in [(f.kind, f.subject) for f in release.advice("dev", END)]
