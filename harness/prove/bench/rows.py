"""The rows of the speed table that write and ask: what is measured, and what it is held against."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import psycopg

from harness.prove.bench.driver import BenchClient, HttpSession, Latency, Parameters, SqlSession, Throughput
from harness.prove.bench.errors import BenchError
from harness.prove.bench.load import FRESH
from harness.prove.bench.stencils import build_event
from harness.stack import Stack

ITSELF, ITS_ROWS, ONE_ROW, LOOK_UP = "itself", "its rows", "one row", "look-up"
ADD_JOB, MESSAGE = "add_job", "pgmq.send"  # of queues that others made
SINGLE = "one by one"
BEFORE = "before"  # itself, at an earlier commit
ACCEPTED, DUPLICATE = b'"status": "accepted"', b'"status": "duplicate"'
INGEST = "select ops.ingest_event($1::jsonb)"
INSERT_ONE = "select bench.insert_one($1::jsonb)"
INSERT_ROWS = "select bench.insert_rows($1::jsonb)"
SEND_MESSAGE = "select pgmq.send('bench', $1::jsonb)"
ADD_KEYED_JOB = "select key from graphile_worker.add_job('release_event', $1::json, job_key => $2)"

TOO_LONG = 8.0  # seconds: of a row with few rounds, a slice that takes longer is measured once
Measure = Callable[[float], float]
Contenders = Mapping[tuple[str, int], Measure]


@dataclass(frozen=True)
class BenchProfile:
    """How much is measured: sizes in releases, pairs of slices, and how long or how much one slice is at most."""

    sizes: Sequence[int] = (1_000, 10_000, 100_000)
    rounds: int = 6
    view_rounds: int = 3
    seconds: float = 1.0
    events: int = 1_000
    requests: int = 500
    retries: int = 2_000
    questions: int = 1_500
    pages: int = 20
    sessions: int = 15
    spread: int = 200
    batch: int = 100
    batches: int = 4
    singles: int = 100
    quiet: float = 40  # seconds
    quiet_stacks: int = 3  # of each kind of call
    counted: int = 400  # events whose functions and processes are looked at
    clients: int = 8
    http_clients: int = 16

    def fresh(self, size: int) -> int:
        """Releases to send events to in the database of that size, one each, with a slice for warming up."""
        if size not in (min(self.sizes), max(self.sizes)):
            return (self.events + self.requests) * (self.rounds + 1) + self.shared
        batches = self.batch * (self.batches + 2) + self.singles
        each_round = self.events + self.requests + self.sessions + batches
        each_few = 3 * self.spread + self.singles + self.quiet_stacks
        once = self.counted * 7 + 4 * self.sessions + self.quiet_stacks + self.shared
        return each_round * (self.rounds + 1) + each_few * (self.view_rounds + 1) + once

    @property
    def shared(self) -> int:
        """Releases to which the floor without verdicts adds rows, again and again."""
        return max(self.events // 2, 10)


QUICK = BenchProfile(
    (30, 60), 2, 1, 0.2, events=20, requests=12, retries=20, questions=20, pages=3, sessions=2, spread=5,
    batch=5, batches=2, singles=5, quiet=0.2, quiet_stacks=1, counted=10,
)  # fmt: skip


@dataclass
class Site:
    """One database to measure in, what is there to send, and the parts around it where there are any."""

    name: str
    releases: int
    url: str
    admin_url: str
    kept_url: str
    kept_admin_url: str
    profile: BenchProfile
    before: bool = False  # of an earlier commit
    stack: Stack | None = None
    floor: Stack | None = None
    ids: list[str] = field(default_factory=list)
    retries: list[bytes] = field(default_factory=list)
    _taken: int = 0

    def __post_init__(self) -> None:
        with psycopg.connect(self.url) as connection:
            self.ids = [
                str(release_id)
                for (release_id,) in connection.execute(
                    "select release_id from ops.releases where release_name ~ %s order by release_name", [FRESH]
                )
            ]
            # What was accepted before, as it would be sent again: any row of the log, not only the newest.
            self.retries = [
                json.dumps(envelope).encode()
                for (envelope,) in connection.execute(
                    "select (l.content - 'caller') || jsonb_build_object('schema_version', 'v1.0', 'idempotency_key',"
                    " l.idempotency_key, 'emitted_at', l.received_at) from ops.event_ingest_log as l"
                    " where l.processing_status = 'accepted' and l.event_type = 'build_complete'"
                    " order by md5(l.idempotency_key) limit %s",
                    [self.profile.retries],
                )
            ]

    def take(self, count: int) -> list[str]:
        """Fresh releases that nobody else has taken; BenchError when too few are left."""
        taken = self.ids[self._taken : self._taken + count]
        self._taken += count
        if self._taken > len(self.ids) - self.profile.shared:
            raise BenchError("there are too few releases to send events to")
        return taken

    @property
    def shared(self) -> list[str]:
        """Fresh releases that only floors write to."""
        return self.ids[-self.profile.shared :]


_runs = itertools.count(1)


def events_for(ids: Sequence[str]) -> list[Parameters]:
    """One event for each release, rendered."""
    return [[json.dumps(build_event(release_id, f"bench-{next(_runs)}")).encode()] for release_id in ids]


def events_again(ids: Sequence[str]) -> Iterator[Parameters]:
    """Events for the same releases as often as asked for, each with a key of its own."""
    marker = "run.marker"
    halves = [json.dumps(build_event(release_id, marker)).encode().split(marker.encode()) for release_id in ids]
    for (head, tail), number in zip(itertools.cycle(halves), _runs, strict=False):
        yield [b"%bbench-%d%b" % (head, number, tail)]


def sessions(
    closing: contextlib.ExitStack, site: Site, statement: str, count: int, role: str = "service_role"
) -> list[BenchClient]:
    """So many clients."""
    return [closing.enter_context(contextlib.closing(SqlSession(site.url, statement, role))) for _ in range(count)]


def ingest_sql(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """The event, the same rows without any evaluation, one row, a job of a queue with a key, and a message."""
    p = site.profile

    def measure(statement: str, work: Iterator[Parameters], most: int) -> Measure:
        return Throughput(sessions(closing, site, statement, p.clients), work, ACCEPTED, p.seconds, most)

    own = iter(events_for(site.take(p.events * (p.rounds + 1))))
    # Whoever owns the queue's tables adds jobs, as its workers do; every key is a new one.
    owners = sessions(closing, site, ADD_KEYED_JOB, p.clients, "postgres")
    senders = sessions(closing, site, SEND_MESSAGE, p.clients, "postgres")
    jobs: Iterator[Parameters] = (
        [event, b"bench-job-%d" % number] for number, [event] in enumerate(events_again(site.shared))
    )
    return {
        (ITSELF, site.releases): measure(INGEST, own, p.events),
        (ITS_ROWS, site.releases): measure(INSERT_ROWS, events_again(site.shared), p.events * 10),
        (ONE_ROW, site.releases): measure(INSERT_ONE, events_again(site.shared), p.events * 20),
        (ADD_JOB, site.releases): Throughput(owners, jobs, b"bench-job-", p.seconds, p.events * 10),
        (MESSAGE, site.releases): Throughput(senders, events_again(site.shared), b"", p.seconds, p.events * 20),
    }


def retry_sql(clients: int) -> Callable[[Site, contextlib.ExitStack], Contenders]:
    """Events that were accepted before, each client with others, and one row."""

    def contenders(site: Site, closing: contextlib.ExitStack) -> Contenders:
        p = site.profile
        retries: Iterator[Parameters] = ([envelope] for envelope in itertools.cycle(site.retries))
        work = {ITSELF: (INGEST, retries, DUPLICATE), ONE_ROW: (INSERT_ONE, events_again(site.shared), ACCEPTED)}
        return {
            (name, site.releases): Throughput(
                sessions(closing, site, statement, clients), sent, expected, p.seconds, p.events * 20
            )
            for name, (statement, sent, expected) in work.items()
        }

    return contenders


def eligible(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """The question about releases of all shapes, staging and production in turn, and a look-up of the same ones."""
    p = site.profile
    with psycopg.connect(site.url) as connection:
        asked = connection.execute(
            "select release_id::text from ops.releases where release_name !~ %s order by md5(release_name) limit %s",
            [FRESH, p.questions],
        ).fetchall()
    pairs = [*itertools.product((release_id.encode() for (release_id,) in asked), (b"staging", b"production"))]
    own = SqlSession(site.url, "select ops.is_eligible_for_promotion($1::uuid, $2::text)")
    floor = SqlSession(site.url, "select bench.look_up($1::uuid)")
    closing.callback(own.close)
    closing.callback(floor.close)
    return {
        (ITSELF, site.releases): Latency(own.fetch, itertools.cycle(pairs), p.questions),
        (LOOK_UP, site.releases): Latency(floor.fetch, itertools.cycle(pair[:1] for pair in pairs), p.questions),
    }


def ingest_http(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """The event to the edge function; and to the same parts over a database whose RPC inserts one row."""
    p = site.profile

    def measure(stack: Stack, work: Iterator[Parameters]) -> Measure:
        url = f"{stack.functions_url}/ops-event-ingest"
        made = [HttpSession(url, stack.secret_key) for _ in range(p.http_clients)]
        for session in made:
            closing.callback(session.close)
        return Throughput(made, work, ACCEPTED.replace(b" ", b""), p.seconds * 2, p.requests)

    contenders: dict[tuple[str, int], Measure] = {}
    if site.stack:
        own = iter(events_for(site.take(p.requests * (p.rounds + 1))))
        contenders[ITSELF, site.releases] = measure(site.stack, own)
    if site.floor:
        contenders[ONE_ROW, site.releases] = measure(site.floor, events_again(site.shared))
    return contenders


class Where(Enum):
    """In which databases a row is measured."""

    ALL = "at every size"
    ENDS = "nearly empty, and at the largest size"
    LARGEST = "at the largest size"


@dataclass(frozen=True)
class Recipe:
    """How a row is measured, and about how many seconds that takes on two quiet cores."""

    name: str
    title: str
    unit: str
    contenders: Callable[[Site, contextlib.ExitStack], Contenders]
    seconds: float
    where: Where = Where.ENDS
    over_http: bool = False
    few_rounds: bool = False
    compared: bool = True  # with itself at an earlier commit, when one is named

    def sites(self, made: Sequence[Site]) -> list[Site]:
        """Where it is measured, of sites from the smallest to the largest with that of an earlier commit behind."""
        own = [site for site in made if not site.before]
        if self.where is Where.ENDS:
            own = [own[0], *own[1:][-1:]]
        elif self.where is Where.LARGEST:
            own = own[-1:]
        return own + [site for site in made if site.before and self.compared]


@dataclass
class BenchRow:
    """One row: its figures by contender and size, one for each round."""

    name: str
    title: str
    unit: str
    figures: dict[tuple[str, int], list[float]] = field(default_factory=dict)

    @property
    def more_is_better(self) -> bool:
        """Whether it is a rate rather than a time."""
        return self.unit.endswith("/s")

    def floor(self, name: str, size: int) -> list[float]:
        """What it is held against; where a floor was measured at one size only, that."""
        found = self.figures.get((name, size))
        return found or next(figures for (contender, _), figures in self.figures.items() if contender == name)


def measure(recipe: Recipe, sites: Sequence[Site], profile: BenchProfile, step: Callable[[int, int], None]) -> BenchRow:
    """All contenders at all sizes, slice by slice in turn, every second round in the opposite order."""
    row = BenchRow(recipe.name, recipe.title, recipe.unit)
    rounds = profile.view_rounds if recipe.few_rounds else profile.rounds
    with contextlib.ExitStack() as closing:
        contenders: dict[tuple[str, int], Measure] = {}
        for site in recipe.sites(sites):
            if not site.before:
                contenders |= recipe.contenders(site, closing)
            else:
                contenders[BEFORE, site.releases] = recipe.contenders(site, closing)[ITSELF, site.releases]
        done, slices = 0, len(contenders) * (rounds + 1)
        slow: set[tuple[str, int]] = set()
        for number in range(rounds + 1):
            for key in list(contenders)[:: -1 if number % 2 else 1]:
                if key not in slow:
                    started = time.monotonic()
                    figure = contenders[key](1.0)
                    if recipe.few_rounds and time.monotonic() - started > TOO_LONG:
                        slow.add(key)
                    if number or key in slow:  # the first one warms up caches and plans
                        row.figures.setdefault(key, []).append(figure)
                done += 1
                step(done, slices)
    return row
