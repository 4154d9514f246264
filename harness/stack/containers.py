"""OPS_STACK=containers: the database is Supabase's own image, with its real roles and extensions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, cast

import psycopg
from psycopg import sql

from harness.stack.errors import StackError
from harness.stack.postgres import LOGINS, Server, passwords
from harness.stack.process import wait_until

# The image that the pinned Supabase CLI starts.
IMAGE = "supabase/postgres:17.11.0.018"
PORT = 5432


def require_engine() -> None:
    """StackError in one sentence where no Docker engine answers."""
    from docker import from_env
    from docker.errors import DockerException

    try:
        with contextlib.closing(from_env()) as engine:
            engine.ping()
    except DockerException as error:
        raise StackError(
            "OPS_STACK=containers needs a Docker engine, and none answers",
            checked=str(error)[:160],
            mend="start Docker, or use OPS_STACK=embedded",
        ) from None


@contextlib.contextmanager
def run_container() -> Iterator[Server]:
    """Run the image on a loopback port; StackError in one sentence where there is no Docker engine."""
    from docker.errors import DockerException
    from testcontainers.core.container import DockerContainer

    require_engine()
    login = passwords()
    container = DockerContainer(IMAGE)
    container.with_env("POSTGRES_PASSWORD", login["supabase_admin"]).with_env("POSTGRES_DB", "postgres")
    # testcontainers would publish it on every address of the machine.
    container.ports[f"{PORT}/tcp"] = cast(Any, ("127.0.0.1", None))
    try:
        container.start()
    except DockerException as error:
        raise StackError(f"{IMAGE} does not start", checked=str(error)[:160], mend="docker pull " + IMAGE) from None
    try:
        server = Server(container.get_container_host_ip(), int(container.get_exposed_port(PORT)), login)
        wait_until(lambda: _finished(server), 120, f"{IMAGE} to accept connections")
        with psycopg.connect(server.admin_url(), autocommit=True) as connection:
            for role in LOGINS:
                connection.execute(
                    sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(login[role]))
                )
        yield server
    finally:
        container.stop()


def _finished(server: Server) -> bool:
    """Whether the image has run its own migrations; it restarts once while doing so."""
    try:
        with psycopg.connect(server.admin_url(), connect_timeout=2) as connection:
            found = connection.execute(
                "select to_regrole('authenticator') is not null and to_regproc('auth.uid') is not null"
            )
            return found.fetchone() == (True,)
    except psycopg.OperationalError:
        return False
