"""A receiver of notices as an application has one: it checks signatures, drops repeats, and fails when told to."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness.stack.process import Ports

KEY = b"k" * 32


@dataclass(frozen=True)
class Arrival:
    """One request: its path, its id, what it said, and how it was answered."""

    path: str
    id: str
    body: dict[str, Any]
    status: int


@dataclass
class Receiver:
    """What arrived, in its order; `answer` chooses the status of each request by its path and its number."""

    host: str
    answer: Callable[[str, int], int] = lambda _path, _number: 204
    arrivals: list[Arrival] = field(default_factory=list)
    forged: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def secret(self, path: str, *, signed: bool = True) -> str:
        """The secret of a target at a path of this receiver."""
        key = {"key": f"whsec_{base64.b64encode(KEY).decode()}"} if signed else {}
        return json.dumps({"url": f"http://{self.host}{path}", **key})

    def taken(self, path: str) -> list[Arrival]:
        """What was answered with success at a path, each id once, in the order of the first time."""
        with self.lock:
            kept = [each for each in self.arrivals if each.path == path and each.status < 300]
        return list({each.id: each for each in reversed(kept)}.values())[::-1]

    def taken_at(self, path: str) -> list[dict[str, Any]]:
        """What was said at a path that has no ids, as a chat has none."""
        with self.lock:
            return [each.body for each in self.arrivals if each.path == path and each.status < 300]

    def take(self, path: str, headers: Any, content: bytes) -> int:
        """Keep one request; the status of its answer."""
        body = json.loads(content)
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
        expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        with self.lock:
            status = self.answer(path, len(self.arrivals))
            self.arrivals.append(Arrival(path, headers["webhook-id"] or "", body, status))
            if headers["webhook-id"] and f"v1,{expected}" not in headers["webhook-signature"].split(" "):
                self.forged += 1
        return status


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(receiver.take(self.path, self.headers, content))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@contextlib.contextmanager
def receiving(answer: Callable[[str, int], int] = lambda _path, _number: 204) -> Iterator[Receiver]:
    """A receiver on a port of this machine until the end of the block."""
    with contextlib.closing(Ports()) as ports:
        port = ports.lease()
        receiver = Receiver(f"127.0.0.1:{port}", answer)
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler(receiver))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
