"""A producer that loses its server loses nothing and doubles nothing; what it is refused, it can read."""

from __future__ import annotations

import contextlib
import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.prove.world import COMMIT, World, settle
from harness.stack import Stack, run_stack
from harness.tests.flaky import Action, Flaky, flaky
from ops_gates import events
from ops_gates.client import Answer, Gates
from ops_gates.errors import EventRefused, GatesError, NotAllowed, NotFound, Refused, Unreachable
from ops_gates.retry import Reply, Retry


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def retry(self, **chosen: Any) -> Retry:
        """A policy on this clock that always waits for as long as it may."""
        return Retry(**{"sleep": self.sleep, "clock": lambda: self.now, "draw": lambda: 1.0, **chosen})


@contextlib.contextmanager
def through(
    stack: Stack, *actions: Action, timeout: float = 20.0, **chosen: Any
) -> Iterator[tuple[Gates, Flaky, Clock]]:
    """The service role's client at an address that fails as told."""
    clock = Clock()
    retry_after = chosen.pop("retry_after", None)
    with (
        flaky(stack, *actions, retry_after=retry_after) as front,
        Gates.at(front.url, stack.secret_key, retry=clock.retry(**chosen), timeout=timeout) as gates,
    ):
        yield gates, front, clock


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


# Everything else that is sent


def test_a_release_opened_twice_because_the_first_answer_was_lost_is_one(stack: Stack) -> None:
    settle(stack)
    name = uuid.uuid4().hex
    with through(stack, "drop_after") as (gates, _, clock):
        opened = gates.open_release("acme/shop", name, "production", COMMIT, initiating_actor="dev-1")
        assert gates.release(f"acme/shop/{name}")["release_id"] == str(opened)
    assert len(clock.slept) == 1


def allow(gates: Gates, release_id: Any, **chosen: Any) -> uuid.UUID:
    """An exception for G2, for an hour."""
    return gates.open_exception(
        release_id,
        **{
            "exception_type": "gate_bypass",
            "impacted_gates": ["G2"],
            "reason": "outage",
            "risk_statement": "untested with old clients",
            "approver_id": "rm-1",
            "expires_at": datetime.now(UTC) + timedelta(hours=1),
            **chosen,
        },
    )


def test_an_exception_is_opened_and_revoked_once_however_often_answers_are_lost(stack: Stack) -> None:
    world = World(stack)
    with through(stack, "drop_after", "busy", "drop_after") as (gates, front, _):
        opened = allow(gates, world.release_id)
        [row] = gates.exceptions(world.release_id)
        assert (row["exception_id"], row["state"]) == (str(opened), "active")
        front.actions += ["drop_after", "drop_after"]
        gates.revoke_exception(opened)
        [row] = gates.exceptions(world.release_id)
    assert (row["state"], row["revoked_by"]) == ("revoked", "service_role")
    with pytest.raises(Refused) as again:
        Gates(stack.client()).revoke_exception(opened)
    assert again.value.code == "OPS07"


def test_reads_are_repeated_too(stack: Stack) -> None:
    world = World(stack)
    with through(stack, "busy", "drop") as (gates, _, clock):
        assert gates.eligible(world.release_id, "dev")
    assert len(clock.slept) == 2


# What is refused, typed


@pytest.mark.parametrize(
    ("ask", "kind", "code"),
    [
        (lambda g, r: g.open_release("acme/shop", r["release_name"], "production", "other"), Refused, "OPS09"),
        (
            lambda g, _: g.open_release("acme/shop", uuid.uuid4().hex, "dev", "c", initiating_actor="no"),
            Refused,
            "OPS06",
        ),
        (lambda g, _: g.eligible(uuid.uuid4(), "production"), NotFound, "OPS04"),
        (lambda g, _: g.blockers("not-an-id", "production"), NotFound, "22P02"),
        (lambda g, r: g.eligible(r["release_id"], "mars"), Refused, "22023"),
        (lambda g, _: g.release(uuid.uuid4()), NotFound, "unknown_release"),
        (lambda g, _: g.release("acme/shop/there-is-none"), NotFound, "unknown_release"),
        (lambda g, _: g.revoke_exception(uuid.uuid4()), NotFound, "unknown_exception"),
        (lambda g, r: allow(g, r["release_id"], approver_id="dev-1"), Refused, "OPS06"),
        (lambda g, r: allow(g, r["release_id"], expires_at=datetime.now(UTC) + timedelta(days=31)), Refused, "23514"),
        (lambda g, _: g.revoke_membership("nobody"), Refused, "OPS06"),
        (lambda g, _: g.set_policy("G1", [{"kind": "vibes"}]), Refused, "OPS10"),
        (lambda g, _: g.rows("no_such_table", "*"), Unreachable, "42P01"),
    ],
)
def test_a_refusal_is_an_exception_that_repeats_the_servers_code(
    stack: Stack, ask: Callable[[Gates, Any], Any], kind: type[GatesError], code: str
) -> None:
    world = World(stack)
    gates = Gates(stack.client())
    with pytest.raises(kind) as refused:
        ask(gates, gates.release(world.release_id))
    assert refused.value.code == code


def test_a_role_that_may_not_is_told_so(stack: Stack) -> None:
    world = World(stack)
    with pytest.raises(NotAllowed) as refused:
        allow(world.caller("dev-1"), world.release_id)
    assert refused.value.code == "42501"
    with pytest.raises(EventRefused) as event:
        world.caller("dev-1").send(world.build())
    assert (event.value.http_status, event.value.code) == (403, "forbidden_event")


def test_a_wrong_key_is_refused_at_once_and_never_repeated_to_anybody(stack: Stack) -> None:
    world = World(stack)
    clock = Clock()
    key = "sb_secret_this_is_not_the_one"
    with Gates.at(stack.url, key, retry=clock.retry()) as gates:
        with pytest.raises(NotAllowed) as asked:
            gates.eligible(world.release_id, "production")
        with pytest.raises(EventRefused) as sent:
            gates.send(world.build())
    assert (sent.value.http_status, sent.value.code, clock.slept) == (401, "unauthorized", [])
    assert key not in f"{asked.value}{asked.value!r}{sent.value}{sent.value!r}"


def test_an_address_that_is_no_project_is_unreachable(stack: Stack) -> None:
    with through(stack, "page", "page") as (gates, _, _):
        with pytest.raises(Unreachable) as sent:
            gates.emit(World(stack).build())
        with pytest.raises(Unreachable):
            gates.eligible(uuid.uuid4(), "production")
    assert sent.value.code == "unreadable_answer"
    with Gates.at("http://127.0.0.1:9", "sb_secret_x", retry=Clock().retry()) as nobody:
        with pytest.raises(Unreachable) as lost:
            nobody.emit(World(stack).build())
        assert lost.value.code == "unreachable"


# Reading


def test_more_rows_than_fit_on_a_page_are_all_read(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_gates.client.PAGE", 2)
    world = World(stack)
    world.emit(*(world.build() for _ in range(5)))
    assert len(Gates(stack.client()).history(world.release_id)) == 5


def test_a_release_is_found_by_a_name_with_slashes_and_an_ambiguous_one_is_not_guessed(stack: Stack) -> None:
    settle(stack)
    gates, name = Gates(stack.client()), uuid.uuid4().hex
    one = gates.open_release(name, "shop/v1", "dev", COMMIT, initiating_actor="dev-1")
    assert gates.release(f"{name}/shop/v1")["release_id"] == str(one)
    gates.open_release(f"{name}/shop", "v1", "dev", COMMIT, initiating_actor="dev-1")
    with pytest.raises(Refused) as refused:
        gates.release(f"{name}/shop/v1")
    assert refused.value.code == "ambiguous_release"


def test_the_history_of_a_release_tells_what_was_recorded_in_order(stack: Stack) -> None:
    world = World(stack)
    build = world.build()
    world.emit(build, build, world.signoff("G2", "qa-1"))
    gates = Gates(stack.client())
    gates.revoke_exception(allow(gates, world.release_id, impacted_gates=["G3"]))
    world.emit(world.deployment("staging", status="in_progress"), world.deployment("staging"))
    moments = gates.history(world.release_id)
    assert [(moment.kind, moment.what, moment.outcome) for moment in moments] == [
        ("event", "build_complete", "accepted"),
        ("event", "build_complete", "duplicate"),
        ("event", "gate_signoff", "accepted"),
        ("decision", "G2 as qa_tester", "approved"),
        ("exception", "gate_bypass of G3", "opened"),
        ("exception", "gate_bypass of G3", "revoked"),
        ("event", "deployment_event", "accepted"),
        ("deployment", "staging d-1", "in_progress"),
        ("event", "deployment_event", "accepted"),
        ("deployment", "staging d-1", "succeeded"),
    ]
    assert all(one.at <= next_.at for one, next_ in itertools.pairwise(moments))
    assert moments[-1].note == "eligible"
