"""`ops-gates import`: a file of the past, line by line, from where it stopped."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ops_gates import files, interrupts, settings
from ops_gates.batches import MOST_EVENTS
from ops_gates.commands import projects, show, target
from ops_gates.errors import Refused, UsageFault
from ops_gates.exit_codes import Code
from ops_gates.importing.lines import refuse_others
from ops_gates.importing.progress import Done, Record
from ops_gates.importing.run import Import, Refusals

if TYPE_CHECKING:
    from ops_gates.client import Gates

SHOWN = 20
"""Refusals that are said on standard error."""
EVERY = 10.0
"""Seconds between two lines of progress where no terminal shows them."""


class _Teller:
    """Says on standard error how far an import is, and what was refused."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._terminal = sys.stderr.isatty()
        self._began = self._told = time.monotonic()
        self._first: Done | None = None
        self._last: Done | None = None
        self._refused = 0

    def __call__(self, done: Done, refusals: Refusals) -> None:
        self._first, self._last = self._first or done, done
        for number, refusal in refusals[: max(0, SHOWN - self._refused)]:
            self._clear()
            show.aside(f"line {number}: {refusal.error}: {refusal.message}; {refusal.hint}")
        self._refused += len(refusals)
        now = time.monotonic()
        if self._terminal:
            self._clear()
            typer.echo(self._words(now), err=True, nl=False)
        elif now - self._told >= EVERY:
            self._told = now
            show.aside(self._words(now))

    def end(self) -> None:
        """Leave the line of progress, and say how many refusals were not said."""
        self._clear()
        if self._refused > SHOWN:
            show.aside(f"{self._refused - SHOWN} more lines were refused")

    def _clear(self) -> None:
        if self._terminal:
            typer.echo("\r\x1b[K", err=True, nl=False)

    def _words(self, now: float) -> str:
        first, last = self._first, self._last
        if first is None or last is None:
            return ""
        seconds, read = now - self._began, last.offset - first.offset
        words = [f"line {last.line}", f"{100 * last.offset // max(self._size, 1)} %", f"{last.refused} refused"]
        if seconds > 0 and read > 0:  # what came in the first batch may have been on record
            left = (self._size - last.offset) * seconds / read
            words += [f"{(last.events - first.events) / seconds:.0f} events/s", f"{left:.0f} s left"]
        return ", ".join(words)


def past(
    path: Annotated[str, typer.Argument(metavar="FILE", help="Releases and events, one as JSON on each line.")],
    project: Annotated[str | None, typer.Option(help="The project of lines that name none, e.g. acme/shop.")] = None,
    batch: Annotated[
        int, typer.Option(min=1, max=MOST_EVENTS, metavar="N", help="How many events go together.")
    ] = MOST_EVENTS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read the file, and send nothing.")] = False,
    json: show.AsJson = False,
) -> None:
    """Import releases of the past and what happened to them; it counts for no release of the present.

    FILE.import.json says how far it is: the same command goes on from there. FILE.refused.ndjson says which lines were
    refused, and why. Ctrl-C ends it after the batches in flight. docs/import.md describes the file.

    Example: ops-gates import events.ndjson --project acme/shop
    """
    if path == files.STANDARD:
        raise UsageFault("an import reads a file, which it can read again from where it stopped: name one")
    began = time.monotonic()
    with files.opened(path) as file, _alone(file, path):
        refuse_others(file, path)
        size = os.fstat(file.fileno()).st_size
        teller = _Teller(size)
        chosen = None if dry_run else settings.read()
        who = target.Who(("release_manager",), "a {}, and the secret key")
        with target.only(who), interrupts.put_off(insist=True) as stop:
            gates = None if chosen is None else target.gates(chosen)
            try:
                running = Import(gates, file, project=project, batch=batch, say=teller)
                if chosen is None or gates is None:
                    done = running.check(stop)
                else:
                    done = running.run(
                        Path(path), chosen.url, stop, check=partial(_before_it_begins, gates, project, who)
                    )
            finally:
                teller.end()
    _report(Path(path), done, size, time.monotonic() - began, dry_run, stop.wanted, json)


def _before_it_begins(gates: Gates, project: str | None, who: target.Who, record: Record) -> None:
    if record.forgotten:
        show.aside(f"{record.refused} is gone, so what was refused counts as mended: {record.forgotten} lines")
    if project is not None:
        projects.must_be_there(gates, project, who)


@contextlib.contextmanager
def _alone(file: BinaryIO, path: str) -> Iterator[None]:
    """Hold the file, so that no second import of it runs at the same time; UsageFault when one does."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise UsageFault(f"{path} is being imported by another command: wait for its end") from None
    yield


def _report(path: Path, done: Done, size: int, seconds: float, dry_run: bool, stopped: bool, json: bool) -> None:
    """Say what became of the file, and end with the code for it."""
    record = Record(path)
    if json:
        show.as_json(
            {
                "file": str(path), "lines": done.line, "releases": done.releases, "events": done.events,
                "accepted": 0 if dry_run else done.accepted, "duplicate": done.duplicate, "refused": done.refused,
                "complete": done.offset >= size,
                "dry_run": dry_run, "seconds": round(seconds, 3),
                "refused_file": str(record.refused) if done.refused and not dry_run else None,
            }
        )  # fmt: skip
    else:
        says = f"{done.line} lines answered: {done.releases} releases, {done.accepted} events accepted"
        if dry_run:
            says = f"{done.line} lines read, nothing was sent: {done.releases} releases, {done.events} events to send"
        more = "" if dry_run else f", {done.duplicate} duplicates"
        show.line(f"{says}{more}, {done.refused} lines refused")
    if stopped and done.offset < size:
        show.aside(f"stopped after line {done.line}: the same command goes on from there")
        raise typer.Exit(Code.INTERRUPTED)
    if done.refused:
        again = f"or, when what they name is there, remove {record.state} and import all again"
        mend = f"{record.refused} says why; mend them in a file of their own and import that, {again}"
        if dry_run:
            mend = "the lines above say why"
        raise Refused("lines_refused", f"{done.refused} lines were refused", hint=mend)
