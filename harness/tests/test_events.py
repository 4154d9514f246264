"""The builders of events, and the examples against which clients in other languages are checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from harness.stack.parts import ROOT
from ops_gates import events
from ops_gates.events import Envelope

RELEASE = uuid4()


def validator(event_type: str) -> Draft202012Validator:
    schema = json.loads((ROOT / "docs" / "events" / f"{event_type}.schema.json").read_text())
    return Draft202012Validator(schema, format_checker=FormatChecker())


BUILT: dict[str, Callable[[], Envelope]] = {
    "build_complete": lambda: events.build_complete(
        RELEASE,
        run_id="81",
        status="pass",
        checks=[{"check_name": "lint", "status": "warning"}],
        evidence=[events.evidence("build_log", "https://ci.example/81", "ab" * 32, bytes=12)],
        source_ref="4f2d6c1e8a90b7355d1c9b0e2f6a7d8c9e0f1a2b",
    ),
    "gate_signoff": lambda: events.gate_signoff(
        RELEASE,
        "G2",
        session_id="s1",
        decision="approved",
        approver_id="qa-1",
        persona_role="qa_tester",
        rationale_structured={"criteria_met": 3},
        rationale_text="all green",
    ),
    "deployment_event": lambda: events.deployment_event(
        RELEASE,
        environment="staging",
        deployment_ref="d1",
        status="succeeded",
        source_ref="4f2d6c1e8a90b7355d1c9b0e2f6a7d8c9e0f1a2b",
        run_id="82",
    ),
    "health_check": lambda: events.health_check(
        RELEASE,
        environment="staging",
        deployment_ref="d1",
        status="pass",
        artifact_ref="https://monitoring.example/1",
        run_id="probe-1",
    ),
    "environment_event": lambda: events.environment_event(
        environment="production", event_type="alert_fired", run_id="a1", data={"level": 2}
    ),
}


@pytest.mark.parametrize("event_type", sorted(BUILT))
def test_what_a_builder_makes_is_what_the_published_schema_describes(event_type: str) -> None:
    event = BUILT[event_type]()
    assert event["event_type"] == event_type
    validator(event_type).validate(event)


@pytest.mark.parametrize("event_type", sorted(BUILT))
@pytest.mark.parametrize("field", ["payload", "idempotency_key", "emitted_at", "schema_version"])
def test_the_published_schema_refuses_an_event_without_a_required_field(event_type: str, field: str) -> None:
    event: dict[str, Any] = BUILT[event_type]()
    del event[field]
    assert not validator(event_type).is_valid(event)


def test_keys_name_the_source_the_run_and_the_type_and_a_rerun_has_its_own() -> None:
    first = events.build_complete(RELEASE, run_id="81", status="fail")
    rerun = events.build_complete(RELEASE, run_id="81", run_attempt=2, status="pass")
    assert first["idempotency_key"] == "github_actions/81/build_complete"
    assert rerun["idempotency_key"] == "github_actions/81/build_complete/~2"
    assert BUILT["gate_signoff"]()["idempotency_key"] == "agent/s1/gate_signoff/G2"
