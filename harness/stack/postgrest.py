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

# A token is verified once, then known until its `exp`; one without `exp` is verified again after this long.
JWT_CACHE_SECONDS = 3600
# Begun and done: what was begun before the notice may not have seen what it is about.
_RELOAD = re.compile(rb"(Attempting to connect|reload message).*Schema cache (queried|loaded)", re.DOTALL)


def responds(url: str) -> bool:
    """Whether this address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
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
        """Its own address, which knows no API keys."""
        return f"http://127.0.0.1:{self.port}"

    def reload_schema(self, timeout: float = 10.0) -> None:
        """See `reload_schema` of this module."""
        reload_schema(self.db_url, self.service.log, timeout)


def reload_schema(db_url: str, log: Path, timeout: float = 10.0) -> None:
    """Make PostgREST read the schema again, return once its log says so; StackError after `timeout` s."""
    start = log.stat().st_size

    def reloaded() -> bool:
        with log.open("rb") as lines:
            lines.seek(start)
            return _RELOAD.search(lines.read()) is not None

    deadline = time.monotonic() + timeout
    with psycopg.connect(db_url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            connection.execute("notify pgrst, 'reload schema'")
            # Asked again now and then: a notice that arrives while the last is still being served gets lost.
            with contextlib.suppress(StackError):
                wait_until(reloaded, 1.0)
                return
    raise StackError("PostgREST did not read the schema again", checked=f"{log}, for {timeout:g} s")


def postgrest(server: Server, database: str, *, api: Api, jwks: Jwks, ports: Ports, logs: Path) -> PostgREST:
    """PostgREST on a free port, to be started; it needs a database, `ops` may come later."""
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
            PGRST_JWT_SECRET=json.dumps(jwks),
            PGRST_JWT_CACHE_MAX_LIFETIME=str(JWT_CACHE_SECONDS),
            PGRST_SERVER_HOST="127.0.0.1",
            PGRST_SERVER_PORT=str(port),
            PGRST_ADMIN_SERVER_PORT=str(admin_port),
        ),
    )
    return PostgREST(service, port, server.url("postgres", database))
