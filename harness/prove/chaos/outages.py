"""Parts that are there and do not answer: locks, full pools, no connections left, processes that stand still.

Each must be answered 503 within the function's own limit, and once the cause is gone the same events get through
without anything being restarted.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import psycopg

from harness.prove.chaos.faults import held_still
from harness.prove.chaos.load import Load
from harness.prove.chaos.request import PendingRequest, RawReply, credentials, submit_batch
from harness.prove.chaos.waves import EventWaves, Planned
from harness.stack import Stack, StackError, wait_until
from harness.stack.parts import ROOT

ASKED = 4  # events; they are sent as a batch too
# What a busy machine may add to a limit, and how long a part may take to notice that it can go on: PostgREST waits
# up to 32 s between two tries to reach its database.
SLACK, BACK_WITHIN = 3.0, 45.0
BUSY = "503 try_again"
POOL = 10  # PostgREST's default, as the platform's smallest project has it


@dataclass(frozen=True)
class Outage:
    """One cause, and the release that it concerns in particular."""

    name: str
    begin: Callable[[Stack, str], AbstractContextManager[None]]


@dataclass
class Survived:
    """What was answered meanwhile, and how soon it was over."""

    name: str
    limit: float
    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    back_after: float = 0.0
    problems: list[str] = field(default_factory=list)


def time_limit() -> float:
    """Seconds after which the function gives up on its database, as its source says."""
    source = (ROOT / "supabase" / "functions" / "ops-event-ingest" / "rest.ts").read_text()
    found = re.search(r"^const RPC_TIMEOUT_MS = ([\d_]+);$", source, re.MULTILINE)
    if not found:
        raise StackError("the function's time limit was not found", checked="RPC_TIMEOUT_MS in rest.ts")
    return int(found[1].replace("_", "")) / 1000


@contextlib.contextmanager
def release_is_locked(stack: Stack, release_id: str) -> Iterator[None]:
    """Another transaction has the release and does not end."""
    with stack.connect() as other:
        other.execute("select from ops.releases where release_id = %s for no key update", [release_id])
        yield
        other.rollback()


@contextlib.contextmanager
def pool_is_full(stack: Stack, _release_id: str) -> Iterator[None]:
    """Every connection of PostgREST's pool is busy without end, and as many requests again wait for one."""
    headers = {**credentials(stack, "service"), "accept-profile": "ops"}
    with stack.connect() as other, contextlib.ExitStack() as closing:
        other.execute("lock table ops.incidents in access exclusive mode")
        for _ in range(2 * POOL):
            line = PendingRequest(stack.url, "GET", "/rest/v1/incidents?select=incident_id", headers)
            closing.callback(line.hang_up)
        wait_until(lambda: len(_waiting(stack)) >= POOL, 10, "the pool to be full")
        # Otherwise each would give up after its `statement_timeout` and let somebody else have the connection.
        with held_still(*_waiting(stack)):
            yield
        other.rollback()


def _waiting(stack: Stack) -> list[int]:
    with stack.connect() as connection:
        rows = connection.execute(
            "select pid from pg_stat_activity where usename = 'authenticator' and wait_event_type = 'Lock'"
            " and datname = current_database()"
        ).fetchall()
    return [pid for (pid,) in rows]


@contextlib.contextmanager
def no_connection_is_left(stack: Stack, _release_id: str) -> Iterator[None]:
    """Others have taken every connection that the server allows, PostgREST's too."""
    if stack.admin_db_url is None or stack.postgrest is None:
        raise StackError("only a stack of our own can be filled up", mend="OPS_STACK=embedded")
    with contextlib.ExitStack() as closing, psycopg.connect(stack.admin_db_url, autocommit=True) as admin:
        # It would be back before somebody else can take its place.
        with held_still(stack.postgrest.service.pid):
            admin.execute(
                "select pg_terminate_backend(pid, 1000) from pg_stat_activity where usename = 'authenticator'"
            )
            with contextlib.suppress(psycopg.OperationalError):
                while True:
                    closing.enter_context(contextlib.closing(stack.connect(connect_timeout=5)))
        yield


@contextlib.contextmanager
def postgres_is_paused(stack: Stack, _release_id: str) -> Iterator[None]:
    """All processes of Postgres stand still: connections are taken, and nothing answers."""
    if stack.postgres is None:
        raise StackError("only a database of our own can be paused", mend="OPS_STACK=embedded")
    with held_still(stack.postgres.pid):
        yield


@contextlib.contextmanager
def postgrest_is_paused(stack: Stack, _release_id: str) -> Iterator[None]:
    """PostgREST stands still."""
    if stack.postgrest is None:
        raise StackError("only a PostgREST of our own can be paused", mend="OPS_STACK=embedded")
    with held_still(stack.postgrest.service.pid):
        yield


OUTAGES = (
    Outage("a transaction that holds the release", release_is_locked),
    Outage("a full connection pool of PostgREST", pool_is_full),
    Outage("`max_connections` reached", no_connection_is_left),
    Outage("Postgres paused (`SIGSTOP`)", postgres_is_paused),
    Outage("PostgREST paused (`SIGSTOP`)", postgrest_is_paused),
)
QUICK = (OUTAGES[0], OUTAGES[2])


def go_through(outage: Outage, stack: Stack, load: Load, name: str) -> Survived:
    """Ask while it lasts, then until all that was asked got through."""
    found = Survived(outage.name, time_limit())
    release_id = load.open_release(name)
    # The same sender for the batch: an event of another one under the same key is another event.
    story = EventWaves(release_id, load.clock, load.draw, "service")
    sent = [story.build() for _ in range(ASKED)]
    elsewhere = EventWaves(load.open_release(f"{name}-other"), load.clock, load.draw).build()
    for planned in (*sent, elsewhere):
        load.announce(planned)
    with outage.begin(stack, release_id):
        read = begin_read(stack)
        if outage.begin is release_is_locked:
            reply = load.collect(elsewhere, load.submit(elsewhere))
            if not (reply and reply.final):
                found.problems.append("an event of another release did not get through meanwhile")
        ask(found, sent, load)
    judge_read(found, read, load)
    over = time.monotonic()
    for planned in (*sent, elsewhere):
        load.deliver(planned)
    found.back_after = time.monotonic() - over
    if found.back_after > BACK_WITHIN:
        found.problems.append(f"it took {found.back_after:.0f} s until events got through again")
    return found


def ask(found: Survived, sent: list[Planned], load: Load) -> None:
    """Send all at once, and once more as a batch, and judge each answer: 503 `try_again`, with Retry-After, in time."""
    lines = [load.submit(planned) for planned in sent]
    batch = submit_batch(load.stack, [planned.event for planned in sent], load.headers("service"), "lines")
    for planned, line in zip(sent, lines, strict=True):
        judge(found, load.collect(planned, line))
    reply = batch.reply() if batch else None
    if reply:
        load.tally.answered(reply.said, event=True, retry_after=reply.retry_after)
    judge(found, reply)


def judge(found: Survived, reply: RawReply | None) -> None:
    """One answer while it lasts."""
    if reply is None:
        found.answers["none"] += 1
        found.problems.append("no answer")
        return
    seconds = time.monotonic() - reply.began
    found.answers[reply.said] += 1
    found.slowest = max(found.slowest, seconds)
    if reply.said != BUSY:
        found.problems.append(f"answered {reply.said}")
    elif reply.retry_after is None:
        found.problems.append("no Retry-After")
    if seconds > found.limit + SLACK:
        found.problems.append(f"answered after {seconds:.1f} s")


def begin_read(stack: Stack) -> PendingRequest:
    """The first page of the board on its way to PostgREST."""
    headers = {**credentials(stack, "rm-1"), "content-profile": "ops", "content-type": "application/json"}
    return PendingRequest(stack.url, "POST", "/rest/v1/rpc/my_releases", headers, b"{}")


def judge_read(found: Survived, read: PendingRequest, load: Load) -> None:
    """It showed something, once the cause was gone at the latest, or said that somebody is busy."""
    reply = read.reply()
    if reply is None:
        found.problems.append("a read had no answer")
    else:
        load.tally.read(reply.said)
