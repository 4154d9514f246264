"""`docs/reports/benchmarks.md`: the bars, every figure, the machine; and what people wrote below, kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from harness.prove.bench.bars import BarOutcome, outcomes
from harness.prove.bench.plot import draw
from harness.prove.bench.rows import ADD_JOB, BEFORE, ITS_ROWS, ITSELF, LOOK_UP, ONE_ROW, BenchRow

KEPT = "## What was found, and what it gained"
_HELD = {
    ONE_ROW: "one row, by a plpgsql function",
    ITS_ROWS: "the same rows, without any evaluation",
    ADD_JOB: "`graphile_worker.add_job` with a job key",
    LOOK_UP: "the look-up of that row, by a definer that checks nothing",
    BEFORE: "itself, before",
}
_METHOD = (Path(__file__).parent / "method.md").read_text()


@dataclass(frozen=True)
class BenchResult:
    """All that one run has to say."""

    rows: Sequence[BenchRow]
    sizes: Sequence[int]
    machine: Mapping[str, str]
    bytes_by_table: Mapping[str, int]

    @property
    def outcomes(self) -> list[BarOutcome]:
        """The bars that were measured."""
        return outcomes(self.rows, self.sizes)


def write(findings: BenchResult, directory: Path) -> Path:
    """The page and its picture; the section by hand stays as it is."""
    directory.mkdir(parents=True, exist_ok=True)
    page = directory / "benchmarks.md"
    kept = kept_section(page.read_text() if page.exists() else "")
    (directory / "benchmarks.svg").write_text(draw(findings.rows, findings.sizes) + "\n")
    page.write_text("\n".join(_page(findings)) + "\n" + kept)
    return page


def kept_section(page: str) -> str:
    """What was written by hand: from its heading to the end."""
    _, found, text = page.partition(KEPT)
    return f"{KEPT}{text}" if found else f"{KEPT}\n\nNothing was written down yet.\n"


def _page(findings: BenchResult) -> Iterator[str]:
    yield from (
        "# Benchmarks",
        "",
        "Written by `make bench`, all but the last section. Ratios within one run say something; absolute figures"
        " only about this machine.",
        "",
        "## The bars",
        "",
        "| what | held against | releases | goal | measured | | floor or reference |",
        "| --- | --- | ---: | ---: | ---: | --- | ---: |",
    )
    yield from (bar_line(outcome) for outcome in findings.outcomes)
    yield from ("", "## Throughput against data size", "", "![Throughput against data size](benchmarks.svg)", "")
    yield from ("## Every figure", "", "| what | contender | releases | median | lowest to highest |")
    yield "| --- | --- | ---: | ---: | ---: |"
    for row in findings.rows:
        for (contender, size), figures in sorted(row.figures.items(), key=lambda pair: (pair[0][0] != ITSELF, pair[0])):
            spread = f"{number(min(figures))} to {number(max(figures))}"
            yield f"| {row.title} | {contender} | {size:,} | {number(median(figures))} {row.unit} | {spread} |"
    yield from ("", "## What a release takes", "")
    largest = max(findings.sizes)
    total = sum(findings.bytes_by_table.values())
    yield (
        f"{total / largest / 1000:.1f} KB on disk, indexes included, at {largest:,} releases and"
        f" {total / 1e9:.2f} GB in all."
    )
    yield from ("", "| table | bytes per release |", "| --- | ---: |")
    for table, size in sorted(findings.bytes_by_table.items(), key=lambda pair: -pair[1]):
        if size / largest >= 1:
            yield f"| `{table}` | {size / largest:,.0f} |"
    yield from ("", "## Where", "", "| | |", "| --- | --- |")
    yield from (f"| {name} | {value} |" for name, value in findings.machine.items())
    yield from ("", _METHOD)


def bar_line(outcome: BarOutcome) -> str:
    """One bar as a row of the table."""
    bar, row = outcome.bar, outcome.row
    unit = "" if bar.held_against or bar.growth else f" {row.unit}"
    against = "itself, nearly empty" if bar.growth else _HELD.get(bar.held_against or "", "")
    spread = f"[{number(min(outcome.values))} to {number(max(outcome.values))}]"
    floor = "" if outcome.floor is None else f"{number(outcome.floor)} {row.unit}"
    return (
        f"| {outcome.title} | {against} | {outcome.size:,} | {'≤' if bar.at_most else '≥'} {number(bar.goal)}{unit}"
        f" | **{number(outcome.measured)}**{unit} {spread} | {verdict(outcome)} | {floor} |"
    )


def verdict(outcome: BarOutcome) -> str:
    """Met or missed, and by how much of the goal."""
    return f"{'met' if outcome.met else 'missed'} by {abs(outcome.margin):.0%}"


def number(value: float) -> str:
    """Three digits that matter, with separators."""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
