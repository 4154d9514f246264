"""How an event that somebody typed is sent, and what they are told of the answer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING
from uuid import UUID

import typer

from ops_gates import events, keys, sources
from ops_gates.commands import given, show, target
from ops_gates.exit_codes import Code

if TYPE_CHECKING:
    from ops_gates.answers import Answer
    from ops_gates.client import Gates

# By field of an event: the option that sets it.
OPTIONS = {
    "emitted_at": "--at", "gate_code": "--gate", "source_system": "--source", "idempotency_key": "--run",
    "payload.status": "--status", "payload.source_ref": "--source-ref", "payload.part": "--part",
    "payload.checks": "--check", "payload.evidence": "--evidence", "payload.artifacts": "--built",
    "payload.decision": "--decision", "payload.approver_id": "--approver", "payload.persona_role": "--persona",
    "payload.rationale_structured": "--rationale", "payload.rationale_text": "--note", "payload.seen": "--seen",
    "payload.environment": "--environment", "payload.target": "--target", "payload.deployment_ref": "--ref",
    "payload.rollback_of_ref": "--rollback-of", "payload.event_type": "--kind", "payload.project": "--project",
    "payload.data": "--data",
}  # fmt: skip


def _with_more(event: events.Envelope, payload: str | None) -> events.Envelope:
    """The event with the fields of --payload too; BadParameter for one that an option has set."""
    more = given.json_object(payload, "--payload")
    if both := sorted(more.keys() & event["payload"].keys()):
        raise typer.BadParameter(f"has {', '.join(both)}, which an option sets too", param_hint="--payload")
    return {**event, "payload": {**event["payload"], **more}}


def send(
    event: events.Envelope,
    run: str | None,
    attempt: int,
    source: str | None,
    payload: str | None,
    json: bool,
    gates: Gates | None = None,
) -> None:
    """Send an event and say what became of it. Its release may be named until here: asking for its id is a request."""
    event = _with_more(event, payload)
    gates = gates or target.gates()
    event = {**event, "source_system": source or _source(event["source_system"], gates.person)}
    session = None
    if event["source_system"] == sources.HAND:
        # With the secret key somebody types for the person they name.
        session, run = run or keys.drawn(), gates.person or str(event["payload"].get("approver_id", "service_role"))
    elif run is None:
        what = f"is missing (or GITHUB_RUN_ID): an event from {event['source_system']} names its run"
        raise typer.BadParameter(
            f"{what}; only a manual one, by a person's token, may leave it out", param_hint="--run"
        )
    if "release_id" in event:
        event = {**event, "release_id": _id(gates, event["release_id"])}
    digest = None
    if event["event_type"] == "gate_signoff" and (looked_at := gates.looked_at(event["release_id"])):
        digest, said = looked_at.artifacts_digest, event["payload"]
        # null says nothing, so it is no choice of whoever typed it.
        event = {**event, "payload": said if said.get("seen") is not None else {**said, "seen": looked_at.seen}}
    # Made anew: --payload may have told which fact it is.
    emit(gates, {**event, "idempotency_key": keys.key(event, run, attempt, session, digest)}, json, OPTIONS)
    if gates.person and (event["source_system"], event["payload"].get("status")) == (sources.HAND, "pass"):
        show.aside("by_hand: a pass typed by hand passes no gate; send what monitoring shows, with --source monitoring")


def _source(built: str, person: str | None) -> str:
    """What an event comes from, if nobody says: a person's hand, or what runs this."""
    if person is not None:
        return sources.HAND
    return sources.pipeline(os.environ) if built in sources.PIPELINES else built


def _with_options(answer: Answer, options: Mapping[str, str]) -> Answer:
    """The answer with the option that sets each field at fault."""
    issues = answer.detail.get("issues")
    if not isinstance(issues, list):
        return answer
    named = []
    for issue in issues:
        path = issue.get("path") if isinstance(issue, dict) else None
        field = ".".join(map(str, path[:2] if path[0] == "payload" else path[:1])) if path else ""
        named.append({**issue, "option": options[field]} if field in options else issue)
    return replace(answer, detail={**answer.detail, "issues": named})


def emit(gates: Gates, event: events.Envelope, json: bool, options: Mapping[str, str] | None = None) -> None:
    answer = gates.emit(event)
    if json:
        show.as_json(asdict(answer))
    if not answer.kept:
        raise _with_options(answer, options or {}).refusal(event)
    if not json:
        _tell(answer)
    if answer.shortened:
        show.aside("payload_too_large: only the status is on record; send addresses in place of documents")
    if unheard := answer.unheard(event):
        show.aside(unheard)
        raise typer.Exit(Code.NOT_ELIGIBLE)
    if answer.unknown_rollback:
        show.aside(answer.unknown_rollback)
    if answer.ineligible:
        # Standard error, so that --json is JSON alone; a pipeline stops here.
        show.aside(answer.ineligible)
        raise typer.Exit(Code.NOT_ELIGIBLE)


def _tell(answer: Answer) -> None:
    gate = answer.gate.get("gate_code", "the gate")
    show.line(answer.status, answer.ingest_id)
    if answer.status == "duplicate":
        show.line("it was recorded before, and changes nothing again")
        if "gate_status" in answer.now:
            show.line(gate, "is now", answer.now["gate_status"])
        return
    for moved in answer.moved:
        show.line(moved["gate_code"], moved["status_before"], "→", moved["status_after"])
    for missing in answer.missing:
        show.line(f"{gate} needs: {missing['requirement']}; {missing['detail']}; who can: {missing['who']}")
    if isinstance(newer := answer.detail.get("superseded_by"), dict) and "unmet" not in answer.detail:
        show.line(f"it changes nothing: what stands is newer ({', '.join(map(str, newer))})")


def _id(gates: Gates, release: str) -> str:
    """The id of a release; what looks like one is not looked up, since not every sender may read releases."""
    try:
        return str(UUID(release))
    except ValueError:
        return gates.release(release)["release_id"]
