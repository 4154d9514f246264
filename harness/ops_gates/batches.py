"""Events in batches, as the edge function takes them. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from ops_gates.errors import UsageFault

MOST_EVENTS = 100
MOST_BYTES = 4 * 1024 * 1024
ROOM_FOR_SENT_AT = 64
"""Bytes that it adds to an event."""
_ROOM = MOST_BYTES - 2 - MOST_EVENTS * ROOM_FOR_SENT_AT  # of the whole, without the brackets

Event = TypeVar("Event", bound=Mapping[str, Any])


def batches(events: Iterable[Event], most: int = MOST_EVENTS) -> Iterator[list[Event]]:
    """The events in their order, at most so many together, as one request may hold.

    UsageFault for what is no event, and for more than a request may hold.
    """
    if not 1 <= most <= MOST_EVENTS:
        raise UsageFault(f"a request holds 1 to {MOST_EVENTS} events, and not {most}")
    batch: list[Event] = []
    size = 0
    for number, event in enumerate(events, 1):
        length = length_of(event, f"event {number}") + 1
        if batch and (len(batch) == most or size + length > _ROOM):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += length
    if batch:
        yield batch


def length_of(event: Any, called: str = "the event") -> int:
    """Bytes of an event as JSON; UsageFault for what is no event."""
    if not isinstance(event, Mapping):
        raise UsageFault(f"{called} is a {type(event).__name__}: an event is a dict, as `ops_gates.events` makes it")
    try:
        return len(json.dumps(event))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageFault(f"{called} is no JSON: {error}") from None
