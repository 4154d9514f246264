"""What a run says in the end on a terminal."""

from __future__ import annotations

from statistics import median

from rich.console import Console
from rich.table import Table

from harness.prove.bench.report import BenchResult, number, verdict
from harness.prove.bench.rows import ITSELF


def show(findings: BenchResult, console: Console) -> None:
    """The bars, and what has no bar."""
    table = Table("what", "held against", "releases", "goal", "measured", "lowest to highest", "")
    for outcome in findings.outcomes:
        bar = outcome.bar
        table.add_row(
            outcome.title.replace("`", ""),
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
