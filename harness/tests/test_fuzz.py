"""Many random envelopes: no answer is a 5xx, every body is as documented, and a refused envelope writes nothing."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
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
from harness.tests.mutated_events import mutated
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
    refused = [mutated(generator.choice(originals(world)), generator) for _ in range(times(80, 10_000))]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, refused))
    assert {"accepted", "invalid_json", "invalid_envelope", "invalid_payload", "forbidden_event"} <= {
        what for _, what in seen
    }


@pytest.fixture(scope="module")
def own_stack(stack: Stack) -> Iterator[Stack]:
    """A stack to which nobody else writes."""
    if stack.cluster is None:
        pytest.skip(f"needs a stack of its own, and OPS_STACK={stack.kind} has only one")
    with stack.clone() as clone:
        yield clone


@pytest.mark.parametrize("sender", ["service_role", "ci_service_role", "audit_reader"])
def test_a_refused_envelope_leaves_every_domain_table_as_it_was(own_stack: Stack, sender: str) -> None:
    stack = own_stack
    generator = random.Random(5)
    world = World(stack)
    world.emit(world.deployment("staging", "seed"))
    token = None if sender == "service_role" else stack.token(sender, "somebody")
    expected = counted(stack)
    refused = 0
    for _ in range(times(40, 1_000)):
        content = mutated(generator.choice(originals(world)), generator)
        answer = post(stack, content, token=token)
        if answer.status_code == 200:
            expected = counted(stack)
        else:
            refused += 1
            assert counted(stack) == expected, content
    assert refused > 20
