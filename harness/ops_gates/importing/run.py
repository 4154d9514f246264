"""An import: lines are read, sent in batches and answered, and how far it is is written down after each answer."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from ops_gates.batches import MOST_BYTES, MOST_EVENTS
from ops_gates.core import UNEXPECTED
from ops_gates.errors import BUSY
from ops_gates.importing.lines import Opening, Reader, Refusal, too_large
from ops_gates.importing.past import Past, refusal_of
from ops_gates.importing.progress import Done, Record
from ops_gates.resend import TOO_LARGE

if TYPE_CHECKING:
    from ops_gates.answers import Answer
    from ops_gates.core import Core
    from ops_gates.interrupts import Interrupt

LANES = 4
"""Connections at once. All events of a release go by the same one, in their order."""
_MOST_LINES = 10 * MOST_EVENTS
_MOST_BYTES = LANES * MOST_BYTES
Refusals = list[tuple[int, Refusal]]
Event = dict[str, Any]
_Answer = TypeVar("_Answer")


@dataclass
class _Batch:
    """Lines that are answered together."""

    events: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    refusals: Refusals = field(default_factory=list)
    releases: int = 0
    until: dict[str, Any] = field(default_factory=dict)
    """The last line of it, as `Done` says where that is."""
    ended: bool = False
    """Whether the file ends here."""


class Import:
    """One import of one file. `say` is told after each batch: how far it is, and what was refused in it."""

    def __init__(
        self,
        gates: Core | None,
        file: BinaryIO,
        *,
        project: str | None = None,
        batch: int = MOST_EVENTS,
        say: Callable[[Done, Refusals], None] = lambda _done, _refusals: None,
    ) -> None:
        """Without `gates` nothing is sent: the lines are only read."""
        self._gates = gates
        self._reader = Reader(file)
        self._past = Past(gates, project)
        self._most = batch
        self._say = say

    def run(
        self, path: Path, project_url: str, stop: Interrupt, *, check: Callable[[Record], None] = lambda _record: None
    ) -> Done:
        """Go on from where it stopped, until the end of the file or until somebody stops it.

        `check` may raise why it cannot begin; it is asked when the file can go on, and shown what is beside it.
        """
        record = Record(path)
        done = record.begin(self._reader, project_url, self._past.project)
        check(record)
        return self._run(done, stop, record)

    def check(self, stop: Interrupt) -> Done:
        """Read all lines, and send none: what can be known of them here."""
        return self._run(Done(""), stop, None)

    def _run(self, done: Done, stop: Interrupt, record: Record | None) -> Done:
        """Send what was read, and read on meanwhile."""
        batch: _Batch | None = self._next(stop)
        while batch is not None and not stop.wanted:
            said = replace(done, **batch.until)
            sending = _beside(partial(self._send, batch, said))
            following, failed = None, None
            try:
                following = None if batch.ended else self._next(stop)
            except Exception as error:  # raised when what is being sent is written down
                failed = error
            [answered] = _awaited([sending])
            refusals = sorted([*batch.refusals, *answered], key=lambda each: each[0])
            said.releases += batch.releases
            said.refused += len(refusals)
            if record is not None:
                record.keep(said, refusals)
            done = said
            self._say(done, refusals)
            if failed is not None:
                raise failed
            batch = following
        return done

    def _next(self, stop: Interrupt) -> _Batch:
        """The next lines: as many as make a batch of events for each lane. Releases are opened as they come.

        Fewer when somebody stops it meanwhile.
        """
        batch = _Batch()
        first, began = self._reader.number, self._reader.offset
        while not stop.wanted:
            read, more = self._reader.number - first, self._reader.offset - began
            if len(batch.events) >= LANES * self._most or read >= _MOST_LINES or more >= _MOST_BYTES:
                break
            said = self._reader.line()
            if said is None:
                batch.ended = True
                break
            if isinstance(said, Opening):
                refusal = self._past.open(said)
                batch.releases += refusal is None
            elif isinstance(said, Refusal):
                refusal = said
            else:
                event = self._past.event(said)
                refusal = event if isinstance(event, Refusal) else None
                if not isinstance(event, Refusal):
                    batch.events.append((self._reader.number, event))
            if refusal is not None:
                batch.refusals.append((self._reader.number, refusal))
        batch.until = {"line": self._reader.number, "offset": self._reader.offset, "sha256": self._reader.sha256}
        return batch

    def _send(self, batch: _Batch, done: Done) -> Refusals:
        """Send the events of a batch and count what they were answered; which were refused."""
        if self._gates is None:
            done.accepted += len(batch.events)
            return []
        lanes = [[each for each in batch.events if _lane(each[1]) == lane] for lane in range(LANES)]
        asked = [[event for _, event in lane] for lane in lanes if lane]
        sent = _awaited([_beside(partial(self._gates.emit_many, events, most=self._most)) for events in asked])
        refusals: Refusals = []
        for answers in sent:
            _raise_what_is_of_the_sender(answers)
        for (number, event), answer in zip(chain(*lanes), chain(*sent), strict=True):
            if answer.kept and not answer.shortened:
                done.accepted += answer.status == "accepted"
                done.duplicate += answer.status == "duplicate"
            elif answer.kept:
                refusals.append((number, too_large("the event is too large: its status alone is on record")))
            else:
                refusals.append((number, refusal_of(answer.refusal(event))))
        return refusals


def _beside(ask: Callable[[], _Answer]) -> Future[_Answer]:
    """What somebody is asked in a thread of its own.

    The end of the program does not wait for such threads, so whoever insists on it does not either.
    """
    answer: Future[_Answer] = Future()

    def ask_and_keep() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # raised where the answer is read
            answer.set_exception(error)

    Thread(target=ask_and_keep, daemon=True).start()
    return answer


def _awaited(answers: list[Future[_Answer]]) -> list[_Answer]:
    # The system may tell a signal to another thread; Python heeds it when this one wakes.
    while wait(answers, timeout=1).not_done:
        pass
    return [answer.result() for answer in answers]


def _lane(event: dict[str, Any]) -> int:
    return zlib.crc32(str(event.get("release_id")).lower().encode()) % LANES


def _raise_what_is_of_the_sender(answers: list[Answer]) -> None:
    """Raise what no other line would mend: a wrong key, a role that may send nothing, a project that is busy."""
    for answer in answers:
        busy = answer.http_status in BUSY or (answer.http_status >= 500 and answer.error != UNEXPECTED)
        if busy or answer.http_status == 401 or answer.error == "unreadable_answer":
            raise answer.refusal()
        # Alone in its request an event may be what was wrong with it, unless its sender was.
        of_no_event = answer.http_status == 403 or (len(answers) > 1 and answer.http_status != TOO_LARGE)
        if answer.of_all and of_no_event:
            raise answer.refusal()
