"""An address in front of a project that fails as told: before or after the request went through."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import httpx

from harness.stack import Stack

# What happens to one request; those after the last of them go through.
Action = Literal["pass", "busy", "drop", "drop_after", "hang_after", "page"]
_HOP = {"host", "connection", "content-length", "transfer-encoding", "content-encoding", "accept-encoding"}


@dataclass
class Flaky:
    """What is still to go wrong, and what came in."""

    url: str
    actions: list[Action] = field(default_factory=list)
    retry_after: str | None = None
    bodies: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: threading.Event = field(default_factory=threading.Event)
    hanging: threading.Event = field(default_factory=threading.Event)

    def next(self, body: bytes) -> Action:
        """Keep a request, and say what is to happen to it."""
        with self.lock:
            self.bodies.append(body)
            return self.actions.pop(0) if self.actions else "pass"

    def keys(self) -> list[str]:
        """The idempotency keys of the events that came in."""
        return [json.loads(body)["idempotency_key"] for body in self.bodies]


@contextlib.contextmanager
def flaky(stack: Stack, *actions: Action, retry_after: str | None = None) -> Iterator[Flaky]:
    """A project's address that does to each request, in turn, what is named; afterwards all go through."""
    with (
        httpx.Client(timeout=30) as upstream,
        ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server,
    ):
        front = Flaky(f"http://127.0.0.1:{server.server_port}", list(actions), retry_after)

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                match front.next(body):
                    case "busy":
                        after = {} if front.retry_after is None else {"retry-after": front.retry_after}
                        self.answer(503, b'{"message": "try again"}', {"content-type": "application/json", **after})
                    case "page":
                        self.answer(200, b"<html>sign in</html>", {"content-type": "text/html"})
                    case "drop":
                        self.close()
                    case "drop_after":
                        self.forward(body)
                        self.close()
                    case "hang_after":
                        self.forward(body)
                        front.hanging.set()
                        front.ended.wait(30)
                    case _:
                        answered = self.forward(body)
                        self.answer(answered.status_code, answered.content, answered.headers)

            def forward(self, body: bytes) -> httpx.Response:
                headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
                return upstream.request(self.command, stack.url + self.path, content=body, headers=headers)

            def answer(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in _HOP:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def close(self) -> None:
                self.connection.shutdown(socket.SHUT_RDWR)

        for method in ("POST", "PATCH"):
            setattr(Handler, f"do_{method}", Handler.do_GET)
        server.RequestHandlerClass = Handler
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield front
        finally:
            front.ended.set()
            server.shutdown()
            thread.join()
