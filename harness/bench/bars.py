"""The bars of the speed table, and whether a run met them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from harness.bench.rows import ITS_ROWS, ITSELF, ONE_ROW, SELECT_1, Row


@dataclass(frozen=True)
class Bar:
    """A goal: of the ratio to a floor, of the ratio to itself nearly empty (`growth`), or of milliseconds."""

    row: str
    goal: float
    held_against: str | None = None
    growth: bool = False
    at_most: bool = False


BARS = (
    Bar("ingest-http", 0.75, ONE_ROW),
    Bar("ingest-sql", 0.5, ITS_ROWS),
    Bar("ingest-sql", 0.15, ONE_ROW),
    Bar("retry-1", 0.6, ONE_ROW),
    Bar("retry-8", 0.5, ONE_ROW),
    Bar("eligible", 2.0, SELECT_1, at_most=True),
    *(Bar(row, 0.9, growth=True) for row in ("ingest-http", "ingest-sql", "retry-1", "retry-8", "eligible")),
    Bar("newest", 5.0, at_most=True),
    Bar("whole", 1_500.0, at_most=True),
)


@dataclass(frozen=True)
class Outcome:
    """A bar at one size: what was measured, pair by pair, and what it was held against."""

    bar: Bar
    row: Row
    size: int
    values: Sequence[float]
    floor: float | None

    @property
    def measured(self) -> float:
        """The median of all pairs."""
        return median(self.values)

    @property
    def met(self) -> bool:
        """Whether the median reaches the goal."""
        return self.measured <= self.bar.goal if self.bar.at_most else self.measured >= self.bar.goal

    @property
    def margin(self) -> float:
        """By how much of the goal it is better (above 0) or worse."""
        better = self.measured / self.bar.goal - 1
        return -better if self.bar.at_most else better


def outcomes(rows: Sequence[Row], sizes: Sequence[int]) -> list[Outcome]:
    """Every bar for which there are figures: ratios at the smallest and the largest size, the rest at the largest."""
    by_name = {row.name: row for row in rows}
    found = []
    for bar in BARS:
        if (row := by_name.get(bar.row)) is None:
            continue
        small, large = min(sizes), max(sizes)
        if bar.growth:
            if large > small:
                found.append(_growth(bar, row, small, large))
        elif bar.held_against:
            found += [_against_floor(bar, row, bar.held_against, size) for size in sorted({small, large})]
        else:
            found.append(Outcome(bar, row, large, row.figures[ITSELF, large], None))
    return found


def _against_floor(bar: Bar, row: Row, name: str, size: int) -> Outcome:
    floor = row.floor(name, size)
    pairs = zip(row.figures[ITSELF, size], floor, strict=True)
    return Outcome(bar, row, size, [own / other for own, other in pairs], median(floor))


def _growth(bar: Bar, row: Row, small: int, large: int) -> Outcome:
    pairs = zip(row.figures[ITSELF, large], row.figures[ITSELF, small], strict=True)
    values = [own / other if row.more_is_better else other / own for own, other in pairs]
    return Outcome(bar, row, large, values, median(row.figures[ITSELF, small]))
