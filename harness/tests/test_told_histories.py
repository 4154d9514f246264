"""Histories that were told and not drawn: cases of refused stops in which the database once differed from the model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from harness.prove.model_events import Sender
from harness.tests.release_history import ReleaseHistory
from harness.tests.release_history.drawn import OTHER_REF, SOURCE_REF, STRICT, switched
from harness.tests.told_history import agree, deploy, health, refuse, standing

pytest_plugins = ("harness.tests.told_fixtures",)


@pytest.mark.parametrize("source_ref", ["", " ", "\u00a0", 7, None, "x" * 300, OTHER_REF[:7], f" {OTHER_REF}"])
def test_a_commit_that_cannot_be_read_is_no_other_commit(history: ReleaseHistory, source_ref: object) -> None:
    refuse(history, "build_complete", {"status": "fail", "source_ref": source_ref}, None)
    assert standing(history) == 1
    refuse(
        history,
        "build_complete",
        {"status": "fail", "source_ref": OTHER_REF, "check_name": "lint"},
        None,
    )
    assert standing(history) == 1


def test_a_stop_whose_times_cannot_be_read_is_observed_when_it_is_received(history: ReleaseHistory) -> None:
    refuse(history, "build_complete", {"status": "fail"}, 1, sent_at="soon")
    refuse(history, "build_complete", {"status": "fail", "check_name": "lint"}, 1, emitted_at="yesterday")
    history.build("build", "pass", {"lint": "pass"}, [], 4, None)
    agree(history)
    assert standing(history) == 2


def test_an_earlier_attempt_is_no_correction_of_a_later_one(history: ReleaseHistory) -> None:
    nameless = {"status": "fail", "check_name": 7}
    key = refuse(history, "build_complete", nameless, 1)
    refuse(history, "build_complete", nameless | {"attempt": 2}, 1, idempotency_key=f"{key}/~2")
    passed = history.envelope("build_complete", {"status": "pass"}, history.now())
    assert history.send(passed | {"idempotency_key": key}) is None
    agree(history)
    assert standing(history) == 1
    passed = history.envelope("build_complete", {"status": "pass"}, history.now())
    assert history.send(passed | {"idempotency_key": f"{key}/~10"}) is None
    agree(history)
    assert standing(history) == 0


@pytest.mark.parametrize("decision", ["rejected", "request_changes", "approved"])
def test_an_objection_to_the_release_ends_with_a_decision_on_it_of_the_same_person(
    history: ReleaseHistory, decision: str
) -> None:
    history.become("qa-1", "qa_tester")
    refuse(history, "gate_signoff", history.decision("G2", "qa-1", "qa_tester", "rejected"), None, gate_code="G9")
    history.insert_approval(None, "qa-1", "qa_tester", decision)
    agree(history)
    assert standing(history) == 0


def test_a_decision_on_another_gate_under_the_same_key_is_another_stop(history: ReleaseHistory) -> None:
    for gate in ("G2", "G3"):
        history.sign_off(gate, "qa-1", "qa_tester", "rejected", [], None, False)
    again = history.decision("G3", "qa-1", "qa_tester", "rejected") | {"rationale_text": "still"}
    reused = history.envelope("gate_signoff", again, history.now(), "G3")
    reused["idempotency_key"] = history.sent[0]["idempotency_key"]
    assert history.send(reused) == "idempotency_key_reused"
    agree(history)
    assert standing(history) == 1


def test_a_key_of_another_release_holds_no_stop_of_this_one(opened: Callable[[], ReleaseHistory]) -> None:
    other, history = opened(), opened()
    other.build("build", "fail", {}, [], None, None)
    history.build("build", "fail", {}, [], 1, None)
    reused = history.envelope("build_complete", {"status": "fail"}, history.seen(4))
    reused["idempotency_key"] = other.sent[0]["idempotency_key"]
    assert history.send(reused) == "idempotency_key_reused"
    agree(history)
    assert standing(history) == 1
    history.build("build", "pass", {}, [], 3, None)
    agree(history)
    assert history.model.verdict("G1", history.now()).status == "failed"


def test_a_late_report_of_an_earlier_check_shows_nothing_of_a_newer_deployment(history: ReleaseHistory) -> None:
    refuse(history, "health_check", health("d1"), 1)
    deploy(history, "d2", seen=2)
    history.check_health("staging", "d2", "http", "fail", [], 4, False)
    history.check_health("staging", "d2", "http", "pass", [], 3, False)
    agree(history)
    assert standing(history) == 1
    history.check_health("staging", "d2", "http", "pass", [], None, False)
    agree(history)
    assert standing(history) == 0


def test_a_check_of_health_without_a_name_is_ended_by_no_deployment(history: ReleaseHistory) -> None:
    deploy(history, "d1")
    refuse(history, "health_check", health("d1", name=" "), 1)
    deploy(history, "d2", seen=2)
    history.check_health("staging", "d2", "http", "pass", [], None, False)
    agree(history)
    assert standing(history) == 1


def test_a_failure_that_was_rolled_back_is_on_record_all_the_same(history: ReleaseHistory) -> None:
    deploy(history, "d1", status="failed", seen=3)
    history.deploy("staging", "r1", "succeeded", 4, None, False, 0)
    failed = {"environment": "staging", "deployment_ref": "d1", "status": "failed"}
    refuse(history, "deployment_event", failed, 2)
    assert standing(history) == 0


def test_a_person_objects_in_their_own_name_whatever_is_wrong_with_it(history: ReleaseHistory) -> None:
    subject = history.become("qa-1", "qa_tester")
    for persona, name in (("release_manager", "rm-1"), ("qa_tester", "rm-1"), ("nobody", "qa-1")):
        payload = history.decision("G2", name, persona, "rejected")
        envelope = history.envelope("gate_signoff", payload, history.now(), "G2", "manual")
        with history.sending(Sender("qa_tester", subject)):
            assert history.send(envelope) in ("forbidden_event", "invalid_payload")
        agree(history)
    assert {(r.stop.gate, r.stop.person, r.stop.persona) for r in history.model.contested} == {
        ("G2", subject, "qa_tester")
    }


def test_a_deployment_is_not_named_longer_ago_than_an_hour(history: ReleaseHistory) -> None:
    hour, instant = timedelta(hours=-1), timedelta(microseconds=-1)
    history.deploy("staging", "d1", "failed", 1, hour + instant, False, 0)
    agree(history)
    assert standing(history) == 1
    history.deploy("staging", "d1", "succeeded", 3, hour, False, 0)
    agree(history)
    assert standing(history) == 0


def test_a_later_failure_under_a_key_that_is_taken_outlives_a_pass_between_both(history: ReleaseHistory) -> None:
    history.build("build", "fail", {}, [], 1, None)
    reused = history.sent[0] | {"payload": {"status": "fail", "note": 1}, "emitted_at": history.seen(4).isoformat()}
    assert history.send(reused) == "idempotency_key_reused"
    agree(history)
    assert standing(history) == 1
    history.build("build", "pass", {}, [], 3, None)
    agree(history)
    assert standing(history) == 1
    history.build("build", "fail", {}, [], 4, None)
    again = reused | {"payload": {"status": "fail", "note": 2}, "emitted_at": history.seen(3).isoformat()}
    assert history.send(again) == "idempotency_key_reused"
    agree(history)
    assert len(history.model.contested) == 1


def test_an_objection_on_record_keeps_no_refused_one_from_standing(history: ReleaseHistory) -> None:
    history.sign_off("G2", "qa-1", "qa_tester", "rejected", [], None, False)
    again = history.sent[0]["payload"] | {"rationale_text": "still"}
    assert history.send(history.sent[0] | {"payload": again}) == "idempotency_key_reused"
    agree(history)
    assert standing(history) == 1


def test_one_refused_report_sent_twice_is_contested_once_and_one_of_a_later_time_twice(history: ReleaseHistory) -> None:
    envelope = history.envelope("build_complete", {"status": "fail"}, history.seen(1)) | {"schema_version": "v9.9"}
    later = {"emitted_at": history.seen(3).isoformat()}
    for again, contested in (({}, 1), ({}, 1), (later, 2), ({"emitted_at": "soon"}, 2)):
        assert history.send(envelope | again) == "unsupported_schema_version"
        agree(history)
        assert len(history.model.contested) == contested


def test_the_same_content_of_an_earlier_observation_ends_nothing(history: ReleaseHistory) -> None:
    failed = {"status": "fail", "check_name": "lint"}
    refuse(history, "build_complete", failed, 3)
    for seen, left in ((2, 1), (3, 0)):
        assert history.send(history.envelope("build_complete", failed, history.seen(seen))) is None
        agree(history)
        assert standing(history) == left


def test_what_cannot_be_read_is_corrected_by_its_sender_and_about_the_same_person(history: ReleaseHistory) -> None:
    subject = history.become("qa-1", "qa_tester")
    history.become("dev-1", "qa_tester")
    rejected = history.decision("G2", "qa-1", "qa_tester", "rejected")
    key = refuse(history, "gate_signoff", rejected, None, gate_code="G9")
    for person, attempt, left in (("dev-1", "", 1), ("qa-1", "/~2", 0)):
        approved = history.decision("G2", person, "qa_tester", "approved")
        corrected = history.envelope("gate_signoff", approved, history.now(), "G2")
        assert history.send(corrected | {"idempotency_key": key + attempt}) is None
        agree(history)
        assert standing(history) == left
    own = history.envelope("gate_signoff", rejected, history.now(), "G9", "manual")
    with history.sending(Sender("qa_tester", subject)):
        assert history.send(own) == "invalid_envelope"
    agree(history)
    for sender, person, attempt, left in (
        (Sender(), "dev-1", "", 1),
        (Sender("qa_tester", subject), "qa-1", "/~2", 0),
    ):
        key = own["idempotency_key"] + attempt
        approved = history.decision("G2", person, "qa_tester", "approved")
        with history.sending(sender):
            envelope = history.envelope("gate_signoff", approved, history.now(), "G2", "manual")
            assert history.send(envelope | {"idempotency_key": key}) is None
        agree(history)
        assert standing(history) == left


@pytest.mark.parametrize("kind", ["deployment_event", "health_check"])
def test_a_deployment_on_record_is_cleared_by_a_newer_one_that_is_healthy_since_whenever(
    history: ReleaseHistory, kind: str
) -> None:
    deploy(history, "d1", "d2", seen=1)
    failed = health("d1") if kind == "health_check" else health("d1") | {"status": "failed"}
    refuse(history, kind, failed, None)
    assert standing(history) == 1
    history.check_health("staging", "d2", "http", "pass", [], 3, False)
    agree(history)
    assert standing(history) == 0
    refuse(history, kind, failed, None)
    assert len(history.model.contested) == 1


@pytest.mark.parametrize("kind", ["deployment_event", "health_check"])
def test_a_report_that_a_later_deployment_ended_stays_ended_when_its_own_is_reported_late(
    history: ReleaseHistory, kind: str
) -> None:
    failed = health("d1") if kind == "health_check" else health("d1") | {"status": "failed"}
    refuse(history, kind, failed, 1)
    deploy(history, "d2", seen=2)
    history.check_health("staging", "d2", "http", "pass", [], 3, False)
    agree(history)
    assert standing(history) == 0
    deploy(history, "d1", status="in_progress", seen=4)
    assert standing(history) == 0


def test_a_deployment_that_is_reported_late_does_not_clear_itself(history: ReleaseHistory) -> None:
    refuse(history, "health_check", health("d1"), 1)
    deploy(history, "d1", seen=2)
    history.check_health("staging", "d1", "queue", "pass", [], 3, False)
    agree(history)
    assert standing(history) == 1
    history.check_health("staging", "d1", "http", "pass", [], 3, False)
    agree(history)
    assert standing(history) == 0


@pytest.mark.parametrize("kind", ["build_complete", "deployment_event", "health_check", "gate_signoff"])
def test_blanks_tabs_and_line_ends_hide_no_stop(history: ReleaseHistory, kind: str) -> None:
    payload = history.decision("G2", "qa-1", "qa_tester", "\r\nrejected\t") if kind == "gate_signoff" else health("d1")
    payload |= {"source_ref": f"\t{SOURCE_REF}\r\n "}
    payload |= {} if kind == "gate_signoff" else {"status": "\tFailed\n"}
    refuse(history, kind, payload, None, gate_code="G2" if kind == "gate_signoff" else None)
    assert standing(history) == 1


def test_somebody_who_became_a_member_after_their_objection_was_refused_lifts_it(history: ReleaseHistory) -> None:
    payload = history.decision("G2", "new-1", "qa_tester", "rejected")
    assert history.send(history.envelope("gate_signoff", payload, history.now(), "G2")) == "forbidden_event"
    agree(history)
    assert standing(history) == 1
    history.sign_off("G2", "new-1", "qa_tester", "approved", [], None, False)
    agree(history)
    assert standing(history) == 0


def test_of_many_failures_a_hundred_have_their_names_and_one_stands_for_the_others(history: ReleaseHistory) -> None:
    checks = [{"check_name": f"check-{n:03}", "status": "fail"} for n in range(150)]
    refuse(history, "build_complete", {"status": "pass", "checks": checks}, 1)
    assert standing(history) == 101
    for start in (0, 75):
        history.build("build", "pass", {f"check-{n:03}": "pass" for n in range(start, start + 75)}, [], 3, None)
    agree(history)
    assert standing(history) == 1


def test_a_clock_that_is_ahead_is_no_time_that_cannot_be_read(history: ReleaseHistory) -> None:
    envelope = history.envelope("build_complete", {"status": "fail"}, history.now()) | {"schema_version": "v9.9"}
    between: list[datetime] = []
    for _ in range(2):
        ahead = {"emitted_at": (history.now() + timedelta(minutes=2)).isoformat()}
        assert history.send(envelope | ahead) == "unsupported_schema_version"
        between.append(history.now())
    history.build("build", "pass", {}, [], between[0], None)
    agree(history)
    assert standing(history) == 1


def test_the_correction_of_an_objection_names_its_person_who_became_a_member_since(history: ReleaseHistory) -> None:
    payload = history.decision("G2", "new-1", "qa_tester", "rejected")
    key = refuse(history, "gate_signoff", payload, None, gate_code="G9")
    history.become("new-1", "qa_tester")
    corrected = history.envelope("gate_signoff", payload | {"decision": "approved"}, history.now(), "G2")
    assert history.send(corrected | {"idempotency_key": key}) is None
    agree(history)
    assert standing(history) == 0


def test_a_stop_is_read_without_its_blanks_however_many(history: ReleaseHistory) -> None:
    refuse(history, "build_complete", {"status": "fail" + " " * 300}, None)
    assert standing(history) == 1


# What was dismissed


def dismissed(history: ReleaseHistory, fact: Any, manager: str) -> bool:
    """Whether both sides let a release manager dismiss a fact; they must not differ."""
    before = len(history.model.dismissals)
    history.dismiss_one(fact, manager)
    agree(history)
    return len(history.model.dismissals) > before


def test_whoever_once_had_a_membership_ended_dismisses_nothing_of_that_person_in_that_role(
    history: ReleaseHistory,
) -> None:
    for manager in ("rm-5", "rm-2"):
        history.sign_off("G2", "qa-1", None, "rejected", [], None, False)
        history.leave("qa-1", manager)
    assert not dismissed(history, history.model.approvals[-1], "rm-5")
    assert dismissed(history, history.model.approvals[-1], "rm-4")


def test_a_failure_that_the_owner_of_the_tables_recorded_is_dismissed_by_nobody(history: ReleaseHistory) -> None:
    history.insert_checks("G1", "http", [("fail", False)], 0)
    assert not dismissed(history, history.model.checks[-1], "rm-4")


@pytest.mark.parametrize("source", ["monitoring", "manual"])
def test_what_an_sre_types_passes_no_deployment_and_can_be_dismissed_when_they_are_gone(
    history: ReleaseHistory, source: str
) -> None:
    deploy(history, "d1")
    for status in ("pass", "fail"):
        with history.sending(Sender("sre", history.become("sre-1", "sre"))):
            envelope = history.envelope("health_check", health("d1", status), history.now(), source=source)
            assert history.send(envelope) is None
        agree(history)
    history.leave("sre-1", "rm-2")
    assert dismissed(history, history.model.checks[-1], "rm-4") == (source == "manual")


def test_a_readable_report_of_a_person_that_was_refused_is_dismissed_by_nobody(history: ReleaseHistory) -> None:
    deploy(history, "d1")
    with history.sending(Sender("sre", history.become("sre-1", "sre"))):
        typed = {"source_system": "manual", "idempotency_key": history.key("health_check", "manual")}
        refuse(history, "health_check", health("d1"), None, **typed)
    history.leave("sre-1", "rm-2")
    assert not dismissed(history, history.model.contested[-1], "rm-4")


def test_an_approval_of_an_exception_lapses_with_the_artifacts(opened: Callable[[], ReleaseHistory]) -> None:
    history = opened()
    history.open_anew(STRICT)
    history.build("build", "fail", {}, [], None, None, None, "app=a")
    history.allow_exception("gate_bypass", {"G1"}, 0, None)
    history.decide_on_exception(0, "rm-2", "release_manager", "approved")
    agree(history)
    assert history.model.verdict("G1", history.now()).status == "bypassed"
    history.build("lint", "pass", {}, [], None, None, None, "lib=b")
    agree(history)
    assert history.model.verdict("G1", history.now()).status == "failed"


@pytest.mark.parametrize("not_initiator", [True, False])
@pytest.mark.parametrize("one_gate", [True, False])
def test_policy_lets_count_who_opened_the_release_and_who_approved_before_each_by_a_switch(
    opened: Callable[[], ReleaseHistory], not_initiator: bool, one_gate: bool
) -> None:
    history = opened()
    history.open_anew(switched([(not_initiator, one_gate), (True, True), (not_initiator, one_gate)]))
    history.build("build", "pass", {}, [], None, None)
    history.sign_off("G2", "dev-1", "qa_tester", "approved", ["test_result"], None, False)
    agree(history)
    history.sign_off("G2", "qa-1", "qa_tester", "approved", [], None, False)
    history.sign_off("G3", "rm-1", "qa_tester", "approved", ["rollback_plan"], None, False)
    for person in ("dev-1", "qa-1", "rm-1"):
        history.sign_off("G3", person, "release_manager", "approved", [], None, False)
        agree(history)
        history.sign_off("G3", person, "release_manager", "request_changes", [], None, False)
