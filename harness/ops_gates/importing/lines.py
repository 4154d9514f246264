"""The lines of a file of a past, one at a time, however long the file or a line is. Standard library only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from ops_gates import streams
from ops_gates.batches import ROOM_FOR_SENT_AT
from ops_gates.errors import UsageFault
from ops_gates.refusals import SENTENCES

MOST_EVENT = 256 * 1024
"""Bytes of an event, as the function takes it."""
MOST_LINE = 4 * MOST_EVENT
_BIT = 64 * 1024
_SPACES = b" \t\r\n"
RELEASE_FIELDS = frozenset(
    {"project", "release_name", "environment_target", "source_ref", "scope_metadata", "initiating_actor"}
)


@dataclass(frozen=True)
class Refusal:
    """Why a line was refused: the code, what was wrong, and what to do."""

    error: str
    message: str
    hint: str


@dataclass(frozen=True)
class Opening:
    """A line that opens a release of the past."""

    given: Mapping[str, Any]


Content = dict[str, Any] | Opening | Refusal
"""What a line says: an event, a release, or why it can be neither."""


_OTHERS = {
    "is UTF-16: write it in UTF-8": (b"\xff\xfe", b"\xfe\xff"),
    "is compressed: unpack it": (b"\x1f\x8b", b"BZh", b"PK\x03\x04", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"),
}
"""What to do with a file that is no text in UTF-8, and how such files begin."""


def refuse_others(file: BinaryIO, path: str) -> None:
    """Raise UsageFault when a file is no text in UTF-8 by how it begins; leave it at its beginning."""
    begins = file.read(max(len(mark) for marks in _OTHERS.values() for mark in marks))
    file.seek(0)
    for what, marks in _OTHERS.items():
        if begins.startswith(marks):
            raise UsageFault(f"{path} {what}")


class Reader:
    """A file, read line by line; knows how far, and the hash of all until there."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._unended = False
        self.number = 0
        self.offset = 0

    @property
    def sha256(self) -> str:
        """Of all that was read."""
        return self._hash.hexdigest()

    def skip(self, until: int, number: int) -> None:
        """Read until that offset, where that line ends; less if the file ends before."""
        while self.offset < until and (bit := self._file.read(min(_BIT, until - self.offset))):
            self._take(bit)
        self.number = number

    def line(self) -> Content | None:
        """What the next line says that is not blank; None at the end of the file."""
        while kept := self._file.readline(MOST_LINE + 1):
            goes_on = self._unended
            self._take(kept)
            self.number += not goes_on
            is_long, bit = len(kept) > MOST_LINE, kept
            while is_long and not bit.endswith(b"\n") and (bit := self._file.readline(_BIT)):
                self._take(bit)
            if is_long:
                return too_large()
            if kept.strip(_SPACES):
                return _no_json("the line goes on behind what was imported of it") if goes_on else read(kept)
        return None

    def _take(self, bit: bytes) -> None:
        self._hash.update(bit)
        self._unended = not bit.endswith(b"\n")
        self.offset += len(bit)


def read(line: bytes) -> Content:
    """What a line says. An event of it says that it is about the past."""
    try:
        value = streams.parsed(line.decode("utf-8-sig"))
    except (UnicodeDecodeError, UsageFault):
        return _no_json("the line is not JSON in UTF-8, or nested too deep")
    if not isinstance(value, dict):
        return _no_json("the line is no JSON object")
    if isinstance(given := value.get("release"), dict):
        return _opening(value, given)
    event = {**value, "imported": True}
    return too_large() if len(json.dumps(event)) + ROOM_FOR_SENT_AT > MOST_EVENT else event


def _opening(value: Mapping[str, Any], given: Mapping[str, Any]) -> Content:
    if beside := sorted(value.keys() - {"release"}):
        return _no_release(f"{', '.join(beside)} stands beside it")
    if unknown := sorted(given.keys() - RELEASE_FIELDS):
        return _no_release(f"nobody knows its {', '.join(unknown)}")
    for name in ("release_name", "source_ref"):
        if not isinstance(given.get(name), str):
            return _no_release(f"its {name} is missing, or no text")
    for name in ("project", "environment_target", "initiating_actor"):
        if not isinstance(given.get(name), str | None):
            return _no_release(f"its {name} is no text")
    if not isinstance(given.get("scope_metadata"), dict | None):
        return _no_release("its scope_metadata is no object")
    return Opening(given)


def _no_json(why: str) -> Refusal:
    return Refusal("invalid_json", why, "write one event or release on each line")


def _no_release(why: str) -> Refusal:
    names = ", ".join(sorted(RELEASE_FIELDS))
    return Refusal("invalid_release", f"the line opens no release: {why}"[:500], f"a release has {names}")


def too_large(message: str = "the event has more than 256 KiB") -> Refusal:
    """The refusal of an event that is larger than the function takes."""
    code = "payload_too_large"
    _, hint = SENTENCES[code]
    return Refusal(code, message, hint)
