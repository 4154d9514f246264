"""OPS_STACK=containers: the database is Supabase's own image, with its real roles and extensions.

It works on the machine of the Docker engine and in a container beside it: testcontainers says under which address
a container is reached from here, and TESTCONTAINERS_HOST_OVERRIDE overrides that.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import sql

from harness.stack.errors import StackError
from harness.stack.postgres import LOGINS, Server, passwords
from harness.stack.process import wait_until
from ops_gates.settings import is_loopback

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.docker_client import DockerClient

# The image that the pinned Supabase CLI starts.
IMAGE = "supabase/postgres:17.11.0.018"
PORT = 5432
# The image needs about 10 s on an idle machine.
START_SECONDS = 180.0

_HOST = "if this runs in a container, set TESTCONTAINERS_HOST_OVERRIDE to the Docker host's address as seen from here"


def _engine() -> DockerClient:
    """A client of the engine that testcontainers uses; StackError in one sentence if none answers."""
    try:
        from testcontainers.core.docker_client import DockerClient

        engine = DockerClient()
        try:
            engine.client.ping()
        except BaseException:
            engine.client.close()
            raise
    except ValueError as error:  # e.g. an unknown TESTCONTAINERS_CONNECTION_MODE, at import
        raise StackError(
            "testcontainers does not accept its settings", checked=str(error), mend="correct or unset that variable"
        ) from None
    except Exception as error:  # Docker's errors, and those of its transports (ssh, HTTP), have no common class
        raise StackError(
            "OPS_STACK=containers needs a Docker engine, and none answers",
            checked=str(error)[:160],
            mend="start Docker, in a container mount its socket or set DOCKER_HOST, or use OPS_STACK=embedded",
        ) from None
    return engine


def require_engine() -> None:
    """StackError in one sentence if no Docker engine answers."""
    _engine().client.close()


def _require_image(engine: DockerClient, image: str, otherwise: str = "") -> None:
    """Pull an image that is missing; StackError with its name and the command if that fails."""
    from docker.errors import DockerException, ImageNotFound

    try:
        try:
            engine.client.images.get(image)
        except ImageNotFound:
            engine.client.images.pull(image)
    except (DockerException, OSError) as error:
        raise StackError(
            f"the image {image} is missing and cannot be pulled",
            checked=str(error)[:300],
            mend=f"docker pull {image}{otherwise}",
        ) from None


def _publish(container: DockerContainer) -> None:
    """Make the port reachable from here, and from no more places than needed.

    A container that shares a network with the new one needs no published port, so the new one joins that network.
    The machine of the engine itself needs it on its loopback address. Everybody else may need it on any address of
    that machine; the passwords are random.
    """
    from testcontainers.core.config import ConnectionMode, testcontainers_config

    engine = container.get_docker_client()
    network = engine.find_host_network()
    if network == "host":  # the loopback address of this container is that of the machine
        testcontainers_config.connection_mode_override = ConnectionMode.docker_host
        container.with_kwargs(network="bridge")
    mode = engine.get_connection_mode()
    if mode is ConnectionMode.bridge_ip:
        if network:
            container.with_kwargs(network=network)
    elif mode is ConnectionMode.docker_host and is_loopback(engine.host()):
        container.ports[f"{PORT}/tcp"] = cast(Any, ("127.0.0.1", None))
    else:
        container.with_exposed_ports(f"{PORT}/tcp")


@contextlib.contextmanager
def run_container() -> Iterator[Server]:
    """Run the image and yield the address of its database; StackError in one sentence if that is not possible."""
    from docker.errors import DockerException
    from testcontainers.core.container import DockerContainer

    with contextlib.closing(_engine().client):
        container = DockerContainer(IMAGE)
        login = passwords()
        container.with_env("POSTGRES_PASSWORD", login["supabase_admin"]).with_env("POSTGRES_DB", "postgres")
        try:
            _require_images(container)
            _publish(container)
            server = _started(container, login)
            with psycopg.connect(server.admin_url(), autocommit=True) as connection:
                for role in LOGINS:
                    connection.execute(
                        sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(login[role]))
                    )
            yield server
        finally:
            with contextlib.suppress(DockerException, OSError):  # it is gone already, or its engine is
                container.stop()


def _require_images(container: DockerContainer) -> None:
    from testcontainers.core.config import testcontainers_config

    engine = container.get_docker_client()
    _require_image(engine, container.image)
    # Its container removes ours if this process is killed.
    if not testcontainers_config.ryuk_disabled:
        _require_image(engine, testcontainers_config.ryuk_image, ", or set TESTCONTAINERS_RYUK_DISABLED=true")


def _started(container: DockerContainer, login: dict[str, str]) -> Server:
    """Start it, and wait until its database answers under the address that we use."""
    from docker.errors import DockerException

    engine = container.get_docker_client()
    where = f"connection mode {engine.get_connection_mode().value}, Docker host {engine.host()}"
    try:
        container.start()
        server = Server(container.get_container_host_ip(), int(container.get_exposed_port(PORT)), login)
    except DockerException as error:
        raise StackError(f"a container of {container.image} does not start", checked=str(error)[:300]) from None
    except (OSError, RuntimeError, LookupError, StopIteration) as error:  # raised by testcontainers itself
        said = f"{error or type(error).__name__}{_last_words(container)}"
        raise StackError(
            f"a container of {container.image} cannot be reached: {said}", checked=where, mend=_HOST
        ) from None

    def ended() -> bool:
        container.reload()
        return container.status in ("exited", "dead")

    try:
        wait_until(
            lambda: ended() or _finished(server),
            START_SECONDS,
            f"{container.image} to accept connections at {server.host}:{server.port}",
        )
        if ended():
            raise StackError(f"the container of {container.image} ended while starting{_last_words(container)}")
    except DockerException as error:
        raise StackError(f"the container of {container.image} is gone", checked=str(error)[:300]) from None
    except StackError as error:
        if ended():
            raise
        raise StackError(error.failed, checked=where, mend=_HOST) from None
    return server


def _last_words(container: DockerContainer) -> str:
    """The end of the container's log on lines of its own; empty if there is none."""
    with contextlib.suppress(Exception):  # only an addition to another error
        said = b"".join(container.get_logs()).decode(errors="replace").splitlines()[-12:]
        return ":\n" + "\n".join(said) if said else ""
    return ""


def _finished(server: Server) -> bool:
    """Whether the image has run its own migrations; it restarts once while doing so."""
    try:
        with psycopg.connect(server.admin_url(), connect_timeout=10) as connection:
            found = connection.execute(
                "select to_regrole('authenticator') is not null and to_regproc('auth.uid') is not null"
            )
            return found.fetchone() == (True,)
    except psycopg.OperationalError:
        return False
