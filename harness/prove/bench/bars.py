"""The bars of the speed table, and whether a run met them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from harness.prove.bench.rows import ADD_JOB, BEFORE, ITS_ROWS, ITSELF, LOOK_UP, ONE_ROW, BenchRow
from harness.prove.bench.views import COUNTS, LOG, LONGER, PAGES, READERS


@dataclass(frozen=True)
class Bar:
    """A goal: of the ratio to a floor, of the ratio to itself nearly empty (`growth`), or in the row's unit."""

    row: str
    goal: float
    held_against: str | None = None
    growth: bool = False
    at_most: bool = False
    contender: str = ITSELF


BARS = (
    Bar("ingest-http", 0.65, ONE_ROW),
    Bar("ingest-sql", 0.55, ITS_ROWS),
    Bar("ingest-sql", 0.15, ONE_ROW),
    Bar("ingest-sql", 0.95, ADD_JOB),
    Bar("retry-1", 0.6, ONE_ROW),
    Bar("retry-8", 0.55, ONE_ROW),
    Bar("eligible", 1.5, LOOK_UP, at_most=True),
    Bar("first", 12.0, at_most=True),
    *(Bar(row, 0.9, growth=True) for row in ("ingest-http", "ingest-sql", "retry-1", "retry-8", "eligible")),
    Bar("wal", 20.0, at_most=True),
    Bar("newest", 5.0, at_most=True),
    *(
        Bar("pages", LONGER.get(page, goal), at_most=True, contender=f"{page}, {reader}")
        for page in PAGES
        for reader, (_, _, goal) in READERS.items()
    ),
    Bar("whole", 1_500.0, at_most=True),
    *(Bar("counts", 300.0, at_most=True, contender=name) for name in COUNTS),
    *(Bar("log", 5.0, at_most=True, contender=name) for name in LOG),
)
# Against itself at an earlier commit, in the same run: what writes, asks and reads is no slower than it was.
SINCE = (
    *(Bar(row, 0.95, BEFORE) for row in ("ingest-http", "ingest-sql", "retry-1", "retry-8")),
    *(Bar(row, 1 / 0.95, BEFORE, at_most=True) for row in ("eligible", "first", "wal", "newest", "whole")),
)


@dataclass(frozen=True)
class BarOutcome:
    """A bar at one size: what was measured, pair by pair, and what it was held against."""

    bar: Bar
    row: BenchRow
    size: int
    values: Sequence[float]
    floor: float | None

    @property
    def title(self) -> str:
        """What was measured."""
        return self.row.title if self.bar.contender == ITSELF else f"{self.row.title}: {self.bar.contender}"

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


def outcomes(rows: Sequence[BenchRow], sizes: Sequence[int]) -> list[BarOutcome]:
    """Every bar for which there are figures: ratios at the smallest and the largest size, the rest at the largest."""
    by_name = {row.name: row for row in rows}
    found = []
    small, large = min(sizes), max(sizes)
    for bar in (*BARS, *SINCE):
        if (row := by_name.get(bar.row)) is None:
            continue
        if bar.growth:
            if large > small:
                found.append(_growth(bar, row, small, large))
        elif bar.held_against == BEFORE:
            if (BEFORE, small) in row.figures:
                found.append(_against_floor(bar, row, BEFORE, small))
        elif bar.held_against:
            found += [_against_floor(bar, row, bar.held_against, size) for size in sorted({small, large})]
        else:
            found.append(BarOutcome(bar, row, large, row.figures[bar.contender, large], None))
    return found


def _against_floor(bar: Bar, row: BenchRow, name: str, size: int) -> BarOutcome:
    floor = row.floor(name, size)
    pairs = zip(row.figures[ITSELF, size], floor, strict=True)
    return BarOutcome(bar, row, size, [own / other for own, other in pairs], median(floor))


def _growth(bar: Bar, row: BenchRow, small: int, large: int) -> BarOutcome:
    pairs = zip(row.figures[ITSELF, large], row.figures[ITSELF, small], strict=True)
    values = [own / other if row.more_is_better else other / own for own, other in pairs]
    return BarOutcome(bar, row, large, values, median(row.figures[ITSELF, small]))
