"""Releases of the past beside those of the present: nothing of the present knows of them."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from harness.prove.effort import times
from harness.prove.world import COMMIT, SqlGates, World, register_people, sql_session
from harness.stack import Stack
from harness.stack.members import SET_POLICY
from harness.stack.projects import REGISTER
from harness.tests.told_again import state, told
from ops_gates.events import Envelope

OTHER = "0a1b2c3d" * 5
PLACES = (("staging", "default"), ("production", "default"), ("production", "eu"))
HASHES = ("a" * 64, "b" * 64)
# Beside the default: what looks at other releases of the commit, and at staging.
G3 = [
    {"kind": "prior_gate", "subject": "G2"},
    {"kind": "approval", "subject": "release_manager"},
    {"kind": "evidence", "subject": "rollback_plan"},
    {"kind": "objected_elsewhere"},
    {"kind": "environment_healthy"},
]
ACROSS: dict[str, LiteralString] = {
    "live": "select to_jsonb(v) as value from ops.v_live v where project = %s order by environment, target",
    "waiting": "select to_jsonb(v) - 'age' as value from ops.v_waiting v where project = %s"
    " order by opened_at, gate_code",
    "metrics": "select to_jsonb(v) as value from ops.v_delivery_metrics v where project = %s order by month",
    "durations": "select to_jsonb(array[gate_code::text, gates::text]) as value from ops.v_gate_durations"
    " where project = %s order by month, gate_code",
    "releases": "select to_jsonb(m) as value from ops.my_releases(jsonb_build_object('project', %s::text)) as m",
    "notices": "select jsonb_build_array(kind, gate_code, personas, environment) as value from ops.notices"
    " where project = %s order by place",
    "impact": 'select to_jsonb(ops.policy_impact(\'G1\', \'[{"kind": "check", "subject": "lint"}]\', %s)) as value',
    "findings": "select to_jsonb(f) - 'gate_id' as value from ops.releases r"
    " cross join unnest(array['staging', 'production']) as t (env) cross join lateral ("
    "  select * from ops.promotion_blockers(r.release_id, t.env) union all"
    "  select * from ops.promotion_advice(r.release_id, t.env)) as f"
    " where r.project = %s and r.imported_at is null order by r.created_at, t.env, f.gate_code, f.kind, f.subject",
    "decided": "select jsonb_build_array(d.deployment_ref, d.was_eligible, d.rollback_known, d.blockers_at_deploy)"
    " as value from ops.deployments d where d.project = %s and not d.imported"
    " order by d.created_at, d.deployment_ref",
}


def fact(chance: random.Random, world: World) -> Envelope:
    """Something that may happen to a release: in one of few places, under one of few names."""
    environment, ref = chance.choice(["staging", "production", "production"]), chance.choice("abcd")
    target = chance.choice(["default", "eu"])
    artifacts = chance.choice([None, None, [{"name": "image", "sha256": chance.choice(HASHES)}]])
    ways = [
        lambda: world.build(chance.choice(["pass", "pass", "fail"]), artifacts=artifacts),
        lambda: world.build(check_name="lint", status=chance.choice(["pass", "fail"])),
        lambda: world.signoff("G2", "qa-1", chance.choice(["approved", "approved", "rejected"])),
        lambda: world.signoff("G3", "rm-1", chance.choice(["approved", "approved", "rejected"])),
        lambda: world.deployment(
            environment, ref, chance.choice(["in_progress", "succeeded", "succeeded", "failed"]), target=target
        ),
        lambda: world.deployment(
            environment, f"back-{ref}", target=target, rollback_of_ref=ref, source_ref=chance.choice([COMMIT, OTHER])
        ),
        lambda: world.health(environment, ref, chance.choice(["pass", "pass", "fail"]), target=target),
        lambda: {**world.build("fail"), "emitted_at": "yesterday"},
    ]
    return chance.choice(ways)()


def begun(session: SqlGates, stack: Stack, project: str) -> list[World]:
    """The releases of a project: two of one commit, and one of another."""
    register_people(stack)
    session._connection.execute(REGISTER, [project])
    session._connection.execute(SET_POLICY, ["G3", Jsonb(G3), project])
    target = "select ops.set_notice_target(%s, 'all', 'webhook', 'OPS_NOTICE_ALL', null, 'rm-1', 'a test')"
    session._connection.execute(target, [project])
    return [World(stack, over=session, project=project, commit=commit) for commit in (COMMIT, COMMIT, OTHER)]


def everywhere(world: World) -> list[Envelope]:
    """All that happens to a release that goes well."""
    places = [{"environment": environment, "target": target} for environment, target in PLACES]
    return [*world.until_gate(3), *(e for at in places for e in (world.deployment(**at), world.health(**at)))]


def past_of(event: Envelope, release_id: Any) -> Envelope:
    """The same fact, of a release of the past."""
    source, _, *more = event["idempotency_key"].split("/")
    key = "/".join([source, uuid.uuid4().hex, *more])
    return {**event, "release_id": str(release_id), "imported": True, "idempotency_key": key}


def of_others(event: Envelope, world: World) -> Envelope:
    """The same event about the release that stands for another."""
    source, run, *more = event["idempotency_key"].split("/")
    key = "/".join([source, f"{world.name}-{run}", *more])
    return {**event, "release_id": str(world.release_id), "idempotency_key": key}


def across(session: SqlGates, project: str) -> dict[str, Any]:
    """What is asked across the releases of a project."""
    return {
        what: [row["value"] for row in session._connection.execute(query, [project]).fetchall()]
        for what, query in ACROSS.items()
    }


def drawn(chance: random.Random, worlds: list[World]) -> list[tuple[int, Envelope]]:
    """What happens in a project: by which of its releases, and the event."""
    begin = [(2, event) for event in everywhere(worlds[2])]
    begin += [(0, event) for event in everywhere(worlds[0])[: chance.randint(0, 9)]]
    places = [chance.randrange(3) for _ in range(chance.randint(10, 40))]
    return begin + [(place, fact(chance, worlds[place])) for place in places]


def at(event: Envelope, moment: datetime) -> Envelope:
    """The same at that moment, unless its time cannot be read."""
    return event if event["emitted_at"] == "yesterday" else {**event, "emitted_at": moment.isoformat()}


def test_the_present_is_the_same_with_and_without_a_past_beside_it(stack: Stack) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance, past = random.Random(seed), random.Random(seed + 1)
    seen: Counter[str] = Counter()
    start = datetime.now(UTC) - timedelta(hours=3)
    importing = "select ops.import_release(%s, %s, 'production', %s, '{}', 'dev-1') as value"
    with sql_session(stack) as session:
        for _ in range(times(3, 300)):
            name = uuid.uuid4().hex[:12]
            alone, beside = (begun(session, stack, f"{where}/{name}") for where in ("alone", "beside"))
            # One has the name of a release of the present.
            names = [beside[0].name, "past-1", "past-2"]
            imported = [
                session._value(importing, f"beside/{name}", *each)
                for each in zip(names, (COMMIT, COMMIT, OTHER), strict=True)
            ]
            for number, (place, event) in enumerate(drawn(chance, alone)):
                for other in (fact(past, beside[0]) for _ in range(past.randrange(4))):
                    when = start + timedelta(seconds=past.randint(-4000, 8000))
                    answer = session.emit(at(past_of(other, past.choice(imported)), when))
                    seen[f"past {answer.error or answer.status}"] += 1
                sent = at(event, start + timedelta(seconds=10 * number))
                one, two = (session.emit(of_others(sent, worlds[place])) for worlds in (alone, beside))
                assert told(two.detail, beside) == told(one.detail, alone)
                seen[one.error or one.status] += 1
            for one_world, other_world in zip(alone, beside, strict=True):
                assert told(state(session, other_world), beside) == told(state(session, one_world), alone)
            known, with_past = across(session, f"alone/{name}"), across(session, f"beside/{name}")
            for what, rows in known.items():
                assert told(with_past[what], beside) == told(rows, alone), what
                seen[what] += len(rows)
    print(dict(seen))
    assert seen["past accepted"] > seen["past unknown_deployment"] > 0
    assert all(seen[what] for what in ACROSS), seen
