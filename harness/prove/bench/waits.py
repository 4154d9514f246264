"""Rows of single calls over HTTP: how long somebody waits, at work and after a while without any call."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import psycopg

from harness.prove.bench.batches import accepted
from harness.prove.bench.driver import HttpSession, Parameters, undisturbed
from harness.prove.bench.errors import BenchError
from harness.prove.bench.load import FRESH
from harness.prove.bench.rows import Contenders, Measure, Site, events_for
from harness.prove.bench.views import ROLE
from harness.stack import Stack

SHARES = {"p50": 0.5, "p95": 0.95}
EVENT, QUESTION, WARM, QUIET = "an event", "a question", "warm", "after 40 s of quiet"
# The pages of the board that are read most, with what their data has; and who reads them.
BOARD: dict[str, tuple[str, dict[str, object], bytes]] = {
    "its releases": ("my_releases", {"filter": {}, "before": None, "limit": 50}, b"["),
    "its inbox": ("inbox", {}, b'"items"'),
}
BOARD_READERS = {
    "for every project": "rm-1",
    "for 1 of 100 projects": "rm-of-1",
    "for 100 of 100 projects": "rm-of-all",
}


def quantile(values: Sequence[float], share: float) -> float:
    """The least value that so large a share of them does not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def quantiles(take: Callable[[], Sequence[float]]) -> dict[str, Measure]:
    """A measure for each share, of the same samples: the first that is asked in a round takes them for all."""
    kept: dict[str, deque[Sequence[float]]] = {name: deque() for name in SHARES}

    def measure(name: str) -> Measure:
        def one(_share: float) -> float:
            if not kept[name]:
                samples = take()
                for waiting in kept.values():
                    waiting.append(samples)
            return quantile(kept[name].popleft(), SHARES[name])

        return one

    return {name: measure(name) for name in SHARES}


@dataclass
class _Caller:
    """One kind of call to a stack."""

    path: str
    work: Callable[[int], Sequence[Parameters]]
    check: Callable[[bytes], None]

    def times(self, stack: Stack, count: int) -> list[float]:
        """Milliseconds of so many calls, one after the other, over a new connection, which the first call opens."""
        rendered, taken = self.work(count), []
        with undisturbed(), contextlib.ExitStack() as closing:
            started, session = time.perf_counter(), None
            for body in rendered:
                session = session or closing.enter_context(contextlib.closing(_session(stack, self.path)))
                answer = session.ask(body)
                ended = time.perf_counter()
                taken.append((ended - started) * 1e3)
                self.check(answer)
                started = time.perf_counter()
        return taken


def _session(stack: Stack, path: str) -> HttpSession:
    return HttpSession(f"{stack.url}{path}", stack.secret_key, {"content-profile": "ops"})


def _questions(site: Site) -> Iterator[Parameters]:
    with psycopg.connect(site.url) as connection:
        asked = connection.execute(
            "select release_id::text from ops.releases where release_name !~ %s order by md5(release_name) limit 500",
            [FRESH],
        ).fetchall()
    pairs = itertools.product((release_id for (release_id,) in asked), ("staging", "production"))
    rendered = [json.dumps({"release_id": one, "target_env": environment}).encode() for one, environment in pairs]
    return ([body] for body in itertools.cycle(rendered))


def _yes_or_no(answer: bytes) -> None:
    if answer not in (b"true", b"false"):
        raise BenchError(f"answered {answer[:400].decode(errors='replace')}")


def waits(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """Milliseconds until the answer to an event and to a question, one caller at a time.

    Quiet stacks are used for nothing else. All of them rest at the same time, each for one call.
    """
    p, main = site.profile, site.stack
    if main is None or main.cluster is None:
        raise BenchError("this row is measured over HTTP")
    questions = _questions(site)
    callers = {
        EVENT: _Caller("/functions/v1/ops-event-ingest", lambda n: events_for(site.take(n)), accepted),
        QUESTION: _Caller(
            "/rest/v1/rpc/is_eligible_for_promotion", lambda n: [*itertools.islice(questions, n)], _yes_or_no
        ),
    }
    contenders: dict[tuple[str, int], Measure] = {}
    resting = _Resting(p.quiet)
    for what, caller in callers.items():
        quiet = [closing.enter_context(main.cluster.stack(site.name)) for _ in range(p.quiet_stacks)]
        resting.stacks[what] = (caller, quiet)
        for share, measure in quantiles(partial(caller.times, main, p.singles)).items():
            contenders[f"{what}, {WARM}, {share}", site.releases] = measure
        for share, measure in quantiles(partial(resting.first, what)).items():
            contenders[f"{what}, {QUIET}, {share}", site.releases] = measure
    return contenders


class _Resting:
    """Stacks that rest, and are called once each when they have."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[str, float] = {}
        self.stacks: dict[str, tuple[_Caller, list[Stack]]] = {}

    def first(self, what: str) -> list[float]:
        """Milliseconds of the first call to each; before any call, of one that ends their start."""
        caller, stacks = self.stacks[what]
        if what in self._since:
            time.sleep(max(self._since[what] + self._seconds - time.monotonic(), 0))
        taken = [caller.times(stack, 1)[0] for stack in stacks]
        self._since[what] = time.monotonic()
        return taken


def board(site: Site, closing: contextlib.ExitStack) -> Contenders:
    """Milliseconds until the data of a page of the board is there, as its reader asks for it over HTTP."""
    stack = site.stack
    if stack is None:
        raise BenchError("this row is measured over HTTP")
    contenders: dict[tuple[str, int], Measure] = {}
    for reader, subject in BOARD_READERS.items():
        headers = {"content-profile": "ops", "authorization": f"Bearer {stack.token(ROLE, subject)}"}
        for page, (function, arguments, expected) in BOARD.items():
            url = f"{stack.rest_url}/rpc/{function}"
            session = closing.enter_context(contextlib.closing(HttpSession(url, stack.publishable_key, headers)))
            asked = [json.dumps(arguments).encode()]
            for share, measure in quantiles(_reading(session, asked, expected, site.profile.pages)).items():
                contenders[f"{page}, {reader}, {share}", site.releases] = measure
    return contenders


def _reading(session: HttpSession, asked: Parameters, expected: bytes, times: int) -> Callable[[], Sequence[float]]:
    def take() -> Sequence[float]:
        taken = []
        with undisturbed():
            for _ in range(times):
                started = time.perf_counter()
                answer = session.ask(asked)
                taken.append((time.perf_counter() - started) * 1e3)
                if expected not in answer or b'"hint"' in answer:
                    raise BenchError(f"answered {answer[:400].decode(errors='replace')}")
        return taken

    return take
