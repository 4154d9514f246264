"""What is given on the command line, read: JSON, times, durations, NAME=VALUE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import typer

from ops_gates import files, streams
from ops_gates.errors import UsageFault

_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
_DURATION = re.compile("".join(rf"(?:([0-9]{{1,4}}){unit[0]})?" for unit in _UNITS))
_ZONED = "2026-11-23T10:00:00Z or 2026-11-23T11:00:00+01:00"


def _parsed(text: str) -> Any:
    """The value of a JSON text; None if it cannot be sent."""
    try:
        return streams.parsed(text)
    except UsageFault:
        return None


def json_object(text: str | None, option: str) -> dict[str, Any]:
    """A JSON object given as text; empty when it was left out."""
    if text is None:
        return {}
    value = _parsed(text)
    if not isinstance(value, dict):
        raise typer.BadParameter('is not a JSON object, such as {"a": 1}', param_hint=option)
    return value


def json_file(path: str, what: type) -> Any:
    """The JSON of a file, `-` for standard input; it must be an object or an array, as asked for."""
    try:
        content = files.text(path)
    except UsageFault as fault:
        raise typer.BadParameter(str(fault), param_hint="FILE") from None
    value = _parsed(content)
    if not isinstance(value, what):
        raise typer.BadParameter(
            f"{files.named(path)} holds no JSON {'object' if what is dict else 'array'}", param_hint="FILE"
        )
    return value


def pairs(given: Sequence[str], option: str, shape: str) -> list[tuple[str, str]]:
    """NAME=VALUE, any number of times."""
    split = [entry.partition("=") for entry in given]
    if any(not name or not value for name, _, value in split):
        raise typer.BadParameter(f"is {shape}", param_hint=option)
    return [(name, value) for name, _, value in split]


def artifacts(given: Sequence[str]) -> list[dict[str, Any]] | None:
    """Evidence, each TYPE=URL or a JSON object as in the event; None when there is none."""
    found: list[dict[str, Any]] = []
    for entry in given:
        if entry.lstrip().startswith("{"):
            found.append(json_object(entry, "--evidence"))
        else:
            [(kind, url)] = pairs([entry], "--evidence", "TYPE=URL or a JSON object")
            found.append({"artifact_type": kind, "artifact_url": url})
    return found or None


def _duration(text: str) -> timedelta | None:
    """How long `30m`, `4h` or `1d12h` is; None for anything else."""
    found = _DURATION.fullmatch(text)
    if not found or not text:
        return None
    return timedelta(**{unit: int(count) for unit, count in zip(_UNITS, found.groups(), strict=True) if count})


def _moment(text: str, option: str, durations: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None:
        raise typer.BadParameter(f"{text!r} is neither an ISO 8601 time nor {durations}", param_hint=option)
    if at.tzinfo is None:
        raise typer.BadParameter(f"{text!r} names no zone: write {_ZONED}", param_hint=option)
    return at


def past(text: str | None, option: str) -> datetime | None:
    """A time, or how long ago it was: 90s, 5m, 2h."""
    if text is None:
        return None
    if (duration := _duration(text)) is not None:
        return datetime.now(UTC) - duration
    return _moment(text, option, "how long ago it was (90s, 5m, 2h)")


def as_of(text: str | None, option: str) -> datetime | None:
    """A past moment of which all is asked. One to the second, as answers print it, means to the end of that second."""
    at, now = past(text, option), datetime.now(UTC)
    return at if at is None or at.microsecond or at > now else min(at.replace(microsecond=999_999), now)


def future(text: str, option: str) -> datetime:
    """A time, or how long it is until then: 30m, 4h, 7d."""
    if (duration := _duration(text)) is not None:
        return datetime.now(UTC) + duration
    return _moment(text, option, "a duration from now (30m, 4h, 7d)")


def one_of(values: Sequence[str], known: Sequence[str], option: str) -> None:
    """Refuse a value that is not in a closed set: typer knows no lists of those."""
    if unknown := [value for value in values if value not in known]:
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {', '.join(known)}", param_hint=option)
