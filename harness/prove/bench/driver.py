"""Sends load with as little processor time as possible: one thread, many connections, no work between answers.

Sessions send what was rendered beforehand over raw libpq or raw sockets. The client's own time is in the floor and
in the measurement alike, so what it costs only ever brings the two closer together; hence as little as possible.
"""

from __future__ import annotations

import contextlib
import gc
import json
import select
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from harness.prove.bench.errors import BenchError

Parameters = Sequence[bytes]


class BenchClient(Protocol):
    """One client: a connection that has at most one request under way."""

    def fileno(self) -> int: ...
    def send(self, parameters: Parameters) -> None: ...

    def answer(self) -> bytes | None:
        """The whole answer, or None while it is still coming in."""

    def close(self) -> None: ...


class SqlSession:
    """A connection in one role with one prepared statement; each call is a transaction of its own.

    With `subject`, as that person: without one, the six roles see nothing.
    """

    def __init__(self, url: str, statement: str, role: str = "service_role", subject: str | None = None) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        if subject:
            claims = json.dumps({"sub": subject, "role": role})
            self._connection.execute("select set_config('request.jwt.claims', %s, false)", [claims])
        self._connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        self._pg = self._connection.pgconn
        _checked(self._pg.prepare(b"measured", statement.encode()).error_message)

    @property
    def server(self) -> int:
        """The server's process."""
        return self._connection.info.backend_pid

    def fileno(self) -> int:
        return self._pg.socket

    def send(self, parameters: Parameters) -> None:
        self._pg.send_query_prepared(b"measured", parameters)
        self._pg.flush()

    def answer(self) -> bytes | None:
        self._pg.consume_input()
        if self._pg.is_busy():
            return None
        return self._value()

    def ask(self, parameters: Parameters) -> bytes:
        """Run it, wait, and return the first value."""
        result = self._pg.exec_prepared(b"measured", parameters)
        _checked(result.error_message)
        return result.get_value(0, 0) or b""

    def fetch(self, parameters: Parameters = ()) -> int:
        """Run it, wait, and bring every row over; how many there were."""
        result = self._pg.exec_prepared(b"measured", parameters)
        _checked(result.error_message)
        return result.ntuples

    def close(self) -> None:
        self._connection.close()

    def _value(self) -> bytes:
        value = b""
        while (result := self._pg.get_result()) is not None:
            _checked(result.error_message)
            value = result.get_value(0, 0) or b""
        return value


def _checked(message: bytes) -> None:
    if message:
        raise BenchError(message.decode(errors="replace").strip())


class HttpSession:
    """A kept-alive connection that posts JSON to one address."""

    def __init__(self, url: str, api_key: str, headers: Mapping[str, str] = {}) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname or "", address.port or 80), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"POST {address.path} HTTP/1.1\r\nhost: {address.netloc}\r\napikey: {api_key}\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            + "content-type: application/json\r\ncontent-length: "
        ).encode()
        self._received = b""

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, parameters: Parameters) -> None:
        [body] = parameters
        self._socket.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))

    def answer(self) -> bytes | None:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise BenchError("the server closed the connection")
        self._received += chunk
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return None
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        if not length:
            raise BenchError(f"an answer without a length: {head[:200]!r}")
        if len(body) < int(length):
            return None
        self._received = b""
        return body

    def ask(self, parameters: Parameters) -> bytes:
        """Send it, wait, and return the whole answer."""
        self.send(parameters)
        while (answer := self.answer()) is None:
            continue
        return answer

    def close(self) -> None:
        self._socket.close()


@dataclass(frozen=True)
class Throughput:
    """Requests per second of some clients together, over a slice of time."""

    sessions: Sequence[BenchClient]
    work: Iterator[Parameters]
    expected: bytes
    seconds: float
    most: int

    def __call__(self, share: float = 1.0) -> float:
        """One slice, or a share of one; BenchError when an answer is not the expected one."""
        with undisturbed():
            return self._slice(self.seconds * share, islice(self.work, max(int(self.most * share), 1)))

    def _slice(self, seconds: float, work: Iterator[Parameters]) -> float:
        poll = select.epoll() if hasattr(select, "epoll") else select.poll()
        by_number: dict[int, BenchClient] = {}
        done = 0
        clock = time.perf_counter
        started = clock()
        ended, deadline = started, started + seconds
        for session in self.sessions:
            if (parameters := next(work, None)) is not None:
                by_number[session.fileno()] = session
                poll.register(session, select.POLLIN)
                session.send(parameters)
        active = len(by_number)
        while active:
            for number, _ in poll.poll(30):
                session = by_number[number]
                if (answer := session.answer()) is None:
                    continue
                if self.expected not in answer:
                    raise BenchError(f"answered {answer[:400].decode(errors='replace')}")
                done += 1
                ended = clock()
                if ended < deadline and (parameters := next(work, None)) is not None:
                    session.send(parameters)
                else:
                    active -= 1
        if not done:
            raise BenchError("there is no work left for this slice")
        return done / (ended - started)


@dataclass(frozen=True)
class Latency:
    """Milliseconds until the whole answer is there: the median of `times` calls, one after the other."""

    ask: Callable[[Parameters], object]
    work: Iterator[Parameters]
    times: int

    def __call__(self, share: float = 1.0) -> float:
        """One slice, or a share of one."""
        clock, ask, taken = time.perf_counter_ns, self.ask, []
        with undisturbed():
            for parameters in islice(self.work, max(int(self.times * share), 1)):
                started = clock()
                ask(parameters)
                taken.append(clock() - started)
        return median(taken) / 1e6


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """No garbage collection inside a slice."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
