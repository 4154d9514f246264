"""How far a long command has come: bars on a terminal, lines in a log."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Told = Callable[[str, int, int], None]  # what is done, how much of it, of how much
IN_A_LOG = 30.0  # seconds between two lines about one step


class ShownSteps:
    """A line for each step, drawn between slices only: a thread that draws would take its time from them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: Any = None
        self._what = ""
        self._said = 0.0

    def __call__(self, what: str, done: int, of: int) -> None:
        """Step `what` has come so far."""
        if what != self._what:
            self._what, self._task = what, self._progress.add_task(what, total=of)
            self._say(f"{what} …")
        elif time.monotonic() - self._said >= IN_A_LOG:
            self._say(f"{what} [{100 * done // max(of, 1):3d}%]")
        self._progress.update(self._task, completed=done, total=of)
        self._progress.refresh()

    def _say(self, line: str) -> None:
        if not self._progress.console.is_terminal:
            self._progress.console.print(line, markup=False, soft_wrap=True)
            self._said = time.monotonic()


@contextlib.contextmanager
def shown_progress(console: Console) -> Iterator[ShownSteps]:
    """A bar for each step on a terminal; in a log a line when it begins, and each half minute how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console, auto_refresh=False, disable=not console.is_terminal)
    with progress:
        yield ShownSteps(progress)
