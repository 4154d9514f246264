"""Asking again: while a project is busy or out of reach, for a bounded time, and never after a refusal."""

from __future__ import annotations

import random
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from ops_gates.answers import Reply
from ops_gates.errors import Unreachable


class Lost(Exception):  # noqa: N818 - what a transport raises reads as what happened
    """No answer came to one request; its text says why, without quoting what was sent."""

    @classmethod
    def because(cls, error: BaseException) -> Lost:
        """The loss that an exception of a transport means."""
        return cls(_reason(error))


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

    @classmethod
    def within(cls, seconds: int) -> Retry:
        """Tries that fill so many seconds; pauses grow to 5 s. 0 is one request."""
        return cls(attempts=6 + seconds // 2, total=float(seconds)) if seconds else cls.never()

    def pause(self, attempt: int, retry_after: float = 0.0) -> float:
        """Seconds to wait after that attempt; what the server asks for is the least."""
        limit: float = min(self.cap, self.base * 2.0 ** (attempt - 1))
        return retry_after + limit * self.draw()

    def call(self, ask: Callable[[], Reply]) -> Reply:
        """The first final reply, or the last there was; Unreachable if there was none at all.

        `ask` raises Lost when no answer came.
        """
        began = self.clock()
        attempt = 0
        while True:
            attempt += 1
            reply: Reply | None = None
            lost: Lost | None = None
            try:
                reply = ask()
            except Lost as error:
                lost = error
            if reply is not None and reply.final:
                return replace(reply, attempts=attempt)
            pause = self.pause(attempt, reply.retry_after if reply else 0.0)
            if attempt >= self.attempts or self.clock() - began + pause > self.total:
                if reply is not None:
                    return replace(reply, attempts=attempt)
                tries = "1 try" if attempt == 1 else f"{attempt} tries"
                raise Unreachable("unreachable", f"no answer after {tries}: {lost}") from lost
            self.sleep(pause)


def _reason(error: BaseException) -> str:
    """Why, in the same words whichever library said so: they wrap the operating system's own error."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        wrapped = getattr(cause, "reason", None)
        cause = cause.__cause__ or (wrapped if isinstance(wrapped, BaseException) else None) or cause.__context__
    for kind, said in _REASONS:
        if any(isinstance(one, kind) for one in seen):
            return said
    return "the connection was lost"


_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "it took too long"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (ssl.SSLError, "it does not speak TLS as it should"),
    (socket.gaierror, "its name is not known"),
    (ConnectionRefusedError, "nothing accepts connections there"),
)
