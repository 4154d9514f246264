"""`POST /functions/v1/ops-event-ingest`: the five cases of the task list, and every row of the answers table."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from harness.prove.world import PEOPLE, World, post
from harness.stack import Stack
from ops_gates import events


def body(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


# The five cases that the task list names.


def test_first_time_accept_is_processing_status_accepted(world: World) -> None:
    event = world.build()
    answer = world.service.emit(event)
    assert (answer.http_status, answer.status, answer.error) == (200, "accepted", None)
    assert [row["processing_status"] for row in world.log(event)] == ["accepted"]
    assert [row["ingest_id"] for row in world.log(event)] == [answer.ingest_id]
    gate = answer.detail["gate"]
    assert (gate["gate_code"], gate["status_before"], gate["status_after"]) == ("G1", "pending", "passed")
    assert gate["missing"] == []


def test_duplicate_retry_is_processing_status_duplicate_and_makes_no_second_terminal_record(
    world: World,
) -> None:
    event = world.build(checks=[{"check_name": "lint", "status": "pass"}])
    first = world.service.emit(event)
    again = world.service.emit(event | {"emitted_at": datetime.now(UTC).isoformat()})
    assert (again.http_status, again.status) == (200, "duplicate")
    now = {"gate_status": "passed", "release_status": "in_progress"}
    assert (again.ingest_id, again.detail) == (first.ingest_id, {**first.detail, "now": now})
    assert [row["processing_status"] for row in world.log(event)] == ["accepted", "duplicate"]
    assert world.log(event)[1]["duplicate_of"] == first.ingest_id
    assert sorted(row["check_name"] for row in world.facts("gate_checks")) == ["build", "lint"]


def test_unknown_schema_version_is_http_422(world: World) -> None:
    answer = world.service.emit(world.build() | {"schema_version": "v9.9"})
    assert (answer.http_status, answer.error) == (422, "unsupported_schema_version")
    assert world.facts("gate_checks") == []


def test_missing_required_field_is_http_400(world: World) -> None:
    event = world.build()
    del event["source_system"], event["emitted_at"]
    answer = world.service.emit(event)
    assert (answer.http_status, answer.error) == (400, "invalid_envelope")
    missing = [issue["path"] for issue in answer.detail["issues"] if issue["code"] == "missing"]
    assert sorted(missing) == [["emitted_at"], ["source_system"]]
    assert world.facts("gate_checks") == []


def test_unknown_release_id_is_http_409(world: World) -> None:
    event = world.build() | {"release_id": str(uuid4())}
    answer = world.service.emit(event)
    assert (answer.http_status, answer.error) == (409, "unknown_release")
    assert [row["error_code"] for row in world.log(event)] == ["unknown_release"]


# The rest of the answers table.


@pytest.mark.parametrize(
    ("content", "headers", "status", "error"),
    [
        (b"{", {}, 400, "invalid_json"),
        (b"[]", {}, 400, "invalid_envelope"),
        (b"null", {}, 400, "invalid_envelope"),
        (b'{"a": "\\u0000"}', {}, 400, "invalid_json"),
        (b'{"a": "\\ud800"}', {}, 400, "invalid_json"),
        (b'{"a": "\xff"}', {}, 400, "invalid_json"),
        (b'{"a": 1e130000}', {}, 400, "invalid_json"),
        (b'{"a": 9007199254740993}', {}, 400, "invalid_json"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, {}, 413, "payload_too_large"),
        (b" " * 262_145 + b"{}", {}, 413, "payload_too_large"),
        (b"{}", {"content-type": "text/html"}, 415, "unsupported_media_type"),
        (b"{}", {"content-type": "text/plain"}, 400, "invalid_envelope"),
    ],
)
def test_what_is_no_event_is_refused_with_its_own_answer(
    stack: Stack, content: bytes, headers: dict[str, str], status: int, error: str
) -> None:
    answer = post(stack, content, **headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["status"] == "rejected"
    assert (answer.json()["ingest_id"] is None) is (status == 415 or len(content) > 262_144)


@pytest.mark.parametrize("origin", ["http://localhost:5173", "https://app.example"])
def test_a_page_of_this_machine_sends_an_event_and_reads_the_answer_and_no_other_page_does(
    world: World, origin: str
) -> None:
    """The requests that a browser makes for supabase-js; it gives a page no answer that does not name its origin."""
    local = origin.startswith("http://localhost:")
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "apikey, content-type"}
    question = post(world.stack, b"", method="OPTIONS", origin=origin, **asks)
    assert question.status_code == 204
    answer = post(world.stack, json.dumps(world.build()).encode(), origin=origin, **{"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    for response in (question, answer):
        assert response.headers.get("access-control-allow-origin") == (origin if local else None)
        assert "origin" in response.headers["vary"].lower()


def test_other_methods_are_refused_and_told_the_right_one(stack: Stack) -> None:
    answer = post(stack, b"", method="GET")
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


def test_an_issue_is_named_for_every_field_that_is_wrong(world: World) -> None:
    event = world.build(
        status="maybe",
        checks=[{"check_name": "", "status": "pass"}, {"status": "pass"}],
        evidence=[{"artifact_type": "selfie", "artifact_url": "not a uri", "sha256": "zz"}],
    )
    answer = world.service.emit(event)
    assert (answer.http_status, answer.error) == (400, "invalid_payload")
    paths = {".".join(map(str, issue["path"])) for issue in answer.detail["issues"]}
    assert paths == {
        "payload.status",
        "payload.checks.0.check_name",
        "payload.checks.1.check_name",
        "payload.evidence.0.artifact_type",
        "payload.evidence.0.artifact_url",
        "payload.evidence.0.sha256",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("idempotency_key", "agent/1/build_complete"),
        ("idempotency_key", "github_actions/1/gate_signoff"),
        ("idempotency_key", "github_actions//build_complete"),
        ("idempotency_key", "github_actions/\u00e9/build_complete"),
        ("gate_code", "G2"),
        ("emitted_at", "2026-02-30T10:00:00Z"),
        ("emitted_at", "2026-11-23 10:00:00"),
        ("emitted_at", "2199-01-01T00:00:00Z"),
        ("release_id", "not-a-uuid"),
        ("surprise", 1),
    ],
)
def test_a_malformed_envelope_is_refused(world: World, field: str, value: object) -> None:
    answer = world.service.emit(world.build() | {field: value})
    assert (answer.http_status, answer.error) == (400, "invalid_envelope")
    assert [issue["path"] for issue in answer.detail["issues"]] == [[field]]
    assert world.facts("gate_checks") == []


def test_no_credentials_and_bad_ones_are_401_and_leave_no_trace(stack: Stack, world: World) -> None:
    event = world.build()
    for key, token in (
        ("sb_secret_unknown", None),
        (stack.publishable_key, None),
        (None, stack.token("service_role", "somebody")),
        (None, stack.token("authenticated", "somebody")),
        (None, stack.token("ci_service_role", " ")),
        (None, stack.token("ci_service_role", None)),
        (None, stack.token("ci_service_role", "ci-bot", ttl=-120)),
    ):
        answer = post(stack, body(event), key=key, token=token)
        assert answer.status_code == 401, (key, token)
        assert "sb_" not in answer.text
    assert world.log(event) == []


@pytest.mark.parametrize(
    ("sender", "gate", "approver"),
    [
        ("ci-bot", "G2", "qa-1"),
        ("sre-1", "G2", "qa-1"),
        ("dev-1", "G2", "qa-1"),
        ("qa-1", "G3", "qa-1"),
        ("qa-1", "G2", "qa-2"),
        ("rm-1", "G2", "rm-1"),
        ("rm-1", "G3", "rm-2"),
    ],
)
def test_a_role_that_may_not_send_an_event_gets_403_and_a_log_row(
    world: World, sender: str, gate: str, approver: str
) -> None:
    event = world.signoff(gate, approver)
    event = events.by_hand(event, sender) if sender in PEOPLE else event
    answer = world.caller(sender).emit(event)
    assert (answer.http_status, answer.error) == (403, "forbidden_event")
    assert [row["error_code"] for row in world.log(event)] == ["forbidden_event"]
    assert world.facts("approvals") == []


def test_people_sign_off_as_themselves_by_subject_or_handle(world: World) -> None:
    world.emit(world.build())
    assert world.by("qa-1", world.signoff("G2", "qa-1")).status == "accepted"
    login = world.signoff("G3", "rm-1")
    login["payload"]["approver_id"] = " RM-1-Login "
    assert world.by("rm-1", login).status == "accepted"
    assert sorted(row["approver_id"] for row in world.facts("approvals")) == ["qa-1", "rm-1"]
    assert world.gates()["G3"] == "passed"


def test_an_agent_may_only_name_an_active_member_with_the_persona(world: World) -> None:
    stranger = world.signoff("G2", "qa-1")
    stranger["payload"]["approver_id"] = "nobody-1"
    other_role = world.signoff("G2", "qa-1")
    other_role["payload"]["approver_id"] = "rm-1"
    for event in (stranger, other_role):
        answer = world.service.emit(event)
        assert (answer.http_status, answer.error) == (403, "forbidden_event")
    assert world.facts("approvals") == []
    assert world.service.emit(world.signoff("G2", "qa-1")).status == "accepted"


def test_unknown_deployments_are_409_until_they_are_recorded(world: World) -> None:
    health = world.health("staging")
    rollback = world.deployment("staging", "r-1", rollback_of_ref="d-1")
    for event in (health, rollback):
        answer = world.service.emit(event)
        assert (answer.http_status, answer.error) == (409, "unknown_deployment")
    world.emit(world.deployment("staging"))
    assert world.service.emit(health).status == "accepted"
    assert world.service.emit(rollback).status == "accepted"


def test_a_known_deployment_keeps_its_source_and_what_it_rolls_back(world: World) -> None:
    world.emit(world.deployment("staging"))
    other_source = world.deployment("staging", source_ref="0" * 40)
    now_a_rollback = world.deployment("staging", rollback_of_ref="d-2")
    world.emit(world.deployment("staging", "d-2"))
    for event, field in ((other_source, "source_ref"), (now_a_rollback, "rollback_of_ref")):
        answer = world.service.emit(event)
        assert (answer.http_status, answer.error) == (409, "invalid_transition")
        assert answer.detail["field"] == field


def test_a_build_of_another_commit_is_refused(world: World) -> None:
    answer = world.service.emit(world.build(source_ref="0" * 40))
    assert (answer.http_status, answer.error) == (409, "source_ref_mismatch")
    assert world.gates()["G1"] == "pending"


def test_a_key_reused_for_other_content_is_422_and_names_the_field_but_never_its_value(
    stack: Stack, world: World
) -> None:
    event = world.build(run="shared-run", artifact_ref="https://ci.example/private")
    world.emit(event)
    other = world.build("fail", run="shared-run", artifact_ref="https://ci.example/private")
    answer = world.service.emit(other)
    assert (answer.http_status, answer.error) == (422, "idempotency_key_reused")
    assert answer.detail.keys() == {"field", "contested"}
    assert answer.detail["field"] == "payload.status"
    [contested] = answer.detail["contested"]
    assert contested.keys() == {"gate_code", "status", "subject", "who", "remedy"}
    # Another caller learns nothing, not even which field; nor does the identical event count as theirs.
    for attempt, own in ((other, {"contested": [contested]}), (event, {})):
        response = post(stack, json.dumps(attempt).encode(), token=stack.token("ci_service_role", "ci-bot"))
        assert (response.status_code, response.json()["error"]) == (422, "idempotency_key_reused")
        assert response.json()["detail"] == own


def test_what_is_the_same_event_is_a_duplicate_however_it_is_written(stack: Stack, world: World) -> None:
    event = world.build(count=1, none=None, nested={"a": 1.5, "b": [1, 2]})
    first = world.emit(event)
    spelled = dict(reversed(list(event.items())))
    spelled["payload"] = {"nested": {"b": [1.0, 2], "a": 1.50}, "gone": None, "status": "pass", "count": 1.0}
    spelled["release_id"] = str(spelled["release_id"]).upper()
    spelled["emitted_at"] = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    answer = post(stack, json.dumps(spelled, indent=3).replace('"pass"', '"\\u0070ass"').encode())
    now = {"gate_status": "passed", "release_status": "in_progress"}
    assert answer.json() == {
        "ingest_id": first.ingest_id,
        "status": "duplicate",
        "detail": {**first.detail, "now": now},
    }


def test_a_rejected_event_may_be_corrected_under_its_key(world: World) -> None:
    event = world.build("perhaps")
    assert world.service.emit(event).error == "invalid_payload"
    event["payload"]["status"] = "pass"
    assert world.service.emit(event).status == "accepted"
    assert [row["processing_status"] for row in world.log(event)] == ["rejected", "accepted"]


def test_an_environment_event_is_one_row_and_needs_no_release(world: World) -> None:
    event = events.environment_event(
        environment="production", event_type="backup_complete", run_id=uuid4().hex, data={"bytes": 1}
    )
    assert world.caller("sre-1").emit(event).status == "accepted"
    assert world.caller("sre-1").emit(event).status == "duplicate"
    rows = world.service.rows("environment_events", "*", idempotency_key=event["idempotency_key"])
    assert [(row["event_type"], row["payload"]) for row in rows] == [("backup_complete", {"bytes": 1})]


def test_a_lock_that_is_not_released_is_503_with_retry_after_and_no_trace(stack: Stack, world: World) -> None:
    event = world.build()
    with stack.connect() as holder:
        holder.execute("select from ops.releases where release_id = %s for update", [world.release_id])
        answer = post(stack, body(event))
        assert (answer.status_code, answer.json()["error"]) == (503, "try_again")
        assert int(answer.headers["retry-after"]) >= 1
    assert world.log(event) == []
    assert world.service.emit(event).status == "accepted"


def test_the_unexpected_is_500_with_an_ingest_id_and_without_sql(fresh_stack: Any) -> None:
    stack = fresh_stack()
    world = World(stack)
    with stack.connect() as owner:
        owner.execute("alter table ops.gate_checks add constraint surprise check (check_name <> 'build')")
    event = world.build()
    answer = world.service.emit(event)
    assert (answer.http_status, answer.error, answer.status) == (500, "internal_error", "error")
    assert dict(answer.detail) == {}
    [row] = world.log(event)
    assert (row["ingest_id"], row["processing_status"]) == (answer.ingest_id, "error")
    assert (row["error_detail"]["sqlstate"], row["error_detail"]["constraint"]) == ("23514", "surprise")
