"""The bars of the speed table, and whether a run met them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from harness.prove.bench.rows import ADD_JOB, BEFORE, ITS_ROWS, ITSELF, LOOK_UP, ONE_ROW, SINGLE, BenchRow
from harness.prove.bench.views import COUNTS, GAPS_COUNTED, LOG, LONGER, ONE_PROJECT, PAGES, READERS, SECRET_KEY
from harness.prove.bench.waits import BOARD, BOARD_READERS, EVENT, QUESTION, QUIET, SHARES, WARM


@dataclass(frozen=True)
class Bar:
    """A goal: of the ratio to a floor, of the ratio to itself nearly empty (`growth`), or in the row's unit.

    A ratio that is missed is good enough where the row itself takes at most `or_at_most`.
    """

    row: str
    goal: float
    held_against: str | None = None
    growth: bool = False
    at_most: bool = False
    contender: str = ITSELF
    or_at_most: float | None = None


@dataclass(frozen=True)
class TableRow:
    """A row of the speed table in plain words, what it is held against, and the part of the profile that shows why."""

    what: str
    against: str
    bars: Sequence[Bar]
    why: str = ""


HTTP, SQL, ROWS, FIRST, READING = "over HTTP", "in SQL", "of more rows", "of a first call", "of reading"
_GROWING = ("batch-http", "batch-sql", "ingest-http", "ingest-sql", "retry-1", "retry-8", "eligible", "first")


def _pages(reader: str) -> list[Bar]:
    goal = READERS[reader][2]
    return [Bar("pages", LONGER.get(page, goal), at_most=True, contender=f"{page}, {reader}") for page in PAGES]


def _quiet(what: str) -> list[Bar]:
    shares = ((f"{what}, {QUIET}, {share}", f"{what}, {WARM}, {share}") for share in SHARES)
    return [Bar("http-wait", 4.0, warm, at_most=True, contender=quiet) for quiet, warm in shares]


SPEED_TABLE = (
    TableRow("A batch of 100 events over HTTP", "single events, events per second",
             [Bar("batch-http", 5.0, SINGLE)], HTTP),
    TableRow("A batch of 100 events in SQL", "one by one, processor time per event",
             [Bar("batch-sql", 0.65, SINGLE, at_most=True)], SQL),
    TableRow("Events over HTTP, 16 clients", "one row inserted by the same function and stack, events per second",
             [Bar("ingest-http", 0.65, ONE_ROW)], HTTP),
    TableRow("An event in SQL, 8 clients", "its rows without any evaluation, events per second",
             [Bar("ingest-sql", 0.55, ITS_ROWS)], SQL),
    TableRow("An event in SQL, 8 clients", "one row by a plpgsql function, events per second",
             [Bar("ingest-sql", 0.15, ONE_ROW)], SQL),
    TableRow("An event in SQL, 8 clients", "`graphile_worker.add_job` with a job key, per second",
             [Bar("ingest-sql", 0.95, ADD_JOB)], SQL),
    TableRow("A retry in SQL, 1 client", "one row by a plpgsql function, per second",
             [Bar("retry-1", 0.6, ONE_ROW)], SQL),
    TableRow("A retry in SQL, 8 clients", "one row by a plpgsql function, per second",
             [Bar("retry-8", 0.55, ONE_ROW)], SQL),
    TableRow("`is_eligible_for_promotion`", "the bare look-up of that row, time",
             [Bar("eligible", 1.5, LOOK_UP, at_most=True)], READING),
    TableRow("The first event of a session", "processor time",
             [Bar("first", 12.0, at_most=True)], FIRST),
    TableRow("An event over HTTP after 40 s of quiet", "a warm one, p50 and p95", _quiet(EVENT), FIRST),
    TableRow("A question over HTTP after 40 s of quiet", "a warm one, p50 and p95", _quiet(QUESTION), FIRST),
    TableRow("All of these with 1,000,000 rows in the log", "themselves, nearly empty",
             [Bar(row, 0.9, growth=True) for row in _GROWING], ROWS),
    TableRow("Write-ahead log of an event", "after a checkpoint", [Bar("wal", 20.0, at_most=True)]),
    TableRow("Newest 50 of each list", "with the secret key", [*_pages(SECRET_KEY), Bar("newest", 5.0, at_most=True)],
             READING),
    TableRow("Newest 50 of each list", "a member of every project", _pages("for every project"), READING),
    TableRow("Newest 50 of each list", "a member of 100 of 100 projects", _pages("for 100 of 100 projects"),
             READING),
    TableRow("Count and histogram of each view", "", [
        Bar("counts", 300.0, at_most=True, contender=name) for name in COUNTS if name != GAPS_COUNTED],
        READING),
    TableRow("Releases with a gap in their evidence", "",
             [Bar("counts", 300.0, at_most=True, contender=GAPS_COUNTED)], READING),
    TableRow("The log: newest 50, refused, by key", "", [
        Bar("log", 5.0, at_most=True, contender=name) for name in LOG]),
    TableRow("A page as a member of 1 of 100 projects", "with the secret key, or 5 ms", [
        Bar("pages", 1.5, f"{page}, {SECRET_KEY}", at_most=True, contender=f"{page}, {ONE_PROJECT}",
            or_at_most=LONGER.get(page, 5.0)) for page in PAGES], READING),
    TableRow("The board, newest 50", "from request to data", [
        Bar("board", 200.0, at_most=True, contender=f"{page}, {reader}, {share}")
        for page in BOARD for reader in BOARD_READERS for share in SHARES]),
    TableRow("The whole of `v_promotion_eligibility`", "a goal of our own",
             [Bar("whole", 1_500.0, at_most=True)], READING),
)  # fmt: skip
BARS = tuple(bar for row in SPEED_TABLE for bar in row.bars)
# Against itself at an earlier commit, in the same run: what writes, asks and reads is no slower than it was.
SINCE = (
    *(Bar(row, 0.95, BEFORE) for row in ("ingest-http", "ingest-sql", "retry-1", "retry-8")),
    *(Bar(row, 1 / 0.95, BEFORE, at_most=True) for row in ("eligible", "first", "wal", "newest", "whole")),
)


@dataclass(frozen=True)
class BarOutcome:
    """A bar at one size: what was measured, pair by pair, what it was held against, and the row's own figures."""

    bar: Bar
    row: BenchRow
    size: int
    values: Sequence[float]
    floor: float | None
    own: float

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
        """Whether the median reaches the goal, or the row is good enough as it is."""
        return self.margin >= 0

    @property
    def margin(self) -> float:
        """By how much of the goal it is better (above 0) or worse."""
        better = self.measured / self.bar.goal - 1
        margin = -better if self.bar.at_most else better
        return margin if self.bar.or_at_most is None else max(margin, 1 - self.own / self.bar.or_at_most)


def outcomes(rows: Sequence[BenchRow], sizes: Sequence[int], bars: Sequence[Bar] | None = None) -> list[BarOutcome]:
    """Every bar for which there are figures: ratios at the smallest and the largest size, the rest at the largest."""
    by_name = {row.name: row for row in rows}
    found = []
    small, large = min(sizes), max(sizes)
    for bar in (*BARS, *SINCE) if bars is None else bars:
        if (row := by_name.get(bar.row)) is None:
            continue
        if bar.growth:
            if large > small:
                found.append(_growth(bar, row, small, large))
        elif bar.held_against:
            wanted = [small] if bar.held_against == BEFORE else sorted({small, large})
            measured = [size for size in wanted if (bar.contender, size) in row.figures]
            measured = measured if bar.held_against != BEFORE or (BEFORE, small) in row.figures else []
            found += [_against_floor(bar, row, bar.held_against, size) for size in measured]
        else:
            own = row.figures[bar.contender, large]
            found.append(BarOutcome(bar, row, large, own, None, median(own)))
    return found


def _against_floor(bar: Bar, row: BenchRow, name: str, size: int) -> BarOutcome:
    own, floor = row.figures[bar.contender, size], row.floor(name, size)
    # A slice that takes long is measured once, the other one more often.
    values = [mine / other for mine, other in zip(own, floor, strict=False)]
    return BarOutcome(bar, row, size, values, median(floor), median(own))


def _growth(bar: Bar, row: BenchRow, small: int, large: int) -> BarOutcome:
    own, before = row.figures[ITSELF, large], row.figures[ITSELF, small]
    values = [a / b if row.more_is_better else b / a for a, b in zip(own, before, strict=False)]
    return BarOutcome(bar, row, large, values, median(before), median(own))
