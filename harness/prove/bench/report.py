"""`docs/reports/benchmarks.md`: one page with the bars and two plots. Everything else is in `benchmarks-details.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from harness.prove.bench.bars import SPEED_TABLE, BarOutcome, TableRow, outcomes
from harness.prove.bench.details import details
from harness.prove.bench.plot import draw, draw_goals
from harness.prove.bench.rows import ADD_JOB, ITSELF, LOOK_UP, MESSAGE, ONE_ROW, SINGLE, BenchRow
from harness.prove.bench.spent import Breakdown
from harness.prove.bench.waits import EVENT, QUESTION, QUIET, SHARES, WARM
from harness.prove.bench.words import anchor, goal, measured, number, verdict

PAGE, DETAILS = "benchmarks.md", "benchmarks-details.md"
GOALS, SIZES = "benchmarks-goals.svg", "benchmarks.svg"


@dataclass(frozen=True)
class BenchResult:
    """All that one run has to say."""

    rows: Sequence[BenchRow]
    sizes: Sequence[int]
    machine: Mapping[str, str]
    bytes_by_table: Mapping[str, int]
    breakdowns: Sequence[Breakdown] = field(default_factory=list)

    @property
    def outcomes(self) -> list[BarOutcome]:
        """The bars that were measured."""
        return outcomes(self.rows, self.sizes)

    def of(self, row: TableRow) -> list[BarOutcome]:
        """The outcomes of a row of the speed table, the worst first; none when it was not measured."""
        return sorted(outcomes(self.rows, self.sizes, row.bars), key=lambda outcome: outcome.margin)


def write(findings: BenchResult, directory: Path) -> Path:
    """Both pages and their pictures; the path of the first page."""
    directory.mkdir(parents=True, exist_ok=True)
    worst = [(place, row, found[0]) for place, row in enumerate(SPEED_TABLE, 1) if (found := findings.of(row))]
    (directory / GOALS).write_text(
        draw_goals([(f"{place} {row.what}".replace("`", ""), each) for place, row, each in worst]) + "\n"
    )
    (directory / SIZES).write_text(draw(findings.rows, findings.sizes) + "\n")
    rest = details(
        findings.rows, findings.sizes, findings.outcomes, findings.breakdowns, findings.bytes_by_table, findings.machine
    )
    (directory / DETAILS).write_text("\n".join(rest) + "\n")
    page = directory / PAGE
    page.write_text("\n".join(_page(findings)) + "\n")
    return page


def _page(findings: BenchResult) -> Iterator[str]:
    rows = [(row, found) for row in SPEED_TABLE if (found := findings.of(row))]
    kept = sum(found[0].met for _, found in rows)
    yield from (
        "# Benchmarks",
        "",
        f"{kept} of {len(rows)} goals are met. `make bench` wrote this page"
        f" at commit {findings.machine.get('Commit', '?')}, {findings.machine.get('Date', '?')},"
        f" on {findings.machine.get('Machine', '?')}. Compare what one run measured: a time alone says little about"
        f" another machine. [The details]({DETAILS}) have every figure, where the time goes, and how it was measured.",
        "",
        "| | what | held against | goal | measured | |",
        "| ---: | --- | --- | ---: | ---: | --- |",
    )
    for place, row in enumerate(SPEED_TABLE, 1):
        if found := findings.of(row):
            yield _line(place, row, found, {each.about: each for each in findings.breakdowns})
    if figures := list(_figures({row.name: row for row in findings.rows}, max(findings.sizes))):
        yield from ("", "## In figures", "", f"With {max(findings.sizes):,} releases:", "", *figures)
    yield from ("", "## How far from the goals", "", f"![How much of each goal is reached]({GOALS})", "")
    yield from ("## Throughput against data size", "", f"![Throughput against data size]({SIZES})")


def _line(place: int, row: TableRow, found: Sequence[BarOutcome], profile: Mapping[str, Breakdown]) -> str:
    worst = found[0]
    said = verdict(worst)
    if len(found) > 1:
        missed = sum(not outcome.met for outcome in found)
        which = worst.bar.contender if worst.bar.contender != ITSELF else worst.row.title
        where = f", {worst.size:,} releases" if len({outcome.size for outcome in found}) > 1 else ""
        said += f" ({f'{missed} of {len(found)} missed; ' if missed else ''}the worst: {which}{where})"
    if not worst.met and (why := profile.get(row.why)):
        said += f", [why]({DETAILS}#{anchor(why.title)})"
    return f"| {place} | {row.what} | {row.against} | {goal(worst)} | {measured(worst)} | {said} |"


def _figures(rows: Mapping[str, BenchRow], size: int) -> Iterator[str]:
    """What has no goal of its own and a reader asks for, at the largest size."""

    def said(row: str, contender: str = ITSELF) -> str:
        return f"{number(median(rows[row].figures[contender, size]))} {rows[row].unit}"

    if "http-wait" in rows:
        for what, state in ((what, state) for what in (EVENT, QUESTION) for state in (WARM, QUIET)):
            times = (f"{said('http-wait', f'{what}, {state}, {share}')} ({share})" for share in SHARES)
            yield f"- {what} over HTTP, {state}: {' and '.join(times)}"
    if "batch-http" in rows:
        yield f"- one client over HTTP: {said('batch-http')} in batches of 100, {said('batch-http', SINGLE)} one by one"
    if "ingest-sql" in rows:
        yield (
            f"- 8 clients in SQL: {said('ingest-sql')}. `graphile_worker.add_job` with a key does"
            f" {said('ingest-sql', ADD_JOB)}, and `pgmq.send`, which has no keys, {said('ingest-sql', MESSAGE)}"
        )
    if "eligible" in rows and "retry-1" in rows:
        yield (
            "- the machine itself, to compare it with another: one connection looks up a row by a plpgsql function in"
            f" {said('eligible', LOOK_UP)}, and inserts {said('retry-1', ONE_ROW)} by another one, each row committed"
        )
    if "wal" in rows and "disk" in rows:
        yield f"- an event takes {said('disk')} on disk and {said('wal')} of write-ahead log after a checkpoint"
