"""What a refused event stops: read from its envelope, as far as that can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from harness.prove.model_facts import ENVIRONMENTS, GATES, PERSONAS, Stop, observed

FAILURES = ("fail", "failed")
OBJECTIONS = ("rejected", "request_changes")
MACHINE = "service_role"
# Who may send what, besides service_role. A person decides on one gate, in the persona of their role.
SENDERS = {
    "build_complete": ("ci_service_role",),
    "gate_signoff": ("qa_tester", "release_manager"),
    "deployment_event": ("ci_service_role", "sre"),
    "health_check": ("ci_service_role", "sre"),
}
DECIDES_ON = {"qa_tester": "G2", "release_manager": "G3"}
CHECK_NAMES = {"build_complete": "build", "health_check": "health"}  # of an event that names none

_TIME = re.compile(r"[2-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_ATTEMPT = re.compile(r"(?P<first>.+)/~(?P<number>[1-9][0-9]*)")


@dataclass(frozen=True)
class Sender:
    """Who sent an event: an active member in their role, or `service_role`, which is nobody."""

    role: str = MACHINE
    subject: str = ""


@dataclass(frozen=True)
class Addressee:
    """What must be known of a release to read an event about it; `members` are the subjects by name in lower case."""

    release_id: UUID
    source_ref: str
    members: Mapping[str, str]

    def resolve(self, name: str) -> str:
        """The subject of a member, whichever of their names it is; any other name as it is."""
        return self.members.get(name.strip().lower(), name.strip())


def stops_in(envelope: object, sender: Sender, to: Addressee) -> tuple[Stop, ...]:
    """The stops of an event about this release, from somebody who may send it; each once."""
    given = _object(envelope)
    payload = _object(given.get("payload"))
    event_type = _one_of(SENDERS, given.get("event_type"))
    if event_type is None or _uuid(given.get("release_id")) != to.release_id:
        return ()
    if sender.role != MACHINE and sender.role not in SENDERS[event_type]:
        return ()
    if (_name(payload.get("source_ref")) or to.source_ref) != to.source_ref:
        return ()  # it is about another commit
    readers = {
        "build_complete": lambda: _builds(payload),
        "gate_signoff": lambda: _decisions(given.get("gate_code"), payload, sender, to),
        "deployment_event": lambda: _deployments(payload),
        "health_check": lambda: _healths(payload),
    }
    return tuple(dict.fromkeys(readers[event_type]()))


def observed_in(envelope: Mapping[str, Any], received: datetime) -> datetime:
    """When the event says that it was observed; when it was received, if one of its times cannot be read."""
    emitted, sent = _time(envelope.get("emitted_at")), _time(envelope.get("sent_at"))
    if emitted is None or (sent is None and envelope.get("sent_at") is not None):
        return received
    return observed(received, emitted, sent)


def key_in(envelope: Mapping[str, Any]) -> str | None:
    """The key of an event, if it is a text."""
    key = envelope.get("idempotency_key")
    return key if isinstance(key, str) else None


def content_of(envelope: Mapping[str, Any], to: Addressee) -> str:
    """What an event says, in canonical form: neither its times nor its key nor its version are part of it."""
    content = {name: envelope.get(name) for name in ("event_type", "source_system", "gate_code", "payload")}
    content["release_id"] = str(envelope.get("release_id")).lower()
    payload = _object(envelope.get("payload"))
    people = {name: to.resolve(payload[name]) for name in ("approver_id",) if isinstance(payload.get(name), str)}
    return json.dumps(_canonical(content | ({"payload": payload | people} if people else {})), sort_keys=True)


def is_sent_again(key: str | None, later: str) -> bool:
    """Whether an event has the key of another one, or that key with a later attempt at its end."""
    if key is None:
        return False
    first, number = _attempt(key)
    again, later_number = _attempt(later)
    return key == later or (first == again and number < later_number)


# The types


def _builds(payload: Mapping[str, Any]) -> Iterator[Stop]:
    if payload.get("status") in FAILURES:
        yield Stop("build_complete", "G1", check=_check_name("build_complete", payload))
    entries = payload.get("checks")
    for entry in entries if isinstance(entries, list) else []:
        if _object(entry).get("status") in FAILURES:
            yield Stop("build_complete", "G1", check=_name(_object(entry).get("check_name")))


def _decisions(gate_code: object, payload: Mapping[str, Any], sender: Sender, to: Addressee) -> Iterator[Stop]:
    gate, persona = _one_of(GATES, gate_code), _one_of(PERSONAS, payload.get("persona_role"))
    name = _name(payload.get("approver_id"))
    person = None if name is None else to.resolve(name)
    if sender.role != MACHINE:
        if (gate or DECIDES_ON[sender.role], persona or sender.role) != (DECIDES_ON[sender.role], sender.role):
            return
        person, persona = sender.subject, sender.role  # whomever they named, the objection is their own
    if payload.get("decision") in OBJECTIONS:
        yield Stop("gate_signoff", gate, person=person, persona=persona)


def _deployments(payload: Mapping[str, Any]) -> Iterator[Stop]:
    if payload.get("status") in FAILURES:
        yield Stop("deployment_event", "G4", **_place(payload))


def _healths(payload: Mapping[str, Any]) -> Iterator[Stop]:
    if payload.get("status") in FAILURES:
        yield Stop("health_check", "G4", check=_check_name("health_check", payload), **_place(payload))


def _place(payload: Mapping[str, Any]) -> dict[str, str | None]:
    return {
        "environment": _one_of(ENVIRONMENTS, payload.get("environment")),
        "ref": _name(payload.get("deployment_ref")),
    }


def _check_name(event_type: str, payload: Mapping[str, Any]) -> str | None:
    given = payload.get("check_name")
    return CHECK_NAMES[event_type] if given is None else _name(given)


# Values


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _name(value: object) -> str | None:
    readable = isinstance(value, str) and value.strip(" \t\r\n") and len(value.encode()) <= 255
    return str(value) if readable else None


def _one_of(known: tuple[str, ...] | Mapping[str, Any], value: object) -> str | None:
    return value if isinstance(value, str) and value in known else None


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and _TIME.fullmatch(value) else None
    except ValueError:
        return None


def _canonical(value: object) -> object:
    if isinstance(value, dict):
        return {name: _canonical(entry) for name, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [_canonical(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _attempt(key: str) -> tuple[str, int]:
    found = _ATTEMPT.fullmatch(key)
    return (found["first"], int(found["number"])) if found else (key, 1)
