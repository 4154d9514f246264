"""Rows that do not measure elapsed time: write-ahead log and disk per event, and processor time of a first call."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import psycopg

from harness.prove.bench.driver import Parameters, SqlSession
from harness.prove.bench.errors import BenchError
from harness.prove.bench.load import FRESH
from harness.prove.bench.rows import (
    ACCEPTED,
    INGEST,
    INSERT_ROWS,
    ITS_ROWS,
    ITSELF,
    Contenders,
    Measure,
    Site,
    events_again,
    events_for,
)

OF_ALL_AGES = "to releases of all ages"


def wal(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """Kilobytes (1,000 bytes) of the log of Postgres for each event right after a checkpoint.

    Each event goes to another release: of those that were opened last, as most events do; or of any age, which touches
    pages all over the tables.
    """
    p = site.profile
    with psycopg.connect(site.url) as connection:
        old = connection.execute(
            "select release_id::text from ops.releases where status = 'draft' and release_name !~ %s"
            " order by md5(release_name)",
            [FRESH],
        ).fetchall()
    slices = p.view_rounds + 1
    count = min(p.spread, max(len(old) // slices, 1))
    everywhere = itertools.cycle([release_id for (release_id,) in old])
    admin = closing.enter_context(psycopg.connect(site.admin_url, autocommit=True))
    session = closing.enter_context(contextlib.closing(SqlSession(site.url, INGEST)))

    def written() -> int:
        [(position,)] = admin.execute("select pg_current_wal_insert_lsn() - '0/0'").fetchall()
        return int(position)

    def measure(take: Callable[[], Sequence[str]]) -> Measure:
        def one(_share: float) -> float:
            events = events_for(take())
            admin.execute("checkpoint")
            before = written()
            for event in events:
                _accepted(session.ask(event))
            return (written() - before) / len(events) / 1_000

        return one

    return {
        (ITSELF, site.releases): measure(lambda: site.take(p.spread)),
        (OF_ALL_AGES, site.releases): measure(lambda: [*itertools.islice(everywhere, count)]),
    }


def disk(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """Kilobytes (1,000 bytes) by which tables and indexes grow for each event, one after the other."""
    p = site.profile
    session = closing.enter_context(contextlib.closing(SqlSession(site.url, INGEST)))

    def taken() -> int:
        with psycopg.connect(site.admin_url) as connection:
            [(size,)] = connection.execute(
                "select sum(pg_total_relation_size(oid)) from pg_class"
                " where relkind = 'r' and relnamespace = any('{ops, ops_private}'::regnamespace[])"
            ).fetchall()
        return int(size)

    def one(_share: float) -> float:
        events = events_for(site.take(2 * p.spread))
        before = taken()
        for event in events:
            _accepted(session.ask(event))
        # At least one page: of very few events none may be new.
        return max(taken() - before, 8_192) / len(events) / 1_000

    return {(ITSELF, site.releases): one}


def first(site: Site, _closing: contextlib.ExitStack) -> Contenders:
    """Milliseconds of processor time, the server's and the system's, that the first call of a new session takes."""
    p = site.profile
    own = iter(events_for(site.take(p.sessions * (p.rounds + 1))))

    def measure(statement: str, work: Iterator[Parameters]) -> Measure:
        def one(_share: float) -> float:
            return median(_first_call(site.url, statement, event) for event in itertools.islice(work, p.sessions))

        return one

    return {
        (ITSELF, site.releases): measure(INGEST, own),
        (ITS_ROWS, site.releases): measure(INSERT_ROWS, events_again(site.shared)),
    }


def _first_call(url: str, statement: str, parameters: Parameters) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set role service_role")
        server = connection.info.backend_pid
        before = processor_time(server)
        result = connection.pgconn.exec_params(statement.encode(), parameters)
        after = processor_time(server)
        _accepted(result.get_value(0, 0) if result.ntuples else result.error_message)
    return (after - before) / 1e6


def _accepted(answer: bytes | None) -> None:
    if ACCEPTED not in (answer or b""):
        raise BenchError(f"answered {(answer or b'nothing')[:400].decode(errors='replace')}")


def processor_time(process: int) -> int:
    """Nanoseconds that a process ran, in which the scheduler counts; read while it waits, when the count is whole."""
    directory = Path("/proc") / str(process)
    try:
        while directory.joinpath("stat").read_text().rpartition(")")[2].split()[0] == "R":
            continue
        return int(directory.joinpath("schedstat").read_text().split()[0])
    except OSError as error:
        raise BenchError(f"this system does not tell the processor time of a process: {error}") from None
