"""Clients that send each event with one key until they get a final answer. They send some events far too often."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
from supabase import ClientOptions, create_client

from harness.prove.chaos.journal import Acknowledged, Journal
from harness.prove.chaos.request import PATIENCE, PendingRequest, RawReply, credentials, submit
from harness.prove.chaos.tally import Tally
from harness.prove.chaos.waves import EventWaves, Planned, RisingClock
from harness.prove.world import COMMIT, OTHERS, PEOPLE
from harness.stack import Stack
from ops_gates.answers import Answer
from ops_gates.client import Gates
from ops_gates.errors import GatesError
from ops_gates.retry import Retry

CLIENTS = 8
# How often an event is first sent by a client that hangs up, sent twice at once, or sent again when it is long known.
HANGS_UP, TWICE, AGAIN = 0.06, 0.06, 0.08
HUNG_UP, SENT_TWICE, SENT_AGAIN = MANNERS = ("hung up before the answer", "sent twice at once", "sent again when known")
GIVES_UP = 120.0
CALLERS = ("service", *OTHERS, *PEOPLE)


class Abandoned(Exception):  # noqa: N818 - what its one reader catches reads as what happened
    """The run was interrupted: nobody waits for answers any more."""


class Load:
    """Eight clients, each with one release at a time, and what runs beside them."""

    def __init__(self, stack: Stack, journal: Journal, seed: int, clients: int = CLIENTS) -> None:
        """Ready, but nothing is sent yet."""
        self.tally = Tally()
        self.clock = RisingClock()
        self.draw = random.Random(f"{seed}/outages")  # noqa: S311
        self.stack, self.journal, self.seed = stack, journal, seed
        self.clients = clients
        self.besides: list[Callable[[], None]] = []
        """What runs beside the clients, each in a thread of its own until `closing`."""
        self._closing, self._abandoned = threading.Event(), threading.Event()
        hooks: dict[str, list[Callable[..., Any]]] = {"request": [self.tally.begin], "response": [self.tally.end]}
        self._http = httpx.Client(timeout=PATIENCE, event_hooks=hooks, limits=httpx.Limits(max_connections=64))
        self._headers = {caller: credentials(stack, caller) for caller in CALLERS}
        self._gates = {caller: self._client(caller) for caller in CALLERS}

    def _client(self, caller: str) -> Gates:
        headers = self._headers[caller]
        options = ClientOptions(schema="ops", auto_refresh_token=False, persist_session=False, httpx_client=self._http)
        if "authorization" in headers:
            options.headers = {**options.headers, "Authorization": headers["authorization"]}
        retry = Retry(attempts=10_000, total=GIVES_UP, base=0.05, cap=0.5, sleep=self._pause)
        return Gates(create_client(self.stack.url, headers["apikey"], options), retry)

    def _pause(self, seconds: float) -> None:
        self.tally.count("retries")
        self.wait(seconds)

    @property
    def closing(self) -> bool:
        """Whether nothing new shall be sent any more."""
        return self._closing.is_set()

    def wait(self, seconds: float) -> None:
        """Do nothing for a while; Abandoned if the run is interrupted meanwhile."""
        if self._abandoned.wait(seconds):
            raise Abandoned

    def headers(self, caller: str) -> dict[str, str]:
        """The headers of a caller."""
        return self._headers[caller]

    # One event

    def deliver(self, planned: Planned) -> None:
        """Send until there is a final answer, and write it down."""
        self.tally.flying(1)
        try:
            answer = self._gates[planned.caller].emit(planned.event)
            self.write_down(planned, answer, self.tally.begun())
        except GatesError as error:
            self.tally.odd(f"{planned.meant.event_type} was given up: {error}")
        finally:
            self.tally.flying(-1)

    def write_down(self, planned: Planned, answer: Answer, begun: float, events: int = 1) -> None:
        """Write a final answer down, if it is what was to come; as how many events it counts between two kills."""
        kept = answer.kept and planned.meant.refused is None
        if not kept and not (answer.error is not None and answer.error == planned.meant.refused):
            self.tally.odd(f"{planned.meant.event_type} was answered {answer.http_status} {answer.error}")
            return
        self.journal.acknowledged(
            Acknowledged(planned.meant.key, answer.status, answer.ingest_id, answer.error, answer.detail)
        )
        self.tally.acknowledge(begun, events)

    def submit(self, planned: Planned) -> PendingRequest | None:
        """An event on its way, without waiting for its answer."""
        return submit(self.stack, planned.event, self._headers[planned.caller])

    def collect(self, planned: Planned, line: PendingRequest | None) -> RawReply | None:
        """Read what was answered to a submission, and write it down if it is final."""
        reply = line.reply() if line else None
        if reply is None:
            return None
        self.tally.answered(reply.said, event=True, retry_after=reply.retry_after)
        if reply.final:
            body = reply.body
            answer = Answer(reply.http_status, body.get("ingest_id"), body["status"], body.get("error"), body["detail"])
            self.write_down(planned, answer, reply.began)
        return reply

    def announce(self, planned: Planned) -> None:
        """Write down what is to come of an event, before it is sent."""
        self.journal.meant(planned.meant)
        self.tally.count("events")

    # Clients

    def open_release(self, name: str) -> str:
        """A release of that name; opened once, however often that has to be asked."""
        self.journal.opening(name)
        gates = self._gates["service"]
        release_id = str(gates.open_release("acme/chaos", name, "production", COMMIT, initiating_actor="dev-1"))
        self.journal.opened(name, release_id)
        return release_id

    def _client_runs(self, number: int) -> None:
        draw = random.Random(f"{self.seed}/{number}")  # noqa: S311
        told = 0
        while not self._closing.is_set():
            try:
                release_id = self.open_release(f"client-{number}-{told}")
            except GatesError as error:
                self.tally.odd(f"a release was not opened: {error}")
                continue
            told += 1
            self.tally.count("releases")
            for wave in EventWaves(release_id, self.clock, draw).waves():
                self._send_wave(wave, draw)
                if self._closing.is_set():
                    break

    def _send_wave(self, wave: list[Planned], draw: random.Random) -> None:
        for planned in wave:
            self.announce(planned)
        first, *others = wave
        lines = [(planned, self.submit(planned)) for planned in others]
        self._send(first, draw)
        for planned, line in lines:
            reply = self.collect(planned, line)
            if not (reply and reply.final):
                self._send(planned, draw)

    def _send(self, planned: Planned, draw: random.Random) -> None:
        chance = draw.random()
        twin: PendingRequest | None = None
        if chance < HANGS_UP:
            if line := self.submit(planned):
                line.hang_up()
                self.tally.count(HUNG_UP)
        elif chance < HANGS_UP + TWICE:
            twin = self.submit(planned)
            self.tally.count(SENT_TWICE)
        self.deliver(planned)
        if twin:
            self.collect(planned, twin)
        if draw.random() < AGAIN:
            self.tally.count(SENT_AGAIN)
            self.deliver(planned)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Clients at work; at the end each brings its events home, unless the run was interrupted."""
        with ThreadPoolExecutor(self.clients + len(self.besides), thread_name_prefix="client") as pool:
            working: list[Future[None]] = [pool.submit(self._client_runs, number) for number in range(self.clients)]
            working += [pool.submit(beside) for beside in self.besides]
            try:
                yield
            except BaseException:
                self._abandoned.set()
                raise
            finally:
                self._closing.set()
                for client in working:
                    with contextlib.suppress(Abandoned):
                        client.result()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()
