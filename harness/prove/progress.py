"""How far a long command has come: bars on a terminal, lines in a log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Steps:
    """A line for each step, drawn between slices only: a thread that draws would take its time from them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: Any = None
        self._what = ""

    def __call__(self, what: str, done: int, of: int) -> None:
        """Step `what` has come so far."""
        if what != self._what:
            self._what, self._task = what, self._progress.add_task(what, total=of)
            if not self._progress.console.is_terminal:
                self._progress.console.print(f"{what} …", markup=False)
        self._progress.update(self._task, completed=done, total=of)
        self._progress.refresh()


@contextlib.contextmanager
def shown_progress(console: Console) -> Iterator[Steps]:
    """A bar for each step on a terminal, a line when it begins in a log."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console, auto_refresh=False, disable=not console.is_terminal)
    with progress:
        yield Steps(progress)
