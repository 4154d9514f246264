"""Files of a past: releases, and what happened to each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.prove.world import COMMIT
from ops_gates import events
from ops_gates.events import Envelope

NOBODYS = "00000000-0000-0000-0000-000000000000"
BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def opening(name: str, **more: Any) -> dict[str, Any]:
    """A line that opens a release of the past."""
    return {"release": {"release_name": name, "source_ref": COMMIT, "initiating_actor": "dev-1", **more}}


def about(name: str, event: Envelope) -> dict[str, Any]:
    """The line of an event that names its release."""
    return {"release": name, **{field: value for field, value in event.items() if field != "release_id"}}


def happened(name: str, began: datetime) -> Iterator[Envelope]:
    """What happened to a release that went to staging and to four targets of production: 20 events."""

    def then(minute: int) -> datetime:
        return began + timedelta(minutes=minute)

    for number in range(8):
        yield events.build_complete(
            NOBODYS,
            run_id=f"{name}-{number}",
            status="pass",
            check_name=f"part-{number}" if number else None,
            emitted_at=then(number),
        )
    for minute, (gate, who, role, kind) in enumerate(
        (("G2", "qa-1", "qa_tester", "test_result"), ("G3", "rm-1", "release_manager", "rollback_plan")), 10
    ):
        yield events.gate_signoff(
            NOBODYS, gate, session_id=name, decision="approved", approver_id=who, persona_role=role,
            rationale_structured={"met": True}, emitted_at=then(minute),
            evidence=[events.evidence(kind, f"https://ci.example/{name}")],
        )  # fmt: skip
    places = [("staging", None), *(("production", f"region-{number}") for number in range(4))]
    for minute, (environment, target) in enumerate(places, 20):
        at: dict[str, Any] = {"environment": environment, "target": target, "run_id": name, "deployment_ref": "d-1"}
        yield events.deployment_event(NOBODYS, **at, status="succeeded", source_ref=COMMIT, emitted_at=then(2 * minute))
        yield events.health_check(
            NOBODYS, **at, status="pass", artifact_ref="https://m.example/1", emitted_at=then(2 * minute + 1)
        )


def lines(tag: str, releases: int) -> Iterator[dict[str, Any]]:
    """The lines of a past of so many releases. `tag` keeps their keys apart from those of other files."""
    start = BEGAN - timedelta(days=releases)
    for number in range(releases):
        name = f"v{number}"
        yield opening(name)
        for event in happened(f"{tag}-{number}", start + timedelta(days=number)):
            yield about(name, event)


def written(path: Path, content: Iterator[dict[str, Any]] | list[Any]) -> Path:
    """A file with these on its lines; what is text stands there as it is."""
    with path.open("w", encoding="utf-8") as file:
        for each in content:
            file.write((each if isinstance(each, str) else json.dumps(each)) + "\n")
    return path
