"""What histories that are told have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.prove.effort import NIGHTLY
from harness.tests.release_history import ReleaseHistory


def agree(history: ReleaseHistory) -> None:
    """Compare all answers now, and at night those about every moment before; by day these wait for the end."""
    compare: Callable[[], None] = history.agree
    compare()
    if NIGHTLY:
        history.look_back(history.memory)


def refuse(history: ReleaseHistory, kind: str, payload: dict[str, Any], seen: int | None, **different: Any) -> str:
    """Send a stop that is refused for its version; the key."""
    envelope = history.envelope(kind, payload, history.seen(seen)) | {"schema_version": "v9.9"} | different
    assert history.send(envelope) == "unsupported_schema_version"
    agree(history)
    return str(envelope["idempotency_key"])


def standing(history: ReleaseHistory) -> int:
    return len(history.model.standing_reports(history.now()))


def health(ref: str, status: str = "fail", name: str | None = "http") -> dict[str, Any]:
    report = "https://monitoring.example/report"
    named = {"environment": "staging", "deployment_ref": ref, "check_name": name}
    return {**named, "status": status, "artifact_ref": report}


def deploy(history: ReleaseHistory, *refs: str, status: str = "succeeded", seen: int = 0) -> None:
    for number, ref in enumerate(refs, seen):
        history.deploy("staging", ref, status, number, None, False, 0)
    agree(history)
