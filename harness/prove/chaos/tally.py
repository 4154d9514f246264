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

    def acknowledge(self, begun: float) -> None:
        """An event that was sent at this moment (monotonic) was answered for good."""
        with self._lock:
            self.acknowledged += 1
            self._newest_begun = max(self._newest_begun, begun)

    def serves_since(self, moment: float) -> bool:
        """Whether an event that was sent after this moment (monotonic) was answered for good."""
        return self._newest_begun > moment

    def odd(self, what: str) -> None:
        """Something that no client should see."""
        with self._lock:
            if len(self.strange) < 100:
                self.strange.append(what)
            self.counts["strange answers"] += 1

    def answered(self, answer: str, *, event: bool, retry_after: str | None) -> None:
        """One answer over HTTP; `event`: of the function's address."""
        with self._lock:
            self.answers[answer] += 1
        status = int(answer.split()[0])
        if status >= 500 and event and answer not in DOCUMENTED:
            self.odd(f"an event was answered {answer}")
        if status == 503 and event and retry_after is None:
            self.odd(f"{answer} came without Retry-After")

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
