"""A producer that loses its server loses nothing and doubles nothing."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from harness.prove.world import World
from harness.stack import Stack, run_stack
from harness.tests.flaky import Action, flaky, through
from ops_gates import events
from ops_gates.answers import Answer, Reply
from ops_gates.client import Gates
from ops_gates.errors import EventRefused, Unreachable
from ops_gates.retry import Retry


def repeat(action: Action, times: int) -> list[Action]:
    return [action] * times


def submissions(world: World, event: events.Envelope) -> list[str]:
    return [row["processing_status"] for row in world.log(event)]


# Retries of events


@pytest.mark.parametrize(
    ("failures", "recorded"),
    [
        (["busy", "busy"], ["accepted"]),
        (["drop", "drop"], ["accepted"]),
        (["drop_after"], ["accepted", "duplicate"]),
        (["busy", "drop_after", "drop", "drop_after"], ["accepted", "duplicate", "duplicate"]),
    ],
)
def test_an_event_is_sent_with_the_same_key_until_it_is_answered_and_counts_once(
    stack: Stack, failures: list[Action], recorded: list[str]
) -> None:
    world = World(stack)
    event = world.build()
    with through(stack, *failures) as (gates, front, clock):
        answer = gates.send(event)
    assert front.keys() == [event["idempotency_key"]] * (len(failures) + 1)
    assert (answer.attempts, len(clock.slept)) == (len(failures) + 1, len(failures))
    assert submissions(world, event) == recorded
    assert (answer.status, len(world.facts("gate_checks"))) == (recorded[-1], 1)


def test_an_event_that_was_recorded_while_its_sender_gave_up_waiting_is_a_duplicate(stack: Stack) -> None:
    world = World(stack)
    event = world.build()
    with through(stack, "hang_after", timeout=1.0) as (gates, _, _):
        answer = gates.send(event)
    assert (answer.status, answer.attempts, submissions(world, event)) == ("duplicate", 2, ["accepted", "duplicate"])


def test_forty_producers_on_a_bad_line_lose_nothing_and_double_nothing(stack: Stack) -> None:
    world = World(stack)
    sent = [world.build() for _ in range(40)]
    draw = random.Random(3)
    choices: list[Action] = ["pass", "busy", "drop", "drop_after"]
    failures = draw.choices(choices, k=120)
    with through(stack, *failures, attempts=200, total=1e9) as (gates, _, _), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(gates.send, sent))
    assert all(answer.kept for answer in answers)
    assert [submissions(world, event).count("accepted") for event in sent] == [1] * 40
    assert len(world.facts("gate_checks")) == 40


def test_killing_the_database_between_two_tries_loses_nothing_and_doubles_nothing() -> None:
    with run_stack(kind="embedded", fast=False) as stack:
        assert stack.postgres is not None
        world = World(stack)
        first, second = world.build(), world.signoff("G2", "qa-1")
        database = stack.postgres
        downs: Iterator[Callable[[], None]] = iter([database.kill, database.restart])

        def between(_: float) -> None:
            next(downs, lambda: None)()

        # The first event was recorded, but its answer was lost; then the database is gone, then it is back.
        with flaky(stack, "drop_after") as front:
            retry = Retry(attempts=40, total=300.0, base=0.01, cap=0.2, sleep=between, draw=lambda: 0.0)
            with Gates.at(front.url, stack.secret_key, retry=retry, timeout=30) as gates:
                answer = gates.send(first)
                assert answer.attempts >= 3
                gates.send(second)
        assert next(downs, None) is None
        assert submissions(world, first) == ["accepted", "duplicate"]
        assert submissions(world, second)[0] == "accepted"
        assert (len(world.facts("gate_checks")), len(world.facts("approvals"))) == (1, 1)
        assert world.gates()["G2"] == "passed"


# Bounds


def test_pauses_double_to_a_limit_and_are_drawn_below_it() -> None:
    retry = Retry(base=0.2, cap=2.0, draw=lambda: 1.0)
    assert [retry.pause(attempt) for attempt in range(1, 7)] == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    drawn = [Retry().pause(attempt) for attempt in range(1, 9) for _ in range(50)]
    assert all(0 <= pause <= 5.0 for pause in drawn)
    assert len(set(drawn)) > 300


def test_what_the_server_asks_for_is_waited_at_least(stack: Stack) -> None:
    world = World(stack)
    with through(stack, "busy", "busy", retry_after="7") as (gates, _, clock):
        assert gates.send(world.build()).status == "accepted"
    assert clock.slept == [7.2, 7.4]


def test_a_connection_that_broke_below_the_api_is_no_refusal() -> None:
    """PostgREST 12 says so when Postgres is killed under it; what SQL refuses has a code."""
    lost = Reply(400, {"code": "", "details": None, "hint": None, "message": ""})
    refused = Reply(400, {"code": "OPS09", "message": "this release differs"})
    replies = [lost, lost, refused, lost]
    reply = Retry(sleep=lambda _: None).call(lambda: replies.pop(0))
    assert (reply.body, reply.attempts, len(replies)) == (refused.body, 3, 1)


def test_tries_are_bounded_in_number(stack: Stack) -> None:
    world = World(stack)
    event = world.build()
    with (
        through(stack, *repeat("busy", 9), attempts=4) as (gates, front, clock),
        pytest.raises(Unreachable) as given_up,
    ):
        gates.emit(event)
    assert (given_up.value.code, len(front.bodies), len(clock.slept)) == ("http_503", 4, 3)
    assert world.log(event) == []


def test_tries_are_bounded_in_time(stack: Stack) -> None:
    world = World(stack)
    chosen = {"attempts": 1000, "total": 10.0, "base": 1.0, "cap": 4.0}
    with through(stack, *repeat("drop", 99), **chosen) as (gates, front, clock), pytest.raises(Unreachable) as given_up:
        gates.emit(world.build())
    assert (given_up.value.code, clock.slept, len(front.bodies)) == ("unreachable", [1.0, 2.0, 4.0], 4)


def test_a_server_that_asks_for_more_time_than_there_is_is_left_alone_at_once(stack: Stack) -> None:
    with through(stack, "busy", retry_after="3600") as (gates, front, clock), pytest.raises(Unreachable):
        gates.emit(World(stack).build())
    assert (len(front.bodies), clock.slept) == (1, [])


@pytest.mark.parametrize(
    ("spoil", "http_status", "code"),
    [
        ({"payload": {"status": "maybe"}}, 400, "invalid_payload"),
        ({"surprise": 1}, 400, "invalid_envelope"),
        ({"release_id": str(uuid.uuid4())}, 409, "unknown_release"),
        ({"schema_version": "v9"}, 422, "unsupported_schema_version"),
    ],
)
def test_a_refusal_is_never_repeated(stack: Stack, spoil: dict[str, Any], http_status: int, code: str) -> None:
    event = {**World(stack).build(), **spoil}
    with through(stack) as (gates, front, clock):
        answer = gates.emit(event)
        with pytest.raises(EventRefused) as refused:
            gates.send(event)
    assert (answer.http_status, answer.error, answer.kept) == (http_status, code, False)
    assert (len(front.bodies), clock.slept) == (2, [])
    assert (refused.value.http_status, refused.value.code) == (http_status, code)
    assert refused.value.ingest_id is not None


def test_a_refused_event_names_each_fault_by_its_path(stack: Stack) -> None:
    world = World(stack)
    event = {**world.build(), "payload": {"status": "maybe", "checks": [{"check_name": "lint"}]}}
    with pytest.raises(EventRefused) as refused:
        world.caller("ci-bot").send(event)
    paths = [issue["path"] for issue in refused.value.issues]
    assert paths == [["payload", "status"], ["payload", "checks", 0, "status"]]
    assert "payload.checks[0].status" in str(refused.value)
    [row] = world.log(event)
    assert (row["ingest_id"], row["error_code"]) == (refused.value.ingest_id, "invalid_payload")


def test_an_error_of_the_servers_own_is_one_to_retry_not_a_refusal() -> None:
    answer = Answer(500, "5f0c", "error", "internal_error", {"message": "logged"})
    assert isinstance(answer.refusal(), Unreachable)
    assert "5f0c" in str(answer.refusal())
