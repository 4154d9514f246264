"""Rows of batches: a hundred events in one call, against the same events one by one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

from harness.prove.bench.costs import processor_time
from harness.prove.bench.driver import HttpSession, Parameters, SqlSession
from harness.prove.bench.errors import BenchError
from harness.prove.bench.rows import ACCEPTED, INGEST, ITSELF, SINGLE, Contenders, Measure, Site, events_for

INGEST_ALL = "select ops.ingest_events($1::jsonb)"


def in_one(events: Sequence[Parameters]) -> Parameters:
    """Events as one batch, rendered."""
    return [b"[" + b",".join(event for [event] in events) + b"]"]


def batch_of(site: Site) -> Parameters:
    """A batch for fresh releases."""
    return in_one(events_for(site.take(site.profile.batch)))


def accepted(answer: bytes, events: int = 1) -> None:
    """BenchError unless all of them were accepted."""
    if answer.replace(b" ", b"").count(ACCEPTED.replace(b" ", b"")) != events:
        raise BenchError(f"answered {answer[:400].decode(errors='replace')}")


def batch_http(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """Events per second over one connection: in batches, and one by one."""
    p = site.profile
    if site.stack is None:
        raise BenchError("this row is measured over HTTP")
    url = f"{site.stack.functions_url}/ops-event-ingest"
    session = closing.enter_context(contextlib.closing(HttpSession(url, site.stack.secret_key)))

    def measure(take: Callable[[], Sequence[Parameters]], events: int) -> Measure:
        def one(_share: float) -> float:
            rendered = take()
            started = time.perf_counter()
            answers = [session.ask(body) for body in rendered]
            took = time.perf_counter() - started
            for answer in answers:
                accepted(answer, events)
            return len(rendered) * events / took

        return one

    return {
        (ITSELF, site.releases): measure(lambda: [batch_of(site) for _ in range(p.batches)], p.batch),
        (SINGLE, site.releases): measure(lambda: events_for(site.take(p.singles)), 1),
    }


def batch_sql(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """Milliseconds of the server's processor time per event in a session: in a batch, and one by one."""
    count = site.profile.batch
    together = closing.enter_context(contextlib.closing(SqlSession(site.url, INGEST_ALL)))
    alone = closing.enter_context(contextlib.closing(SqlSession(site.url, INGEST)))

    def measure(session: SqlSession, take: Callable[[], Sequence[Parameters]], events: int) -> Measure:
        def one(_share: float) -> float:
            rendered = take()
            before = processor_time(session.server)
            answers = [session.ask(body) for body in rendered]
            took = processor_time(session.server) - before
            for answer in answers:
                accepted(answer, events)
            return took / count / 1e6

        return one

    return {
        (ITSELF, site.releases): measure(together, lambda: [batch_of(site)], count),
        (SINGLE, site.releases): measure(alone, lambda: events_for(site.take(count)), 1),
    }
