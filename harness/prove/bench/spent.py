"""Where the time goes: of an event by function, by process and with more rows, of a first call, of what is read."""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from psycopg import sql

from harness.prove.bench.batches import INGEST_ALL, accepted, in_one
from harness.prove.bench.driver import HttpSession, Parameters, SqlSession
from harness.prove.bench.errors import BenchError
from harness.prove.bench.rows import INGEST, Site, events_for
from harness.prove.bench.views import COUNTS, ELIGIBILITY, PAGES
from harness.prove.chaos.faults import processes
from harness.stack import Stack

ALONE, BATCHED, RETRY, NEW = "an event", "of a batch", "a retry", "first of a session"
LEAST = 2.0  # µs: less of every kind of call is not shown


@dataclass(frozen=True)
class Breakdown:
    """What something consists of: a figure for each part and kind of call."""

    about: str
    title: str
    note: str
    unit: str
    kinds: Sequence[str]
    parts: Mapping[str, Sequence[float]]


def breakdowns(smallest: Site, site: Site) -> list[Breakdown]:
    """All of them, of the largest database, and of the smallest if it is another; the last starts the function anew."""
    more_rows = [] if smallest is site else [of_more_rows(smallest, site)]
    return [by_process(site), by_function(site), *more_rows, of_reading(site), of_a_first_call(site)]


def by_function(site: Site) -> Breakdown:
    """Microseconds in each function of the schema without what it calls, per event."""
    p = site.profile
    size = min(p.batch, p.counted)
    batches = [in_one(events_for(site.take(size))) for _ in range(1 + max(p.counted // size, 1))]
    with _counting(site) as counted:
        kinds = {
            ALONE: counted(INGEST, [events_for(site.take(p.counted))], 1),
            BATCHED: counted(INGEST_ALL, [batches], size),
            RETRY: counted(INGEST, [_sent_again(site)], 1),
            NEW: counted(INGEST, [[event] for event in events_for(site.take(p.sessions))], 1),
        }
    return Breakdown(
        "in SQL",
        "Where the time of an event goes in SQL",
        "Each function without what it calls, by `pg_stat_user_functions`. What Postgres does outside of them is not"
        " in it, above all the commit. Counting adds about a tenth.",
        "µs per event",
        [*kinds],
        _by_name(kinds),
    )


def of_more_rows(smallest: Site, largest: Site) -> Breakdown:
    """Microseconds in each function, per event and per retry, with the fewest and with the most rows in the log."""
    kinds: dict[str, Mapping[str, float]] = {}
    for site in (smallest, largest):
        with _counting(site) as counted:
            events = events_for(site.take(site.profile.counted))
            kinds[f"{ALONE}, {site.releases:,} releases"] = counted(INGEST, [events], 1)
            kinds[f"{RETRY}, {site.releases:,} releases"] = counted(INGEST, [_sent_again(site, before=1)], 1)
    return Breakdown(
        "of more rows",
        "What more rows in the log change",
        "The same calls in the smallest and in the largest database, by one client, function by function as above. What"
        " several clients wait for each other, for the cores and for the commit is not in it.",
        "µs per event",
        [*kinds],
        _by_name(kinds),
    )


def _sent_again(site: Site, before: int = 0) -> list[Parameters]:
    """Retries, as many as are counted, of which so many counts were sent again before."""
    counted = site.profile.counted
    return [[envelope] for envelope in (site.retries * counted)[before * counted : (before + 1) * counted]]


def _by_name(kinds: Mapping[str, Mapping[str, float]]) -> Mapping[str, Sequence[float]]:
    """A row for each function that takes long in any kind, the longest of the first kind first; the rest; all."""
    first = next(iter(kinds.values()))
    names = sorted({name for kind in kinds.values() for name in kind}, key=lambda name: -first.get(name, 0))
    parts = {f"`{name}`": [kind.get(name, 0.0) for kind in kinds.values()] for name in names}
    shown = {name: figures for name, figures in parts.items() if max(figures) >= LEAST}
    rest = [figures for name, figures in parts.items() if name not in shown]
    return shown | ({"all others": _sums(rest)} if rest else {}) | {"all": _sums([*parts.values()])}


def _sums(rows: Sequence[Sequence[float]]) -> list[float]:
    return [sum(column) for column in zip(*rows, strict=True)]


class _Counted(SqlSession):
    """A session that tells its counts at once rather than when it ends."""

    def tell(self) -> None:
        _tell(self._connection)


Counts = Callable[[str, Sequence[Sequence[Parameters]], int], Mapping[str, float]]
_TIMES = "select funcname, self_time * 1000 from pg_stat_user_functions where schemaname in ('ops', 'ops_private')"


@contextlib.contextmanager
def _counting(site: Site) -> Iterator[Counts]:
    """Counts by function, of sessions that make these calls. What a session does first is counted when it is all."""
    name = sql.Identifier(site.name)
    with psycopg.connect(site.admin_url, autocommit=True) as admin:

        def counted(statement: str, sessions: Sequence[Sequence[Parameters]], events: int) -> Mapping[str, float]:
            admin.execute("select pg_stat_reset()")
            calls = 0
            for first, *others in sessions:
                with contextlib.closing(_Counted(site.url, statement)) as session:
                    session.ask(first)
                    if others:
                        session.tell()
                        admin.execute("select pg_stat_reset()")
                    for body in others:
                        session.ask(body)
                    session.tell()
                calls += len(others) or 1
            found: Counter[str] = Counter()
            for function, took in admin.execute(_TIMES):
                found[function] += took / (calls * events)
            return found

        admin.execute(sql.SQL("alter database {} set track_functions = 'all'").format(name))
        try:
            yield counted
        finally:
            admin.execute(sql.SQL("alter database {} reset track_functions").format(name))


def of_reading(site: Site) -> Breakdown:
    """Milliseconds of each page and count, with the secret key, and how much of them is spent in functions."""
    parts: dict[str, Sequence[float]] = {}
    asked = {
        "`is_eligible_for_promotion`": "select ops.is_eligible_for_promotion("
        "(select release_id from ops.releases limit 1), 'production')",
        **PAGES,
        **COUNTS,
        f"{ELIGIBILITY}, whole": f"explain (analyze, timing off) select * from ops.{ELIGIBILITY}",  # noqa: S608
    }
    # What the rows of pages and counts read: without the releases that were added for events.
    with psycopg.connect(site.kept_admin_url, autocommit=True) as admin:
        admin.execute("set track_functions = 'all'")
        for what, query in asked.items():
            took, inside = _read(admin, query, site.profile.rounds)
            most = sorted(inside, key=lambda name: -inside[name])[:3]
            named = f" ({', '.join(f'`{name}` {inside[name]:.3g}' for name in most)})" if most else ""
            parts[what + named] = [took, sum(inside.values()), max(took - sum(inside.values()), 0)]
    return Breakdown(
        "of reading",
        "Where the time of a page and of a count goes",
        "In brackets the three functions that take most, without what they call. The rest is the plan itself: rows that"
        " are found, joined, sorted and counted. Counting adds most where a function is called for each of many rows.",
        "ms",
        ["all", "in functions", "the rest"],
        parts,
    )


def _read(admin: psycopg.Connection[Any], query: str, times: int) -> tuple[float, Mapping[str, float]]:
    """How long it takes to read this, after a first time that is not counted, and how long each function takes."""
    admin.execute("set role service_role")
    admin.execute(query, prepare=True).fetchall()
    admin.execute("reset role")
    _tell(admin)
    admin.execute("select pg_stat_reset()")
    admin.execute("set role service_role")
    started = time.perf_counter()
    for _ in range(times):
        admin.execute(query, prepare=True).fetchall()
    took = (time.perf_counter() - started) * 1e3 / times
    admin.execute("reset role")
    _tell(admin)
    found: Counter[str] = Counter()
    for function, micros in admin.execute(_TIMES):
        found[function] += micros / 1e3 / times
    return took, +found


def _tell(connection: psycopg.Connection[Any]) -> None:
    """Have a session tell its counts at once rather than when it ends."""
    connection.execute("select pg_stat_force_next_flush()")
    connection.execute("select 1")


def by_process(site: Site) -> Breakdown:
    """Milliseconds of processor time of each process, per event over HTTP."""
    p, stack = site.profile, _stack(site)
    if not (stack.gateway and stack.function and stack.postgrest):
        raise BenchError("the processes of this stack are not known")
    roots = {
        "the gateway": stack.gateway.service.pid,
        "the edge function": stack.function.service.pid,
        "PostgREST": stack.postgrest.service.pid,
        "Postgres": _postmaster(site),
    }
    size = min(p.batch, p.counted)
    batches = [events_for(site.take(size)) for _ in range(max(2 * p.counted // size, 1))]
    kinds = {
        ALONE: (events_for(site.take(p.counted)), 1),
        BATCHED: ([in_one(batch) for batch in batches], size),
    }
    used: list[list[float]] = []
    with contextlib.closing(_ingest(stack)) as session:
        for bodies, events in kinds.values():
            before = {part: _used(pid) for part, pid in roots.items()}
            for body in bodies:
                accepted(session.ask(body), events)
            used.append([(_used(pid) - before[part]) * 1e3 / (len(bodies) * events) for part, pid in roots.items()])
    parts: dict[str, Sequence[float]] = dict(zip(roots, zip(*used, strict=True), strict=True))
    return Breakdown(
        "over HTTP",
        "Where the processor time of an event over HTTP goes",
        "One client, one call after the other. The time of a process counts in steps of 10 ms, all its threads and, of"
        " Postgres, all its processes together.",
        "ms per event",
        [*kinds],
        parts | {"all": [sum(each) for each in used]},
    )


def _postmaster(site: Site) -> int:
    """The process that starts the server's sessions: another process of ours may have started it."""
    with psycopg.connect(site.admin_url) as connection:
        session = connection.info.backend_pid
        return int((Path("/proc") / str(session) / "stat").read_text().rpartition(")")[2].split()[1])


def _used(pid: int) -> float:
    """Seconds of processor time of a process and its children, those that have ended too."""
    total = 0
    for number, each in enumerate(processes(pid)):
        with contextlib.suppress(OSError):
            fields = (Path("/proc") / str(each) / "stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:13] if number else fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


def of_a_first_call(site: Site) -> Breakdown:
    """Milliseconds of what a first call asks for and later calls do not."""
    stack = _stack(site)
    if stack.cluster is None or stack.function is None:
        raise BenchError("the parts of this stack are not known")
    parts: dict[str, list[float]] = {}

    def timed(part: str, call: Callable[..., Any], *arguments: Any) -> Any:
        started = time.perf_counter()
        answer = call(*arguments)
        parts.setdefault(part, []).append((time.perf_counter() - started) * 1e3)
        return answer

    address = stack.cluster.server.url("authenticator", site.name)
    for _ in range(site.profile.sessions):
        events = events_for(site.take(2))
        with timed("a connection to Postgres, as PostgREST opens one", _connected, address) as connection:
            for number in ("first", "second"):
                timed(f"the {number} question in it", connection.execute, QUESTION, [site.ids[0]])
            for number, [event] in zip(("first", "second"), events, strict=True):
                timed(f"the {number} event in it", connection.execute, EVENT, [event.decode()])
    for _ in range(site.profile.quiet_stacks):
        stack.function.service.stop()
        timed("the edge function, from its start until it answers", stack.function.service.restart)
        with contextlib.closing(_ingest(stack)) as session:
            for number, rendered in zip(("first", "second"), events_for(site.take(2)), strict=True):
                accepted(timed(f"the {number} event that it takes", session.ask, rendered))
        keys = f"{stack.url}/auth/v1/.well-known/jwks.json"
        timed("the key set, where it is not in the environment of the function", stack.http.get, keys)
    return Breakdown(
        "of a first call",
        "What a first call spends, part by part",
        "PostgREST closes a connection that nobody used for 30 s unless it is told otherwise, and the next call pays"
        " for a new one and for the plans of its session. The stack of this page keeps connections for an hour.",
        "ms",
        ["median"],
        {part: [median(taken)] for part, taken in parts.items()},
    )


QUESTION = "select ops.is_eligible_for_promotion(%s, 'production')"
EVENT = "select ops.ingest_event(%s)"


def _connected(address: str) -> psycopg.Connection[Any]:
    connection = psycopg.connect(address, autocommit=True)
    connection.execute("set role service_role")
    return connection


def _ingest(stack: Stack) -> HttpSession:
    return HttpSession(f"{stack.functions_url}/ops-event-ingest", stack.secret_key)


def _stack(site: Site) -> Stack:
    if site.stack is None:
        raise BenchError("this is measured over HTTP")
    return site.stack
