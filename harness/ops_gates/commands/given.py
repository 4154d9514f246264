"""What is given on the command line, read: JSON, times, durations, NAME=VALUE."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import typer

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def json_object(text: str | None, option: str) -> dict[str, Any]:
    """A JSON object given as text; empty when it was left out."""
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise typer.BadParameter("is a JSON object", param_hint=option)
    return value


def json_file(path: str, what: type) -> Any:
    """The JSON of a file, `-` for standard input; it must be an object or an array, as asked for."""
    try:
        content = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise typer.BadParameter(f"{path} cannot be read: {reason}", param_hint="FILE") from None
    try:
        value = json.loads(content)
    except ValueError:
        value = None
    if not isinstance(value, what):
        raise typer.BadParameter(
            f"{'standard input' if path == '-' else path} holds no JSON {'object' if what is dict else 'array'}",
            param_hint="FILE",
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


def moment(text: str | None, option: str) -> datetime | None:
    """An ISO 8601 time with an offset."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise typer.BadParameter("is an ISO 8601 time with an offset, e.g. 2026-11-23T10:00:00Z", param_hint=option)
    return at


def until(text: str, option: str) -> datetime:
    """A time, or how long from now: 30m, 4h, 7d."""
    if duration := re.fullmatch(r"(\d{1,4})([mhd])", text):
        return datetime.now(UTC) + timedelta(**{_UNITS[duration[2]]: int(duration[1])})
    try:
        at = moment(text, option)
    except typer.BadParameter:
        at = None
    if at is None:
        raise typer.BadParameter("is a duration (30m, 4h, 7d) or an ISO 8601 time with an offset", param_hint=option)
    return at


def one_of(values: Sequence[str], known: Sequence[str], option: str) -> None:
    """Refuse a value that is not in a closed set: typer knows no lists of those."""
    if unknown := [value for value in values if value not in known]:
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {', '.join(known)}", param_hint=option)
