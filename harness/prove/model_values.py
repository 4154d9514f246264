"""Values of an event as they can be read: each is what it should be, or None."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from harness.prove.names import is_name

STOPS = ("fail", "failed", "failure", "rejected", "request_changes")  # in capitals too, in whichever field
BLANKS = " \t\n\v\r\u00a0\u2007\u200b\u202f\u3000\ufeff"  # at the ends of a word they say nothing
_TIME = re.compile(r"2[01]\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_ATTEMPT = re.compile(r"(?P<first>.+)/~(?P<number>[1-9][0-9]*)")


def is_stop(value: object) -> bool:
    """Whether a word says that something failed or was objected to."""
    return isinstance(value, str) and value.strip(BLANKS).lower() in STOPS


def as_object(value: object) -> dict[str, Any]:
    """An object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_name(value: object) -> str | None:
    """A name that the schema takes; None for anything else."""
    return str(value) if is_name(value) else None


def as_person(value: object) -> str | None:
    """A text that can name a person; None for anything else."""
    readable = isinstance(value, str) and value.strip(BLANKS) and len(value.encode()) <= 255
    return str(value) if readable else None


def one_of(known: tuple[str, ...] | Mapping[str, Any], value: object) -> str | None:
    """One of the words that are known; None for anything else."""
    return value if isinstance(value, str) and value in known else None


def as_uuid(value: object) -> UUID | None:
    """An id; None for anything else."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def as_time(value: object) -> datetime | None:
    """A full time with its offset; None for anything else."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and _TIME.fullmatch(value) else None
    except ValueError:
        return None


def canonical(value: object) -> object:
    """A document without nulls, and whole numbers as such."""
    if isinstance(value, dict):
        return {name: canonical(entry) for name, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [canonical(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def attempt_in(key: str) -> tuple[str, int]:
    """A key without its attempt, and the attempt."""
    found = _ATTEMPT.fullmatch(key)
    return (found["first"], int(found["number"])) if found else (key, 1)
