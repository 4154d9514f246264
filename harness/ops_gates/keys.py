"""Idempotency keys: they hold the identity of the fact that an event reports. Standard library only.

`docs/events/README.md` has the same table and the grammar. Outcome and counts are no part of it: the same fact with
another outcome keeps its key and is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ops_gates.errors import UsageFault

LONGEST = 255
# The fields that say which fact it is, beside source, run and attempt. Dotted ones are in the payload.
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "build_complete": ("release_id", "payload.check_name", "payload.part"),
    "gate_signoff": (
        "release_id",
        "gate_code",
        "payload.approver_id",
        "payload.environment",
        "payload.target",
        "payload.deployment_ref",
    ),
    "deployment_event": (
        "release_id",
        "payload.environment",
        "payload.target",
        "payload.deployment_ref",
        "payload.status",
    ),
    "health_check": (
        "release_id",
        "payload.environment",
        "payload.target",
        "payload.deployment_ref",
        "payload.check_name",
        "payload.part",
    ),
    "environment_event": ("release_id", "payload.environment", "payload.event_type"),
}
# What is meant by a field that is left out.
CHECKS: Mapping[str, str] = {"build_complete": "build", "health_check": "health"}
TARGET = "default"
_PLACE = ("payload.environment", "payload.target", "payload.deployment_ref")
_FOLDED = ("release_id", "payload.approver_id")


def part(value: Any) -> str:
    """A value as a part of a key: percent-encoded beyond `[A-Za-z0-9._-]`; UsageFault if it is no text at all."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    try:
        # A lone % stands for an empty text, because no part of a key may be empty.
        return quote(text, safe="").replace("~", "%7E") or "%"
    except UnicodeEncodeError:
        raise UsageFault("a part of the key is not UTF-8: it has half of a surrogate pair") from None


def identity(event: Mapping[str, Any]) -> dict[str, str]:
    """Which fact an event is about: the fields of its type in `IDENTITY` that it has, or that have a default."""
    payload = event.get("payload")
    payload = payload if isinstance(payload, Mapping) else {}
    kind = event.get("event_type")
    found: dict[str, str] = {}
    for name in IDENTITY.get(kind, ()) if isinstance(kind, str) else ():
        value = payload.get(name[8:]) if name.startswith("payload.") else event.get(name)
        if value is None and name == "payload.check_name":
            value = CHECKS[str(kind)]
        elif value is None and name == "payload.part":
            value = found["payload.check_name"]
        elif value is None and name == "payload.target" and "payload.environment" in found:
            value = TARGET
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
            # Ids and names of people are compared without case.
            found[name] = text.lower() if name in _FOLDED and text.isascii() else text
    return found


def identity_hash(event: Mapping[str, Any]) -> str:
    """The SHA-256 of the identity in hex: `field=part` in the order of the table, joined by `&`."""
    text = "&".join(f"{name}={part(value)}" for name, value in identity(event).items())
    return hashlib.sha256(text.encode()).hexdigest()


def key(
    event: Mapping[str, Any],
    run: str,
    attempt: int = 1,
    session: str | None = None,
    artifacts_digest: str | None = None,
) -> str:
    """The key of an event that has all its other fields; UsageFault if the run cannot be in a key.

    An event by hand has the person as its run, and the `session` that was drawn for the command. The digest is that of
    the artifacts that a sign-off is about, as `ops.release_overview` returns it: None where there are none.
    """
    if session is not None and run.isascii():
        run = run.lower()  # people are compared without case
    if not run:
        raise UsageFault("the run or session is empty: it is a part of the key")
    said = [*_middle(event)]
    if artifacts_digest is not None:
        if not re.fullmatch("[0-9a-f]{64}", artifacts_digest):
            raise UsageFault("the digest of the artifacts is not 64 lower-case hexadecimal characters")
        said.append(f"~d{artifacts_digest[:12]}")
    if session is not None:
        release = event.get("release_id")
        said += [*([] if release is None else [part(str(release).lower())]), part(session)]
    if attempt > 1:
        said.append(f"~{attempt}")
    return _fitted([str(event["source_system"]), part(run), str(event["event_type"])], said)


def drawn() -> str:
    """A session for a command that a person typed; its retries keep it."""
    return uuid.uuid4().hex[:16]


def longer(event: Mapping[str, Any]) -> str:
    """The key for an event whose own key another fact has taken: the same, and 12 hex digits of the identity."""
    parts = str(event["idempotency_key"]).split("/")
    return _fitted(parts[:3], [*parts[3:], f"~i{identity_hash(event)[:12]}"])


def taken_by_another(event: Mapping[str, Any], error: str | None, detail: Mapping[str, Any]) -> bool:
    """Whether a refusal means that another fact has the key of the event, which has no longer one yet.

    A field that is no part of the identity means the opposite: the same fact was reported with another outcome.
    """
    if error != "idempotency_key_reused" or not isinstance(event.get("idempotency_key"), str):
        return False
    field, kind = detail.get("field"), event.get("event_type")
    is_other = field is None or field in IDENTITY.get(str(kind), ())
    return is_other and re.search(r"/~i[0-9a-f]{12}$", event["idempotency_key"]) is None


def _middle(event: Mapping[str, Any]) -> Iterator[str]:
    """The parts between type and attempt: `[gate][/env/target/ref[/status]][/check or part]`."""
    about, kind = identity(event), str(event["event_type"])
    if kind == "gate_signoff":
        yield part(about.get("gate_code", ""))
    if kind == "environment_event":
        yield part(about.get("payload.environment", ""))
        yield part(about.get("payload.event_type", ""))
    elif (place := [name for name in IDENTITY.get(kind, ()) if name in _PLACE]) and (
        kind != "gate_signoff" or not about.keys().isdisjoint(place)
    ):
        yield from (part(about.get(name, "")) for name in place)
    if kind == "deployment_event":
        yield part(about.get("payload.status", ""))
    if kind in CHECKS:
        check, of = about["payload.check_name"], about["payload.part"]
        if (check, of) != (CHECKS[kind], CHECKS[kind]):
            yield part(check) if of == check else f"{part(check)}~{part(of)}"


def _fitted(head: list[str], rest: list[str]) -> str:
    """The key, with the SHA-256 of what follows the type where it would be too long, or would look like one."""
    source, run, kind = head
    said = "/".join([*head, *rest])
    if len(said) > LONGEST or re.fullmatch("[0-9a-f]{64}", "/".join(rest)):
        rest = [hashlib.sha256("/".join(rest).encode()).hexdigest()]
        said = "/".join([*head, *rest])
    if len(said) > LONGEST:  # the run alone is
        said = "/".join([source, hashlib.sha256(run.encode()).hexdigest(), kind, *rest])
    return said
