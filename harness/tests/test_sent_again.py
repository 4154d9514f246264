"""What clients send once more: under the longer key where another fact has the key, the status alone if too large."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.tests.flaky import Flaky
from harness.tests.terminal import failed, named, service
from ops_gates import events, keys, resend
from ops_gates.client import Gates
from ops_gates.core import Core
from ops_gates.errors import EventRefused
from ops_gates.exit_codes import Code
from ops_gates.producers.wire import Wire
from ops_gates.retry import Retry

pytest_plugins = ("harness.tests.pipeline_fixtures",)

Sender = Callable[..., Core]


@pytest.fixture(params=["supabase-py", "wire"])
def sender(request: pytest.FixtureRequest, front: Flaky, stack: Stack) -> Iterator[Sender]:
    """Makes a client of either kind in front of the stack, for a person or with the secret key."""
    with contextlib.ExitStack() as opened:

        def made(role: str | None = None, subject: str | None = None) -> Core:
            token = None if role is None else stack.token(role, subject)
            key = stack.secret_key if token is None else stack.publishable_key
            if request.param == "wire":
                return Core(Wire(front.url, key, token), Retry.never())
            return opened.enter_context(Gates.at(front.url, key, token, retry=Retry.never()))

        yield made


def processed(world: World, key: str) -> list[str]:
    """What became of each submission under a key, oldest first."""
    return [row["processing_status"] for row in world.log({"idempotency_key": key})]


def test_two_releases_in_one_run_are_both_on_record_and_their_retries_are_duplicates(
    world: World, stack: Stack, sender: Sender, front: Flaky
) -> None:
    other, run, gates = World(stack), uuid.uuid4().hex, sender()
    first, second = world.build(run=run), other.build("fail", run=run)
    assert first["idempotency_key"] == second["idempotency_key"]
    assert [gates.emit(event).status for event in (first, second)] == ["accepted", "accepted"]
    assert (world.gates()["G1"], other.gates()["G1"]) == ("passed", "failed")
    assert front.keys() == [first["idempotency_key"]] * 2 + [keys.longer(second)]
    again = [gates.emit(event) for event in (first, second)]
    assert [(answer.status, answer.attempts) for answer in again] == [("duplicate", 1), ("duplicate", 2)]
    assert processed(world, keys.longer(second)) == ["accepted", "duplicate"]
    assert (len(world.facts("gate_checks")), len(other.facts("gate_checks"))) == (1, 1)


def test_two_approvers_in_one_session_both_decide(world: World, sender: Sender) -> None:
    world.emit(world.build())
    session, gates = uuid.uuid4().hex, sender()
    said = {"qa-1": "approved", "qa-2": "rejected"}
    for approver, decision in said.items():
        event = {**world.signoff("G2", approver, decision), "idempotency_key": f"agent/{session}/gate_signoff/G2"}
        assert gates.emit(event).status == "accepted"
    assert {row["approver_id"]: row["decision"] for row in world.facts("approvals")} == said
    assert world.gates()["G2"] != "passed"


def test_two_callers_with_one_key_both_report_although_neither_is_told_the_difference(
    world: World, sender: Sender
) -> None:
    event = world.build()
    world.emit(event)
    bot = sender("ci_service_role", "ci-bot")
    failed_build = {**event, "payload": {"status": "fail"}, "emitted_at": world.build()["emitted_at"]}
    assert (bot.emit(failed_build).status, bot.emit(failed_build).status) == ("accepted", "duplicate")
    assert world.gates()["G1"] == "failed"
    # It has no third key: the same fact with another outcome is refused.
    answer = bot.emit(event)
    assert (answer.error, answer.detail["field"]) == ("idempotency_key_reused", "payload.status")


@pytest.mark.parametrize("changed", [{"status": "fail"}, {"artifact_ref": "x"}, {"surprise": 1}])
def test_the_same_fact_with_another_outcome_is_refused_and_sent_once(
    world: World, sender: Sender, front: Flaky, changed: dict[str, Any]
) -> None:
    gates, event = sender(), world.build()
    gates.send(event)
    with pytest.raises(EventRefused) as refused:
        gates.send({**event, "payload": {**event["payload"], **changed}})
    assert (refused.value.code, len(front.bodies)) == ("idempotency_key_reused", 2)
    # A refused pass changes nothing. A refused failure still counts.
    assert world.gates()["G1"] == ("failed" if changed.get("status") == "fail" else "passed")


def test_the_command_line_reports_two_releases_in_one_run(world: World, stack: Stack) -> None:
    other, run, terminal = World(stack), uuid.uuid4().hex, service(stack)
    for one, status in ((world, "pass"), (other, "fail")):
        done = terminal("emit", "build_complete", named(one), "--run", run, "--status", status)
        assert done.exit_code == 0, done.output
    assert (world.gates()["G1"], other.gates()["G1"]) == ("passed", "failed")
    again = terminal("emit", "build_complete", named(other), "--run", run, "--status", "pass")
    assert "idempotency_key_reused" in failed(again, Code.REFUSED)
    assert other.gates()["G1"] == "failed"


def test_the_database_has_the_table_of_the_clients(db: psycopg.Connection[Any]) -> None:
    for kind, fields in keys.IDENTITY.items():
        row = db.execute("select ops_private.identity_fields(%s)", [kind]).fetchone()
        assert row is not None
        assert sorted(row[0]) == sorted(fields)
    types = db.execute("select event_type from ops_private.event_types").fetchall()
    assert {kind for (kind,) in types} == keys.IDENTITY.keys()


def test_a_key_that_is_longer_already_is_not_made_longer(world: World, sender: Sender, front: Flaky) -> None:
    gates, event = sender(), world.build()
    longer = {**event, "idempotency_key": keys.longer(event)}
    gates.send(longer)
    answer = gates.emit({**longer, "release_id": str(World(world.stack).release_id)})
    assert (answer.error, answer.detail["field"], len(front.bodies)) == ("idempotency_key_reused", "release_id", 2)


# Too large


LARGE = "x" * 300_000


def large(world: World, kind: str) -> events.Envelope:
    """An event of each kind that is over 256 KiB, and says that something is wrong."""
    notes = {"notes": LARGE}
    return {
        "build_complete": world.build("fail", checks=[{"check_name": "lint", "status": "fail", "log": LARGE}]),
        "checks alone": world.build("pass", checks=[{"check_name": "lint", "status": "fail", "log": LARGE}]),
        "gate_signoff": world.signoff("G2", "qa-1", "rejected", rationale_text=LARGE),
        "deployment_event": world.deployment("staging", status="failed", **notes),
        "health_check": world.health("staging", "known", "fail", **notes),
    }[kind]


@pytest.mark.parametrize("kind", ["build_complete", "checks alone", "gate_signoff", "deployment_event", "health_check"])
def test_of_an_event_that_is_too_large_the_status_alone_is_recorded_under_its_key(
    world: World, sender: Sender, kind: str
) -> None:
    world.emit(world.deployment("staging", "known"))
    event = large(world, kind)
    answer = sender().send(event)
    assert (answer.status, answer.shortened, answer.attempts) == ("accepted", True, 2)
    assert processed(world, event["idempotency_key"]) == ["accepted"]
    match kind:
        case "build_complete" | "checks alone":
            status = event["payload"]["status"]
            checks = {row["check_name"]: row["status"] for row in world.facts("gate_checks")}
            assert checks == {"build": status, "lint": "fail"}
            assert world.gates()["G1"] == "failed"
        case "gate_signoff":
            assert [row["decision"] for row in world.facts("approvals")] == ["rejected"]
        case "deployment_event":
            assert {row["status"] for row in world.facts("deployments")} == {"succeeded", "failed"}
        case _:
            assert [row["status"] for row in world.facts("gate_checks")] == ["fail"]
    assert sender().send(event).status == "duplicate"


def test_an_approval_that_is_too_large_is_refused_because_it_would_have_no_reasons(
    world: World, sender: Sender, front: Flaky
) -> None:
    with pytest.raises(EventRefused) as refused:
        sender().send(world.signoff("G2", "qa-1", rationale_text=LARGE))
    assert (refused.value.code, refused.value.http_status, len(front.bodies)) == ("payload_too_large", 413, 1)
    assert world.facts("approvals") == []


def test_a_taken_key_and_a_large_event_need_three_requests(world: World, stack: Stack, sender: Sender) -> None:
    other, event = World(stack), large(world, "build_complete")
    other.emit({**other.build(), "idempotency_key": event["idempotency_key"]})
    answer = sender().send(event)
    assert (answer.status, answer.shortened, answer.attempts) == ("accepted", True, 3)
    assert processed(world, keys.longer(event)) == ["accepted"]
    assert world.gates()["G1"] == "failed"


def test_a_failure_among_checks_that_cannot_be_told_is_a_failure_of_the_whole() -> None:
    event = events.build_complete(
        uuid.UUID(int=1), run_id="7", status="pass", checks=[{"check_name": LARGE, "status": "fail"}]
    )
    small = resend.smallest(event)
    assert small is not None
    assert small["payload"]["status"] == "fail"
    assert resend.smallest(small) is None


def test_the_command_line_says_that_only_the_status_is_on_record(world: World, stack: Stack) -> None:
    done = service(stack)(
        *("emit", "build_complete", named(world), "--run", uuid.uuid4().hex, "--status", "fail"),
        *("--payload", json.dumps({"log": LARGE})),
    )
    assert (done.exit_code, done.stderr.startswith("payload_too_large: ")) == (0, True), done.output
    assert world.gates()["G1"] == "failed"


def test_evidence_of_a_builder_is_not_identity() -> None:
    first, second = (
        events.build_complete(uuid.UUID(int=1), run_id="7", status="pass", evidence=given)
        for given in (None, [events.evidence("build_log", "https://ci.example/7")])
    )
    assert keys.identity_hash(first) == keys.identity_hash(second)
