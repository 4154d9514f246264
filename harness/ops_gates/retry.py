"""Asking again: while a project is busy or out of reach, for a bounded time, and never after a refusal."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from ops_gates.errors import Unreachable


@dataclass(frozen=True)
class Reply:
    """What came back over HTTP: `body` is the JSON, if any; not `readable` when it is something else."""

    http_status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 1
    readable: bool = True

    @classmethod
    def of(cls, response: httpx.Response) -> Reply:
        """A response, read."""
        try:
            return cls(response.status_code, response.json() if response.content else None, response.headers)
        except ValueError:
            return cls(response.status_code, None, response.headers, readable=False)

    @property
    def final(self) -> bool:
        """Whether asking again would change nothing.

        What SQL refuses has a code: PostgREST answers 400 with an empty one when its connection to the database broke.
        """
        return self.http_status < 500 and not (isinstance(self.body, dict) and self.body.get("code") == "")

    @property
    def retry_after(self) -> float:
        """Seconds that the server wants to be left alone; 0 when it does not say."""
        with contextlib.suppress(ValueError):
            return max(0.0, float(self.headers.get("retry-after", "0")))
        return 0.0  # a date: no server of ours sends one


@dataclass(frozen=True)
class Retry:
    """How long to go on: at most `attempts` requests begun within `total` seconds, doubling pauses of `base` to `cap`.

    The pause is drawn from [0, limit), so that many producers that lost one server do not come back as one.
    """

    attempts: int = 6
    total: float = 30.0
    base: float = 0.2
    cap: float = 5.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random

    @classmethod
    def never(cls) -> Retry:
        """One request, whatever comes of it."""
        return cls(attempts=1)

    def pause(self, attempt: int, retry_after: float = 0.0) -> float:
        """Seconds to wait after that attempt; what the server asks for is the least."""
        limit: float = min(self.cap, self.base * 2.0 ** (attempt - 1))
        return retry_after + limit * self.draw()

    def call(self, ask: Callable[[], Reply]) -> Reply:
        """The first reply that is no server error, or the last there was; Unreachable if there was none at all."""
        began = self.clock()
        attempt = 0
        while True:
            attempt += 1
            reply: Reply | None = None
            lost: httpx.TransportError | None = None
            try:
                reply = ask()
            except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
                raise Unreachable("unreachable", "the project's URL is not an http address") from error
            except httpx.TransportError as error:
                lost = error
            if reply is not None and reply.final:
                return replace(reply, attempts=attempt)
            pause = self.pause(attempt, reply.retry_after if reply else 0.0)
            if attempt >= self.attempts or self.clock() - began + pause > self.total:
                if reply is not None:
                    return replace(reply, attempts=attempt)
                raise Unreachable("unreachable", f"no answer after {attempt} tries: {_reason(lost)}") from lost
            self.sleep(pause)


def _reason(error: httpx.TransportError | None) -> str:
    """Why, without quoting what was sent: a fault in a header would show the key in it."""
    match error:
        case httpx.TimeoutException():
            return "it took too long"
        case httpx.ConnectError():
            return str(error) or "no connection"
        case httpx.LocalProtocolError():
            return "the request cannot be sent as it is"
        case _:
            return "the connection was lost"
