"""Concurrent writers, retries and late events end in the same state, whatever their order is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import psycopg
import pytest
from psycopg.types.json import Jsonb

from harness.prove.effort import times
from harness.prove.world import COMMIT, World, sql_session
from harness.stack import Stack, wait_until
from harness.stack.members import SET_POLICY
from ops_gates.answers import Answer
from ops_gates.events import Envelope

T = TypeVar("T")
A = TypeVar("A")
EARLIER = "e" * 40


def at_once(work: Callable[[A], T], items: Iterable[A], clients: int) -> list[T]:
    """Run `work` on every item, `clients` of them at a time."""
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(work, items))


def test_of_100_concurrent_events_with_30_duplicates_70_are_accepted(stack: Stack) -> None:
    worlds = [World(stack) for _ in range(7)]
    sent = [worlds[number % 7].build() for number in range(70)]
    again = random.Random(1).sample(sent, 30)
    shuffled = sent + again
    random.Random(2).shuffle(shuffled)
    service = worlds[0].service
    answers = at_once(service.emit, shuffled, 16)
    assert Counter(answer.status for answer in answers) == {"accepted": 70, "duplicate": 30}
    assert sum(len(world.facts("gate_checks", "check_id")) for world in worlds) == 70


def test_retries_of_one_key_that_race_are_one_acceptance_and_one_answer(stack: Stack) -> None:
    world = World(stack)
    sent = [world.build() for _ in range(times(3, 200))]
    answers = at_once(lambda event: (event["idempotency_key"], world.service.emit(event)), sent * 64, 32)
    by_key: dict[str, list[Answer]] = {}
    for key, answer in answers:
        by_key.setdefault(key, []).append(answer)
    assert len(by_key) == len(sent)
    for same in by_key.values():
        assert Counter(answer.status for answer in same) == {"accepted": 1, "duplicate": 63}
        assert {answer.http_status for answer in same} == {200}
        assert len({answer.ingest_id for answer in same}) == 1
        first = [{name: said for name, said in answer.detail.items() if name != "now"} for answer in same]
        assert all(said == first[0] for said in first)
    rows = Counter(row["processing_status"] for row in world.facts("event_ingest_log", "processing_status"))
    assert rows["accepted"] == len(sent)


def test_a_signoff_that_races_a_failing_check_leaves_the_verdict_that_the_facts_support(stack: Stack) -> None:
    with sql_session(stack) as one, sql_session(stack) as other, ThreadPoolExecutor(2) as pool:
        for _ in range(times(15, 1_000)):
            world = World(stack, over=one)
            world.emit(world.build())
            racing = [pool.submit(one.emit, world.signoff("G2", "qa-1")), pool.submit(other.emit, world.build("fail"))]
            assert {future.result().status for future in racing} == {"accepted"}
            assert world.gates() == {"G1": "failed", "G2": "in_progress", "G3": "pending", "G4": "pending"}
            assert not one.eligible(world.release_id, "staging")


def test_a_signoff_that_races_a_closing_is_on_record_before_it_or_is_refused(stack: Stack) -> None:
    with sql_session(stack) as one, sql_session(stack) as other, ThreadPoolExecutor(2) as pool:
        for _ in range(times(10, 1_000)):
            world = World(stack, over=one)
            world.emit(world.build())
            signing = pool.submit(one.emit, world.signoff("G2", "qa-1"))
            closing = pool.submit(other.close_release, world.release_id, "cancelled")
            answer = signing.result()
            assert closing.result()["close_reason"] == "cancelled"
            [release] = one.rows("releases", "closed_at, recorded_until", release_id=world.release_id)
            approvals = world.facts("approvals", "created_at")
            assert release["closed_at"] == release["recorded_until"]
            if approvals:
                assert answer.status == "accepted"
                assert approvals[0]["created_at"] < release["closed_at"]
            else:
                assert (answer.status, answer.error) == ("rejected", "release_closed")
            assert not one.eligible(world.release_id, "dev")


def history(world: World) -> list[Envelope]:
    """One release's events, observed minutes apart, with reruns, a rollback and several reports of one thing."""
    start = datetime.now(UTC) - timedelta(hours=2)
    made: list[tuple[Callable[..., Envelope], tuple[Any, ...], dict[str, Any]]] = [
        (world.build, ("pass",), {"checks": [{"check_name": "lint", "status": "fail"}]}),
        (world.build, ("pass",), {"checks": [{"check_name": "lint", "status": "pass"}]}),
        (world.signoff, ("G2", "qa-1", "rejected"), {}),
        (world.signoff, ("G2", "qa-1"), {}),
        (world.signoff, ("G3", "rm-1"), {}),
        (world.deployment, ("staging", "s-1", "in_progress"), {}),
        (world.deployment, ("staging", "s-1", "failed"), {}),
        (world.deployment, ("staging", "s-1", "succeeded"), {}),
        (world.deployment, ("production", "p-0", "succeeded"), {}),
        (world.deployment, ("production", "p-1", "in_progress"), {}),
        (world.deployment, ("production", "p-1", "succeeded"), {}),
    ]
    return [
        build(*arguments, emitted_at=start + timedelta(minutes=minute), **more)
        for minute, (build, arguments, more) in enumerate(made)
    ]


def dependants(world: World, rolled_back: int) -> list[Envelope]:
    """Events that name a deployment, and so are only known once it is. The rollback is of that minute."""
    start = datetime.now(UTC) - timedelta(hours=1)
    return [
        world.health("staging", "s-1", "fail", emitted_at=start),
        world.health("staging", "s-1", "pass", emitted_at=start + timedelta(minutes=1)),
        world.health("production", "p-1", "pass", emitted_at=start + timedelta(minutes=2)),
        world.deployment(
            "production",
            "r-1",
            rollback_of_ref="p-0",
            source_ref=EARLIER,
            emitted_at=start + timedelta(minutes=rolled_back),
        ),
    ]


def ran_before(world: World) -> None:
    """Have another release in production, of an earlier commit, to which a rollback can go back."""
    release_id = world.service.open_release(
        "acme/shop", f"before-{world.name}", "production", EARLIER, initiating_actor="dev-1"
    )
    deployed = world.deployment("production", "before", source_ref=EARLIER)
    for event in (world.build(), world.signoff("G2", "qa-1"), world.signoff("G3", "rm-1"), deployed):
        assert world.service.emit(event | {"release_id": str(release_id)}).kept


def outcome(world: World) -> dict[str, Any]:
    """What must not depend on the order: facts, verdicts, deployment states, live eligibility."""

    def facts(table: str, columns: str) -> list[tuple[Any, ...]]:
        return sorted(tuple(map(str, row.values())) for row in world.facts(table, columns))

    return {
        "gates": world.gates(),
        "checks": facts("gate_checks", "check_name,status,observed_at"),
        # When people decided is not the same: they decide in the order in which that is recorded.
        "approvals": facts("approvals", "approver_id,decision"),
        "evidence": facts("evidence_artifacts", "artifact_type,artifact_url"),
        "deployments": facts(
            "deployments",
            "deployment_ref,environment,status,status_observed_at,deployed_at,deployed_by,g4_status",
        ),
        "eligible": [world.service.eligible(world.release_id, env) for env in ("dev", "staging", "production")],
    }


def decided_now(event: Envelope) -> Envelope:
    """The event; a decision is given at this moment."""
    return event | {"emitted_at": datetime.now(UTC).isoformat()} if event["event_type"] == "gate_signoff" else event


def play(world: World, events: list[Envelope], generator: random.Random) -> dict[str, Any]:
    """Send events in a random order, some twice; one that was refused for what it names is sent again later.

    People decide in their order, each at that moment, and machines report between them in any order.
    """
    waiting = events + generator.sample(events, 4)
    generator.shuffle(waiting)
    places = [place for place, event in enumerate(waiting) if event["event_type"] == "gate_signoff"]
    for place, event in zip(places, sorted((waiting[place] for place in places), key=events.index), strict=True):
        waiting[place] = event
    while waiting:
        answers: list[tuple[Envelope, Answer]] = [(event, world.service.emit(decided_now(event))) for event in waiting]
        waiting = [event for event, answer in answers if answer.error == "unknown_deployment"]
        assert all(answer.kept or answer.error == "unknown_deployment" for _, answer in answers)
    return outcome(world)


@pytest.mark.parametrize(
    ("rolled_back", "g4"),
    [
        pytest.param(-52, "passed", id="before the newest deployment"),
        pytest.param(3, "failed", id="after the newest deployment, which it does not undo"),
    ],
)
def test_any_order_of_the_same_events_with_repeats_ends_in_one_state(stack: Stack, rolled_back: int, g4: str) -> None:
    generator = random.Random(20261123)
    with sql_session(stack) as session:
        template = World(stack, over=session)
        ran_before(template)
        events = history(template) + dependants(template, rolled_back)
        first: dict[str, Any] | None = None
        for _ in range(times(3, 250)):
            world = World(stack, over=session)
            own = [event | {"release_id": str(world.release_id)} for event in events]
            for event in own:
                parts = event["idempotency_key"].split("/")
                event["idempotency_key"] = "/".join([parts[0], f"{world.name}-{parts[1]}", *parts[2:]])
            state = play(world, own, generator)
            first = first or state
            assert state == first
    assert first
    assert first["gates"] == {"G1": "passed", "G2": "passed", "G3": "passed", "G4": g4}


def with_refusals(world: World, minutes: int) -> list[Envelope]:
    """A release's events, observed two minutes apart, of which some are refused; the last word of each is good.

    The first `minutes` are the same history cut off before its last words: then some last words are failures.
    """
    start = datetime.now(UTC) - timedelta(hours=2)
    once = world.name
    lint = [{"check_name": "lint", "status": "fail"}]
    made: list[tuple[Callable[..., Envelope], tuple[Any, ...], dict[str, Any]]] = [
        (world.build, ("pass", f"{once}-1"), {}),
        (world.build, ("fail", f"{once}-1"), {}),  # under the key of the one before
        (world.build, ("pass", f"{once}-2"), {"checks": lint, "evidence": [{"artifact_type": "selfie"}]}),
        (world.deployment, ("staging", "s-1", "in_progress"), {}),
        (world.deployment, ("staging", "s-1", "failed"), {"deployed_at": start.isoformat()[:10]}),
        (world.health, ("staging", "s-1", "fail"), {"check_name": "http", "evidence": 7}),
        (world.build, ("pass", f"{once}-3"), {"checks": [{"check_name": "lint", "status": "pass"}]}),
        (world.deployment, ("staging", "s-1", "succeeded"), {}),
        (world.health, ("staging", "s-1", "pass"), {"check_name": "http"}),
    ]
    return [
        build(*arguments, emitted_at=start + timedelta(minutes=2 * number), **more)
        for number, (build, arguments, more) in enumerate(made[:minutes])
    ]


def test_any_order_of_machines_reports_some_of_them_refused_ends_in_one_verdict(stack: Stack) -> None:
    generator = random.Random(20261126)
    with sql_session(stack) as session:
        for length, g1 in ((9, "passed"), (6, "failed")):
            ends = []
            for _ in range(times(3, 500)):
                world = World(stack, over=session)
                waiting = with_refusals(world, length)
                waiting += generator.sample(waiting, 2)
                generator.shuffle(waiting)
                while waiting:
                    answers = [(event, session.emit(event)) for event in waiting]
                    waiting = [event for event, answer in answers if answer.error == "unknown_deployment"]
                eligible = [session.eligible(world.release_id, env) for env in ("dev", "staging", "production")]
                ends.append((world.gates(), eligible, world.status()))
            assert all(end == ends[0] for end in ends)
            assert ends[0][0]["G1"] == g1
            assert (ends[0][0]["G4"] == "failed") is (g1 == "failed")


def test_a_target_that_is_retired_while_a_release_is_deployed_there_stays_for_that_release(stack: Stack) -> None:
    before, late = World(stack), World(stack)
    gone, other = f"gone-{before.name}", f"other-{before.name}"
    before.emit(before.deployment("production", target=gone, status="failed"))
    with stack.connect() as deployer, stack.connect() as manager:
        deployer.execute("set role service_role")
        manager.execute("select set_config('request.jwt.claims', %s, false)", ['{"sub": "rm-2"}'])
        manager.execute("set role release_manager")

        def retire(target: str) -> list[str]:
            query = "select ops.retire_target('acme/shop', 'production', %s, 'it is gone')"
            [answer] = manager.execute(query, [target]).fetchone() or [{}]
            manager.commit()
            return [release["release_id"] for release in answer["releases"]]

        # The deployment has its moment before the target is retired, and is committed after that.
        failed = late.deployment("production", target=gone, status="failed")
        deployer.execute("select ops.ingest_event(%s)", [Jsonb(failed)])
        assert retire(gone) == [str(before.release_id)]
        deployer.commit()
        assert (before.gates()["G4"], late.gates()["G4"]) == ("pending", "failed")
        [moment] = deployer.execute("select clock_timestamp()").fetchone() or [None]
        deployer.commit()
        late.emit(late.deployment("production", target=other))
        assert retire(other) == [str(late.release_id)]
        assert late.gates()["G4"] == "failed"
        replay = (
            "select ops.gate_status_at(gate_id, %s) from ops.release_gates where release_id = %s order by gate_code"
        )
        assert deployer.execute(replay, [moment, late.release_id]).fetchall()[-1] == ("failed",)


def test_a_retirement_waits_for_a_bulk_insert_in_any_order_and_neither_is_a_deadlock(stack: Stack) -> None:
    worlds = sorted((World(stack) for _ in range(3)), key=lambda world: str(world.release_id))
    gone = f"gone-{worlds[0].name}"
    for world in worlds:
        world.emit(world.deployment("production", target=gone))
    insert = """insert into ops.deployments (release_id, environment, target, deployment_ref, source_ref, status)
      values (%s, 'production', 'default', 'bulk', %s, 'in_progress')"""
    waits = "select exists (select from pg_locks where pid = %s and not granted)"
    with stack.connect() as deployer, stack.connect() as manager, ThreadPoolExecutor(1) as pool:
        manager.execute("select set_config('request.jwt.claims', %s, false)", ['{"sub": "rm-2"}'])
        manager.execute("set role release_manager")
        manager.commit()
        deployer.execute(insert, [worlds[-1].release_id, COMMIT])
        query = "select ops.retire_target('acme/shop', 'production', %s, 'it is gone')"
        retiring = pool.submit(lambda: manager.execute(query, [gone]).fetchone())
        wait_until(lambda: deployer.execute(waits, [manager.info.backend_pid]).fetchone() == (True,), what="a lock")
        for world in worlds[-2::-1]:
            deployer.execute(insert, [world.release_id, COMMIT])
        assert not retiring.done()
        deployer.commit()
        [answer] = retiring.result(60) or [{}]
        manager.commit()
    assert sorted(release["release_id"] for release in answer["releases"]) == [str(w.release_id) for w in worlds]


def test_a_requirement_that_is_closed_by_hand_during_a_change_of_policy_is_no_deadlock(stack: Stack) -> None:
    project = f"acme/{World(stack).name}"
    waits = "select exists (select from pg_locks where pid = %s and not granted)"
    with stack.connect() as opener, stack.connect() as setter, stack.connect() as owner, ThreadPoolExecutor(2) as pool:

        def waiting(session: psycopg.Connection[Any]) -> Callable[[], bool]:
            return lambda: opener.execute(waits, [session.info.backend_pid]).fetchone() == (True,)

        setter.execute("set role service_role")
        setter.execute("select ops.register_project(%s, null, 'rm-1', 'set-up')", [project])
        setter.execute(SET_POLICY, ["G1", Jsonb([{"kind": "check", "subject": "build"}]), project])
        setter.commit()
        # While a release is being opened, both wait: the change of policy first, then the owner.
        opener.execute("set role service_role")
        opener.execute("select ops.open_release('acme/shop', %s, 'dev', %s, '{}', 'dev-1')", [f"p-{project}", COMMIT])
        setting = pool.submit(
            setter.execute, SET_POLICY, ["G1", Jsonb([{"kind": "check", "subject": "lint"}]), project]
        )
        wait_until(waiting(setter), what="a change of policy that waits")
        closing = pool.submit(
            owner.execute,
            "update ops.gate_requirements set closed_by = 'x' where project = %s and valid_to is null",
            [project],
        )
        wait_until(waiting(owner), what="an owner that waits")
        opener.commit()
        setting.result(60)
        setter.commit()
        closing.result(60)
        owner.commit()
        count = "select count(*), count(valid_to) from ops.gate_requirements where project = %s"
        [found] = opener.execute(count, [project]).fetchall()
        assert found == (2, 1)
