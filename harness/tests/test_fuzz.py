"""Envelopes, valid and not, in quantity: no 5xx, every body as documented, nothing written by a refused one."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

from harness.prove.effort import times
from harness.prove.world import World, post
from harness.stack import Stack
from harness.stack.parts import ROOT
from ops_gates import events

DOMAIN = (
    "releases",
    "release_gates",
    "gate_checks",
    "approvals",
    "evidence_artifacts",
    "exceptions",
    "deployments",
    "deployment_reports",
    "environment_events",
)
# What a field may be replaced by: other types, the edges of each limit, and what encoders get wrong.
VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 2**53 - 1, 2**53, 1e300, "", " ", "\t\n", "a" * 255, "a" * 256, "a" * 8192, "a" * 8193,
    "é" * 200, "\u0000", "\ud800", "\u2028", "\u202e", "G1", "G5", "pass", "production", "2026-02-30T10:00:00Z",
    "2026-11-23T10:00:00+14:59", "2026-11-23T10:00:00+20:00", "2026-11-23T24:00:00Z", "2999-01-01T00:00:00Z",
    "1e130000", "'; drop table ops.releases; --", "../..", "{}", [], [[]], [{}], {}, {"a": None}, {"__proto__": {}},
    [None], [1, "a"], [1] * 30_000, {f"k{n}": n for n in range(3_000)}, "ABCDEF" * 10 + "ABCD",
    [{"check_name": "x", "status": "pass"}] * 2,
]  # fmt: skip


@cache
def openapi() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "docs" / "events" / "openapi.json").read_text())
    return loaded


@cache
def described(status: int) -> Draft202012Validator:
    """The published schema of the body that goes with an HTTP status."""
    response = openapi()["paths"]["/ops-event-ingest"]["post"]["responses"][str(status)]
    return Draft202012Validator(
        response["content"]["application/json"]["schema"] | {"components": openapi()["components"]}
    )


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key in value:
            found += paths(value[key], (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            found += paths(entry, (*path, index))
    return found


def mutated(event: dict[str, Any], generator: random.Random) -> bytes:
    """An event with none to three of its fields replaced, removed or added, or with its bytes damaged."""
    event = copy.deepcopy(event)
    for _ in range(generator.choice((0, 1, 1, 1, 2, 3))):
        *way, last = generator.choice(paths(event))
        parent = event
        for step in way:
            parent = parent[step]
        what = generator.random()
        if what < 0.7:
            parent[last] = copy.deepcopy(generator.choice(VALUES))
        elif isinstance(parent, dict):
            if what < 0.85:
                del parent[last]
            else:
                parent[generator.choice(("surprise", "gate_code", "rollback_of_ref", "", "\u0000"))] = generator.choice(
                    VALUES
                )
    content = json.dumps(event, ensure_ascii=generator.random() < 0.9).encode("utf-8", "surrogatepass")
    if generator.random() < 0.05:
        at = generator.randrange(len(content))
        content = content[:at] + bytes([generator.randrange(256)]) + content[at + 1 :]
    return content


def originals(world: World) -> list[dict[str, Any]]:
    return [
        world.build(checks=[{"check_name": "lint", "status": "pass"}], evidence=[events.evidence("build_log", "https://ci.example/1")]),
        world.signoff("G2", "qa-1"),
        world.signoff("G3", "rm-1", "request_changes"),
        world.deployment("staging", uuid4().hex),
        world.deployment("production", uuid4().hex, "in_progress", deployed_by="x", deployed_at="2026-11-20T10:00:00Z"),
        world.health("staging", "seed"),
        events.environment_event(environment="dev", event_type="alert_fired", run_id=uuid4().hex, data={"a": [1]}),
    ]  # fmt: skip


def counted(stack: Stack) -> dict[str, int]:
    with stack.connect() as owner:
        return {
            table: owner.execute(f"select count(*) from ops.{table}").fetchone()[0]  # type: ignore[index]
            for table in DOMAIN
        }


def test_generated_envelopes_get_documented_answers_and_refused_ones_write_nothing(stack: Stack) -> None:
    generator = random.Random(4)
    world = World(stack)
    world.emit(world.deployment("staging", "seed"))
    tokens = [None, None, stack.token("ci_service_role", "ci-bot"), stack.token("qa_tester", "qa-1")]
    seen: Counter[tuple[int, str]] = Counter()

    def send(content: bytes) -> None:
        answer = post(stack, content, token=generator.choice(tokens))
        body = answer.json()
        assert answer.status_code < 500, (answer.status_code, content[:500])
        described(answer.status_code).validate(body)
        seen[answer.status_code, body.get("error") or body["status"]] += 1

    # Refused ones first, alone, between two counts of every domain table.
    refused = [mutated(generator.choice(originals(world)), generator) for _ in range(times(400, 10_000))]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, refused))
    assert {"accepted", "invalid_json", "invalid_envelope", "invalid_payload", "forbidden_event"} <= {
        what for _, what in seen
    }


@pytest.mark.parametrize("sender", ["service_role", "ci_service_role", "audit_reader"])
def test_a_refused_envelope_leaves_every_domain_table_as_it_was(fresh_stack: Any, sender: str) -> None:
    stack = fresh_stack()
    generator = random.Random(5)
    world = World(stack)
    world.emit(world.deployment("staging", "seed"))
    token = None if sender == "service_role" else stack.token(sender, "somebody")
    expected = counted(stack)
    refused = 0
    for _ in range(times(60, 1_000)):
        content = mutated(generator.choice(originals(world)), generator)
        answer = post(stack, content, token=token)
        if answer.status_code == 200:
            expected = counted(stack)
        else:
            refused += 1
            assert counted(stack) == expected, content
    assert refused > 20
