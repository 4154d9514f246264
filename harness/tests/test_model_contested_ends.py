"""The model lets a refused stop stand until a newer fact, a newer deployment or an event of its sender ends it."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from harness.prove.model import Release
from harness.prove.model_facts import DeploymentKey, Stop, Verdict
from harness.tests.told_release import END, PRODUCTION, STAGING, ToldRelease, minute
from harness.tests.told_stops import (
    BUILD,
    FAILED,
    FAILED_SOMEWHERE,
    NAMELESS,
    NEWER,
    OBJECTION,
    OBJECTION_TO_ALL,
    UNHEALTHY,
)


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
    release.accept("gate_signoff", 7, key="whole", about=Stop("gate_signoff", "G2", person="qa-1", persona="qa_tester"))
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
def test_the_same_content_ends_it_under_whatever_key_if_it_was_observed_no_earlier(stop: Stop) -> None:
    release = ToldRelease()
    release.accept(stop.event_type, 4, key="earlier", content="c", seen=9)
    release.refuse(stop, 5, content="c")
    release.accept(stop.event_type, 6, key="k", content="d") if None not in stop.parts else None
    release.accept(stop.event_type, 6, key="other", content="c", seen=4.99)
    assert release.contests() == 1
    release.accept(stop.event_type, 7, key="other", content="c", seen=5)
    assert [release.contests(m) for m in (6, 7)] == [1, 0]


@pytest.mark.parametrize(
    ("first", "key"),
    [("k", "k"), ("k", "k/~i0123456789ab"), ("k/~2/~i0123456789ab", "k/~2"), *[("k/~i0123456789ab",) * 2]],
)
@pytest.mark.parametrize("stop", [BUILD, OBJECTION, FAILED, UNHEALTHY])
def test_the_same_content_under_the_same_key_may_seem_earlier_by_a_minute(stop: Stop, first: str, key: str) -> None:
    release = ToldRelease()
    release.refuse(stop, 5, content="c", key=first)
    release.accept(stop.event_type, 5.5, key="k/~3", content="c", seen=4.99)  # another run
    release.accept(stop.event_type, 6, key=key, content="c", seen=3.99)
    assert release.contests() == 1
    release.accept(stop.event_type, 6.5, key="other/~i0123456789ab", content="c", seen=4)
    release.accept(stop.event_type, 7, key=key, content="c", seen=4)
    assert [release.contests(m) for m in (6.5, 7)] == [1, 0]


@pytest.mark.parametrize(
    "stop", [NAMELESS, FAILED_SOMEWHERE, Stop("health_check", "G4", environment="staging", ref="s1")]
)
def test_a_correction_was_observed_no_earlier_but_by_a_minute_under_the_same_key(stop: Stop) -> None:
    for key, seen, left in (("k", 3.99, 1), ("k", 4, 0), ("k/~2", 4.99, 1), ("k/~2", 5, 0)):
        release = ToldRelease()
        release.refuse(stop, 5)
        release.accept(stop.event_type, 6, key=key, seen=seen)
        assert release.contests() == left, (key, seen)


def test_an_approval_corrects_an_objection_that_cannot_be_read_only_if_it_was_given_after_it() -> None:
    for seen, left in ((5, 1), (6, 0)):
        release = ToldRelease()
        release.refuse(OBJECTION_TO_ALL, 5)
        given = release.decide("G2", "qa-1", "qa_tester", seen=seen, recorded=7)
        release.accept("gate_signoff", 7, seen=seen, about=OBJECTION, approval=given)
        assert release.contests() == left


def test_a_qa_tester_who_objects_to_a_gate_that_cannot_be_read_means_g2() -> None:
    for role, left in (("qa_tester", 0), ("service_role", 1)):
        release = ToldRelease()
        release.refuse(OBJECTION_TO_ALL, 5, key=None, sender="qa-1", role=role)
        release.decide("G2", "qa-2", "qa_tester", seen=6)
        release.decide("G3", "qa-1", "qa_tester", seen=6)
        assert release.contests() == 1
        release.decide("G2", "qa-1", "qa_tester", seen=6)
        assert release.contests() == left


@pytest.mark.parametrize("other", [("lint", "api"), ("unit", "web"), (None, "api")])
def test_a_correction_of_a_build_is_about_its_check_and_its_part(other: tuple[str | None, str | None]) -> None:
    release = ToldRelease()
    release.refuse(NAMELESS, 5, build=("unit", "api"))
    release.accept("build_complete", 6, build=other)
    assert release.contests() == 1
    release.accept("build_complete", 7, build=("unit", "api"))
    assert release.contests() == 0


def test_a_key_that_was_made_longer_in_another_way_is_of_another_event() -> None:
    for first, key, left in (("k/~i0123456789ab", "k/~i0123456789ab", 0), ("k/~i0123456789ab", "k/~iba9876543210", 1),
                             ("k", "k/~i0123456789ab", 0), ("k/~i0123456789ab", "k/~2", 0)):  # fmt: skip
        release = ToldRelease()
        release.refuse(NAMELESS, 5, key=first)
        release.accept("build_complete", 6, key=key)
        assert release.contests() == left, (first, key)


def test_the_same_report_of_another_sender_is_another_one() -> None:
    release = ToldRelease()
    for sender, arises in (("bot-1", True), ("bot-1", False), ("bot-2", True)):
        assert release.refuse(FAILED_SOMEWHERE, 5, sender=sender) == arises


def test_without_a_key_the_content_says_which_event_was_sent_again() -> None:
    release = ToldRelease()
    for content, arises in (("c", True), ("c", False), ("d", True)):
        assert release.refuse(NAMELESS, 5, key=None, content=content) == arises
    assert release.contests() == 2


SOMEWHERE = Stop("health_check", "G4", None, environment="production", ref="p1", target="eu")
TO_ALL = Stop("gate_signoff", "G2", person=None, persona="qa_tester")


@pytest.mark.parametrize(
    ("stop", "other"),
    [
        (SOMEWHERE, {"environment": "staging"}), (SOMEWHERE, {"target": "us"}), (SOMEWHERE, {"ref": "p2"}),
        (replace(SOMEWHERE, environment=None, check="queue"), {"check": "http"}),
        (TO_ALL, {"gate": "G3"}), (TO_ALL, {"persona": "release_manager"}),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_read_ends_only_with_what_is_about_the_same_where_it_can_be(
    stop: Stop, other: dict[str, str]
) -> None:
    release = ToldRelease()
    release.refuse(stop, 5)
    release.accept(stop.event_type, 6, about=replace(stop, **other))
    assert release.contests() == 1
    filled = {"check": stop.check or "http", "environment": stop.environment or "production"}
    about = replace(stop, person="qa-1") if stop.event_type == "gate_signoff" else replace(stop, **filled)
    release.accept(stop.event_type, 7, about=about)
    assert release.contests() == 0


@pytest.mark.parametrize(
    "stop", [NAMELESS, OBJECTION_TO_ALL, FAILED_SOMEWHERE, Stop("gate_signoff", "G2", persona="qa_tester")]
)
def test_what_cannot_be_read_ends_with_an_event_of_its_type_under_its_key_or_a_later_attempt(stop: Stop) -> None:
    for key, left in {"k": 0, "k/~2": 0, "k/2": 1, "k/lint": 1, "other": 1}.items():
        release = ToldRelease()
        release.refuse(stop, 5)
        release.accept(stop.event_type, 6, key=key)
        release.accept("environment_event", 6, key="k")
        assert release.contests() == left, key
    release = ToldRelease()
    release.refuse(stop, 5, key="k/~2")
    release.accept(stop.event_type, 6, key="k")
    assert release.contests() == 1, "an earlier attempt"
    release.refuse(stop, 5, key=None)
    assert release.contests() == 2


@pytest.mark.parametrize("stop", [NAMELESS, OBJECTION_TO_ALL, FAILED_SOMEWHERE])
def test_what_cannot_be_read_ends_only_with_an_event_of_its_sender(stop: Stop) -> None:
    release = ToldRelease()
    release.refuse(stop, 5, sender="bot-1")
    for sender, left in (("service_role", 1), ("bot-2", 1), ("bot-1", 0)):
        release.accept(stop.event_type, 6, sender=sender)
        assert release.contests() == left


def test_an_objection_by_somebody_ends_with_no_decision_of_another_person_under_its_key() -> None:
    release = ToldRelease()
    release.refuse(OBJECTION_TO_ALL, 5)
    for person, left in (("qa-2", 1), ("qa-1", 0)):
        release.accept("gate_signoff", 6, about=replace(OBJECTION_TO_ALL, person=person))
        assert release.contests() == left
    release.refuse(Stop("gate_signoff", "G2", persona="qa_tester"), 7)
    release.accept("gate_signoff", 8, about=Stop("gate_signoff", "G2", person="qa-2", persona="qa_tester"))
    assert release.contests() == 0


def test_what_can_be_read_does_not_end_with_an_event_under_its_key() -> None:
    for stop in (BUILD, OBJECTION, FAILED, UNHEALTHY):
        release = ToldRelease()
        release.refuse(stop, 5)
        release.accept(stop.event_type, 6)
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


def test_what_a_deployment_corrects_still_stands_while_that_is_judged() -> None:
    release = ToldRelease()
    release.refuse(Stop("deployment_event", "G4", environment=None, ref="p1"), 5)
    release.deploy(PRODUCTION, "succeeded", 6)
    release.accept("deployment_event", 6)
    assert release.contests(6) == 0
    plain = Release(**{each.name: getattr(release, each.name) for each in fields(Release)})
    judged = plain.judgements_of(plain.deployments(minute(6))[PRODUCTION])
    assert [f.kind for _, f in judged[minute(6)] if f.state == "failed"] == ["contested_report"]
