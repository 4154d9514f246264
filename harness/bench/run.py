"""One run: databases made ready, parts started, rows measured one after the other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from harness.bench.place import Place
from harness.bench.rows import Profile, Recipe, Row, Site, eligible, ingest_http, ingest_sql, measure, retry_sql
from harness.bench.views import all_views, newest, whole

RECIPES = (
    Recipe("ingest-http", "ingest over HTTP, 16 clients", "events/s", ingest_http, over_http=True),
    Recipe("ingest-sql", "`ops.ingest_event` in SQL, 8 clients", "events/s", ingest_sql),
    Recipe("retry-1", "a retry in SQL, 1 client", "events/s", retry_sql(1)),
    Recipe("retry-8", "a retry in SQL, 8 clients", "events/s", retry_sql(8)),
    Recipe("eligible", "`is_eligible_for_promotion`, one connection", "ms", eligible),
    Recipe("newest", "`v_promotion_eligibility`, newest 50", "ms", newest),
    Recipe("whole", "`v_promotion_eligibility`, whole", "ms", whole),
    Recipe("views", "the five views", "ms", all_views, few_rounds=True),
)


def chosen(names: Sequence[str]) -> list[Recipe]:
    """The rows of these names; all when there are none."""
    return [recipe for recipe in RECIPES if not names or recipe.name in names]


@contextlib.contextmanager
def sites(place: Place, profile: Profile, recipes: Sequence[Recipe]) -> Iterator[list[Site]]:
    """A site for each size, with the parts around it if a row is measured over HTTP."""
    over_http = any(recipe.over_http for recipe in recipes)
    url = place.cluster.server.url
    with contextlib.ExitStack() as closing:
        made = []
        for size in profile.sizes:
            name = closing.enter_context(place.measured(size, profile.fresh))
            site = Site(size, url("postgres", name), url("postgres", place.loaded(size)), profile)
            if over_http:
                site.stack = closing.enter_context(place.cluster.stack(name))
            made.append(site)
        if over_http:
            floor = closing.enter_context(place.measured(min(profile.sizes), profile.shared, floor=True))
            made[0].floor = closing.enter_context(place.cluster.stack(floor))
        yield made


def run(place: Place, profile: Profile, recipes: Sequence[Recipe]) -> list[Row]:
    """The figures of each row."""
    rows = []
    with sites(place, profile, recipes) as made:
        for recipe in recipes:

            def step(done: int, slices: int, title: str = recipe.title) -> None:
                place.progress(title.replace("`", ""), done, slices)

            rows.append(measure(recipe, made, profile, step))
    return rows
