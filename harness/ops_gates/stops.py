"""What in an event is a stop: a failure, a rejection or a request for changes. Standard library only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# As `ops_private.stops_in` reads them: an event says fail or failed; `failure` is the word of GitHub.
STOPS = frozenset({"fail", "rejected", "request_changes", "failed", "failure"})
_MAIN = {"build_complete": "build", "health_check": "health"}


def is_stop(value: Any) -> bool:
    """Whether a status or a decision says stop, in any case and with blanks around it."""
    return isinstance(value, str) and value.strip().lower() in STOPS


def failed_checks(event: Mapping[str, Any]) -> Iterator[str]:
    """The names of the checks that an event reports as failed."""
    payload = event.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    checks = payload.get("checks")
    main = _MAIN.get(event.get("event_type", ""), "")
    for one in (payload, *(checks if isinstance(checks, list) else [])):
        if isinstance(one, dict) and is_stop(one.get("status")):
            yield str(one.get("check_name") or main)
