"""OPS_STACK=containers, with the real testcontainers and a Docker engine that is played by a small server.

The engine's database is a real Postgres; what no engine here can show is the image itself.
"""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest
from docker.constants import DEFAULT_DOCKER_API_VERSION
from psycopg import sql
from testcontainers.core import utils
from testcontainers.core.config import ConnectionMode, testcontainers_config

from harness.stack import StackError, containers, run_stack
from harness.stack.containers import IMAGE, run_container
from harness.stack.postgres import Server, run_postgres

RYUK = testcontainers_config.ryuk_image


@dataclass
class Engine:
    """What the played engine has and what it was asked."""

    database: Server
    images: set[str] = field(default_factory=lambda: {IMAGE, RYUK})
    networks: dict[str, str] = field(default_factory=dict)  # container → network
    status: str = "running"
    address: str = "127.0.0.1"
    created: list[dict[str, Any]] = field(default_factory=list)
    pulled: list[str] = field(default_factory=list)
    removed: int = 0

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        """Status and JSON for one request, in the words of Docker's API."""
        match [method, *path.strip("/").split("/")]:
            case ["GET", "version"]:
                return 200, {"ApiVersion": DEFAULT_DOCKER_API_VERSION}
            case ["GET", "_ping"]:
                return 200, "OK"
            case ["GET", "images", *name, "json"]:
                known = "/".join(name) in self.images
                return (200, {"Id": "sha256:1"}) if known else (404, {"message": "no such image"})
            case ["POST", "images", "create"]:
                self.pulled.append(f"{query['fromImage'][0]}:{query['tag'][0]}")
                return 500, {"message": "registry.invalid: no such host"}
            case ["POST", "containers", "create"]:
                self.created.append(body)
                return 201, {"Id": "made"}
            case ["POST", "containers", "made", "start"]:
                self.set_password()
                return 204, None
            case ["GET", "containers", "json"]:
                return 200, [self.described(json.loads(query["filters"][0])["id"][0])]
            case ["GET", "containers", "made", "json"]:
                return 200, {"Id": "made", "State": {"Status": self.status}, **self.described("made")}
            case ["GET", "containers", "made", "logs"]:
                return 200, ""
            case ["DELETE", "containers", "made"]:
                self.removed += 1
                return 204, None
            case ["GET", "networks"]:
                return 200, []
        return 404, {"message": f"{method} {path} is not played here"}

    def described(self, container: str) -> dict[str, Any]:
        """One container, as a list and an inspection show it."""
        network = self.networks.get(container, "bridge")
        if container == "made":
            network = self.created[-1]["HostConfig"].get("NetworkMode", "default")
        port = {"HostIp": self.address, "HostPort": str(self.database.port)}
        return {
            "HostConfig": {"NetworkMode": network},
            "Config": {"Tty": False},
            "NetworkSettings": {
                "Ports": {f"{containers.PORT}/tcp": [port]},
                "Networks": {
                    network.replace("default", "bridge"): {"IPAddress": self.address, "Gateway": self.address}
                },
            },
        }

    def set_password(self) -> None:
        """Give the database the password that the container was created with, as the image does."""
        given = dict(line.split("=", 1) for line in self.created[-1]["Env"])["POSTGRES_PASSWORD"]
        with psycopg.connect(self.database.admin_url(), autocommit=True) as connection:
            connection.execute(sql.SQL("alter role supabase_admin password {}").format(sql.Literal(given)))
        self.database.passwords["supabase_admin"] = given

    def bindings(self) -> Any:
        """How the last container's port was to be published; None if not at all."""
        return (self.created[-1]["HostConfig"].get("PortBindings") or {}).get(f"{containers.PORT}/tcp")


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    """The Postgres that stands for the image."""
    with run_postgres(fast=True) as postgres:
        yield postgres.server


@pytest.fixture
def engine(database: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A played Docker engine that DOCKER_HOST names, without the container that clears up."""
    engine = Engine(database)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            asked = urlsplit(self.path)
            path = asked.path.removeprefix(f"/v{DEFAULT_DOCKER_API_VERSION}")
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            told = json.loads(body) if body else None
            status, answer = engine.answer(self.command, unquote(path), parse_qs(asked.query), told)
            text = b"" if status == 204 else (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = respond  # noqa: N815 - the server's names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setattr(testcontainers_config, "_ryuk_disabled", True)
        monkeypatch.setattr(testcontainers_config, "connection_mode_override", None)
        monkeypatch.setattr(testcontainers_config, "tc_host_override", None)
        monkeypatch.setattr(utils, "inside_container", lambda: False)
        monkeypatch.setattr(utils, "get_running_in_container_id", lambda: None)
        yield engine
        server.shutdown()


def inside(monkeypatch: pytest.MonkeyPatch, engine: Engine, network: str | None) -> None:
    """Let testcontainers find itself in a container, on a network that it can or cannot find."""
    monkeypatch.setattr(utils, "inside_container", lambda: True)
    if network:
        engine.networks["ourselves"] = network
        monkeypatch.setattr(utils, "get_running_in_container_id", lambda: "ourselves")


def test_on_the_engines_machine_the_port_is_published_on_loopback_alone(engine: Engine) -> None:
    with run_container() as server:
        assert (server.host, server.port) == ("127.0.0.1", engine.database.port)
        assert server.answers()
    assert engine.bindings() == [{"HostIp": "127.0.0.1", "HostPort": ""}]
    assert engine.removed == 1


def test_every_login_role_gets_its_password(engine: Engine) -> None:
    with run_container() as server:
        for role in ("postgres", "authenticator"):
            psycopg.connect(server.url(role)).close()
    assert engine.removed == 1


def test_in_a_container_on_the_same_network_no_port_is_published(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(monkeypatch, engine, "devnet")
    monkeypatch.setattr(containers, "PORT", engine.database.port)
    with run_container() as server:
        assert (server.host, server.port) == ("127.0.0.1", engine.database.port)
    assert engine.bindings() is None
    assert engine.created[-1]["HostConfig"]["NetworkMode"] == "devnet"


def test_in_a_container_that_knows_no_network_the_gateway_leads_to_the_port(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(monkeypatch, engine, None)
    engine.address = "0.0.0.0"
    with run_container() as server:
        assert (server.host, server.port) == ("0.0.0.0", engine.database.port)
    assert engine.bindings() == [{"HostIp": "", "HostPort": ""}], "on loopback, the gateway would not lead there"


def test_in_a_container_on_the_network_of_the_machine_loopback_is_right(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(monkeypatch, engine, "host")
    with run_container() as server:
        assert (server.host, server.port) == ("127.0.0.1", engine.database.port)
    assert engine.bindings() == [{"HostIp": "127.0.0.1", "HostPort": ""}]
    assert engine.created[-1]["HostConfig"]["NetworkMode"] == "bridge"


def test_a_host_that_is_named_by_hand_is_used_and_the_port_is_published_for_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testcontainers_config, "tc_host_override", "0.0.0.0")
    with run_container() as server:
        assert server.host == "0.0.0.0"
    assert engine.bindings() == [{"HostIp": "", "HostPort": ""}]


def test_a_connection_mode_that_is_named_by_hand_is_used(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testcontainers_config, "connection_mode_override", ConnectionMode.bridge_ip)
    monkeypatch.setattr(containers, "PORT", engine.database.port)
    with run_container() as server:
        assert server.port == engine.database.port
    assert engine.bindings() is None


@pytest.mark.parametrize("missing", [IMAGE, RYUK])
def test_the_image_that_is_missing_is_named_with_its_command(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(testcontainers_config, "_ryuk_disabled", False)
    engine.images.remove(missing)
    with pytest.raises(StackError) as refused, run_container():
        pass
    assert refused.value.failed == f"the image {missing} is missing and cannot be pulled"
    assert refused.value.mend.startswith(f"docker pull {missing}")
    assert engine.pulled == [missing]
    assert engine.created == []


def test_a_container_that_ends_at_once_is_told_apart_from_one_that_is_not_reached(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "_finished", lambda _server: setattr(engine, "status", "exited"))
    with pytest.raises(StackError, match="ended while starting"), run_container():
        pass
    assert engine.removed == 1


def test_an_address_that_leads_nowhere_is_named_with_the_variable_that_mends_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "_finished", lambda _server: False)
    monkeypatch.setattr(containers, "START_SECONDS", 0.1)
    with pytest.raises(StackError) as refused, run_container():
        pass
    assert f"127.0.0.1:{engine.database.port}" in refused.value.failed
    assert "connection mode docker_host" in refused.value.checked
    assert "TESTCONTAINERS_HOST_OVERRIDE" in refused.value.mend
    assert engine.removed == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("host", ["tcp://127.0.0.1:9", "unix:///nowhere/docker.sock", "sideways"])
def test_containers_without_an_engine_are_refused(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with (
        pytest.raises(StackError, match="needs a Docker engine, and none answers"),
        run_stack(kind="containers"),
    ):
        pass
    gc.collect()  # Docker's client leaves a socket open that could not connect


@pytest.mark.parametrize(
    ("host", "written"), [("127.0.0.1", "127.0.0.1"), ("fe80::1", "[fe80::1]"), ("docker", "docker")]
)
def test_every_kind_of_host_makes_an_address_that_can_be_read(host: str, written: str) -> None:
    url = Server(host, 1, {"postgres": "p"}).url()
    assert f"@{written}:1/" in url
    assert psycopg.conninfo.conninfo_to_dict(url)["host"] == host
