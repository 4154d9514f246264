"""An address in front of a project that fails as told: before or after the request went through."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import httpx

from harness.stack import Stack
from ops_gates.client import Gates
from ops_gates.retry import Retry

# What happens to one request; those after the last of them go through. A number is the status that is answered.
Action = Literal[
    "pass",
    "busy",
    "drop",
    "drop_after",
    "hang_after",
    "hold_after",
    "page",
    "404",
    "429",
    "500",
    "301",
    "302",
    "307",
    "308",
]
SIGN_IN = "/auth/v1/token?grant_type=password"
BOT = {"email": "ci-bot@example.com", "password": "correct-horse"}
_HOP = {"host", "connection", "content-length", "transfer-encoding", "content-encoding", "accept-encoding"}


@dataclass
class Flaky:
    """What is still to go wrong, and what came in."""

    url: str
    actions: list[Action] = field(default_factory=list)
    retry_after: str | None = None
    elsewhere: str = ""
    """Where redirects point."""
    bot: dict[str, str] = field(default_factory=lambda: dict(BOT))
    """Who may sign in."""
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: threading.Event = field(default_factory=threading.Event)
    hanging: threading.Event = field(default_factory=threading.Event)

    def next(self, path: str, body: bytes) -> Action:
        """Keep a request, and say what is to happen to it."""
        with self.lock:
            self.bodies.append(body)
            self.paths.append(path)
            return self.actions.pop(0) if self.actions else "pass"

    def keys(self) -> list[str]:
        """The idempotency keys of the events that came in."""
        return [json.loads(body)["idempotency_key"] for body in self.bodies]


@contextlib.contextmanager
def flaky(stack: Stack, *actions: Action, retry_after: str | None = None) -> Iterator[Flaky]:
    """A project's address that does to each request, in turn, what is named; afterwards all go through.

    It signs the bot in too, which no local stack does.
    """
    with (
        httpx.Client(timeout=30) as upstream,
        ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server,
    ):
        front = Flaky(f"http://127.0.0.1:{server.server_port}", list(actions), retry_after, stack.url)

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                match front.next(self.path, body):
                    case "busy":
                        after = {} if front.retry_after is None else {"retry-after": front.retry_after}
                        self.answer(503, b'{"message": "try again"}', {"content-type": "application/json", **after})
                    case "429" | "500" as status:
                        self.answer(int(status), b'{"message": "not now"}', {"content-type": "application/json"})
                    case "301" | "302" | "307" | "308" as status:
                        self.answer(int(status), b"", {"location": front.elsewhere + self.path})
                    case "404":
                        self.answer(404, b"<html>there is no such page</html>", {"content-type": "text/html"})
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
                    case "hold_after":
                        answered = self.forward(body)
                        front.hanging.set()
                        front.ended.wait(30)
                        self.answer(answered.status_code, answered.content, answered.headers)
                    case _ if self.path == SIGN_IN:
                        self.sign_in(json.loads(body))
                    case _:
                        answered = self.forward(body)
                        self.answer(answered.status_code, answered.content, answered.headers)

            def sign_in(self, given: Any) -> None:
                if given == front.bot:
                    reply: dict[str, str] = {"access_token": stack.token("ci_service_role", "ci-bot")}
                else:
                    reply = {"error_code": "invalid_credentials", "msg": "Invalid login credentials"}
                self.answer(200 if given == front.bot else 400, json.dumps(reply).encode(), {})

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


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def retry(self, **chosen: Any) -> Retry:
        """A policy on this clock that always waits for as long as it may."""
        return Retry(**{"sleep": self.sleep, "clock": lambda: self.now, "draw": lambda: 1.0, **chosen})


@contextlib.contextmanager
def through(
    stack: Stack, *actions: Action, timeout: float = 20.0, **chosen: Any
) -> Iterator[tuple[Gates, Flaky, Clock]]:
    """The service role's client at an address that fails as told."""
    clock = Clock()
    retry_after = chosen.pop("retry_after", None)
    with (
        flaky(stack, *actions, retry_after=retry_after) as front,
        Gates.at(front.url, stack.secret_key, retry=clock.retry(**chosen), timeout=timeout) as gates,
    ):
        yield gates, front, clock
