"""Builders for the five event types: envelopes whose idempotency keys are right by construction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ops_gates.errors import UsageFault

Envelope = dict[str, Any]
Payload = Mapping[str, Any]

SCHEMA_VERSION = "v1.0"
_PART = re.compile(r"[!-.0-~]+")


def run_part(run: str) -> str:
    """A run, release or session as it may stand in a key; UsageFault if it would break the key."""
    if not _PART.fullmatch(run):
        raise UsageFault("the run or session is visible ASCII without blanks and slashes: it is a part of the key")
    return run


def key(source_system: str, run: str, event_type: str, *more: str | int) -> str:
    """`<source_system>/<run, release or session>/<event_type>[/<more>]`: reuse it on every retry.

    UsageFault if the run would break the key.
    """
    return "/".join([source_system, run_part(run), event_type, *map(str, more)])


def envelope(
    event_type: str,
    payload: Payload,
    *,
    source_system: str,
    run: str,
    release_id: UUID | str | None = None,
    gate_code: str | None = None,
    more: Sequence[str | int] = (),
    emitted_at: datetime | None = None,
) -> Envelope:
    """An event as `POST /functions/v1/ops-event-ingest` takes it; fields that are None are left out.

    `run` names the run, release or session, and `more` what tells apart several events of one type in it.
    `emitted_at` is when the thing was observed, with a time zone; now by default.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "idempotency_key": key(source_system, run, event_type, *more),
        "event_type": event_type,
        "source_system": source_system,
        "payload": {name: value for name, value in payload.items() if value is not None},
        "emitted_at": (emitted_at or datetime.now(UTC)).isoformat(),
        **({} if release_id is None else {"release_id": str(release_id)}),
        **({} if gate_code is None else {"gate_code": gate_code}),
    }


def evidence(artifact_type: str, artifact_url: str, sha256: str | None = None, **more: Any) -> dict[str, Any]:
    """One entry of `evidence[]`; `sha256` is 64 hex digits, and `more` is kept as metadata."""
    return {
        "artifact_type": artifact_type,
        "artifact_url": artifact_url,
        **({} if sha256 is None else {"sha256": sha256}),
        **more,
    }


def build_complete(
    release_id: UUID | str,
    *,
    run_id: str,
    status: str,
    run_attempt: int = 1,
    source_system: str = "github_actions",
    emitted_at: datetime | None = None,
    **payload: Any,
) -> Envelope:
    """A build that passed or failed, for G1; a rerun (`run_attempt` 2 and up) is a new event that heals."""
    return envelope(
        "build_complete",
        {"status": status, **payload},
        source_system=source_system,
        run=run_id,
        release_id=release_id,
        gate_code="G1",
        more=[run_attempt] if run_attempt > 1 else [],
        emitted_at=emitted_at,
    )


def gate_signoff(
    release_id: UUID | str,
    gate_code: str,
    *,
    session_id: str,
    decision: str,
    approver_id: str,
    persona_role: str,
    rationale_structured: Mapping[str, Any],
    source_system: str = "agent",
    emitted_at: datetime | None = None,
    **payload: Any,
) -> Envelope:
    """A person's decision on a gate, sent by themselves or by an agent that names them."""
    return envelope(
        "gate_signoff",
        {
            "decision": decision,
            "approver_id": approver_id,
            "persona_role": persona_role,
            "rationale_structured": dict(rationale_structured),
            **payload,
        },
        source_system=source_system,
        run=session_id,
        release_id=release_id,
        gate_code=gate_code,
        more=[gate_code],
        emitted_at=emitted_at,
    )


def deployment_event(
    release_id: UUID | str,
    *,
    environment: str,
    deployment_ref: str,
    status: str,
    source_ref: str,
    run_id: str,
    source_system: str = "github_actions",
    emitted_at: datetime | None = None,
    **payload: Any,
) -> Envelope:
    """A deployment or a rollback (`rollback_of_ref`) that began or ended; one event for each state of it."""
    return envelope(
        "deployment_event",
        {
            "environment": environment,
            "deployment_ref": deployment_ref,
            "status": status,
            "source_ref": source_ref,
            **payload,
        },
        source_system=source_system,
        run=run_id,
        release_id=release_id,
        more=[environment, deployment_ref, status],
        emitted_at=emitted_at,
    )


def health_check(
    release_id: UUID | str,
    *,
    environment: str,
    deployment_ref: str,
    status: str,
    artifact_ref: str,
    run_id: str,
    source_system: str = "monitoring",
    emitted_at: datetime | None = None,
    **payload: Any,
) -> Envelope:
    """The health of a deployment, for G4; `artifact_ref` is the report."""
    return envelope(
        "health_check",
        {
            "environment": environment,
            "deployment_ref": deployment_ref,
            "status": status,
            "artifact_ref": artifact_ref,
            **payload,
        },
        source_system=source_system,
        run=run_id,
        release_id=release_id,
        gate_code="G4",
        more=[environment, deployment_ref],
        emitted_at=emitted_at,
    )


def environment_event(
    *,
    environment: str,
    event_type: str,
    run_id: str,
    data: Mapping[str, Any] | None = None,
    source_system: str = "monitoring",
    emitted_at: datetime | None = None,
) -> Envelope:
    """Something that happened in an environment, whichever release was there."""
    return envelope(
        "environment_event",
        {"environment": environment, "event_type": event_type, "data": None if data is None else dict(data)},
        source_system=source_system,
        run=run_id,
        more=[event_type],
        emitted_at=emitted_at,
    )
