"""One request whose answer is read later, or never. Client libraries offer no such request."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.prove.world import OTHERS, PEOPLE
from harness.stack import Stack
from ops_gates.core import FUNCTION
from ops_gates.events import Envelope

# Seconds. It is longer than the time limit of the function, so that a request without any answer is noticed.
PATIENCE = 20.0


@dataclass(frozen=True)
class RawReply:
    """What came back to a request that left at `began` (monotonic)."""

    http_status: int
    body: dict[str, Any]
    retry_after: str | None
    began: float
    rows: Sequence[dict[str, Any]] = ()
    """What a list has, as the answer to a batch is one."""

    @property
    def final(self) -> bool:
        """Whether it is an answer that no retry changes."""
        return self.http_status < 500 and (bool(self.rows) or {"status", "detail"} <= self.body.keys())

    @property
    def said(self) -> str:
        """Its status and code, or who else answered."""
        return said(self.http_status, self.body)


def said(http_status: int, body: Any) -> str:
    """A status, and of a refusal its code, or who answered without one."""
    if http_status < 400:
        return str(http_status)
    fields = body if isinstance(body, dict) else {}
    if fields.get("code") == "":
        return f"{http_status} without a code"  # PostgREST, whose connection broke while it was in use
    return f"{http_status} {fields.get('error') or fields.get('code') or fields.get('status') or 'gateway'}"


def credentials(stack: Stack, caller: str) -> dict[str, str]:
    """The headers of a caller: `service` has the secret key, a person or a bot a token for the whole run."""
    if caller == "service":
        return {"apikey": stack.secret_key}
    role = (PEOPLE | OTHERS)[caller]
    return {
        "apikey": stack.publishable_key,
        "authorization": f"Bearer {stack.token(role, caller, ttl=4 * 3600)}",
    }


class PendingRequest:
    """An open connection with a request on its way."""

    def __init__(self, url: str, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> None:
        """Send; OSError if nobody listens."""
        self._began = time.monotonic()
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
        try:
            self._connection.request(method, path, body, headers)
        except BaseException:
            self._connection.close()
            raise

    def reply(self) -> RawReply | None:
        """The answer; None if the connection was lost or silent for too long."""
        try:
            answer = self._connection.getresponse()
            body = json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            self.hang_up()
        fields = body if isinstance(body, dict) else {}
        rows = body if isinstance(body, list) else []
        return RawReply(answer.status, fields, answer.headers.get("retry-after"), self._began, rows)

    def hang_up(self) -> None:
        """Close, whether anything came back or not."""
        self._connection.close()


def submit(stack: Stack, event: Envelope, headers: dict[str, str]) -> PendingRequest | None:
    """An event on its way to the function; None if not even the gateway listens."""
    return _post(stack, json.dumps(event), {**headers, "content-type": "application/json"})


def submit_batch(stack: Stack, events: Sequence[Envelope], headers: dict[str, str], form: str) -> PendingRequest | None:
    """A batch on its way, as an `array` or as `lines`; None if not even the gateway listens."""
    if form == "array":
        return _post(stack, json.dumps(events), {**headers, "content-type": "application/json"})
    lines = "\n".join(map(json.dumps, events))
    return _post(stack, lines, {**headers, "content-type": "application/x-ndjson"})


def _post(stack: Stack, body: str, headers: dict[str, str]) -> PendingRequest | None:
    with contextlib.suppress(OSError):
        return PendingRequest(stack.url, "POST", f"/functions/v1/{FUNCTION}", headers, body.encode())
    return None
