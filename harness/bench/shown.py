"""What a run says on a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from harness.bench.report import Findings, number, verdict
from harness.bench.rows import ITSELF


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


def show(findings: Findings, console: Console) -> None:
    """The bars, and what has no bar."""
    table = Table("what", "held against", "releases", "goal", "measured", "lowest to highest", "")
    for outcome in findings.outcomes:
        bar = outcome.bar
        table.add_row(
            outcome.row.title.replace("`", ""),
            "itself, nearly empty" if bar.growth else bar.held_against or "",
            f"{outcome.size:,}",
            f"{'≤' if bar.at_most else '≥'} {number(bar.goal)}",
            number(outcome.measured),
            f"{number(min(outcome.values))} to {number(max(outcome.values))}",
            f"[{'green' if outcome.met else 'red'}]{verdict(outcome)}[/]",
        )
    console.print(table)
    figures = Table("row", "contender", "releases", "median", "lowest to highest", "unit")
    for row in findings.rows:
        for (contender, size), values in sorted(row.figures.items(), key=lambda pair: (pair[0][0] != ITSELF, pair[0])):
            spread = f"{number(min(values))} to {number(max(values))}"
            figures.add_row(row.name, contender, f"{size:,}", number(median(values)), spread, row.unit)
    console.print(figures)
