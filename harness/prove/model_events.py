"""What an event says: the facts of one that was accepted, and the stops of one that was refused.

A refused event is read as far as it can be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from harness.prove.model_assurance import sign_in_of
from harness.prove.model_facts import (
    Approval,
    Artifacts,
    Build,
    BuildParts,
    Check,
    ContestedReport,
    DeploymentKey,
    Evidence,
    Report,
    Stop,
    observed,
    subject_of,
)
from harness.prove.model_terms import DEFAULT_TARGET, ENVIRONMENTS, GATES, PERSONAS
from harness.prove.model_values import (
    as_name,
    as_object,
    as_person,
    as_time,
    as_uuid,
    canonical,
    is_stop,
    one_of,
)
from harness.prove.names import is_source_ref, source_ref_of

MACHINE = "service_role"
PEOPLES_ROLES = ("qa_tester", "release_manager", "sre")  # of those who may send a sign-off
PIPELINE = "ci_service_role"
# Who may send what, besides service_role. A person decides on one gate, in the persona of their role.
SENDERS = {
    "build_complete": (PIPELINE,),
    "gate_signoff": ("qa_tester", "release_manager"),
    "deployment_event": (PIPELINE, "sre"),
    "health_check": (PIPELINE, "sre"),
}
DECIDES_ON = {"qa_tester": "G2", "release_manager": "G3"}
CHECK_NAMES = {"build_complete": "build", "health_check": "health"}  # of an event that names none
MOST = 100  # stops by name in one event; one without a name stands for the others

_FULL_ID = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}", re.ASCII)


@dataclass(frozen=True)
class Sender:
    """Who sent an event: an active member in their role, or `service_role`, which is nobody.

    `claims` are those of their token beside these two.
    """

    role: str = MACHINE
    subject: str = MACHINE
    claims: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Addressee:
    """What must be known of a release to read an event about it; `members` are the subjects by name in lower case.

    It is `hidden` from a sender who may not act for its project: to them it is as unknown as one that is not there.
    """

    release_id: UUID
    source_ref: str
    members: Mapping[str, str]
    hidden: bool = False

    def resolve(self, name: str) -> str:
        """The subject of a member, whichever of their names it is; any other name as it is."""
        return subject_of(name, self.members)


@dataclass(frozen=True)
class Submitted:
    """An event as it was sent, and when it was received and recorded."""

    envelope: Mapping[str, Any]
    sender: Sender
    to: Addressee
    received_at: datetime
    recorded_at: datetime

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The stops in it."""
        return stops_in(self.envelope, self.sender, self.to)

    @property
    def content(self) -> str:
        """What it says, in canonical form."""
        return content_of(self.envelope, self.to)

    @property
    def observed_at(self) -> datetime:
        """When that was observed."""
        return observed_in(self.envelope, self.received_at)

    @property
    def reports(self) -> list[ContestedReport]:
        """Its stops, as they would stand if it was refused."""
        key, timed = key_in(self.envelope), times_in(self.envelope) is not None
        times = self.observed_at, self.recorded_at
        by = self.sender
        of = build_in(self.envelope)
        return [ContestedReport(s, key, self.content, *times, by.subject, timed, by.role, of) for s in self.stops]


def facts_in(event: Submitted) -> Facts:
    """The facts of an accepted event, all of one moment."""
    payload, kind = event.envelope["payload"], event.envelope["event_type"]
    kinds = {"build_complete": _build, "gate_signoff": _decision, "deployment_event": _report, "health_check": _health}
    found = kinds[kind](event, payload)
    about = found[0]
    gate = about.gate if isinstance(about, Check | Approval) else None
    shown = [*(payload.get("evidence") or ())] if gate else []
    if kind == "health_check":
        shown.append({"artifact_type": "health_check", "artifact_url": payload["artifact_ref"]})
    return [*found, *(_evidence(event, entry, about) for entry in shown)]


def _evidence(
    event: Submitted, entry: Mapping[str, Any], about: Check | Approval | Evidence | Report | Build
) -> Evidence:
    """An artifact, about the deployment of a check or of a sign-off that names one."""
    gate = about.gate if isinstance(about, Check | Approval) else None
    place = about.deployment if isinstance(about, Check) else None
    if isinstance(about, Approval) and event.envelope["payload"].get("deployment_ref"):
        place = deployment_in(event.envelope["payload"])
    return Evidence(
        gate,
        entry["artifact_type"],
        event.recorded_at,
        place,
        entry["artifact_url"],
        (entry.get("sha256") or "").lower() or None,
        event.observed_at,
        about if isinstance(about, Approval) else None,
    )


def about(kind: str, first: object) -> Stop:
    """What an accepted event is about by its type and first fact, as if it was a stop; of a build its own check."""
    if isinstance(first, Approval):
        return Stop(kind, first.gate, person=first.approver, persona=first.persona)
    if isinstance(first, Report):
        return Stop(kind, "G4", environment=first.place.environment, ref=first.place.ref, target=first.place.target)
    if isinstance(first, Check) and first.deployment:
        place = first.deployment
        return Stop(kind, "G4", first.name, environment=place.environment, ref=place.ref, target=place.target)
    return Stop(kind, "G1", first.name if isinstance(first, Check) else None)


def stops_in(envelope: object, sender: Sender, to: Addressee) -> tuple[Stop, ...]:
    """The stops of an event about this release, from somebody who may send it; each once."""
    given = as_object(envelope)
    payload = as_object(given.get("payload"))
    event_type = one_of(SENDERS, given.get("event_type"))
    if event_type is None or to.hidden or as_uuid(given.get("release_id")) != to.release_id:
        return ()
    if sender.role != MACHINE and sender.role not in SENDERS[event_type]:
        return ()
    source_ref = payload.get("source_ref")
    if is_source_ref(source_ref) and source_ref_of(str(source_ref)) != to.source_ref:
        return ()  # it is about another commit
    readers: dict[str, Callable[[], Iterable[Stop]]] = {
        "build_complete": lambda: _at_most(MOST, dict.fromkeys(_builds(payload))),
        "gate_signoff": lambda: _decisions(given.get("gate_code"), payload, sender, to),
        "deployment_event": lambda: _deployments(payload),
        "health_check": lambda: _healths(payload),
    }
    return tuple(dict.fromkeys(readers[event_type]()))


def times_in(envelope: Mapping[str, Any]) -> tuple[datetime, datetime | None] | None:
    """When the event says that it was emitted, and perhaps sent; None if one of its times cannot be read."""
    emitted, sent = as_time(envelope.get("emitted_at")), as_time(envelope.get("sent_at"))
    if emitted is None or (sent is None and envelope.get("sent_at") is not None):
        return None
    return emitted, sent


def observed_in(envelope: Mapping[str, Any], received: datetime) -> datetime:
    """When the event says that it was observed; when it was received, if one of its times cannot be read."""
    times = times_in(envelope)
    return received if times is None else observed(received, *times)


def key_in(envelope: Mapping[str, Any]) -> str | None:
    """The key of an event, if it is a text that the log would hold."""
    key = envelope.get("idempotency_key")
    return key if isinstance(key, str) and len(key.encode()) <= 255 else None


def content_of(envelope: Mapping[str, Any], to: Addressee) -> str:
    """What an event says, in canonical form: its type, source, release and payload, and of a decision the gate.

    What a decision says was `seen` is no part of it.
    """
    content = {name: envelope.get(name) for name in ("event_type", "source_system", "payload")}
    if envelope.get("event_type") == "gate_signoff":
        content["gate_code"] = envelope.get("gate_code")
    content["release_id"] = str(envelope.get("release_id")).lower()
    payload = as_object(envelope.get("payload"))
    if envelope.get("event_type") == "gate_signoff":
        content["payload"] = payload = {name: value for name, value in payload.items() if name != "seen"}
    people = {name: to.resolve(payload[name]) for name in ("approver_id",) if isinstance(payload.get(name), str)}
    return json.dumps(canonical(content | ({"payload": payload | people} if people else {})), sort_keys=True)


def can_move(source_ref: str) -> bool:
    """Whether a source reference may name another commit tomorrow: it is no full commit id and no tag."""
    return not _FULL_ID.fullmatch(source_ref) and not source_ref.startswith("refs/tags/")


def build_in(envelope: Mapping[str, Any]) -> BuildParts:
    """Of a build the check of the event itself and the part, by default that check; None where it cannot be read."""
    if envelope.get("event_type") != "build_complete":
        return None, None
    payload = as_object(envelope.get("payload"))
    own = _check_name("build_complete", payload)
    return own, own if payload.get("part") is None else as_name(payload["part"])


# The facts of each type

Facts = list[Check | Approval | Evidence | Report | Build]


def _build(event: Submitted, payload: Mapping[str, Any]) -> Facts:
    results = [(_check_name("build_complete", payload), payload["status"])]
    results += [(entry["check_name"], entry["status"]) for entry in payload.get("checks") or ()]
    times = event.observed_at, event.recorded_at
    by = event.sender.subject, event.sender.role
    checks = [Check("G1", str(name), status, _is_trusted(event), *times, None, *by) for name, status in results]
    build = Build(
        checks[0].name,
        _artifacts(payload),
        _is_trusted(event),
        *times,
        names=frozenset(c.name for c in checks),
        passed=all(c.status != "fail" for c in checks),
        part=payload.get("part"),
        sender=event.sender.subject,
    )
    return [*checks, build]


def _health(event: Submitted, payload: Mapping[str, Any]) -> Facts:
    place, by = deployment_in(payload), (event.sender.subject, event.sender.role)
    name, times = _check_name("health_check", payload), (event.observed_at, event.recorded_at)
    check = Check("G4", str(name), payload["status"], _is_trusted(event), *times, place, *by)
    report = Build(
        check.name,
        frozenset(),
        check.trusted,
        *times,
        names=frozenset([check.name]),
        passed=check.status == "pass",
        part=payload.get("part"),
        sender=check.by,
        environment=place.environment,
    )
    return [check, report]


def _decision(event: Submitted, payload: Mapping[str, Any]) -> Facts:
    approver, times = event.to.resolve(payload["approver_id"]), (event.observed_at, event.recorded_at)
    told = (event.envelope["gate_code"], approver, payload["persona_role"], payload["decision"], *times)
    own = event.sender.role in PEOPLES_ROLES
    return [Approval(*told, sign_in=sign_in_of(event.sender.claims, event.recorded_at) if own else None)]


def _report(event: Submitted, payload: Mapping[str, Any]) -> Facts:
    place = deployment_in(payload)
    by = None if event.sender.role not in (MACHINE, PIPELINE) else payload.get("deployed_by")
    return [
        Report(
            place,
            payload["status"],
            source_ref_of(payload["source_ref"]),
            event.observed_at,
            event.recorded_at,
            as_time(payload.get("deployed_at")),
            by or event.sender.subject,
            payload.get("rollback_of_ref"),
            _artifacts(payload),
        )
    ]


def deployment_in(payload: Mapping[str, Any]) -> DeploymentKey:
    """The deployment that a payload names."""
    return DeploymentKey(payload["environment"], payload["deployment_ref"], payload.get("target") or DEFAULT_TARGET)


def _artifacts(payload: Mapping[str, Any]) -> Artifacts:
    return frozenset((entry["name"], entry["sha256"].lower()) for entry in payload.get("artifacts") or ())


def _is_trusted(event: Submitted) -> bool:
    """Whether it comes from a machine: a pipeline, an agent, or the monitoring of an sre."""
    source = event.envelope["source_system"]
    return event.sender.role in (MACHINE, PIPELINE) or (event.sender.role, source) == ("sre", "monitoring")


# The stops of each type


def _builds(payload: Mapping[str, Any]) -> Iterator[Stop]:
    if is_stop(payload.get("status")):
        yield Stop("build_complete", "G1", check=_check_name("build_complete", payload))
    entries = payload.get("checks")
    for entry in entries if isinstance(entries, list) else []:
        if is_stop(as_object(entry).get("status")):
            yield Stop("build_complete", "G1", check=as_name(as_object(entry).get("check_name")))


def _at_most(number: int, stops: Iterable[Stop]) -> list[Stop]:
    """The first stops by their names; for all others one without a name."""
    given = [*stops]
    named = sorted((stop for stop in given if stop.check is not None), key=lambda stop: str(stop.check))[:number]
    return named + [replace(stop, check=None) for stop in given if stop not in named]


def _decisions(gate_code: object, payload: Mapping[str, Any], sender: Sender, to: Addressee) -> Iterator[Stop]:
    gate, persona = one_of(GATES, gate_code), one_of(PERSONAS, payload.get("persona_role"))
    name = as_person(payload.get("approver_id"))
    person = None if name is None else to.resolve(name)
    if sender.role != MACHINE:
        if gate not in (None, DECIDES_ON[sender.role]):
            return
        person, persona = sender.subject, sender.role  # whomever they named, the objection is their own
    if is_stop(payload.get("decision")):
        yield Stop("gate_signoff", gate, person=person, persona=persona)


def _deployments(payload: Mapping[str, Any]) -> Iterator[Stop]:
    if is_stop(payload.get("status")):
        yield Stop("deployment_event", "G4", **_place(payload))


def _healths(payload: Mapping[str, Any]) -> Iterator[Stop]:
    if is_stop(payload.get("status")):
        yield Stop("health_check", "G4", check=_check_name("health_check", payload), **_place(payload))


def _place(payload: Mapping[str, Any]) -> dict[str, str | None]:
    return {
        "environment": one_of(ENVIRONMENTS, payload.get("environment")),
        "ref": as_name(payload.get("deployment_ref")),
        "target": DEFAULT_TARGET if payload.get("target") is None else as_name(payload["target"]),
    }


def _check_name(event_type: str, payload: Mapping[str, Any]) -> str | None:
    given = payload.get("check_name")
    return CHECK_NAMES[event_type] if given is None else as_name(given)
