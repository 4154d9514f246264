"""How far an import has come: a file beside the input, and the refusals so far. Standard library only."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import BinaryIO

from ops_gates import files
from ops_gates.errors import Unwritable, UsageFault
from ops_gates.importing.lines import Reader, Refusal

_PRIVATE = 0o600
_VERSION = 1


@dataclass
class Done:
    """What was answered so far: all lines until one."""

    project_url: str
    project: str | None = None
    """Of lines that name none."""
    line: int = 0
    offset: int = 0
    """Bytes of the file until there."""
    sha256: str = hashlib.sha256().hexdigest()
    """Of these bytes."""
    releases: int = 0
    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    refused_bytes: int = 0
    """Of the file of refusals that belong to these lines."""

    @property
    def events(self) -> int:
        """How many events are on record."""
        return self.accepted + self.duplicate


class Record:
    """The files beside an input that say how far its import has come, and which lines were refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = path.with_name(f"{path.name}.import.json")
        self.refused = path.with_name(f"{path.name}.refused.ndjson")
        self.forgotten = 0
        """Lines that were refused and count as mended, because somebody removed the file of refusals."""

    def begin(self, reader: Reader, project_url: str, project: str | None) -> Done:
        """Where to go on: the reader stands there then. UsageFault when the file, or the project, is another one."""
        for file in (self.state, self.refused):
            if file.is_symlink():  # what it names is no file of an import, and would be written over
                raise UsageFault(f"{file} is a link: remove it, or import a copy of {self.path} in another folder")
        done = self._read() if self.state.exists() else Done(project_url, project)
        anew = f"to begin anew remove {self.state}: what is on record is a duplicate then"
        if done.project_url != project_url:
            raise UsageFault(f"{self.path} was being imported into {done.project_url}; {anew}")
        if (done.project or "").lower() != (project or "").lower():
            before = f"with --project {done.project}" if done.project is not None else "without --project"
            raise UsageFault(f"{self.path} was being imported {before}; {anew}")
        reader.skip(done.offset, done.line)
        if (reader.offset, reader.sha256) != (done.offset, done.sha256):
            raise UsageFault(f"{self.path} has changed before line {done.line + 1}, until where it is imported; {anew}")
        if done.refused_bytes and not self.refused.exists():
            self.forgotten, done.refused, done.refused_bytes = done.refused, 0, 0
        self._cut(done.refused_bytes)
        return done

    def _read(self) -> Done:
        damaged = UsageFault(f"{self.state} is damaged: remove it, and what is on record is a duplicate")
        try:
            said = json.loads(files.text(self.state, 64 * 1024))
            if said.pop("version") != _VERSION or said.keys() != {field.name for field in fields(Done)}:
                raise damaged
            done = Done(**said)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            raise damaged from None
        numbers = [value for name, value in asdict(done).items() if name not in ("project_url", "project", "sha256")]
        texts = (done.project_url, done.project or "", done.sha256)
        if not all(type(number) is int and number >= 0 for number in numbers) or not all(
            isinstance(text, str) for text in texts
        ):
            raise damaged
        return done

    def _cut(self, size: int) -> None:
        """Forget refusals of lines that are sent again."""
        files.refuse_special(self.refused)
        if size == 0 and not self.refused.exists():
            return
        with self._refusals() as file:
            file.truncate(min(size, file.tell()))

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[BinaryIO]:
        """The file of refusals at its end, made private where it is new; Unwritable when it cannot be written."""
        try:
            opened = os.open(self.refused, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _PRIVATE)
            with os.fdopen(opened, "ab") as file:
                yield file
        except OSError as error:
            raise Unwritable(f"{self.refused} could not be written: {error.strerror}") from None

    def keep(self, done: Done, refusals: Iterable[tuple[int, Refusal]]) -> None:
        """Write down what was answered: first the refusals, then how far it is."""
        if rows := [{"line": number, **asdict(refusal)} for number, refusal in refusals]:
            with self._refusals() as file:
                file.write("".join(f"{json.dumps(row)}\n" for row in rows).encode())
                done.refused_bytes = file.tell()
        files.replace(self.state, json.dumps({"version": _VERSION, **asdict(done)}, indent=2) + "\n", _PRIVATE)
