"""One run: databases made ready, parts started, rows measured one after the other."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from harness.prove.bench.batches import batch_http, batch_sql
from harness.prove.bench.cluster import BenchCluster
from harness.prove.bench.costs import disk, first, wal
from harness.prove.bench.rows import (
    BenchProfile,
    BenchRow,
    Recipe,
    Site,
    Where,
    eligible,
    ingest_http,
    ingest_sql,
    measure,
    retry_sql,
)
from harness.prove.bench.spent import Breakdown, breakdowns
from harness.prove.bench.views import all_views, counts, log, newest, pages, whole
from harness.prove.bench.waits import board, waits
from harness.stack.postgres import Server

RECIPES = (
    Recipe("batch-http", "a batch of 100 events over HTTP, 1 client", "events/s", batch_http, 25, over_http=True,
           compared=False),
    Recipe("batch-sql", "a batch of 100 events in SQL, processor time", "ms per event", batch_sql, 8, compared=False),
    Recipe("ingest-http", "ingest over HTTP, 16 clients", "events/s", ingest_http, 65, Where.ALL, over_http=True),
    Recipe("ingest-sql", "`ops.ingest_event` in SQL, 8 clients", "events/s", ingest_sql, 120, Where.ALL),
    Recipe("retry-1", "a retry in SQL, 1 client", "events/s", retry_sql(1), 45, Where.ALL),
    Recipe("retry-8", "a retry in SQL, 8 clients", "events/s", retry_sql(8), 45, Where.ALL),
    Recipe("eligible", "`is_eligible_for_promotion`, one connection", "ms", eligible, 10, Where.ALL),
    Recipe("first", "the first event of a session, processor time", "ms", first, 35),
    Recipe("http-wait", "over HTTP", "ms", waits, 160, Where.LARGEST, over_http=True, few_rounds=True,
           compared=False),
    Recipe("wal", "write-ahead log of an event after a checkpoint", "KB", wal, 30, few_rounds=True),
    Recipe("disk", "disk that an event takes", "KB", disk, 10, few_rounds=True, compared=False),
    Recipe("newest", "`v_promotion_eligibility`, newest 50", "ms", newest, 5),
    Recipe("pages", "a page of 50", "ms", pages, 60, Where.LARGEST, few_rounds=True, compared=False),
    Recipe("whole", "`v_promotion_eligibility`, whole", "ms", whole, 5),
    Recipe("counts", "over all releases", "ms", counts, 20, Where.LARGEST, few_rounds=True, compared=False),
    Recipe("log", "the log", "ms", log, 2, Where.LARGEST, compared=False),
    Recipe("views", "the five views", "ms", all_views, 10, Where.LARGEST, few_rounds=True, compared=False),
    Recipe("board", "the board", "ms", board, 40, Where.LARGEST, over_http=True, few_rounds=True, compared=False),
)  # fmt: skip


def chosen(names: Sequence[str]) -> list[Recipe]:
    """The rows of these names; all when there are none. The profile is no row."""
    return [recipe for recipe in RECIPES if not names or recipe.name in names]


def _urls(server: Server, database: str) -> tuple[str, str]:
    return server.url("postgres", database), server.admin_url(database)


@contextlib.contextmanager
def sites(
    place: BenchCluster, profile: BenchProfile, over_http: bool, before: BenchCluster | None = None
) -> Iterator[list[Site]]:
    """A site for each size, and one of an earlier commit, with the parts around it if something is asked over HTTP."""
    server = place.cluster.server
    with contextlib.ExitStack() as closing:
        made = []
        wanted = [(place, size) for size in profile.sizes]
        for where, size in [*wanted, *([(before, min(profile.sizes))] if before else [])]:
            name = closing.enter_context(where.measured(size, profile.fresh(size)))
            urls = (*_urls(server, name), *_urls(server, where.loaded(size)))
            site = Site(name, size, *urls, profile, where is before)
            if over_http:
                site.stack = closing.enter_context(where.cluster.stack(name))
            made.append(site)
        if over_http:
            floor = closing.enter_context(place.measured(min(profile.sizes), profile.shared, floor=True))
            made[0].floor = closing.enter_context(place.cluster.stack(floor))
        yield made


PROFILE, PROFILE_SECONDS = "profile", 20.0


def run(
    place: BenchCluster,
    profile: BenchProfile,
    recipes: Sequence[Recipe],
    before: BenchCluster | None = None,
    *,
    profiled: bool = False,
) -> tuple[list[BenchRow], list[Breakdown]]:
    """The figures of each row; at the smallest size also those of an earlier commit, in turn with today's.

    With `profiled`, also where the time goes: last, since it starts parts anew.
    """
    rows = []
    over_http = profiled or any(recipe.over_http for recipe in recipes)
    with sites(place, profile, over_http, before) as made:
        left = Left([recipe.seconds for recipe in recipes] + [PROFILE_SECONDS] * profiled)
        for recipe in recipes:
            titled = left.titled(recipe.title.replace("`", ""))

            def step(done: int, slices: int, title: str = titled) -> None:
                place.progress(title, done, slices)

            rows.append(measure(recipe, made, profile, step))
        if not profiled:
            return rows, []
        place.progress(left.titled("where the time goes"), 0, 1)
        own = [site for site in made if not site.before]
        return rows, breakdowns(own[0], own[-1])


def minutes(recipes: Sequence[Recipe]) -> int:
    """About how long these rows take on two quiet cores."""
    return max(round(sum(recipe.seconds for recipe in recipes) / 60), 1)


class Left:
    """How much of a run is left: what the rows took on two quiet cores, by how much slower this machine has been."""

    def __init__(self, seconds: Sequence[float], now: Callable[[], float] = time.monotonic) -> None:
        """So many seconds for each row, from now on."""
        self._seconds, self._now, self._started, self._begun = seconds, now, now(), 0

    def titled(self, title: str) -> str:
        """The title of the row that begins, with its place and about how long the rest of the run takes."""
        done, left = sum(self._seconds[: self._begun]), sum(self._seconds[self._begun :])
        self._begun += 1
        slower = (self._now() - self._started) / done if done else 1.0
        minutes = max(round(left * slower / 60), 1)
        return f"{self._begun} of {len(self._seconds)}, about {minutes} min left: {title}"
