"""Two pictures: how much of each goal is reached, and throughput against data size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

import leather

from harness.prove.bench.bars import BarOutcome
from harness.prove.bench.rows import ITSELF, BenchRow

_LINES = {
    "eligible": "questions, 1 connection",
    "retry-8": "retries in SQL, 8 clients",
    "retry-1": "retries in SQL, 1 client",
    "ingest-sql": "events in SQL, 8 clients",
    "ingest-http": "events over HTTP, 16 clients",
}


MET, MISSED, MOST = "#2f7d4f", "#b3402e", 2.0


def draw_goals(worst: Sequence[tuple[str, BarOutcome]]) -> str:
    """An SVG with a bar for each row of the speed table: 1 is the goal, more is better, twice is the end."""
    reached = [(min(_reached(outcome), MOST), name) for name, outcome in worst]
    missed = {name for name, outcome in worst if not outcome.met}
    chart = leather.Chart()
    chart.add_bars(reached, fill_color=lambda datum: MISSED if datum.y in missed else MET)
    chart.add_x_scale(0, MOST)
    chart.add_x_axis(ticks=[0, 0.5, 1, 1.5, MOST], tick_formatter=_of_goal)
    return str(chart.to_svg(width=900, height=100 + 28 * len(reached)))


def _reached(outcome: BarOutcome) -> float:
    if not outcome.bar.at_most:
        return outcome.measured / outcome.bar.goal
    share = outcome.bar.goal / outcome.measured
    return share if outcome.bar.or_at_most is None else max(share, outcome.bar.or_at_most / outcome.own)


def _of_goal(value: float, *_: object) -> str:
    return {1.0: "the goal", MOST: "twice"}.get(float(value), f"{value:g}")


def draw(rows: Sequence[BenchRow], sizes: Sequence[int]) -> str:
    """An SVG with a line for each row that writes or asks; both scales are logarithmic."""
    chart = leather.Chart()
    by_name = {row.name: row for row in rows}
    lowest, highest = 10.0, 10.0
    for name, label in _LINES.items():
        if row := by_name.get(name):
            figures = [median(row.figures[ITSELF, size]) for size in sizes]
            rates = figures if row.more_is_better else [1_000 / figure for figure in figures]
            points = [(math.log10(size), math.log10(rate)) for size, rate in zip(sizes, rates, strict=True)]
            chart.add_line(points, name=label)
            lowest, highest = min(lowest, *rates), max(highest, *rates)
    decades = range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)
    chart.add_x_axis(ticks=[math.log10(size) for size in sizes], tick_formatter=_power_of_ten, name="releases")
    chart.add_y_scale(decades[0], decades[-1])
    chart.add_y_axis(ticks=[*decades], tick_formatter=_power_of_ten, name="per second")
    return str(chart.to_svg(width=900, height=480))


def _power_of_ten(value: float, *_: object) -> str:
    return f"{10**value:,.0f}" if value >= 0 else f"{10**value:g}"
