"""Histories of rollbacks and of what ends a release: what counts of them, and what passes afterwards."""

from __future__ import annotations

import itertools

import pytest

from harness.prove.effort import NIGHTLY
from harness.tests.release_history import ReleaseHistory
from harness.tests.release_history.drawn import SOURCE_REF
from harness.tests.told_history import agree, deploy, health, refuse, standing

pytest_plugins = ("harness.tests.told_fixtures",)


def roll_back(history: ReleaseHistory, ref: str, undone: str, seen: int, status: str = "succeeded") -> None:
    named = {"environment": "staging", "deployment_ref": ref, "rollback_of_ref": undone, "status": status}
    envelope = history.envelope("deployment_event", named | {"source_ref": SOURCE_REF}, history.seen(seen))
    assert history.send(envelope) is None
    agree(history)


def known(history: ReleaseHistory, ref: str) -> bool | None:
    found = next(d for d in history.model.deployments(history.now()).values() if d.place.ref == ref)
    return found.rollback_known


def staging(history: ReleaseHistory) -> str | None:
    return history.model.standing_health("staging", history.now())


def pass_g1_and_g2(history: ReleaseHistory) -> None:
    """Let the release into staging, so that its deployments there were eligible."""
    history.build("build", "pass", {}, [], 0, None)
    history.sign_off("G2", "qa-1", "qa_tester", "approved", ["test_result"], None, False)


AFTER: tuple[list[str], ...] = (["pass"], ["warning"], ["fail", "pass"], [])
UNTIL: tuple[list[str], ...] = (["fail"], ["pass"], ["pass", "fail"], ["fail", "pass"], [])
# Every pair at night. In every run each `until` in both ways, with each `after`; `49_undone_deployments_test.sql` has
# the pairs in SQL.
UNDONE = [
    (how, until, after)
    for number, (how, until) in enumerate(itertools.product(("rollback", "report"), UNTIL))
    for other, after in enumerate(AFTER)
    if NIGHTLY or number % len(AFTER) == other
]


@pytest.mark.parametrize(("how", "until", "after"), UNDONE)
def test_what_passes_after_a_rollback_lifts_no_failure_from_before(
    history: ReleaseHistory, how: str, until: list[str], after: list[str]
) -> None:
    pass_g1_and_g2(history)
    deploy(history, "d0", "d1", seen=0)
    for seen, status in enumerate(until, 1):
        history.check_health("staging", "d1", "http", status, [], seen, False)
    if how == "rollback":
        roll_back(history, "r1", "d1", 3)
    else:
        deploy(history, "d1", status="rolled_back", seen=3)
    for seen, status in enumerate(after, 4):
        history.check_health("staging", "d1", "http", status, [], seen, False)
        agree(history)
    assert staging(history) == ("failed" if until[-1:] == ["fail"] else "pending")


@pytest.mark.parametrize("ended", ["failed", "in_progress"])
def test_a_success_after_a_rollback_neither_heals_a_failed_end_nor_makes_one(
    history: ReleaseHistory, ended: str
) -> None:
    pass_g1_and_g2(history)
    deploy(history, "d0", seen=0)
    history.check_health("staging", "d0", "http", "fail", [], 1, False)
    deploy(history, "d1", status=ended, seen=2)
    history.check_health("staging", "d1", "http", "pass", [], 3, False)
    deploy(history, "d1", status="rolled_back", seen=4)
    deploy(history, "d1", status="succeeded", seen=5)
    assert staging(history) == "failed"
    deploy(history, "d1", status="succeeded", seen=3)
    assert staging(history) == "pending", "it was observed before the rollback"


@pytest.mark.parametrize("kind", ["health_check", "deployment_event"])
def test_what_is_observed_after_a_rollback_ends_no_refused_failure_from_before(
    history: ReleaseHistory, kind: str
) -> None:
    deploy(history, "d1", status="in_progress")
    failed = {"environment": "staging", "deployment_ref": "d1", "status": "failed", "source_ref": SOURCE_REF}
    refuse(history, kind, health("d1") if kind == "health_check" else failed, 1)
    deploy(history, "d1", status="rolled_back", seen=3)
    for seen in (4, 2):
        if kind == "health_check":
            history.check_health("staging", "d1", "http", "pass", [], seen, False)
        else:
            history.deploy("staging", "d1", "succeeded", seen, None, False, 0)
        agree(history)
        assert standing(history) == (seen > 3)


def test_a_rollback_of_an_older_deployment_counts_as_an_ordinary_one(history: ReleaseHistory) -> None:
    pass_g1_and_g2(history)
    deploy(history, "d0", "d1", "d2")
    history.check_health("staging", "d2", "http", "pass", [], 3, False)
    roll_back(history, "r0", "d1", 1)
    assert staging(history) == "passed", "it was reported late: what was deployed after it runs"
    roll_back(history, "r1", "d1", 4, "in_progress")
    assert staging(history) == "failed", "nobody judged it"
    roll_back(history, "r1", "d1", 5)
    assert (known(history, "r1"), staging(history)) == (True, "failed")


def test_a_deployment_that_is_reported_late_shows_that_a_rollback_undid_an_older_one(
    history: ReleaseHistory,
) -> None:
    pass_g1_and_g2(history)
    deploy(history, "d0", "d1")
    roll_back(history, "r1", "d1", 4)
    assert "r1" not in {d.place.ref for d in history.model.ordinary(history.now())}
    deploy(history, "d2", seen=3)
    history.check_health("staging", "d2", "http", "pass", [], 5, False)
    agree(history)
    assert staging(history) == "failed", "the rollback is the newest"


def test_a_second_rollback_of_the_newest_deployment_stays_known(history: ReleaseHistory) -> None:
    pass_g1_and_g2(history)
    deploy(history, "d0", "d1")
    roll_back(history, "r1", "d1", 2)
    roll_back(history, "r2", "d1", 3)
    assert {d.place.ref for d in history.model.ordinary(history.now())} == {"d0", "d1"}


@pytest.mark.parametrize("newer", ["in_progress", "failed", "succeeded", "healthy"])
def test_a_failed_probe_objects_elsewhere_until_a_newer_deployment_is_healthy(
    history: ReleaseHistory, newer: str
) -> None:
    deploy(history, "d1")
    history.check_health("staging", "d1", "http", "fail", [], 1, False)
    assert history.model.stops(history.now())
    deploy(history, "d2", status="succeeded" if newer == "healthy" else newer, seen=2)
    if newer == "healthy":
        history.check_health("staging", "d2", "http", "pass", [], 3, False)
    agree(history)
    assert history.model.stops(history.now()) == (newer != "healthy")
    history.dismiss_one(next(c for c in history.model.checks if c.status == "fail"), "rm-3")
    agree(history)
    assert not history.model.stops(history.now()), "its deployment is not looked at any more"


@pytest.mark.parametrize("status", ["fail", "skipped"])
def test_a_closed_release_takes_no_build_that_passes_beside_a_failed_check(
    history: ReleaseHistory, status: str
) -> None:
    history.build("build", "fail", {"lint": "fail"}, [], 1, None)
    history.close()
    history.build("build", "pass", {"lint": "pass", "unit_tests": status}, [], 2, None)
    agree(history)
    assert (len(history.model.checks), standing(history)) == (2, int(status == "fail"))
    history.build("build", "fail", {"lint": "pass"}, [], 3, None)
    agree(history)
    assert len(history.model.checks) == 4, "one that fails is taken"


def test_a_closed_release_is_left_out_where_its_target_is_retired(history: ReleaseHistory) -> None:
    deploy(history, "d1", status="failed")
    history.close()
    agree(history)
    history.retire_target(0)
    agree(history)
    assert history.model.retirements == []
