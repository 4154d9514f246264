"""Builders for the five event types: envelopes whose idempotency keys are right by construction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ops_gates import keys, sources

Envelope = dict[str, Any]
Payload = Mapping[str, Any]

SCHEMA_VERSION = "v1.0"


def envelope(
    event_type: str,
    payload: Payload,
    *,
    source_system: str,
    run: str,
    release_id: UUID | str | None = None,
    gate_code: str | None = None,
    run_attempt: int = 1,
    session: str | None = None,
    artifacts_digest: str | None = None,
    emitted_at: datetime | None = None,
) -> Envelope:
    """An event as `POST /functions/v1/ops-event-ingest` takes it; fields that are None are left out.

    `run` names the run, release or session, and `run_attempt` counts its reruns (2 and up: a new event). By hand `run`
    is the person, and `session` is drawn for each command. `ops_gates.keys` makes the key of all that.
    `emitted_at` is when the thing was observed, with a time zone; now by default.
    """
    event = {
        "schema_version": SCHEMA_VERSION,
        "event_type": event_type,
        "source_system": source_system,
        "payload": {name: value for name, value in payload.items() if value is not None},
        "emitted_at": (emitted_at or datetime.now(UTC)).isoformat(),
        **({} if release_id is None else {"release_id": str(release_id)}),
        **({} if gate_code is None else {"gate_code": gate_code}),
    }
    return {**event, "idempotency_key": keys.key(event, run, run_attempt, session, artifacts_digest)}


def by_hand(event: Envelope, person: str, session: str | None = None, artifacts_digest: str | None = None) -> Envelope:
    """The same report as a person's own: `manual`, under a key of theirs that ends in a session, drawn if not given."""
    told = {**event, "source_system": sources.HAND}
    made = keys.key(told, person, session=session or keys.drawn(), artifacts_digest=artifacts_digest)
    return {**told, "idempotency_key": made}


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
        run_attempt=run_attempt,
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
    run_attempt: int = 1,
    source_system: str = "agent",
    artifacts_digest: str | None = None,
    emitted_at: datetime | None = None,
    **payload: Any,
) -> Envelope:
    """A person's decision on a gate, sent by themselves or by an agent that names them.

    `artifacts_digest` and, in the payload, `seen` are what `Gates.overview` returned when they looked.
    """
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
        run_attempt=run_attempt,
        artifacts_digest=artifacts_digest,
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
    target: str | None = None,
    run_attempt: int = 1,
    source_system: str = "github_actions",
    emitted_at: datetime | None = None,
    **payload: Any,
) -> Envelope:
    """A deployment or a rollback (`rollback_of_ref`) that began or ended; one event for each state of it.

    `target` is the region, cluster or tenant; `default` when there is only one.
    """
    return envelope(
        "deployment_event",
        {
            "environment": environment,
            "target": target,
            "deployment_ref": deployment_ref,
            "status": status,
            "source_ref": source_ref,
            **payload,
        },
        source_system=source_system,
        run=run_id,
        release_id=release_id,
        run_attempt=run_attempt,
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
    target: str | None = None,
    run_attempt: int = 1,
    source_system: str = "monitoring",
    emitted_at: datetime | None = None,
    **payload: Any,
) -> Envelope:
    """The health of a deployment, for G4; `artifact_ref` is the report, `target` that of the deployment."""
    return envelope(
        "health_check",
        {
            "environment": environment,
            "target": target,
            "deployment_ref": deployment_ref,
            "status": status,
            "artifact_ref": artifact_ref,
            **payload,
        },
        source_system=source_system,
        run=run_id,
        release_id=release_id,
        gate_code="G4",
        run_attempt=run_attempt,
        emitted_at=emitted_at,
    )


def environment_event(
    *,
    environment: str,
    event_type: str,
    run_id: str,
    project: str | None = None,
    data: Mapping[str, Any] | None = None,
    run_attempt: int = 1,
    source_system: str = "monitoring",
    emitted_at: datetime | None = None,
) -> Envelope:
    """Something that happened in an environment, whichever release was there.

    `project` is what it is about; a sender who acts for several must name one.
    """
    return envelope(
        "environment_event",
        {
            "environment": environment,
            "event_type": event_type,
            "project": project,
            "data": None if data is None else dict(data),
        },
        source_system=source_system,
        run=run_id,
        run_attempt=run_attempt,
        emitted_at=emitted_at,
    )
