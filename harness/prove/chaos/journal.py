"""A file of what clients intend to send and what they were told, written as it happens. It survives the run."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.stack import StackError


@dataclass(frozen=True)
class Meant:
    """One event to be sent, and the rows it is to leave: none when `refused` names the code it must get."""

    key: str
    emitted_at: str
    event_type: str
    rows: Mapping[str, int]
    refused: str | None = None


@dataclass(frozen=True)
class Acknowledged:
    """One final answer: accepted, duplicate, or the refusal that was meant."""

    key: str
    status: str
    ingest_id: str | None
    error: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class SentBatch:
    """One batch, which is sent until it is answered: as an array or as lines, and the keys of its events in order."""

    number: int
    form: str
    keys: Sequence[str]


@dataclass(frozen=True)
class Shown:
    """What the answer to one read showed: ids of rows, and how many facts of each table were observed when.

    `keys` are of events of which the log had said before that they are accepted. `torn` says what cannot be.
    """

    read: str
    ids: Sequence[str] = ()
    facts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    keys: Sequence[str] = ()
    torn: Sequence[str] = ()


@dataclass
class JournalContent:
    """What a journal says."""

    meant: dict[str, Meant] = field(default_factory=dict)
    answers: list[Acknowledged] = field(default_factory=list)
    opening: set[str] = field(default_factory=set)
    opened: dict[str, str] = field(default_factory=dict)
    batches: dict[int, SentBatch] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    shown: list[Shown] = field(default_factory=list)
    undone: set[str] = field(default_factory=set)

    def unacknowledged(self) -> set[str]:
        """Keys of events that were sent and never answered for good."""
        return set(self.meant) - {answer.key for answer in self.answers}


class Journal:
    """A file to which whole lines are appended, by any thread; whatever ends the run, they stay."""

    def __init__(self, path: Path) -> None:
        """Begin a new file; StackError while another run writes to it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise StackError("another run is under way in this checkout", checked=f"the lock on {path}") from None
        os.ftruncate(self._file, 0)

    def _append(self, kind: str, what: Mapping[str, Any]) -> None:
        line = json.dumps({"kind": kind, **what}).encode() + b"\n"
        with self._lock:
            os.write(self._file, line)

    def meant(self, meant: Meant) -> None:
        """Note an event before it is sent for the first time."""
        self._append("meant", asdict(meant))

    def acknowledged(self, answer: Acknowledged) -> None:
        """Note a final answer as soon as it arrives."""
        self._append("acknowledged", asdict(answer))

    def opening(self, name: str) -> None:
        """Note a release before it is opened."""
        self._append("opening", {"name": name})

    def opened(self, name: str, release_id: str) -> None:
        """Note the id of a release as soon as it arrives."""
        self._append("opened", {"name": name, "release_id": release_id})

    def batch(self, batch: SentBatch) -> None:
        """Note a batch before it is sent for the first time."""
        self._append("batch", asdict(batch))

    def answered(self, number: int) -> None:
        """Note that all events of a batch were answered for good."""
        self._append("answered", {"number": number})

    def shown(self, shown: Shown) -> None:
        """Note what a read showed."""
        self._append("shown", asdict(shown))

    def undone(self, notices: Iterable[str]) -> None:
        """Note the ids of notices that were written and rolled back."""
        self._append("undone", {"notices": [*notices]})

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read(path: Path) -> JournalContent:
    """All that a journal says; a line that a kill cut short counts as never written."""
    record = JournalContent()
    for line in path.read_bytes().split(b"\n")[:-1]:
        what = json.loads(line)
        match what.pop("kind"):
            case "meant":
                record.meant[what["key"]] = Meant(**what)
            case "acknowledged":
                record.answers.append(Acknowledged(**what))
            case "opening":
                record.opening.add(what["name"])
            case "opened":
                record.opened[what["name"]] = what["release_id"]
            case "batch":
                record.batches[what["number"]] = SentBatch(**what)
            case "answered":
                record.answered.add(what["number"])
            case "shown":
                record.shown.append(Shown(**what))
            case "undone":
                record.undone.update(what["notices"])
    return record
