"""Counts of what the clients have seen so far. All threads share them."""

from __future__ import annotations

import threading
import time
from collections import Counter

import httpx

from harness.prove.chaos.request import said
from ops_gates.core import FUNCTION

# What a client may be told while a part is down: by the function, by the gateway, by PostgREST itself.
DOCUMENTED = frozenset({"503 try_again", "503 gateway"})
# Beside 503, what PostgREST answers by itself when its connection broke, and when no connection of its pool was free.
BUSY_POSTGREST = frozenset({"400 without a code", "504 PGRST003"})

STRANGE, STRANGE_READS = "strange answers", "strange answers to reads"


class Tally:
    """Counts, and what was not as documented."""

    def __init__(self) -> None:
        """Start with empty counts."""
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.strange: list[str] = []
        self.acknowledged = 0
        self.in_flight = 0
        self.batches_in_flight = 0
        self.reads: Counter[str] = Counter()
        self._newest_begun = 0.0
        self._own = threading.local()

    def count(self, what: str, by: int = 1) -> None:
        """Add one."""
        with self._lock:
            self.counts[what] += by

    def flying(self, change: int) -> None:
        """So many more, or fewer, events are on their way."""
        with self._lock:
            self.in_flight += change

    def flying_batch(self, change: int) -> None:
        """So many more, or fewer, batches are on their way."""
        with self._lock:
            self.in_flight += change
            self.batches_in_flight += change

    def acknowledge(self, begun: float, events: int = 1) -> None:
        """A request that was sent at this moment (monotonic) was answered for good; as how many events it counts."""
        with self._lock:
            self.acknowledged += events
            self._newest_begun = max(self._newest_begun, begun)

    def serves_since(self, moment: float) -> bool:
        """Whether an event that was sent after this moment (monotonic) was answered for good."""
        return self._newest_begun > moment

    def odd(self, what: str, kind: str = STRANGE) -> None:
        """Something that no client should see; which of them count it together."""
        with self._lock:
            if len(self.strange) < 100:
                self.strange.append(what)
            self.counts[kind] += 1

    def answered(self, answer: str, *, event: bool, retry_after: str | None) -> None:
        """One answer over HTTP; `event`: of the function's address."""
        with self._lock:
            self.answers[answer] += 1
        status = int(answer.split()[0])
        if status >= 500 and event and answer not in DOCUMENTED:
            self.odd(f"an event was answered {answer}")
        if status == 503 and event and retry_after is None:
            self.odd(f"{answer} came without Retry-After")

    def read(self, answer: str) -> None:
        """One answer to a read of the board; it says what it shows, or that somebody is busy."""
        with self._lock:
            self.reads[answer] += 1
        if answer != "200" and not answer.startswith("503") and answer not in BUSY_POSTGREST:
            self.odd(f"a read was answered {answer}", STRANGE_READS)

    # As hooks of httpx

    def begin(self, _request: httpx.Request) -> None:
        """A request leaves."""
        self._own.begun = time.monotonic()

    def begun(self) -> float:
        """When the newest request of this thread left (monotonic)."""
        return float(self._own.begun)

    def end(self, response: httpx.Response) -> None:
        """A response is there."""
        response.read()
        try:
            body = response.json() if response.content else None
        except ValueError:
            body = {"error": "unreadable"}
        answer = said(response.status_code, body)
        event = response.request.url.path.endswith(f"/{FUNCTION}")
        self.answered(answer, event=event, retry_after=response.headers.get("retry-after"))
