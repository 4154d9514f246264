"""What stands behind the page of bars: every bar and figure, where the time goes, the machine and the method."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from harness.prove.bench.bars import BarOutcome
from harness.prove.bench.rows import ADD_JOB, BEFORE, ITS_ROWS, ITSELF, LOOK_UP, ONE_ROW, BenchRow
from harness.prove.bench.spent import Breakdown
from harness.prove.bench.words import goal, measured, number, verdict

HELD = {
    ONE_ROW: "one row, by a plpgsql function",
    ITS_ROWS: "the same rows, without any evaluation",
    ADD_JOB: "`graphile_worker.add_job` with a job key",
    LOOK_UP: "the look-up of that row, by a definer that checks nothing",
    BEFORE: "itself, before",
}
_METHOD = (Path(__file__).parent / "method.md").read_text()


def details(
    rows: Sequence[BenchRow],
    sizes: Sequence[int],
    outcomes: Sequence[BarOutcome],
    breakdowns: Sequence[Breakdown],
    bytes_by_table: Mapping[str, int],
    machine: Mapping[str, str],
) -> Iterator[str]:
    """The lines of the second page."""
    yield from ("# Benchmarks: the details", "", "Written by `make bench`. [The goals](benchmarks.md) stand first.", "")
    yield from ("## Every bar", "")
    yield "| what | held against | releases | goal | measured | lowest to highest | | floor or reference |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: |"
    yield from (bar_line(outcome) for outcome in outcomes)
    for breakdown in breakdowns:
        yield from ("", f"## {breakdown.title}", "", breakdown.note, "")
        yield from _table(breakdown)
    yield from ("", "## Every figure", "", "| what | contender | releases | median | lowest to highest |")
    yield "| --- | --- | ---: | ---: | ---: |"
    for row in rows:
        for (contender, size), figures in sorted(row.figures.items(), key=lambda pair: (pair[0][0] != ITSELF, pair[0])):
            spread = f"{number(min(figures))} to {number(max(figures))}"
            yield f"| {row.title} | {contender} | {size:,} | {number(median(figures))} {row.unit} | {spread} |"
    yield from ("", "## What a release takes", "", *_disk(bytes_by_table, max(sizes)))
    yield from ("", "## Where", "", "| | |", "| --- | --- |")
    yield from (f"| {name} | {value} |" for name, value in machine.items())
    yield from ("", _METHOD.rstrip())


def _table(breakdown: Breakdown) -> Iterator[str]:
    yield f"| {breakdown.unit} | {' | '.join(breakdown.kinds)} |"
    yield f"| --- |{' ---: |' * len(breakdown.kinds)}"
    for part, figures in breakdown.parts.items():
        yield f"| {part} | {' | '.join(number(figure) if figure else '' for figure in figures)} |"


def _disk(bytes_by_table: Mapping[str, int], largest: int) -> Iterator[str]:
    total = sum(bytes_by_table.values())
    yield (
        f"{total / largest / 1000:.1f} KB on disk, indexes included, at {largest:,} releases and"
        f" {total / 1e9:.2f} GB in all. Each has ten rows of the log."
    )
    yield from ("", "| table | bytes per release |", "| --- | ---: |")
    for table, size in sorted(bytes_by_table.items(), key=lambda pair: -pair[1]):
        if size / largest >= 1:
            yield f"| `{table}` | {size / largest:,.0f} |"


def bar_line(outcome: BarOutcome) -> str:
    """One bar as a row of the table."""
    bar, row = outcome.bar, outcome.row
    against = "itself, nearly empty" if bar.growth else HELD.get(bar.held_against or "", bar.held_against or "")
    spread = f"{number(min(outcome.values))} to {number(max(outcome.values))}"
    floor = "" if outcome.floor is None else f"{number(outcome.floor)} {row.unit}"
    return (
        f"| {outcome.title} | {against} | {outcome.size:,} | {goal(outcome)} | {measured(outcome)} | {spread}"
        f" | {verdict(outcome)} | {floor} |"
    )
