"""The model judges deployments and past moments: one short story per rule."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from harness.prove.model_deployments import is_named_too_early
from harness.prove.model_facts import DEFAULTS, DeploymentKey, Finding
from harness.prove.model_terms import GATES, PERSONAS
from harness.tests.told_release import END, PRODUCTION, STAGING, ToldRelease, minute

# Deployments


def test_the_order_of_reports_is_no_matter() -> None:
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        release = ToldRelease()
        reports = [("in_progress", 1.0), ("succeeded", 4.0), ("failed", 3.0)]
        for recorded, index in enumerate(order, 10):
            release.deploy(STAGING, *reports[index], recorded=recorded)
        assert release.one(STAGING) == ("succeeded", minute(4))
        assert release.deployments(END)[STAGING].deployed_at == minute(1), "of the report that was observed first"


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_who_observed_a_deployment_first_says_when_it_was_made_and_by_whom(order: tuple[int, ...]) -> None:
    release = ToldRelease()
    reports = [("in_progress", 5.0, 4.0, "ci-bot"), ("succeeded", 6.0, 2.0, "sre-1"), ("failed", 7.0, None, "sre-2")]
    for recorded, index in enumerate(order, 10):
        status, seen, deployed, by = reports[index]
        release.deploy(STAGING, status, seen, deployed=deployed, by=by, recorded=recorded)
    found = release.deployments(END)[STAGING]
    assert (found.deployed_at, found.deployed_by) == (minute(4), "ci-bot"), "not the earlier time of a later report"


def test_a_deployment_is_made_no_later_than_it_was_observed() -> None:
    release = ToldRelease()
    release.deploy(STAGING, seen=5, deployed=7)
    release.deploy(PRODUCTION, seen=5)
    assert {d.deployed_at for d in release.deployments(END).values()} == {minute(5)}


def test_of_reports_observed_at_once_the_earlier_deployment_is_the_first_then_the_smaller_name() -> None:
    told = [(4.0, "sre-1"), (3.0, "sre-2"), (3.0, "sre-1"), (None, "ci-bot")]
    for order in itertools.permutations(told):
        release = ToldRelease()
        for recorded, (deployed, by) in enumerate(order, 10):
            release.deploy(STAGING, seen=5, deployed=deployed, by=by, recorded=recorded)
        found = release.deployments(END)[STAGING]
        assert (found.deployed_at, found.deployed_by) == (minute(3), "sre-1")


def test_a_time_of_deployment_may_be_named_one_hour_back() -> None:
    assert not is_named_too_early(minute(60), minute(0))
    assert is_named_too_early(minute(60), minute(0) - timedelta(microseconds=1))


def test_a_deployment_only_moves_forward_and_a_tie_is_a_failure() -> None:
    release = ToldRelease()
    release.deploy(STAGING, "succeeded", 4)
    release.deploy(STAGING, "in_progress", 9)
    assert release.one(STAGING) == ("succeeded", minute(4))
    release.deploy(STAGING, "failed", 4)
    assert release.one(STAGING) == ("failed", minute(4))


def test_a_rollback_undoes_the_one_it_names_when_it_succeeds() -> None:
    release = ToldRelease(target="staging")
    release.pass_gates("G1", "G2")
    rollback = DeploymentKey("staging", "r1")
    release.deploy(DeploymentKey("staging", "s0"))
    release.deploy(STAGING, seen=1)
    release.deploy(rollback, "in_progress", 2, rollback_of="s1")
    assert release.one(STAGING)[0] == "succeeded"
    release.deploy(rollback, "succeeded", 3, rollback_of="s1")
    assert release.one(STAGING) == ("rolled_back", minute(3))
    release.deploy(rollback, "failed", 5, rollback_of="s1")
    assert release.one(STAGING) == ("rolled_back", minute(3)), "for good"
    assert release.was_eligible(release.deployments(END)[rollback]) is None
    assert release.status(END) == "rolled_back"


def test_a_failed_deployment_and_a_failed_check_make_it_unhealthy() -> None:
    release = ToldRelease()
    release.deploy(STAGING, "failed")
    assert release.state("G4", "deployment_health") == "failed"
    release.deploy(DeploymentKey("staging", "s2"), seen=1)
    release.check("fail", 2, name="http", on=DeploymentKey("staging", "s2"), trusted=False)
    assert release.health(release.newest_first("staging", "default", END)[0], END) == "failed"


def test_a_failure_is_not_undone_by_a_rollback() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2")
    release.deploy(DeploymentKey("staging", "s0"))
    release.deploy(STAGING, "failed", 1)
    release.deploy(DeploymentKey("staging", "r1"), "succeeded", 2, rollback_of="s1")
    assert release.one(STAGING) == ("rolled_back", minute(2))
    assert release.standing_health("staging", END) == "failed"
    release.deploy(STAGING, "succeeded", 3)
    assert release.one(STAGING) == ("rolled_back", minute(2))
    assert release.standing_health("staging", END) == "failed", "what is observed after the rollback counts for nothing"
    release.deploy(STAGING, "succeeded", 1.5, recorded=4)
    assert release.standing_health("staging", minute(3)) == "failed"
    assert release.standing_health("staging", END) == "pending", "it succeeded after all, before it was rolled back"


@pytest.mark.parametrize("how", ["rollback", "report"])
@pytest.mark.parametrize(
    ("until", "after", "shown"),
    [
        ("fail", "pass", "failed"),
        ("fail", "warning", "failed"),
        ("fail", None, "failed"),
        ("pass", "fail", "failed"),
        ("pass", "fail pass", "pending"),
        ("fail pass", "pass", "pending"),
        ("fail pass", "fail", "failed"),
        (None, "fail", "failed"),
        (None, "pass", "pending"),
    ],
)
def test_a_pass_after_a_rollback_lifts_no_failure_from_before(
    how: str, until: str | None, after: str | None, shown: str
) -> None:
    release = ToldRelease(target="staging")
    release.pass_gates("G1", "G2", "G3")
    release.deploy(DeploymentKey("staging", "s0"))
    release.deploy(STAGING, seen=1)
    for seen, status in enumerate((until or "").split(), 2):
        release.check(status, seen, name="http", on=STAGING)
    if how == "rollback":
        release.deploy(DeploymentKey("staging", "r1"), "succeeded", 5, rollback_of="s1")
    else:
        release.deploy(STAGING, "rolled_back", 5)
    for seen, status in enumerate((after or "").split(), 6):
        release.check(status, seen, name="http", on=STAGING)
    assert release.health(release.deployments(END)[STAGING], END) == shown
    assert release.standing_health("staging", END) == shown
    assert (release.statuses()[3] == "failed") == (shown == "failed")
    assert release.is_eligible("production", END) == (shown != "failed")
    assert release.stops(END) == (shown == "failed")
    release.deploy(DeploymentKey("staging", "s2"), seen=10)
    release.check("pass", 11, name="http", on=DeploymentKey("staging", "s2"))
    assert release.standing_health("staging", END) == "passed", "a newer one that is healthy clears it"
    assert not release.stops(END)


def test_a_success_reported_after_a_rollback_clears_no_earlier_failure() -> None:
    release = ToldRelease()
    release.deploy(DeploymentKey("staging", "s0"))
    release.check("fail", 1, name="http", on=DeploymentKey("staging", "s0"))
    release.deploy(STAGING, "in_progress", 2)
    release.check("pass", 3, name="http", on=STAGING)
    release.deploy(STAGING, "rolled_back", 4)
    release.deploy(STAGING, "succeeded", 5)
    assert release.standing_health("staging", END) == "failed"
    release.deploy(STAGING, "succeeded", 4, recorded=6)
    assert release.standing_health("staging", END) == "pending", "at the moment of the rollback it is not after it"


def test_of_several_roll_backs_the_first_that_was_observed_counts() -> None:
    release = ToldRelease()
    release.deploy(STAGING)
    release.check("fail", 2, name="http", on=STAGING)
    release.check("pass", 6, name="http", on=STAGING)
    for seen, recorded, shown in [(8, 10, "pending"), (4, 11, "failed"), (1, 12, "pending")]:
        release.deploy(STAGING, "rolled_back", seen, recorded=recorded)
        assert release.standing_health("staging", minute(recorded)) == shown


def test_a_rollback_of_an_older_deployment_is_an_ordinary_deployment() -> None:
    for undone, seen, left_out in [
        ("s2", 9, True),
        ("s1", 9, False),
        ("s1", 4, True),
        ("s0", 9, False),
        ("s0", 2, False),
    ]:
        release = ToldRelease(target="staging")
        release.pass_gates("G1", "G2")
        for number in range(3):
            release.deploy(DeploymentKey("staging", f"s{number}"), seen=2 * number + 1 - (number == 1))
        release.deploy(DeploymentKey("staging", "r1"), "in_progress", seen, rollback_of=undone, recorded=10)
        place = DeploymentKey("staging", "r1")
        assert release.deployments(END)[place].rollback_known is True
        assert (place not in {d.place for d in release.ordinary(END)}) is left_out, (undone, seen)
    again = ToldRelease(target="staging")
    again.pass_gates("G1", "G2")
    again.deploy(DeploymentKey("staging", "s0"))
    again.deploy(STAGING, seen=1)
    for number in (2, 3):
        again.deploy(DeploymentKey("staging", f"r{number}"), seen=number, rollback_of="s1")
        assert {d.place.ref for d in again.ordinary(END)} == {"s0", "s1"}, "a second one too"


@pytest.mark.parametrize(
    ("status", "check", "state"),
    [("in_progress", None, "unsatisfied"), ("failed", None, "failed"), ("succeeded", "fail", "failed"),
     ("succeeded", "pass", None), ("succeeded", None, None), ("in_progress", "fail", "failed")],
)  # fmt: skip
def test_a_valid_rollback_that_is_not_done_or_not_healthy_is_advice(
    status: str, check: str | None, state: str | None
) -> None:
    release, rollback = ToldRelease(target="staging"), DeploymentKey("staging", "r1")
    release.pass_gates("G1", "G2")
    release.deploy(DeploymentKey("staging", "s0"))
    release.deploy(STAGING, seen=1)
    release.deploy(rollback, status, 2, rollback_of="s1")
    if check:
        release.check(check, 3, name="http", on=rollback)
    expected = [Finding("deployment_health", "r1", False, state)] if state else []
    assert release.advice("staging", END) == expected
    release.deploy(DeploymentKey("staging", "s2"), seen=4)
    assert release.advice("staging", END) == [], "something newer was deployed"


def test_healthy_is_when_all_trusted_checks_pass() -> None:
    release = ToldRelease()
    release.deploy(STAGING)
    assert release.standing_health("staging", END) == "pending"
    release.check("pass", 1, name="http", on=STAGING, trusted=False)
    assert release.standing_health("staging", END) == "pending"
    release.check("pass", 1, name="http", on=STAGING)
    assert release.standing_health("staging", END) == "passed"
    release.check("warning", 1, name="queue", on=STAGING)
    assert release.standing_health("staging", END) == "pending"


def test_an_earlier_failure_stands_until_a_later_pass() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    assert release.standing_health("staging", END) is None
    release.deploy(DeploymentKey("staging", "s0"), "failed")
    for number, seen in enumerate((1, 2), 1):
        release.deploy(DeploymentKey("staging", f"s{number}"), seen=seen)
    assert release.state("G4", "deployment_health") == "failed"
    assert not release.is_eligible("production", END)
    release.allow(1, "G1 G2 G3")
    release.allow(2, "G4", "evidence_waiver")
    assert not release.is_eligible("production", END), "they do not name the gate, or are about evidence"
    release.allow(3, "G4", end=10)
    assert [release.is_eligible("production", minute(m)) for m in (9, 10)] == [True, False]
    release.check("pass", 3, name="http", on=DeploymentKey("staging", "s1"))
    assert release.standing_health("staging", END) == "pending"
    assert release.is_eligible("production", END)
    release.check("pass", 3, name="http", on=DeploymentKey("staging", "s2"))
    assert release.standing_health("staging", END) == "passed"


def test_g4_is_about_the_newest_deployment_in_the_furthest_environment() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    release.deploy(STAGING)
    release.check("pass", 1, name="http", on=STAGING)
    release.show("G4", "health_check", STAGING)
    assert release.statuses()[3] == "passed"
    release.deploy(PRODUCTION, "in_progress", 2)
    assert release.statuses()[3] == "pending"
    release.deploy(DeploymentKey("staging", "s2"), "failed", 9)
    assert release.statuses()[3] == "pending", "a later staging deployment does not matter any more"
    release.deploy(DeploymentKey("production", "p0"), seen=3, deployed=1)
    release.deploy(DeploymentKey("production", "p1"), seen=3)
    release.deploy(DeploymentKey("production", "r1"), seen=4, rollback_of="p1")
    assert release.looked_at(END) == [PRODUCTION]


def test_what_is_about_no_deployment_is_a_fact_on_g4_but_shows_no_health() -> None:
    release = ToldRelease()
    release.show("G4", "health_check")
    assert release.statuses()[3] == "in_progress"
    release.deploy(PRODUCTION)
    release.check("pass", name="http", on=PRODUCTION)
    assert release.state("G4", "evidence", "health_check") == "unsatisfied"


def test_who_was_not_eligible_is_not_promoted() -> None:
    release = ToldRelease()
    release.deploy(PRODUCTION, seen=1)
    release.pass_gates("G1", "G2", "G3")
    assert release.status(END) == "promoted"
    for fact in (release.checks, release.approvals, release.evidence):
        fact.clear()
    release.check("pass", 5)
    assert release.was_eligible(release.deployments(END)[PRODUCTION]) is False, "judged when it was recorded"
    assert release.status(END) == "in_progress"


def test_a_deployment_is_judged_at_its_start_and_at_its_success() -> None:
    stories: dict[str, tuple[list[tuple[str, float]], list[float]]] = {
        "once, if it is both": ([("succeeded", 5)], [5]),
        "twice": ([("in_progress", 5), ("succeeded", 8)], [5, 8]),
        "not at a failure": ([("in_progress", 5), ("failed", 8)], [5]),
        "at the success after it": ([("failed", 5), ("succeeded", 8)], [8]),
        "each time that it succeeds again": ([("succeeded", 5), ("failed", 6), ("succeeded", 8)], [5, 8]),
        "not when it had succeeded": ([("succeeded", 5), ("succeeded", 8)], [5]),
        "not when it only begins again": ([("failed", 5), ("in_progress", 8)], []),
        "not when it was undone": ([("rolled_back", 5), ("succeeded", 8)], []),
    }
    for name, (reports, judged) in stories.items():
        release = ToldRelease()
        for status, seen in reports:
            release.deploy(STAGING, status, seen)
        assert release.deployments(END)[STAGING].judged_at == tuple(map(minute, judged)), name


def test_a_success_that_something_newer_supersedes_is_not_judged() -> None:
    release = ToldRelease()
    release.deploy(STAGING, "failed", 7, recorded=10)
    release.deploy(STAGING, "succeeded", 5, recorded=11)
    assert release.was_eligible(release.deployments(END)[STAGING]) is None
    assert release.one(STAGING)[0] == "failed"
    release.deploy(STAGING, "succeeded", 8, recorded=12)
    assert release.was_eligible(release.deployments(END)[STAGING]) is False


def test_what_was_withdrawn_between_start_and_success_keeps_a_release_from_being_promoted() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    release.deploy(PRODUCTION, "in_progress", 5)
    assert release.was_eligible(release.deployments(minute(5))[PRODUCTION]) is True
    release.decide("G3", "rm-1", "release_manager", "rejected", 7)
    release.deploy(PRODUCTION, "succeeded", 8)
    assert release.was_eligible(release.deployments(END)[PRODUCTION]) is False
    assert release.status(END) == "in_progress"
    release.decide("G3", "rm-1", "release_manager", "approved", 9)
    release.deploy(PRODUCTION, "succeeded", 10)
    assert release.status(END) == "in_progress", "deploy again under a new reference"
    release.deploy(DeploymentKey("production", "p2"), seen=11)
    assert release.status(END) == "promoted"


def test_what_was_not_allowed_at_its_start_is_not_allowed_at_its_success() -> None:
    release = ToldRelease()
    release.deploy(PRODUCTION, "in_progress", 1)
    release.decide("G2", "qa-1", "qa_tester", seen=2)
    release.decide("G3", "rm-1", "release_manager", seen=2)
    release.check("pass", 2)
    release.show("G2", "test_result", seen=2)
    release.show("G3", "rollback_plan", seen=2)
    release.deploy(PRODUCTION, "succeeded", 3)
    assert release.is_eligible("production", minute(3))
    assert release.was_eligible(release.deployments(END)[PRODUCTION]) is False


def test_another_commit_is_not_promoted() -> None:
    release = ToldRelease(target="dev")
    release.deploy(DeploymentKey("dev", "d1"), source_ref="0ddba11c0ffee000f1ea5ba11ab1e5eed00d1e5e5")
    assert release.was_eligible(release.deployments(END)[DeploymentKey("dev", "d1")]) is False
    assert release.status(END) == "in_progress"


def test_the_newest_finished_deployment_to_the_target_decides() -> None:
    release = ToldRelease(target="dev")
    release.deploy(DeploymentKey("dev", "d1"), "failed", 1)
    assert release.status(END) == "failed"
    release.deploy(DeploymentKey("dev", "d2"), "succeeded", 2)
    assert release.status(END) == "promoted"
    release.deploy(DeploymentKey("dev", "d3"), "in_progress", 3)
    release.deploy(PRODUCTION, "failed", 4)
    assert release.status(END) == "promoted"


# Replay


def test_a_moment_is_judged_by_what_was_known_then() -> None:
    release = ToldRelease()
    release.check("pass", 1, recorded=10)
    release.check("fail", 2, recorded=20)
    release.deploy(STAGING, "succeeded", 3, recorded=30)
    release.deploy(STAGING, "failed", 4, recorded=40)
    answers = [
        (release.statuses(minute(m))[0], release.standing_health("staging", minute(m))) for m in (9, 10, 20, 30, 40)
    ]
    assert answers == [
        ("pending", None),
        ("passed", None),
        ("failed", None),
        ("failed", "pending"),
        ("failed", "failed"),
    ]


def test_defaults_have_a_blocking_need_on_every_gate() -> None:
    assert {r.gate for r in DEFAULTS if r.blocking} == set(GATES)
    assert {r.subject for r in DEFAULTS if r.kind == "approval"} <= set(PERSONAS)
