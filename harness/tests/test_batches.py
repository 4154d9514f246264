"""A batch ends as its events would have ended one by one, and many batches at once stop nobody."""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.prove.effort import slow, times
from harness.prove.world import COMMIT, SqlGates, World, post, sql_session
from harness.stack import Stack, wait_until
from harness.tests.told_again import state, told
from ops_gates.answers import Reply
from ops_gates.batches import MOST_BYTES, MOST_EVENTS, batches
from ops_gates.client import Gates
from ops_gates.core import Core
from ops_gates.errors import UsageFault
from ops_gates.events import Envelope
from ops_gates.producers.wire import Wire
from ops_gates.retry import Retry

# Other facts than that of an event.
OTHERS: tuple[dict[str, Any], ...] = ({"note": "another"}, {"status": "pass", "checks": []})


def drawn(chance: random.Random, worlds: list[World], length: int) -> list[Envelope]:
    """Events of these releases: good ones, repeats, other content under a taken key, and some that are refused."""
    start = datetime.now(UTC) - timedelta(hours=3)
    made: list[Envelope] = [worlds[0].build(run=f"{worlds[0].name}-first")]
    made += [made[0], {**made[0], "payload": {"status": "fail"}}]
    made.append({**worlds[0].build(run=f"{worlds[0].name}-lost"), "release_id": str(uuid4())})
    made.append({"refusal": {"error": "invalid_payload", **worlds[1].build("fail", f"{worlds[1].name}-refused")}})
    made += [None, True, 7, "refusal", [], ["refusal"], [made[-1]], {}, {"refusal": None}, {"refusal": []}]  # type: ignore[list-item]
    for number in range(length):
        world = chance.choice(worlds)
        run = f"{world.name}-{number}"
        status = chance.choice(["pass", "pass", "fail"])
        ways: list[Envelope] = [
            world.build(status, run),
            world.signoff("G2", "qa-1", chance.choice(["approved", "rejected"])),
            world.signoff("G3", "rm-1"),
            world.deployment("staging", chance.choice("ab"), "in_progress", run_id=run),
            world.deployment("staging", chance.choice("ab"), run_id=run),
            world.health("staging", chance.choice("ab"), status),
            {**world.build(run=run), "release_id": str(uuid4())},
            {**world.build(run=run), "payload": {"status": "perhaps"}},
            world.build(run=run, checks=[{"check_name": "lint", "status": "no"}]),
            world.health("staging", "nowhere", status),
        ]
        event = {**chance.choice(ways), "emitted_at": (start + timedelta(seconds=number)).isoformat()}
        source, run, *more = event["idempotency_key"].split("/")
        event["idempotency_key"] = "/".join([source, f"{world.name}-{run}", *more])
        if chance.random() < 0.25:
            event = chance.choice([before for before in made if isinstance(before, dict) and "payload" in before])
            # Another fact under a key that is taken, or that a refusal left free.
            event = chance.choice([event, event, {**event, "payload": {**event["payload"], **chance.choice(OTHERS)}}])
        if chance.random() < 0.1:
            event = {"refusal": {"error": "invalid_payload", **event}}
        made.append(event)
    return made


def for_others(event: Envelope, worlds: list[World], others: list[World]) -> Envelope:
    """The same event about the release that stands for it among others."""
    text = json.dumps(event)
    for world, other in zip(worlds, others, strict=True):
        text = text.replace(world.name, other.name).replace(str(world.release_id), str(other.release_id))
    return json.loads(text)  # type: ignore[no-any-return]


def by_itself(session: SqlGates, event: Envelope) -> dict[str, Any]:
    if isinstance(event, dict) and event.get("refusal"):
        refusal = event["refusal"]
        answer: dict[str, Any] = session._value("select ops.record_refusal(%s) as value", Jsonb(refusal))
    else:
        answer = session._value("select ops.ingest_event(%s) as value", Jsonb(event))
    return answer


def ingest(session: SqlGates, events: list[Envelope]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = session._value("select ops.ingest_events(%s) as value", Jsonb(events))
    return answers


def test_a_batch_ends_as_its_events_do_one_by_one(stack: Stack) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    with sql_session(stack) as session:
        for _ in range(times(6, 1_000)):
            alone, together = ([World(stack, over=session) for _ in range(2)] for _ in range(2))
            events = drawn(chance, alone, chance.randint(1, 25))
            single = [by_itself(session, event) for event in events]
            rest = [for_others(event, alone, together) for event in events]
            batched: list[dict[str, Any]] = []
            while rest:
                size = chance.randint(1, 25)
                batched += ingest(session, rest[:size])
                rest = rest[size:]
            assert told(batched, together) == told(single, alone)
            for one, other in zip(alone, together, strict=True):
                assert told(state(session, other), together) == told(state(session, one), alone)
            seen.update(answer.get("error") or answer["status"] for answer in single)
    wanted = {"accepted", "duplicate", "idempotency_key_reused", "unknown_release"}
    print(dict(seen))
    assert wanted | {"invalid_payload", "unknown_deployment"} <= seen.keys()


def test_batches_at_once_that_share_keys_and_releases_accept_each_key_once(stack: Stack) -> None:
    worlds = [World(stack) for _ in range(4)]
    events = [chosen.build() for chosen in worlds for _ in range(6)]
    chance = random.Random(20261128)
    sent = [chance.sample(events, 12) for _ in range(times(24, 64))]
    log = stack.function.service.log if stack.function else None
    began = log.stat().st_size if log else 0
    said: Counter[int] = Counter()

    def until_taken(batch: list[Envelope]) -> list[dict[str, Any]]:
        while True:
            response = post(stack, json.dumps(batch).encode())
            said[response.status_code] += 1
            if response.status_code != 503:
                return list(response.json())

    with ThreadPoolExecutor(len(sent)) as pool:
        answers = [answer for each in pool.map(until_taken, sent) for answer in each]
    assert said.keys() <= {200, 503}
    # The function's log says why somebody was told to try again.
    assert b"40P01" not in (log.read_bytes()[began:] if log else b"")
    assert {answer["http_status"] for answer in answers} == {200}
    accepted = {answer["ingest_id"] for answer in answers if answer["status"] == "accepted"}
    assert len(accepted) == len({event["idempotency_key"] for batch in sent for event in batch})
    assert {answer["ingest_id"] for answer in answers} == accepted
    for world in worlds:
        rows = Counter(row["processing_status"] for row in world.facts("event_ingest_log", "processing_status"))
        assert set(rows) <= {"accepted", "duplicate"}


@pytest.mark.parametrize("is_refusal", [True, False], ids=["a refusal", "an event with a field of that name"])
def test_two_batches_wait_for_each_other_and_never_in_a_circle(stack: Stack, is_refusal: bool) -> None:
    """One holds a key or a release that the other wants; each lists them in another order."""
    one, other = World(stack), World(stack)
    # What is refused keeps its stop on a release, which it locks as an event does.
    refused = {**one.build("fail"), "refusal": {"release_id": str(other.release_id)}}
    if is_refusal:
        refused = {"refusal": {"error": "invalid_payload", **one.build("fail")}}
    forth, back = [one.build(), other.build()], [other.build(), refused]
    with psycopg.connect(stack.db_url) as first, psycopg.connect(stack.db_url) as second, ThreadPoolExecutor(1) as pool:
        for session in (first, second):
            session.execute("set role service_role")
        first.execute("select ops.ingest_events(%s)", [Jsonb(forth[:1])])
        waiting = pool.submit(second.execute, "select ops.ingest_events(%s)", [Jsonb(back)])
        waits = "select cardinality(pg_blocking_pids(%s)) > 0"
        with stack.connect() as watcher:
            wait_until(
                lambda: bool(watcher.execute(waits, [second.info.backend_pid]).fetchone() == (True,)), 10, "the second"
            )
        # It waits for its first release, and holds no other one yet.
        first.execute("select ops.ingest_events(%s)", [Jsonb(forth[1:])])
        first.commit()
        [[answers]] = waiting.result().fetchall()
        assert [answer["status"] for answer in answers] == ["accepted", "rejected"]


def test_what_is_no_batch_is_refused(db: psycopg.Connection[Any]) -> None:
    db.execute("set local role service_role")
    large = {"payload": {"note": "x" * 8 * MOST_BYTES}}
    for events, sqlstate in (({}, "22023"), ("x", "22023"), ([], "54000"), ([{}] * 101, "54000"), ([large], "54000")):
        with pytest.raises(psycopg.Error) as caught, db.transaction():
            db.execute("select ops.ingest_events(%s)", [Jsonb(events)])
        assert caught.value.sqlstate == sqlstate


def test_an_event_that_locks_would_keep_waiting_undoes_the_whole_batch(stack: Stack) -> None:
    world, held = World(stack), World(stack)
    with psycopg.connect(stack.db_url) as holder:
        holder.execute("select from ops.releases where release_id = %s for update", [held.release_id])
        events = [world.build(), held.build()]
        with psycopg.connect(stack.db_url) as caller:
            caller.execute("set role service_role")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                caller.execute("select ops.ingest_events(%s)", [Jsonb(events)])
    assert world.facts("event_ingest_log", "ingest_id") == []
    answers = Gates(stack.client(), Retry.never()).emit_many(events)
    assert [answer.status for answer in answers] == ["accepted", "accepted"]


@pytest.mark.parametrize("lines", [False, True], ids=["array", "lines"])
def test_over_http_each_event_has_its_own_answer(stack: Stack, lines: bool) -> None:
    world = World(stack)
    build = world.build()
    sent: list[Any] = [
        build,
        build,
        {**world.build(), "emitted_at": "yesterday"},
        [],
        {**build, "payload": {"status": "pass", "check_name": "lint"}},
    ]
    content = "\n".join(json.dumps(each) for each in sent) if lines else json.dumps(sent)
    named = {"content-type": "application/x-ndjson"} if lines else {}
    response = post(stack, content.encode(), **named)
    assert response.status_code == 200
    said = [(answer["http_status"], answer.get("error", answer["status"])) for answer in response.json()]
    expected = [(200, "accepted"), (200, "duplicate"), (400, "invalid_envelope"), (400, "invalid_envelope")]
    assert said == [*expected, (422, "idempotency_key_reused")]
    assert all(answer["ingest_id"] for answer in response.json())
    assert world.gates()["G1"] == "passed"


def test_the_client_sends_what_does_not_fit_into_one_batch_in_several(stack: Stack) -> None:
    worlds = [World(stack) for _ in range(2)]
    events = [worlds[number % 2].build(check_name=f"part-{number}") for number in range(MOST_EVENTS + 20)]
    assert [len(batch) for batch in batches(events)] == [MOST_EVENTS, 20]
    answers = Gates(stack.client(), Retry.never()).emit_many(iter(events))
    assert Counter(answer.status for answer in answers) == {"accepted": len(events)}
    large = [{**events[0], "payload": {"note": "x" * 200_000}} for _ in range(30)]
    assert sum(len(batch) for batch in batches(large)) == 30
    assert all(len(json.dumps(batch)) <= MOST_BYTES for batch in batches(large))


def test_what_cannot_be_judged_when_its_transaction_ends_stops_no_event_of_another_release(stack: Stack) -> None:
    world, gates = World(stack), Gates(stack.client(), Retry.never())
    bad, good = (
        gates.import_release(world.project, f"v-{n}", "production", COMMIT, initiating_actor="dev-1") for n in range(2)
    )
    sent = [{**world.build(), "release_id": str(each), "imported": True} for each in (bad, good)]
    with stack.connect() as connection:
        connection.autocommit = True
        planted = sql.SQL("check (release_id <> {} or status = 'draft') not valid").format(sql.Literal(str(bad)))
        connection.execute(sql.SQL("alter table ops.releases add constraint planted ") + planted)
        try:
            answers = gates.emit_many(sent)
        finally:
            connection.execute("alter table ops.releases drop constraint planted")
    assert [(answer.http_status, answer.status) for answer in answers] == [(500, "error"), (200, "accepted")]
    assert [answer.status for answer in gates.emit_many(sent)] == ["accepted", "duplicate"]


def test_a_batch_may_be_smaller(stack: Stack) -> None:
    world = World(stack)
    many = [world.build(check_name=f"part-{number}") for number in range(5)]
    assert [len(batch) for batch in batches(many, 2)] == [2, 2, 1]
    gates = Gates(stack.client(), Retry.never())
    assert Counter(answer.status for answer in gates.emit_many(many, most=2)) == {"accepted": 5}
    received = {row["received_at"] for row in world.facts("event_ingest_log", "received_at")}
    assert len(received) == 5
    for most in (0, MOST_EVENTS + 1):
        with pytest.raises(UsageFault):
            gates.emit_many(many, most=most)


class Narrow(Wire):
    """Requests by way of a proxy that takes no large body."""

    def ask(self, method: str, path: str, body: Any, headers: Any = None) -> Reply:
        """Its answer is no JSON, as that of many."""
        if len(json.dumps(body)) > 2_000:
            return Reply(413, None, readable=False)
        return super().ask(method, path, body, headers)


def test_a_batch_that_a_proxy_finds_too_large_is_sent_one_by_one_and_whole(stack: Stack) -> None:
    world = World(stack)
    many = [world.build(check_name=f"part-{number}", note="x" * 500) for number in range(5)]
    gates = Core(Narrow(stack.url, stack.secret_key), Retry.never())
    assert [(answer.status, answer.shortened) for answer in gates.emit_many(many)] == [("accepted", False)] * 5
    assert [row["metadata"].get("note") for row in world.facts("gate_checks", "metadata")] == ["x" * 500] * 5


@pytest.mark.parametrize("wrong", ["text", None, [1], 7, {"a": b"x"}, {"a": uuid.uuid4()}])
def test_what_is_no_event_is_wrong_usage_before_anything_is_sent(stack: Stack, wrong: Any) -> None:
    world, gates = World(stack), Gates(stack.client(), Retry.never())
    many = [world.build(check_name=f"part-{number}") for number in range(MOST_EVENTS + 20)]
    with pytest.raises(UsageFault):
        gates.emit_many([*many, wrong])
    with pytest.raises(UsageFault):
        gates.emit(wrong)
    with pytest.raises(UsageFault):
        gates.emit_many(many[0])  # type: ignore[arg-type]
    assert world.facts("event_ingest_log", "ingest_id") == []


def test_what_was_refused_for_its_key_or_its_size_is_sent_once_more_as_a_single_event_is(stack: Stack) -> None:
    world = World(stack)
    first = world.build(check_name="tests")
    taken = {**world.build(check_name="lint"), "idempotency_key": first["idempotency_key"]}
    large = world.build("fail", note="x" * 300_000)
    answers = Gates(stack.client(), Retry.never()).emit_many([first, taken, large])
    assert [(answer.status, answer.shortened) for answer in answers] == [
        *[("accepted", False)] * 2,
        ("accepted", True),
    ]
    assert world.gates()["G1"] == "failed"


def test_a_batch_of_somebody_who_may_not_send_is_refused_as_a_whole(stack: Stack) -> None:
    world = World(stack)
    token = stack.token("developer", "dev-1")
    response = post(stack, json.dumps([world.build()]).encode(), token=token)
    assert (response.status_code, response.json()["error"]) == (403, "forbidden_event")
    assert world.facts("gate_checks", "check_id") == []


@slow("sends 4 MiB twice")
def test_what_a_batch_of_4_mib_of_text_may_hold_sql_takes(stack: Stack) -> None:
    """As Postgres stores it, a list of small numbers is six times as large as its text."""
    world = World(stack)
    events = [world.build(check_name=f"part-{number}", numbers=[0] * 16_000) for number in range(25)]
    answers = Gates(stack.client()).emit_many(events)  # a busy machine may take longer than one call
    assert {answer.status for answer in answers} <= {"accepted", "duplicate"}
    wrong = {**world.build(), "emitted_at": "yesterday", "payload": {"status": "fail", "numbers": [0] * 60_000}}
    response = post(stack, json.dumps([*[wrong] * 15, world.build(check_name="last")]).encode())
    assert [answer["http_status"] for answer in response.json()] == [*[400] * 15, 200]
