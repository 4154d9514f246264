"""The model reads the stops of a refused event as far as they can be read: from its envelope and its sender alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from harness.prove.model_events import (
    Addressee,
    Sender,
    Submitted,
    can_move,
    content_of,
    facts_in,
    key_in,
    observed_in,
    stops_in,
)
from harness.prove.model_facts import Build, DeploymentKey, Evidence, Stop, observed
from harness.prove.model_keys import is_sent_again
from harness.prove.names import is_name

RELEASE = UUID("0190f3c2-0000-7000-8000-000000000001")
TO = Addressee(RELEASE, "4f1c2d9b6a7e803d5c11f0e9ab42d7c3586e9f01", {"qa-1": "qa-1", "qa-1-login": "qa-1"})
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
FAILED_BUILD = Stop("build_complete", "G1", check="build")


def event(event_type: str, gate_code: object = None, **payload: Any) -> dict[str, Any]:
    """An envelope of which nothing is checked."""
    return {
        "idempotency_key": f"agent/1/{event_type}",
        "event_type": event_type,
        "source_system": "agent",
        "release_id": str(RELEASE),
        "gate_code": gate_code,
        "payload": payload,
        "emitted_at": NOW.isoformat(),
    }


def decision(gate: object = "G2", **payload: Any) -> dict[str, Any]:
    given = {"decision": "rejected", "approver_id": " QA-1-login ", "persona_role": "qa_tester"}
    return event("gate_signoff", gate, **{**given, **payload})


def sent(envelope: dict[str, Any]) -> Submitted:
    """An event that was accepted."""
    return Submitted(envelope, Sender(), TO, NOW, NOW)


def failure(**payload: Any) -> dict[str, Any]:
    return event(
        "deployment_event", **{"environment": "staging", "deployment_ref": "s1", "status": "failed", **payload}
    )


def unhealthy(**payload: Any) -> dict[str, Any]:
    return event("health_check", **{"environment": "staging", "deployment_ref": "s1", "status": "fail", **payload})


def test_a_failed_build_and_each_failed_check_in_it_are_stops() -> None:
    checks = [
        {"check_name": "lint", "status": "fail"},
        {"check_name": "unit_tests", "status": "pass"},
        {"check_name": "e2e", "status": "failed", "artifact_ref": 7},
        {"check_name": "lint", "status": "fail"},
    ]
    names = [stop.check for stop in stops_in(event("build_complete", status="fail", checks=checks), Sender(), TO)]
    assert names == ["build", "e2e", "lint"]
    named = event("build_complete", status="maybe", check_name="unit_tests", checks=checks[:1])
    assert stops_in(named, Sender(), TO) == (Stop("build_complete", "G1", check="lint"),)


def test_of_many_failures_the_first_hundred_have_their_names_and_one_without_a_name_stands_for_the_others() -> None:
    def read(number: int, *more: object) -> list[str | None]:
        checks = [*more, *({"check_name": f"check-{n:04}", "status": "fail"} for n in reversed(range(number)))]
        refused = event("build_complete", status="fail", checks=checks)
        return [stop.check for stop in stops_in(refused, Sender(), TO)]

    names = ["build", *(f"check-{n:04}" for n in range(99))]
    assert read(99) == names
    assert read(99, {"status": "fail"}) == read(100) == read(2000, {"status": "fail"}) == [*names, None]


@pytest.mark.parametrize("name", ["", " \t", "x" * 256, "ü" * 128, 7, ["build"], {}])
def test_a_name_that_cannot_be_read_is_no_name(name: object) -> None:
    [stop] = stops_in(event("build_complete", status="fail", check_name=name), Sender(), TO)
    assert stop == Stop("build_complete", "G1")
    entry = {"check_name": name, "status": "fail"}
    assert stops_in(event("build_complete", status="pass", checks=[entry]), Sender(), TO) == (stop,)
    assert stops_in(unhealthy(check_name=name, deployment_ref=name), Sender(), TO) == (
        Stop("health_check", "G4", environment="staging"),
    )


def test_a_check_without_a_name_has_the_name_of_its_type_and_an_entry_of_a_list_has_none() -> None:
    assert stops_in(event("build_complete", status="fail", check_name=None), Sender(), TO) == (FAILED_BUILD,)
    [health] = stops_in(unhealthy(), Sender(), TO)
    assert health.check == "health"
    [entry] = stops_in(event("build_complete", checks=[{"status": "fail"}]), Sender(), TO)
    assert entry.check is None


@pytest.mark.parametrize("status", ["pass", "unfail", "fail.", "skipped", None, 0, ["fail"], {"status": "fail"}])
def test_what_says_no_failure_is_no_stop(status: object) -> None:
    checks = [{"check_name": "lint", "status": status}, "fail", ["fail"], None]
    for refused in (
        event("build_complete", status=status, checks=checks),
        event("build_complete", status=status, checks={"status": "fail"}),
        failure(status=status),
        unhealthy(status=status),
        decision(decision=status),
        decision(decision="approved", status="fail"),
    ):
        assert stops_in(refused, Sender(), TO) == ()


@pytest.mark.parametrize(
    "word", ["fail", "failed", "failure", "rejected", "request_changes", " FAIL ", "\r\n\tRejected\u00a0"]
)
def test_a_stop_is_one_in_whichever_of_its_words(word: str) -> None:
    for refused in (event("build_complete", status=word), failure(status=word), unhealthy(status=word)):
        assert len(stops_in(refused, Sender(), TO)) == 1
    assert len(stops_in(decision(decision=word), Sender(), TO)) == 1


@pytest.mark.parametrize("environment", ["prod", "Staging", None, 4])
def test_an_environment_that_cannot_be_read_is_none(environment: object) -> None:
    assert stops_in(failure(environment=environment), Sender(), TO) == (Stop("deployment_event", "G4", ref="s1"),)


def test_what_is_about_another_release_another_commit_or_no_known_type_is_no_stop_here() -> None:
    other = str(UUID(int=1))
    for refused in (
        event("build_complete", status="fail") | {"release_id": other},
        event("build_complete", status="fail") | {"release_id": "one"},
        event("build_complete", status="fail") | {"release_id": None},
        event("build_complete", status="fail", source_ref="0ddba11c0ffee000f1ea5ba11ab1e5eed00d1e5e5"),
        failure(source_ref="0ddba11c0ffee000f1ea5ba11ab1e5eed00d1e5e5"),
        unhealthy(source_ref="0ddba11c0ffee000f1ea5ba11ab1e5eed00d1e5e5"),
        event("build_failed", status="fail"),
        event("environment_event", status="fail"),
        event("build_complete") | {"event_type": ["build_complete"]},
        event("build_complete") | {"payload": ["status", "fail"]},
        [event("build_complete", status="fail")],
        "fail",
        None,
    ):
        assert stops_in(refused, Sender(), TO) == ()
    for source_ref in (None, "4f1c2d9b6a7e803d5c11f0e9ab42d7c3586e9f01", "\t4f1c2d9 \r\n", 7, " ", "\u00a0"):
        assert stops_in(event("build_complete", status="fail", source_ref=source_ref), Sender(), TO) == (FAILED_BUILD,)
    upper = event("build_complete", status="fail") | {"release_id": str(RELEASE).upper()}
    assert stops_in(upper, Sender(), TO) == (FAILED_BUILD,)


@pytest.mark.parametrize(
    ("role", "types"),
    [
        ("service_role", ["build_complete", "deployment_event", "gate_signoff", "health_check"]),
        ("ci_service_role", ["build_complete", "deployment_event", "health_check"]),
        ("sre", ["deployment_event", "health_check"]),
        ("qa_tester", ["gate_signoff"]),
        ("release_manager", []),
        ("developer", []),
        ("audit_reader", []),
    ],
)
def test_a_stop_counts_from_whom_the_event_may_come_whatever_its_source(role: str, types: list[str]) -> None:
    refused = [event("build_complete", status="fail"), failure(deployed_by="sre-2"), decision(), unhealthy()]
    for source in ("agent", "manual", "nothing"):
        read = [stops_in(one | {"source_system": source}, Sender(role, "me-1"), TO) for one in refused]
        assert sorted(stop.event_type for stops in read for stop in stops) == types


def test_an_agent_objects_in_the_name_of_whom_it_names() -> None:
    def read(**payload: Any) -> Stop:
        [stop] = stops_in(decision(**payload), Sender(), TO)
        return stop

    whole = Stop("gate_signoff", "G2", person="qa-1", persona="qa_tester")
    assert read() == read(decision="request_changes") == read(approver_id="QA-1") == whole
    assert read(approver_id="nobody-1").person == "nobody-1"
    assert read(persona_role="sre").persona == "sre"
    assert [read(approver_id=name).person for name in (None, 7, " ")] == [None] * 3
    assert [read(persona_role=name).persona for name in (None, 7, "tester")] == [None] * 3


def test_a_person_objects_in_their_own_name_on_their_own_gate() -> None:
    tester = Sender("qa_tester", "qa-2")
    own = Stop("gate_signoff", "G2", person="qa-2", persona="qa_tester")
    assert stops_in(decision(), tester, TO) == (own,)
    assert stops_in(decision(approver_id=None, persona_role="tester"), tester, TO) == (own,)
    assert stops_in(decision("G3"), tester, TO) == ()
    assert stops_in(decision(persona_role="release_manager"), tester, TO) == (own,)
    assert stops_in(decision("G2"), Sender("release_manager", "rm-1"), TO) == ()


@pytest.mark.parametrize("gate", ["G9", "g2", None, 2])
def test_an_objection_whose_gate_cannot_be_read_is_about_the_release(gate: object) -> None:
    for sender in (Sender(), Sender("qa_tester", "qa-1")):
        [stop] = stops_in(decision(gate), sender, TO)
        assert stop == Stop("gate_signoff", None, person="qa-1", persona="qa_tester")


# Times


def test_only_the_age_of_an_observation_is_believed() -> None:
    hour = timedelta(hours=1)
    assert observed(NOW, NOW - hour) == NOW - hour
    assert observed(NOW, NOW + hour) == NOW
    for skew in (-24 * hour, hour):
        assert observed(NOW, NOW + skew - hour, NOW + skew) == NOW - hour
        assert observed(NOW, NOW + skew + hour, NOW + skew) == NOW


def test_times_that_cannot_be_read_are_those_of_receipt() -> None:
    earlier, sent = "2026-11-23T08:00:00Z", "2026-11-23T08:30:00+00:00"
    read = {
        (earlier, None): timedelta(hours=2),
        (earlier, sent): timedelta(minutes=30),
        (earlier, "soon"): timedelta(),
        ("2026-11-23 08:00:00Z", None): timedelta(),
        ("2026-02-30T08:00:00Z", sent): timedelta(),
        ("2026-11-23T08:00:00", sent): timedelta(),
        ("2199-01-01T00:00:00Z", None): timedelta(),
        (None, None): timedelta(),
    }
    for (emitted, sent_at), age in read.items():
        assert observed_in({"emitted_at": emitted, "sent_at": sent_at}, NOW) == NOW - age


# Keys and contents


def test_a_later_attempt_has_its_number_at_the_end_of_the_key() -> None:
    again = {"a/1/b": True, "a/1/b/~2": True, "a/1/b/~12": True, "a/1/b/2": False, "a/1/b/~x": False, "a/1": False}
    assert {later: is_sent_again("a/1/b", later) for later in again} == again
    assert not is_sent_again("a/1/b/~3", "a/1/b/~2")
    assert is_sent_again("a/1/b/~3", "a/1/b/~10")
    assert not is_sent_again(None, "a/1/b")
    assert key_in({"idempotency_key": 7}) is None


def test_the_content_is_neither_the_key_nor_the_time_nor_the_version_nor_how_a_person_is_named() -> None:
    first = decision(rank=1, note=None)
    second = decision(approver_id="qa-1", rank=1.0) | {
        "idempotency_key": "k",
        "schema_version": "v9.9",
        "sent_at": "soon",
        "surprise": 1,
        "release_id": str(RELEASE).upper(),
    }
    assert content_of(first, TO) == content_of(second, TO)
    for other in (decision("G3"), decision(rank=2), decision(approver_id="qa-2"), first | {"source_system": "manual"}):
        assert content_of(first, TO) != content_of(other, TO)


# Names, targets and commits


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("lint", True), ("linux / arm64", True), ("pr\u00fcfung", True), ("\u6aa2\u67e5", True), ("x" * 255, True),
        ("", False), (" ", False), ("lint ", False), ("\u3000lint", False), ("x" * 256, False), ("\u00fc" * 128, False),
        ("pru\u0308fung", False), ("li\u200bnt", False), ("li\nnt", False), ("li\u202ent", False), ("\ud800", False),
        ("\ue000", False), ("\u2028", False), ("\u3164", False), ("\u2800", False), ("lint\ufe0f", False),
        ("\U000e0101", False), ("a\u00a0b", True), ("\ufdd0", False),
    ],
)  # fmt: skip
def test_a_name_is_visible_and_in_one_form(text: str, named: bool) -> None:
    assert is_name(text) is named


def test_a_check_whose_name_is_none_cannot_be_read() -> None:
    [stop] = stops_in(event("build_complete", status="fail", check_name="li\u200bnt"), Sender(), TO)
    assert stop.check is None


@pytest.mark.parametrize(
    ("source_ref", "moves"),
    [("ab" * 20, False), ("AB" * 32, False), ("refs/tags/v1", False), ("main", True), ("refs/heads/main", True)],
)
def test_a_branch_may_name_another_commit_tomorrow(source_ref: str, moves: bool) -> None:
    assert can_move(source_ref) is moves


@pytest.mark.parametrize(
    ("target", "read"), [(None, "default"), ("eu", "eu"), ("", None), (7, None), ("x" * 300, None)]
)
def test_a_target_that_is_not_named_is_the_default_and_one_that_cannot_be_read_is_none(
    target: object, read: str | None
) -> None:
    for refused in (failure(target=target), unhealthy(target=target)):
        [stop] = stops_in(refused, Sender(), TO)
        assert stop.target == read
        assert (None in stop.parts) == (read is None)


def test_a_full_commit_id_is_the_same_in_capitals_and_any_other_name_is_not() -> None:
    full = Addressee(RELEASE, "ab" * 20, {})
    named = Addressee(RELEASE, "release-x", {})
    assert len(stops_in(failure(source_ref="AB" * 20), Sender(), full)) == 1
    assert stops_in(failure(source_ref="Release-X"), Sender(), named) == ()


# Artifacts and what came with a decision


def test_a_build_names_its_artifacts_under_the_name_of_its_check() -> None:
    listed = [{"name": "app", "sha256": "AB"}, {"name": "lib", "sha256": "cd"}]
    for name, expected in ((None, "build"), ("linux", "linux")):
        given = event("build_complete", status="pass", check_name=name, artifacts=listed, checks=[])
        [build] = [f for f in facts_in(sent(given)) if isinstance(f, Build)]
        assert (build.check, sorted(build.artifacts)) == (expected, [("app", "ab"), ("lib", "cd")])


def test_evidence_of_a_decision_came_with_it_and_on_g4_is_about_the_deployment_that_it_names() -> None:
    shown = {"artifact_type": "health_check", "artifact_url": "https://x.example/1", "sha256": "AB"}
    named = {"environment": "staging", "deployment_ref": "s1"}
    given = decision(decision="approved", evidence=[shown], **named) | {"gate_code": "G4"}
    approval, evidence = facts_in(sent(given))
    assert isinstance(evidence, Evidence)
    assert (evidence.approval, evidence.deployment) == (approval, DeploymentKey("staging", "s1"))
    assert (evidence.url, evidence.sha256) == ("https://x.example/1", "ab")


def test_what_a_decision_says_was_seen_is_no_part_of_its_content() -> None:
    contents = {content_of(decision(decision="approved", seen=seen), TO) for seen in ("a", "b", None)}
    assert len(contents) == 1
    assert content_of(event("build_complete", seen="a"), TO) != content_of(event("build_complete", seen="b"), TO)
