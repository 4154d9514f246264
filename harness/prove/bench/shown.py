"""What a run says in the end on a terminal."""

from __future__ import annotations

from statistics import median

from rich.console import Console
from rich.table import Table

from harness.prove.bench.report import BenchResult
from harness.prove.bench.rows import ITSELF
from harness.prove.bench.words import goal, measured, number, verdict


def show(findings: BenchResult, console: Console) -> None:
    """The bars, what has no bar, and where the time goes."""
    table = Table("what", "held against", "releases", "goal", "measured", "lowest to highest", "")
    for outcome in findings.outcomes:
        bar = outcome.bar
        table.add_row(
            outcome.title.replace("`", ""),
            "itself, nearly empty" if bar.growth else bar.held_against or "",
            f"{outcome.size:,}",
            goal(outcome),
            measured(outcome),
            f"{number(min(outcome.values))} to {number(max(outcome.values))}",
            f"[{'green' if outcome.met else 'red'}]{verdict(outcome).replace('*', '')}[/]",
        )
    console.print(table)
    figures = Table("row", "contender", "releases", "median", "lowest to highest", "unit")
    for row in findings.rows:
        for (contender, size), values in sorted(row.figures.items(), key=lambda pair: (pair[0][0] != ITSELF, pair[0])):
            spread = f"{number(min(values))} to {number(max(values))}"
            figures.add_row(row.name, contender, f"{size:,}", number(median(values)), spread, row.unit)
    console.print(figures)
    for breakdown in findings.breakdowns:
        parts = Table(breakdown.unit, *breakdown.kinds, title=breakdown.title)
        for part, each in breakdown.parts.items():
            parts.add_row(part.replace("`", ""), *map(number, each))
        console.print(parts)
