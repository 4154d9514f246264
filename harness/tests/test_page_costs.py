"""A page of releases, and an inbox, read as many rows of 2,000 releases as of 1,000: counted, not timed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from harness.prove.bench.cluster import BenchCluster
from harness.prove.bench.load import load
from harness.prove.bench.stencils import PEOPLE, PROJECTS
from harness.prove.bench.views import GAPS, PAGES
from harness.prove.effort import at_night
from harness.stack import Stack

SMALL, LARGE, FEW = 1_000, 2_000, 2  # releases, and projects of theirs: more than one page in each project
# Memberships are as many in both, and the planner reads some or all of them by turns.
ROWS = (
    "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_xact_all_tables"
    " where schemaname = 'ops' and relname not in ('members', 'memberships', 'replaced_subjects', 'policy_changes')"
)
# A member of one project reads more of the views: row policies filter what the index of all projects gives. In so few
# releases of one project there are no 50 that wait for somebody, so an inbox looks at all of them.
READERS = {
    "secret key": ("service_role", None, [*PAGES]),
    "all projects": ("release_manager", "rm-2", [*PAGES]),
    "each project": ("release_manager", "rm-of-all", [*PAGES]),
    "one project": ("release_manager", "rm-of-1", ["my_releases"]),
    **{
        role: (role, who, ["my_releases", "inbox"]) for who, role in PEOPLE.items() if who in ("qa-2", "sre-1", "dev-1")
    },
}
CASES = [(who, page) for who, (_, _, pages) in READERS.items() for page in pages]


@pytest.fixture(scope="module")
def loaded(stack: Stack) -> Iterator[dict[int, psycopg.Connection[Any]]]:
    """A connection to a database with so many releases, as a superuser."""
    if (cluster := stack.cluster) is None:
        pytest.skip(f"needs databases of its own, and OPS_STACK={stack.kind} has only one")
    made = BenchCluster(cluster, prefix=f"pages_{uuid4().hex[:8]}").templates()
    with pytest.MonkeyPatch.context() as patch, cluster.database() as small, cluster.database() as large:
        patch.setattr("harness.prove.bench.copies.PROJECTS", PROJECTS[:FEW])
        opened: dict[int, psycopg.Connection[Any]] = {}
        for releases, name in ((SMALL, small), (LARGE, large)):
            opened[releases] = psycopg.connect(cluster.server.admin_url(name), autocommit=True)
            load(opened[releases], made, releases, log_rows=releases)
            opened[releases].execute("vacuum (analyze)")
        yield opened
        for connection in opened.values():
            connection.close()


def rows_read(connection: psycopg.Connection[Any], role: str, who: str | None, query: Any) -> int:
    """How many rows of all tables a query reads, once all its plans are the ones that are kept."""
    claims = json.dumps({"sub": who, "role": role}) if who else ""
    with connection.transaction():
        # Of so few releases the planner would read the whole table, as it never does of many.
        connection.execute("set local enable_seqscan = off")
        connection.execute(
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)", [role, claims]
        )
        for _ in range(6):
            assert connection.execute(query).fetchall()
        [(before,)] = connection.execute(ROWS).fetchall()
        connection.execute(query)
        [(after,)] = connection.execute(ROWS).fetchall()
    return int(after) - int(before)


@at_night("loads a database with thousands of releases")
@pytest.mark.parametrize(("who", "page"), CASES)
def test_a_page_reads_no_more_rows_of_more_releases(
    loaded: dict[int, psycopg.Connection[Any]], who: str, page: str
) -> None:
    role, subject, _ = READERS[who]
    few, many = (rows_read(loaded[size], role, subject, PAGES[page]) for size in (SMALL, LARGE))
    # What the newest releases are like differs a little. Whoever reads each release reads as many rows more.
    assert 0 < many < few + 0.8 * (LARGE - SMALL), f"{few} rows of {SMALL} releases, {many} of {LARGE}"


@at_night("loads a database with thousands of releases")
def test_gaps_in_the_evidence_are_counted_without_a_look_at_each_gate(
    loaded: dict[int, psycopg.Connection[Any]],
) -> None:
    connection = loaded[SMALL]
    [(lapsed,)] = connection.execute("select count(*) from ops.releases where lapses_at <= now()").fetchall()
    with connection.transaction():
        connection.execute("set local track_functions = 'all'")
        [(gaps,)] = connection.execute(GAPS).fetchall()
        asked = connection.execute(
            "select calls from pg_stat_xact_user_functions where funcname in ('standing_decisions', 'count_evidence')"
        ).fetchall()
    assert gaps > 0
    # Four gates of a release, and of each at most a few requirements, are asked about where something lapsed.
    assert sum(calls for (calls,) in asked) <= 20 * lapsed < 2 * SMALL
