"""What to send in place of an event that was refused for its key or its size. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops_gates import keys
from ops_gates.stops import is_stop

PATH = "/functions/v1/ops-event-ingest"
TOO_LARGE = 413
_ENVELOPE = (
    "schema_version",
    "idempotency_key",
    "event_type",
    "source_system",
    "release_id",
    "gate_code",
    "imported",
    "emitted_at",
)
# Short texts that say what happened, and to what.
_PAYLOAD: Mapping[str, tuple[str, ...]] = {
    "build_complete": ("status", "source_ref", "artifact_ref"),
    "gate_signoff": ("decision", "persona_role"),
    "deployment_event": ("source_ref", "rollback_of_ref", "deployed_by", "deployed_at"),
    "health_check": ("status", "artifact_ref"),
    "environment_event": (),
}
_MOST_CHECKS = 100


def instead(event: Mapping[str, Any], http_status: int, body: Any) -> dict[str, Any] | None:
    """What to send, once, after this answer to an event; None if nothing else may be sent.

    Under a key that another fact has taken: the same under the longer key. Too large: the status alone.
    """
    if http_status == TOO_LARGE:
        return smallest(event)
    answered = body if isinstance(body, Mapping) else {}
    detail = answered.get("detail")
    if keys.taken_by_another(event, answered.get("error"), detail if isinstance(detail, Mapping) else {}):
        return {**event, "idempotency_key": keys.longer(event)}
    return None


def smallest(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """The smallest event that still says the same, under the same key; None if there is none.

    An approval has none: it does not count without its reasons. A rejection does.
    """
    payload, kind = event.get("payload"), str(event.get("event_type"))
    if not isinstance(payload, Mapping) or kind not in _PAYLOAD:
        return None
    identity = [name.removeprefix("payload.") for name in keys.IDENTITY[kind] if name.startswith("payload.")]
    kept = {name: payload[name] for name in (*identity, *_PAYLOAD[kind]) if _is_short(payload.get(name))}
    if kind == "gate_signoff":
        if not is_stop(payload.get("decision")):
            return None
        kept["rationale_structured"] = {"omitted": "the event was too large"}
    checks = payload.get("checks")
    if kind == "build_complete" and isinstance(checks, list):
        named = [check for check in checks if isinstance(check, Mapping)]
        # Failures first, so that none is cut off.
        named.sort(key=lambda check: not is_stop(check.get("status")))
        told = [
            {name: check[name] for name in ("check_name", "status")}
            for check in named[:_MOST_CHECKS]
            if _is_short(check.get("check_name")) and _is_short(check.get("status"))
        ]
        if sum(is_stop(check.get("status")) for check in named) > sum(is_stop(check["status"]) for check in told):
            kept["status"] = "fail"
        kept["checks"] = told
    small = {name: event[name] for name in (*_ENVELOPE, "sent_at") if name in event} | {"payload": kept}
    return None if small == event else small


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 2048
