"""The model lets stops stand that were refused: when one arises, and what it blocks."""

from __future__ import annotations

import pytest

from harness.prove.model_facts import Finding, Requirement, Stop
from harness.prove.model_terms import ENVIRONMENTS
from harness.tests.told_release import END, PRODUCTION, STAGING, ToldRelease, minute
from harness.tests.told_stops import (
    BUILD,
    FAILED,
    FAILED_SOMEWHERE,
    NEWER,
    OBJECTION,
    OBJECTION_TO_ALL,
    UNHEALTHY,
)


def eligible(release: ToldRelease, at: float = 60) -> list[bool]:
    return [release.is_eligible(environment, minute(at)) for environment in ENVIRONMENTS]


# What it blocks


def test_a_refused_failure_of_a_build_fails_g1_also_where_policy_asks_for_no_such_thing() -> None:
    release = ToldRelease(requirements=(Requirement("G1", "check", "build"),))
    release.check("pass", 1)
    assert release.refuse(Stop("build_complete", "G1", check="lint"), 5)
    assert Finding("contested_report", "lint", True, "failed") in release.findings("G1", END)
    assert [release.statuses(minute(m))[0] for m in (4, 5)] == ["passed", "failed"]


def test_a_refused_objection_fails_its_gate_and_no_other() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    release.refuse(OBJECTION, 5)
    assert release.statuses()[:2] == ["passed", "failed"]
    assert Finding("contested_report", "qa-1", True, "failed") in release.findings("G2", END)


def test_an_objection_whose_gate_cannot_be_read_keeps_the_release_from_staging_and_production() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    release.refuse(OBJECTION_TO_ALL, 5)
    assert eligible(release) == [True, False, False]
    assert release.statuses() == ["passed", "passed", "passed", "pending"]


@pytest.mark.parametrize("stop", [FAILED, UNHEALTHY])
def test_a_refused_failure_in_staging_fails_g4_until_the_release_has_gone_further_and_blocks_production(
    stop: Stop,
) -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    release.refuse(stop, 1)
    assert release.statuses()[3] == "failed", "no deployment yet"
    release.deploy(STAGING, "in_progress", 2)
    assert release.statuses()[3] == "failed"
    assert eligible(release) == [True, True, False]
    release.deploy(PRODUCTION, seen=3)
    assert release.statuses()[3] == "pending"
    assert eligible(release) == [True, True, False]


@pytest.mark.parametrize(
    ("environment", "status"), [("dev", "pending"), ("staging", "failed"), ("production", "failed")]
)
def test_a_refused_failure_fails_g4_in_the_furthest_environment_and_beyond(environment: str, status: str) -> None:
    release = ToldRelease()
    release.deploy(STAGING)
    release.refuse(Stop("deployment_event", "G4", environment=environment, ref="x1"), 5)
    assert release.statuses()[3] == status


def test_a_failure_in_an_environment_that_cannot_be_read_is_both() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    release.deploy(PRODUCTION)
    release.refuse(FAILED_SOMEWHERE, 5)
    assert release.statuses()[3] == "failed"
    assert eligible(release) == [True, True, False]


def test_it_changes_no_status_of_the_release_and_no_health_of_a_deployment() -> None:
    release = ToldRelease(target="staging")
    for stop in (BUILD, OBJECTION, OBJECTION_TO_ALL, FAILED, UNHEALTHY):
        release.refuse(stop, 5)
    assert release.status(END) == "draft"
    release = ToldRelease(target="staging")
    release.pass_gates("G1", "G2")
    release.deploy(STAGING, seen=1)
    release.check("pass", 2, name="http", on=STAGING)
    release.refuse(UNHEALTHY, 5)
    release.refuse(FAILED, 5)
    assert release.status(END) == "promoted"
    assert release.health(release.deployments(END)[STAGING], END) == "passed"
    assert release.statuses()[3] == "failed"


def test_a_deployment_that_begins_while_it_stands_was_not_eligible() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    release.deploy(STAGING, seen=1)
    release.refuse(UNHEALTHY, 2)
    release.deploy(PRODUCTION, seen=3)
    release.check("pass", 4, name="http", on=STAGING)
    assert eligible(release, 5) == [True, True, True]
    assert release.was_eligible(release.deployments(END)[PRODUCTION]) is False
    assert release.status(END) == "in_progress"


# Exceptions


def test_a_bypass_of_its_gate_covers_it_and_a_waiver_does_not() -> None:
    release = ToldRelease()
    release.refuse(BUILD, 5)
    release.allow(1, "G1", "evidence_waiver")
    assert release.statuses()[0] == "failed"
    release.allow(2, "G1")
    assert release.verdict("G1", END).status == "bypassed"


def test_a_bypass_of_g4_covers_a_failure_in_staging() -> None:
    for stop in (FAILED, UNHEALTHY, FAILED_SOMEWHERE):
        release = ToldRelease()
        release.pass_gates("G1", "G2", "G3")
        release.refuse(stop, 5)
        release.allow(1, "G1 G2 G3")
        assert eligible(release) == [True, True, False]
        release.allow(2, "G4", end=30)
        assert [eligible(release, m)[2] for m in (29, 30)] == [True, False]


def test_one_bypass_of_g1_g2_and_g3_covers_an_objection_to_the_release_and_several_together_do_not() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2", "G3")
    release.refuse(OBJECTION_TO_ALL, 5)
    release.allow(1, "G1 G2")
    release.allow(2, "G3 G4")
    release.allow(3, "G1 G2 G3", "timing_override")
    assert eligible(release) == [True, False, False]
    release.allow(4, "G1 G2 G3")
    assert eligible(release) == [True, True, True]


# When it arises


def test_none_arises_where_the_newest_fact_is_such_a_stop_that_was_observed_no_earlier() -> None:
    release = ToldRelease()
    release.check("fail", 5)
    release.deploy(STAGING, "failed", 5)
    for stop in (BUILD, FAILED):
        assert [release.refuse(stop, seen, recorded=7, key=f"{seen}") for seen in (4, 5, 6)] == [False, False, True]
    assert release.refuse(Stop("build_complete", "G1", check="lint"), 4, recorded=7), "of another check"
    release.check("pass", 5.5)
    release.deploy(STAGING, "succeeded", 5.5)
    assert [release.refuse(stop, 5, recorded=8) for stop in (BUILD, FAILED)] == [True, True], "it is not the newest"


def test_a_later_failure_is_not_lost_against_a_pass_that_was_observed_between_both() -> None:
    release = ToldRelease()
    release.check("fail", 5)
    release.accept("build_complete", 5)
    assert release.refuse(BUILD, 9)
    release.check("pass", 7, recorded=10)
    assert release.contests() == 1


def test_no_decision_on_record_keeps_a_refused_objection_from_standing() -> None:
    release = ToldRelease()
    release.decide("G2", "qa-1", "qa_tester", "rejected", 5)
    release.accept("gate_signoff", 5)
    assert release.refuse(OBJECTION, 4, recorded=6)


def test_a_retry_of_a_refused_stop_is_one_report_and_a_later_observation_is_another() -> None:
    release = ToldRelease()
    assert release.refuse(BUILD, 5, recorded=6)
    assert not release.refuse(BUILD, 5, recorded=7)
    assert not release.refuse(BUILD, 4, recorded=7, content="another")
    assert release.refuse(BUILD, 6, recorded=8)
    assert release.refuse(BUILD, 5, recorded=8, key="another")
    release.check("pass", 5.5, recorded=9)
    assert release.contests() == 1, "the later one"


def test_the_same_content_is_one_report_where_its_times_cannot_be_read() -> None:
    release = ToldRelease()
    assert release.refuse(BUILD, 5, timed=False)
    assert not release.refuse(BUILD, 6, timed=False)
    assert release.refuse(BUILD, 7, timed=False, content="another")
    assert release.refuse(BUILD, 8, timed=False, key="another")
    assert release.refuse(BUILD, 9)


@pytest.mark.parametrize("status", ["pass", "skipped", "warning", "fail"])
def test_none_arises_when_a_newer_check_of_that_name_is_on_record(status: str) -> None:
    release = ToldRelease()
    release.check(status, 5)
    assert not release.refuse(BUILD, 3.9, recorded=6)
    assert release.refuse(BUILD, 4, recorded=6) is (status != "fail"), "within a minute nobody knows which was first"


def test_a_check_of_another_name_gate_or_deployment_or_one_that_is_not_trusted_supersedes_nothing() -> None:
    release = ToldRelease()
    release.deploy(STAGING)
    release.deploy(NEWER, seen=-1)
    release.check("pass", 9, name="lint")
    release.check("pass", 9, on="G2")
    release.check("pass", 9, trusted=False)
    release.check("pass", 9, name="http", on=NEWER)
    release.check("warning", 9, name="queue", on=STAGING)
    assert release.refuse(BUILD, 5, recorded=10)
    assert release.refuse(UNHEALTHY, 5, recorded=10)


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_none_arises_for_a_deployment_of_which_a_newer_end_is_on_record(status: str) -> None:
    release = ToldRelease()
    release.deploy(STAGING, status, 5)
    assert not release.refuse(FAILED, 3.9, recorded=6)
    assert release.refuse(FAILED, 4, recorded=6) is (status == "succeeded")
    assert release.refuse(Stop("deployment_event", "G4", environment="staging", ref="s0"), 4, recorded=6)


@pytest.mark.parametrize("stop", [FAILED, UNHEALTHY])
def test_none_arises_for_a_deployment_on_record_when_a_newer_one_is_healthy(stop: Stop) -> None:
    release = ToldRelease()
    release.deploy(STAGING, seen=1)
    release.deploy(NEWER, seen=2)
    assert release.refuse(stop, 5, recorded=6, key="before")
    release.check("pass", 3, name="queue", on=NEWER)
    assert not release.refuse(stop, 5, recorded=6)


@pytest.mark.parametrize("stop", [FAILED, UNHEALTHY])
def test_none_arises_for_a_deployment_that_is_not_on_record_when_a_later_one_is_healthy_by_newer_checks(
    stop: Stop,
) -> None:
    release = ToldRelease()
    release.deploy(NEWER, seen=5)
    release.check("pass", 5, name="queue", on=NEWER)
    assert not release.refuse(stop, 3.9, recorded=6)
    assert release.refuse(stop, 4, recorded=6)


def test_a_decision_counts_from_when_it_was_refused_and_is_never_superseded() -> None:
    release = ToldRelease()
    release.decide("G2", "qa-1", "qa_tester", "approved", 5)
    assert release.refuse(OBJECTION, 1, recorded=6)
    assert release.contests() == 1
