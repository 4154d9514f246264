"""The quick check accepts ordinary events, and an event is always answered as the complete check finds."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from harness.prove.effort import times
from harness.stack.members import GRANT
from harness.stack.projects import REGISTER
from harness.tests.mutated_events import mutated
from ops_gates import events
from ops_gates.events import Envelope

RELEASE = str(uuid4())
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
REASON = {"criteria_met": True, "défauts": []}


def evidence(kind: str) -> list[dict[str, Any]]:
    return [events.evidence(kind, "https://evidence.example/1", DIGEST, size=1.5)]


def ordinary() -> dict[str, Envelope]:
    """One event of each type, with most of the fields that it may have."""
    checks = [{"check_name": name, "status": status} for name, status in (("lint", "pass"), ("types", "warning"))]
    return {
        "build_complete": events.build_complete(
            RELEASE, run_id="p", status="pass", source_ref="sha-1", artifact_ref="runs/é", checks=checks,
            evidence=evidence("build_log"),
        ),
        "gate_signoff": events.gate_signoff(
            RELEASE, "G2", session_id="p", decision="approved", approver_id="qa-1", persona_role="qa_tester",
            rationale_structured=REASON, rationale_text="all criteria met", evidence=evidence("test_result"),
        ),
        "deployment_event": events.deployment_event(
            RELEASE, environment="staging", deployment_ref="d-1", status="succeeded", source_ref="sha-1", run_id="p",
            deployed_by="sre-1",
        ),
        "health_check": events.health_check(
            RELEASE, environment="staging", deployment_ref="d-1", status="pass", artifact_ref="reports/1", run_id="p",
        ),
        "environment_event": events.environment_event(
            environment="dev", event_type="alert_fired", run_id="p", data={"a": [1]}
        ),
    }  # fmt: skip


# What is known at one look is not examined field by field: lengths and repeated names are left to constraints.
LOOKS = """
    select (ops_private.admit(%(event)s)).examined is not true,
      coalesce((ops_private.unreadable(%(event)s)).error, (ops_private.malformed(%(event)s)).error)
"""
MALFORMED = {"invalid_json", "unsupported_schema_version", "invalid_envelope", "invalid_payload"}


@pytest.fixture
def release(db: psycopg.Connection[Any]) -> str:
    """The release that the events name, opened for this test."""
    db.execute("set local role service_role")
    for person, role in (("dev-1", "developer"), ("qa-1", "qa_tester")):
        db.execute(GRANT, [person, role, None])
    db.execute(REGISTER, ["acme/plain"])
    [opened] = db.execute(
        "select ops.open_release('acme/plain', %s, 'staging', 'sha-1', initiating_actor => 'dev-1')", [str(uuid4())]
    ).fetchone() or [None]
    return str(opened)


def looked_at(db: psycopg.Connection[Any], release: str, envelope: Any) -> tuple[bool, str | None, str]:
    """Whether it is plain, what the long look finds, and the code or status that it is answered with; undone again."""
    event = Jsonb(json.loads(json.dumps(envelope).replace(RELEASE, release)))
    with db.transaction(force_rollback=True):
        [answer] = db.execute("select ops.ingest_event(%s)", [event]).fetchone() or [{}]
        db.execute("reset role")
        [plain, found] = db.execute(LOOKS, {"event": event}).fetchone() or [False, None]
    return plain, found, answer.get("error") or answer["status"]


@pytest.mark.parametrize("kind", sorted(ordinary()))
def test_an_ordinary_event_of_every_type_is_plain(kind: str, db: psycopg.Connection[Any], release: str) -> None:
    event = ordinary()[kind]
    without = {name: value for name, value in event.items() if kind == "gate_signoff" or name != "gate_code"}
    for envelope in (event, without):
        plain, found, answer = looked_at(db, release, envelope)
        assert (plain, found) == (True, None)
        assert answer == ("unknown_deployment" if kind == "health_check" else "accepted")


def test_every_event_is_answered_with_what_the_long_look_finds(db: psycopg.Connection[Any], release: str) -> None:
    generator = random.Random(7)
    looks: list[tuple[Any, bool, str | None, str]] = []
    while len(looks) < times(120, 20_000):
        try:
            envelope = json.loads(mutated(generator.choice([*ordinary().values()]), generator))
        except ValueError:
            continue
        text = json.dumps(envelope)
        # What no jsonb can hold does not come this far, and no other look is given to what is too large.
        if isinstance(envelope, dict) and "\\u0000" not in text and "\\ud800" not in text and len(text) < 100_000:
            looks.append((envelope, *looked_at(db, release, envelope)))
    for envelope, _, found, answer in looks:
        assert answer == found or (found is None and answer not in MALFORMED | {"internal_error"}), (
            envelope,
            found,
            answer,
        )
    clean = sum(found is None for _, _, found, _ in looks)
    assert sum(plain for _, plain, _, _ in looks) > clean * 0.8 > times(20, 60)


def test_a_retry_is_examined_as_if_it_came_first(db: psycopg.Connection[Any], release: str) -> None:
    generator = random.Random(11)
    kinds = [kind for kind in ordinary() if kind != "health_check"]
    extras: list[dict[str, Any]] = [{"gate_code": gate} for gate in ("G1", "G2", 5, None)] + [
        {"caller": "service_role"}
    ]
    for turn in range(times(60, 10_000)):
        first = ordinary()[kinds[turn % len(kinds)]]
        try:
            again = json.loads(mutated(first, generator)) if turn >= len(kinds) * len(extras) else first
        except ValueError:
            continue
        if turn < len(kinds) * len(extras):
            again = first | extras[turn // len(kinds)]
        text = json.dumps(again)
        if not isinstance(again, dict) or "\\u0000" in text or "\\ud800" in text or len(text) > 100_000:
            continue
        first, again = (json.loads(json.dumps(event).replace(RELEASE, release)) for event in (first, again))
        with db.transaction(force_rollback=True):
            [found] = db.execute("select ops.ingest_event(%s) ->> 'status'", [Jsonb(first)]).fetchone() or [None]
            assert found == "accepted"
            [answer] = db.execute("select ops.ingest_event(%s)", [Jsonb(again)]).fetchone() or [{}]
            db.execute("reset role")
            [_, found] = db.execute(LOOKS, {"event": Jsonb(again)}).fetchone() or [False, None]
        answered = answer.get("error") or answer["status"]
        assert answered == found or (found is None and answered not in MALFORMED | {"internal_error"}), (
            again,
            found,
            answered,
        )


def edges() -> Iterator[tuple[str, Envelope]]:
    """Values just on the wrong side of a limit, or of a type that a lax path would look into."""
    build, signoff = ordinary()["build_complete"], ordinary()["gate_signoff"]
    payload, entry = build["payload"], build["payload"]["checks"][0]

    def with_payload(**fields: Any) -> Envelope:
        return build | {"payload": payload | fields}

    yield "a payload in an array", build | {"payload": [payload]}
    yield "a status in an array", with_payload(status=["pass"])
    yield "a check in an array", with_payload(checks=[[entry]])
    yield "an evidence in an array", with_payload(evidence=[payload["evidence"]])
    yield "a gate in an array", build | {"gate_code": ["G1"]}
    yield "a source in an array", build | {"source_system": [build["source_system"]]}
    yield "no gate in a sign-off", {name: value for name, value in signoff.items() if name != "gate_code"}
    yield "another gate", build | {"gate_code": "G2"}
    yield "256 bytes in a name", with_payload(source_ref="é" * 128)
    yield "256 bytes in a name of a list", with_payload(checks=[entry | {"check_name": "a" * 256}])
    yield "a blank name", with_payload(source_ref=" \t\r\n")
    yield "a blank text", with_payload(artifact_ref="\n")
    yield "8,193 bytes in a text", with_payload(artifact_ref="a" * 8193)
    yield "101 checks", with_payload(checks=[entry | {"check_name": f"c{n}"} for n in range(101)])
    yield "a check that is named twice", with_payload(checks=[entry, entry])
    yield "a check with the name of the main one", with_payload(checks=[entry | {"check_name": "build"}])
    yield "63 digits", with_payload(evidence=[payload["evidence"][0] | {"sha256": DIGEST[1:]}])
    yield "a digest with a g", with_payload(evidence=[payload["evidence"][0] | {"sha256": "g" + DIGEST[1:]}])
    yield "a URI with a blank", with_payload(evidence=[payload["evidence"][0] | {"artifact_url": "https://a b"}])
    yield "another source in the key", build | {"idempotency_key": "agent/1/build_complete"}
    yield "another type in the key", build | {"idempotency_key": "github_actions/1/health_check"}
    yield "an empty part of the key", build | {"idempotency_key": "github_actions//build_complete"}
    yield "256 bytes in a key", build | {"idempotency_key": "github_actions/1/build_complete/" + "a" * 224}
    yield "a release that is no UUID", build | {"release_id": RELEASE[1:]}
    yield "six minutes ahead", build | {"emitted_at": "2199-01-01T00:00:00Z"}
    yield "an unknown field", build | {"surprise": 1}
    yield "another version", build | {"schema_version": "v1.1"}
    yield (
        "600 blanks after an approver",
        signoff | {"payload": signoff["payload"] | {"approver_id": "qa-1" + " " * 600}},
    )
    deployment = ordinary()["deployment_event"]
    yield "2,000 bytes in a deployer", deployment | {"payload": deployment["payload"] | {"deployed_by": "d" * 2000}}
    rollback = ordinary()["deployment_event"]
    yield "a rollback of itself", rollback | {"payload": rollback["payload"] | {"rollback_of_ref": "d-1"}}
    fired = ordinary()["environment_event"]
    yield "64 letters in a word", fired | {"payload": fired["payload"] | {"event_type": "a" * 64}}


def test_what_is_just_beyond_a_limit_is_refused_for_it(db: psycopg.Connection[Any], release: str) -> None:
    for name, envelope in edges():
        _, found, answer = looked_at(db, release, envelope)
        assert found in MALFORMED, name
        assert answer == found, name
