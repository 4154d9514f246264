"""PostgREST over one database, as the platform runs it."""

from __future__ import annotations

import contextlib
import json
import re
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from harness.stack.config import Api
from harness.stack.errors import StackError
from harness.stack.keys import Jwks
from harness.stack.parts import environment, postgrest_binary
from harness.stack.postgres import Server
from harness.stack.process import Ports, Service, wait_until

# PostgREST verifies a token once and caches the result until its `exp`, or for this long if it has no `exp`.
JWT_CACHE_SECONDS = 3600
# A connection that nobody uses is kept for so long. PostgREST's own 30 s would let the first call after a quiet half
# minute pay for a new session and all its plans.
IDLE_SECONDS = 3600
# The beginning and the end of one reload: a reload that began before our notice may have missed the change.
_RELOAD = re.compile(rb"(Attempting to connect|reload message).*Schema cache (queried|loaded)", re.DOTALL)


def responds(url: str) -> bool:
    """Whether this address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(200 <= answer.status < 300)
    except OSError:
        return False


@dataclass(frozen=True)
class PostgREST:
    """A PostgREST of our own."""

    service: Service
    port: int
    db_url: str = field(repr=False)

    @property
    def url(self) -> str:
        """Its own address, where API keys are not known."""
        return f"http://127.0.0.1:{self.port}"

    def reload_schema(self, timeout: float = 120.0) -> None:
        """See `reload_schema` of this module."""
        reload_schema(self.db_url, self.service.log, timeout)


def reload_schema(db_url: str, log: Path, timeout: float = 120.0) -> None:
    """Make PostgREST read the schema again, and return when its log says so; StackError after `timeout` s."""
    start = log.stat().st_size

    def reloaded() -> bool:
        with log.open("rb") as lines:
            lines.seek(start)
            return _RELOAD.search(lines.read()) is not None

    deadline, pause = time.monotonic() + timeout, 1.0
    with psycopg.connect(db_url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            connection.execute("notify pgrst, 'reload schema'")
            # Ask again after a while: PostgREST loses a notice that arrives while it serves the one before.
            with contextlib.suppress(StackError):
                wait_until(reloaded, pause)
                return
            pause = min(pause * 1.5, 10.0)
    raise StackError("PostgREST did not read the schema again", checked=f"{log}, for {timeout:g} s", mend="make up")


def postgrest(server: Server, database: str, *, api: Api, jwks: Jwks, ports: Ports, logs: Path) -> PostgREST:
    """PostgREST on a free port, not started yet; the database must exist, schema `ops` may come later."""
    port, admin_port = ports.lease(), ports.lease()
    service = Service(
        "PostgREST",
        [postgrest_binary()],
        log=logs / "postgrest.log",
        ready=lambda: responds(f"http://127.0.0.1:{admin_port}/ready"),
        env=environment(
            PGRST_DB_URI=server.url("authenticator", database),
            PGRST_DB_SCHEMAS=",".join(api.schemas),
            PGRST_DB_EXTRA_SEARCH_PATH=",".join(api.extra_search_path),
            PGRST_DB_MAX_ROWS=str(api.max_rows),
            PGRST_DB_ANON_ROLE="anon",
            PGRST_DB_CHANNEL_ENABLED="true",
            PGRST_DB_POOL_MAX_IDLETIME=str(IDLE_SECONDS),
            PGRST_JWT_SECRET=json.dumps(jwks),
            PGRST_JWT_CACHE_MAX_LIFETIME=str(JWT_CACHE_SECONDS),
            PGRST_SERVER_HOST="127.0.0.1",
            PGRST_SERVER_PORT=str(port),
            PGRST_ADMIN_SERVER_PORT=str(admin_port),
        ),
    )
    return PostgREST(service, port, server.url("postgres", database))
