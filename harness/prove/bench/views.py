"""The views and the log as a release manager of every project reads them: pages, counts, one release, the whole.

Pages are also read with the secret key, as a member of one project, and as a member of each project.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

import psycopg

from harness.prove.bench.driver import Latency, Parameters, SqlSession
from harness.prove.bench.rows import ITSELF, Contenders, Site

ROLE, READER = "release_manager", "rm-1"
COUNT_OF_A_JOIN = "count of a join"
AS_THE_API_ASKS = "as the API asks"
ELIGIBILITY = "v_promotion_eligibility"
# Each view, the column that says what is newest, and the one that says how it stands. Gates without a time are asked
# for by release.
VIEWS = {
    "v_release_gate_summary": ("opened_at", "status"),
    ELIGIBILITY: ("opened_at", "eligible_for_production"),
    "v_evidence_completeness": (None, "gap"),
    "v_exception_status": ("effective_from", "state"),
    "v_deployment_history": ("deployed_at", "status"),
}
PAGES = {
    "my_releases": "select * from ops.my_releases()",
    "inbox": "select ops.inbox()",
    "v_promotion_eligibility": f"select * from ops.{ELIGIBILITY} order by opened_at desc limit 50",  # noqa: S608
    "v_release_gate_summary": "select * from ops.v_release_gate_summary order by opened_at desc limit 50",
    "v_live": "select * from ops.v_live order by since desc limit 50",
    "v_waiting": "select * from ops.v_waiting order by opened_at desc limit 50",
    "timeline of one release": "select ops.timeline((select release_id from ops.releases"
    " where project = 'team-0/service' and status = 'promoted' order by created_at desc limit 1))",
}
# Each moment of a timeline is judged: this is no look at what is stored.
LONGER = {"timeline of one release": 200.0}
# Who reads them, and within how many milliseconds.
SECRET_KEY, ONE_PROJECT = "with the secret key", "for 1 of 100 projects"
READERS = {
    SECRET_KEY: ("service_role", None, 5.0),
    "for every project": (ROLE, READER, 5.0),
    ONE_PROJECT: (ROLE, "rm-of-1", 5.0),
    "for 100 of 100 projects": (ROLE, "rm-of-all", 10.0),
}
# What a person asks of all releases; and the column by which a view without a state is counted.
GROUPED = {"v_live": "health", "v_waiting": "gate_code"}
GAPS = "select count(distinct release_id) from ops.v_evidence_completeness where gap"
GAPS_COUNTED = "releases with a gap in their evidence"
COUNTS = {
    **{f"{view}, count": f"select count(*) from ops.{view}" for view in (*VIEWS, *GROUPED)},  # noqa: S608
    **{
        f"{view}, by {state}": f"select {state}, count(*) from ops.{view} group by {state}"  # noqa: S608
        for view, state in ({view: state for view, (_, state) in VIEWS.items()} | GROUPED).items()
    },
    GAPS_COUNTED: GAPS,
}
LOG = {
    "newest 50": "select * from ops.event_ingest_log order by created_at desc, ingest_id desc limit 50",
    "refused, newest 50": "select * from ops.event_ingest_log where processing_status in ('rejected', 'error')"
    " order by created_at desc, ingest_id desc limit 50",
    "by key": "select * from ops.event_ingest_log where idempotency_key = $1",
}


def _reading(
    site: Site, closing: contextlib.ExitStack, query: str, role: str = ROLE, subject: str | None = READER
) -> SqlSession:
    # What was loaded, before any event was sent to it: exactly so many releases.
    return closing.enter_context(contextlib.closing(SqlSession(site.kept_url, query, role, subject)))


def _nothing() -> Iterator[Parameters]:
    return itertools.repeat(())


def newest(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """The first page of the eligibility view: as rows, and as PostgREST asks for it, as one JSON document."""
    page = _reading(site, closing, f"select * from ops.{ELIGIBILITY} order by opened_at desc limit 50")  # noqa: S608
    as_json = _reading(
        site,
        closing,
        f"with page as (select * from ops.{ELIGIBILITY} order by opened_at desc limit 50 offset 0)"  # noqa: S608
        " select null::bigint, count(p), coalesce(json_agg(p), '[]') from (select * from page) as p",
    )
    return {
        (ITSELF, site.releases): Latency(page.fetch, _nothing(), site.profile.pages),
        (AS_THE_API_ASKS, site.releases): Latency(as_json.fetch, _nothing(), site.profile.pages),
    }


def pages(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """The first page of each list of releases, and the inbox, as different people read them."""
    return {
        (f"{page}, {reader}", site.releases): Latency(
            _reading(site, closing, query, role, subject).fetch, _nothing(), site.profile.pages
        )
        for page, query in PAGES.items()
        for reader, (role, subject, _) in READERS.items()
    }


def whole(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """Every row and column of the eligibility view; and a count over the two tables that it reads."""
    every = _reading(site, closing, f"select * from ops.{ELIGIBILITY}")  # noqa: S608
    count = _reading(
        site,
        closing,
        "select count(*) from ops.releases as r join ops.release_gates as g on g.release_id = r.release_id",
    )
    return {
        (ITSELF, site.releases): Latency(every.fetch, _nothing(), 1),
        (COUNT_OF_A_JOIN, site.releases): Latency(count.fetch, _nothing(), 1),
    }


def all_views(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """Each view in the three ways in which it is read."""
    p = site.profile
    with psycopg.connect(site.kept_url) as connection:
        some = connection.execute(
            "select release_id::text from ops.deployments order by md5(release_id::text) limit %s", [p.pages]
        ).fetchall()
    ids = [(release_id.encode(),) for (release_id,) in some]
    contenders: dict[tuple[str, int], Latency] = {}
    for view, (when, _) in VIEWS.items():
        one = _reading(site, closing, f"select * from ops.{view} where release_id = $1::uuid")  # noqa: S608
        contenders[f"{view}, one release", site.releases] = Latency(one.fetch, itertools.cycle(ids), p.pages)
        if when:
            page = _reading(site, closing, f"select * from ops.{view} order by {when} desc limit 50")  # noqa: S608
            contenders[f"{view}, newest 50", site.releases] = Latency(page.fetch, _nothing(), p.pages)
        # Eligibility has a row of its own. A row of the gates' views asks several functions: people read pages of them.
        if view not in {ELIGIBILITY, "v_release_gate_summary", "v_evidence_completeness"}:
            every = _reading(site, closing, f"select * from ops.{view}")  # noqa: S608
            contenders[f"{view}, whole", site.releases] = Latency(every.fetch, _nothing(), 1)
    return contenders


def counts(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """How many rows each view has, how many in each state, and how many releases lack evidence."""
    return {
        (name, site.releases): Latency(_reading(site, closing, query).fetch, _nothing(), 1)
        for name, query in COUNTS.items()
    }


def log(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """The newest rows of the log, the newest refusals, and what came under one key, whichever."""
    p = site.profile
    with psycopg.connect(site.kept_url) as connection:
        some = connection.execute(
            "select idempotency_key from ops.event_ingest_log where processing_status = 'accepted'"
            " order by md5(idempotency_key) limit %s",
            [p.pages],
        ).fetchall()
    keys: Iterator[Parameters] = itertools.cycle([key.encode()] for (key,) in some)
    return {
        (name, site.releases): Latency(
            _reading(site, closing, query).fetch, keys if "$1" in query else _nothing(), p.pages
        )
        for name, query in LOG.items()
    }
