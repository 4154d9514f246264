"""The model lets stops stand that were refused: when one arises, what it blocks, and what ends it."""

from __future__ import annotations

import pytest

from harness.prove.model_facts import ENVIRONMENTS, DeploymentKey, Finding, Requirement, Stop, Verdict
from harness.tests.told_release import END, PRODUCTION, STAGING, ToldRelease, minute

BUILD = Stop("build_complete", "G1", check="build")
NAMELESS = Stop("build_complete", "G1")
OBJECTION = Stop("gate_signoff", "G2", person="qa-1", persona="qa_tester")
OBJECTION_TO_ALL = Stop("gate_signoff", None, person="qa-1", persona="qa_tester")
FAILED = Stop("deployment_event", "G4", environment="staging", ref="s1")
FAILED_SOMEWHERE = Stop("deployment_event", "G4", ref="s1")
UNHEALTHY = Stop("health_check", "G4", check="http", environment="staging", ref="s1")
NEWER = DeploymentKey("staging", "s2")


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
    release.accept("gate_signoff", 5, person="qa-1")
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


# What ends it


def test_a_trusted_check_of_that_name_that_was_observed_later_and_did_not_fail_ends_it() -> None:
    for status, left in {"pass": 0, "skipped": 0, "warning": 0, "fail": 1}.items():
        release = ToldRelease()
        release.refuse(BUILD, 5, recorded=6)
        release.check(status, 7)
        assert release.contests() == left
    release = ToldRelease()
    release.refuse(BUILD, 5, recorded=6)
    release.check("pass", 5, recorded=8)
    release.check("pass", 9, trusted=False)
    release.check("pass", 9, name="lint")
    release.check("pass", 9, on="G2")
    assert release.contests() == 1


def test_a_check_of_health_ends_only_that_of_its_deployment_also_if_that_is_recorded_afterwards() -> None:
    release = ToldRelease()
    release.refuse(UNHEALTHY, 5)
    release.deploy(STAGING, seen=6)
    release.deploy(DeploymentKey("production", "s1"), seen=6)
    release.check("pass", 7, name="http", on=DeploymentKey("production", "s1"))
    release.check("pass", 7, name="queue", on=STAGING)
    assert release.contests() == 1
    release.check("pass", 8, name="http", on=STAGING)
    assert [release.contests(m) for m in (7, 8)] == [1, 0]


def test_an_approval_observed_after_the_refusal_ends_an_objection() -> None:
    release = ToldRelease()
    release.refuse(OBJECTION, 1, recorded=5)
    release.decide("G2", "qa-1", "qa_tester", seen=5, recorded=6)
    release.decide("G2", "qa-2", "qa_tester", seen=7)
    release.decide("G2", "qa-1", "developer", seen=7)
    release.decide("G3", "qa-1", "qa_tester", seen=7)
    assert release.contests() == 1
    release.decide("G2", "qa-1", "qa_tester", seen=8)
    assert [release.contests(m) for m in (7, 8)] == [1, 0]


def test_an_approver_who_was_no_member_when_refused_is_looked_up_again() -> None:
    members: dict[str, str] = {}
    release = ToldRelease()
    release.members = members
    release.refuse(Stop("gate_signoff", "G2", person="QA-1-login", persona="qa_tester"), 5)
    release.refuse(Stop("gate_signoff", None, person="QA-1-login", persona="qa_tester"), 5, key="whole")
    release.decide("G2", "qa-1", "qa_tester", seen=6)
    release.accept("gate_signoff", 7, key="whole", person="qa-1")
    assert release.contests() == 2
    members["qa-1-login"] = "qa-1"
    assert [release.contests(m) for m in (5, 6, 7)] == [2, 1, 0]


def test_another_objection_takes_its_place() -> None:
    release = ToldRelease()
    release.pass_gates("G1", "G2")
    release.refuse(OBJECTION, 5)
    release.decide("G2", "qa-1", "qa_tester", "request_changes", 6)
    assert release.contests() == 0
    assert release.statuses()[1] == "in_progress"


@pytest.mark.parametrize("decision", ["approved", "rejected", "request_changes"])
def test_an_objection_to_the_release_ends_with_a_decision_on_the_release_by_that_person(decision: str) -> None:
    release = ToldRelease()
    release.refuse(OBJECTION_TO_ALL, 5)
    release.decide("G2", "qa-1", "qa_tester", seen=6)
    release.decide(None, "qa-2", "qa_tester", seen=6)
    assert release.contests() == 1
    release.decide(None, "qa-1", "qa_tester", decision, seen=8)
    assert release.contests() == 0, "an objection stands itself"
    assert (release.objections_to_the_release(END) == []) == (decision == "approved")


def test_a_success_of_the_same_deployment_ends_its_failure() -> None:
    for status, left in {"succeeded": 0, "in_progress": 1, "failed": 1, "rolled_back": 1}.items():
        release = ToldRelease()
        release.refuse(FAILED, 5)
        release.deploy(STAGING, status, 6)
        assert release.contests() == left
    release = ToldRelease()
    release.refuse(FAILED, 5, recorded=6)
    release.deploy(STAGING, "succeeded", 5, recorded=7)
    release.deploy(DeploymentKey("production", "s1"), "succeeded", 8)
    release.check("pass", 8, name="http", on=STAGING)
    assert release.contests() == 1
    release = ToldRelease()
    release.refuse(UNHEALTHY, 5)
    release.deploy(STAGING, "succeeded", 6)
    assert release.contests() == 1, "that says nothing about its health"


@pytest.mark.parametrize("stop", [FAILED, UNHEALTHY])
def test_a_newer_deployment_that_was_healthy_once_ends_it(stop: Stop) -> None:
    release = ToldRelease()
    release.deploy(STAGING, seen=1)
    release.deploy(NEWER, seen=2)
    release.check("pass", 3, name="http", on=NEWER)
    release.check("warning", 4, name="http", on=NEWER)
    release.refuse(stop, 5)
    assert release.contests() == 1
    release.check("pass", 4.5, name="http", on=NEWER, recorded=6)
    assert [release.contests(m) for m in (5, 6)] == [1, 0]
    release.check("warning", 7, name="http", on=NEWER)
    assert release.contests() == 0, "what has ended never stands again"


@pytest.mark.parametrize("stop", [FAILED, UNHEALTHY])
def test_what_a_later_healthy_deployment_ended_does_not_stand_again_when_its_own_is_reported_late(stop: Stop) -> None:
    release = ToldRelease()
    release.refuse(stop, 5)
    release.deploy(NEWER, seen=6)
    release.check("pass", 7, name="queue", on=NEWER)
    release.deploy(STAGING, "in_progress", seen=8)
    assert [release.contests(m) for m in (6, 7, 8)] == [1, 0, 0]


def test_a_late_report_of_an_earlier_check_does_not_show_that_a_later_deployment_is_healthy() -> None:
    release = ToldRelease()
    release.deploy(NEWER, seen=6)
    release.check("pass", 7, name="http", on=NEWER)
    assert release.refuse(UNHEALTHY, 5.9, recorded=8)
    release.check("pass", 6.5, name="http", on=NEWER, recorded=9)
    assert release.contests() == 1
    release.check("pass", 7.5, name="http", on=NEWER, recorded=10)
    assert release.contests() == 0


def test_a_check_of_health_without_a_name_is_ended_by_no_deployment() -> None:
    release = ToldRelease()
    release.deploy(STAGING, seen=1)
    release.refuse(Stop("health_check", "G4", environment="staging", ref="s1"), 2)
    release.deploy(NEWER, seen=3)
    release.check("pass", 4, name="http", on=NEWER)
    assert release.contests() == 1


@pytest.mark.parametrize("refused", [1, 4])
@pytest.mark.parametrize("ends", [2, 5])
@pytest.mark.parametrize("kind", ["health_check", "deployment_event"])
@pytest.mark.parametrize("late", [False, True])
def test_what_is_observed_after_a_rollback_ends_no_refused_failure_from_before(
    kind: str, refused: float, ends: float, late: bool
) -> None:
    release = ToldRelease()
    release.deploy(STAGING, "in_progress")
    stop = Stop(kind, "G4", "http" if kind == "health_check" else None, environment="staging", ref="s1")
    if not late:
        release.deploy(STAGING, "rolled_back", 3, recorded=10)
        release.refuse(stop, refused, recorded=11)
    else:
        release.refuse(stop, refused, recorded=10)
        release.deploy(STAGING, "rolled_back", 3, recorded=11)
    if kind == "health_check":
        release.check("pass", ends, name="http", on=STAGING, recorded=12)
    else:
        release.deploy(STAGING, "succeeded", ends, recorded=12)
    same_side = (refused < 3) == (ends < 3) if kind == "health_check" else ends < 3
    assert release.contests(13) == (0 if same_side and ends > refused else 1)


def test_an_older_deployment_or_one_elsewhere_ends_nothing() -> None:
    release = ToldRelease()
    release.deploy(STAGING, seen=2)
    release.deploy(NEWER, seen=1)
    release.deploy(DeploymentKey("dev", "s3"), seen=3)
    release.refuse(UNHEALTHY, 5)
    for place in (NEWER, DeploymentKey("dev", "s3")):
        release.check("pass", 6, name="queue", on=place)
    assert release.contests() == 1


def test_where_its_deployment_is_not_known_one_made_after_it_was_observed_is_newer() -> None:
    release = ToldRelease()
    release.refuse(UNHEALTHY, 5)
    release.deploy(NEWER, seen=5)
    release.check("pass", 6, name="queue", on=NEWER)
    assert release.contests() == 1
    release.deploy(DeploymentKey("staging", "s3"), seen=5.1)
    release.check("pass", 7, name="queue", on=DeploymentKey("staging", "s3"))
    assert release.contests() == 0


@pytest.mark.parametrize("stop", [BUILD, NAMELESS, OBJECTION, OBJECTION_TO_ALL, FAILED, FAILED_SOMEWHERE, UNHEALTHY])
def test_the_same_content_ends_it_under_whatever_key(stop: Stop) -> None:
    release = ToldRelease()
    release.accept(stop.event_type, 4, key="earlier", content="c", seen=9)
    release.refuse(stop, 5, content="c")
    release.accept(stop.event_type, 6, key="k", content="d") if None not in stop.parts else None
    release.accept(stop.event_type, 6, key="other", content="c", seen=3.9)
    assert release.contests() == 1
    release.accept(stop.event_type, 7, key="other", content="c", seen=4)
    assert [release.contests(m) for m in (6, 7)] == [1, 0]


@pytest.mark.parametrize(
    "stop", [NAMELESS, OBJECTION_TO_ALL, FAILED_SOMEWHERE, Stop("gate_signoff", "G2", persona="qa_tester")]
)
def test_what_cannot_be_read_ends_with_an_event_of_its_type_under_its_key_or_a_later_attempt(stop: Stop) -> None:
    for key, left in {"k": 0, "k/~2": 0, "k/2": 1, "k/lint": 1, "other": 1}.items():
        release = ToldRelease()
        release.refuse(stop, 5)
        release.accept(stop.event_type, 6, key=key, person=stop.person)
        release.accept("environment_event", 6, key="k")
        assert release.contests() == left, key
    release = ToldRelease()
    release.refuse(stop, 5, key="k/~2")
    release.accept(stop.event_type, 6, key="k", person=stop.person)
    assert release.contests() == 1, "an earlier attempt"
    release.refuse(stop, 5, key=None)
    assert release.contests() == 2


@pytest.mark.parametrize("stop", [NAMELESS, OBJECTION_TO_ALL, FAILED_SOMEWHERE])
def test_what_cannot_be_read_ends_only_with_an_event_of_its_sender(stop: Stop) -> None:
    release = ToldRelease()
    release.refuse(stop, 5, sender="bot-1")
    for sender, left in (("service_role", 1), ("bot-2", 1), ("bot-1", 0)):
        release.accept(stop.event_type, 6, person=stop.person, sender=sender)
        assert release.contests() == left


def test_an_objection_by_somebody_ends_with_no_decision_of_another_person_under_its_key() -> None:
    release = ToldRelease()
    release.refuse(OBJECTION_TO_ALL, 5)
    for person, left in (("qa-2", 1), ("qa-1", 0)):
        release.accept("gate_signoff", 6, person=person)
        assert release.contests() == left
    release.refuse(Stop("gate_signoff", "G2", persona="qa_tester"), 7)
    release.accept("gate_signoff", 8, person="qa-2")
    assert release.contests() == 0


def test_what_can_be_read_does_not_end_with_an_event_under_its_key() -> None:
    for stop in (BUILD, OBJECTION, FAILED, UNHEALTHY):
        release = ToldRelease()
        release.refuse(stop, 5)
        release.accept(stop.event_type, 6, person=stop.person)
        assert release.contests() == 1


def test_a_check_without_a_name_is_ended_by_no_check() -> None:
    release = ToldRelease()
    release.refuse(NAMELESS, 5)
    release.check("pass", 6)
    assert release.verdict("G1", END) == Verdict("failed")


# Replay


def test_a_moment_is_judged_by_the_reports_that_stood_then() -> None:
    release = ToldRelease()
    release.check("pass", 1)
    release.refuse(BUILD, 2, recorded=10)
    release.check("pass", 3, recorded=20)
    assert [release.statuses(minute(m))[0] for m in (9, 10, 19, 20)] == ["passed", "failed", "failed", "passed"]
