"""A key goes to the project and to nobody else: not in the clear, not along a redirect, not by a proxy."""

from __future__ import annotations

import contextlib
import gc
import ssl
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from supabase import ClientOptions, create_client

from harness.prove.world import World
from harness.stack import Stack
from harness.tests.flaky import BOT, SIGN_IN, Action, flaky
from harness.tests.pipeline import caller
from harness.tests.terminal import Terminal, failed, surrounded
from ops_gates import settings
from ops_gates.client import Gates
from ops_gates.errors import Unreachable, UsageFault
from ops_gates.exit_codes import Code
from ops_gates.producers import github_actions, wire
from ops_gates.retry import Retry

SECRET = "sb_secret_kept_to_itself"
AT_HOME = [
    "https://project.example",
    "https://project.example:8443/",
    "HTTPS://Project.Example",
    "http://localhost:54321",
    "HTTP://LOCALHOST:54321",
    "http://127.0.0.1:54321",
    "http://127.9.8.7",
    "http://[::1]:54321/",
]
ABROAD = [
    "http://project.example",
    "HTTP://project.example",
    "http://127.0.0.1.example",
    "http://localhost.example",
    "http://localhost.",
    "http://127.1",
    "http://2130706433",
    "http://0x7f000001",
    "http://0177.0.0.1",
    "http://0.0.0.0",
    "http://[::]",
    "http://[::ffff:127.0.0.1]",
    "http://[::1%25eth0]",
    "http://10.0.0.7",
    "http://kong:8000",
    "http://host.docker.internal",
    "http://127.0.0.1@project.example",
    "http://me:pass@127.0.0.1",
    "https://me:pass@project.example",
    "https://@project.example",
    "http://127.0.0.1\\@project.example",
    "http://127.0.0.1#@project.example",
    "http://127.0.0.1?@project.example",
    "http://127.0.0.1\t.example",
    "http://\uff11\uff12\uff17.0.0.1",
    "http://\u24dbocalhost",
    "https://project.example/?x=1",
    "https://project.example/#x",
    "https://project.example:0",
    "https://project.example:99999",
    "https://",
    "//project.example",
    "project.example",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("url", AT_HOME)
def test_a_key_goes_over_https_or_to_this_machine(url: str) -> None:
    chosen = settings.read({"SUPABASE_URL": url, "SUPABASE_SECRET_KEY": SECRET})
    assert chosen.url.startswith(("https://", "http://"))
    assert not chosen.url.endswith("/")
    assert wire.Wire(url, SECRET).url == chosen.url
    with Gates.at(url, SECRET):
        pass


@pytest.mark.parametrize("url", AT_HOME)
def test_certificates_are_trusted_where_requests_are_encrypted_and_nowhere_else(url: str) -> None:
    with Gates.at(url, SECRET) as gates:
        transport: Any = gates._supabase.client.postgrest.session._transport
        trusted: ssl.SSLContext = transport._pool._ssl_context
    assert (trusted.verify_mode, trusted.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert bool(trusted.cert_store_stats()["x509_ca"]) == url.lower().startswith("https:")


@pytest.mark.parametrize("url", ABROAD)
def test_a_key_goes_nowhere_else(url: str) -> None:
    for place in (
        lambda: settings.read({"SUPABASE_URL": url, "SUPABASE_SECRET_KEY": SECRET}),
        lambda: wire.Wire(url, SECRET),
        lambda: Gates.at(url, SECRET).__enter__(),
    ):
        with pytest.raises(UsageFault) as refused:
            place()
        assert "pass" not in str(refused.value)
        assert SECRET not in str(refused.value)


def test_a_client_of_ones_own_is_held_to_the_same_rule(stack: Stack) -> None:
    client = stack.client()
    client.supabase_url = client.supabase_url.with_host("project.example")
    with pytest.raises(UsageFault):
        Gates(client)


class Listener:
    """A server of somebody else's, which keeps the headers that it is sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.heard: list[str] = []


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """Somebody who would like to have the key."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        listener = Listener(f"http://127.0.0.1:{server.server_port}")

        class Handler(BaseHTTPRequestHandler):
            def parse_request(self) -> bool:
                parsed = super().parse_request()
                listener.heard.append(f"{self.requestline}\n{self.headers}")
                self.send_error(502)
                return parsed and False

            def log_message(self, *_: object) -> None:
                pass

        server.RequestHandlerClass = Handler
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("status", ["301", "302", "307", "308"])
def test_a_redirect_takes_no_key_along(stack: Stack, status: Action) -> None:
    event = World(stack).build()
    bot = settings.Bot(BOT["email"], BOT["password"])
    with flaky(stack, *[status] * 99) as front, listening() as elsewhere:
        front.elsewhere = elsewhere.url.replace("127.0.0.1", "localhost")
        never = Retry.never()
        with Gates.at(front.url, SECRET, retry=never) as gates:
            bare = wire.project_of(settings.Settings(front.url, SECRET, retry=never))
            for project in (gates, bare):
                for ask in (lambda: project.emit(event), lambda: project.release(uuid.uuid4())):  # noqa: B023
                    with pytest.raises(Unreachable):
                        ask()
        with pytest.raises(Unreachable):
            wire.project_of(settings.Settings(front.url, SECRET, bot=bot, retry=never))
        with pytest.raises(Unreachable), Gates.at(front.url, SECRET, bot=bot, retry=never):
            pass
        assert (len(front.bodies), elsewhere.heard) == (6, [])


@pytest.mark.filterwarnings("ignore:The '(timeout|verify)' parameter:DeprecationWarning")  # supabase-py's own
@pytest.mark.parametrize("own_http", [True, False])
@pytest.mark.parametrize("status", ["301", "302", "307", "308"])
def test_a_client_of_ones_own_follows_no_redirect_either(stack: Stack, status: Action, own_http: bool) -> None:
    with (
        flaky(stack, *[status] * 99) as front,
        listening() as elsewhere,
        httpx.Client(follow_redirects=True) as http,
    ):
        front.elsewhere = elsewhere.url
        options = ClientOptions(schema="ops", httpx_client=http) if own_http else ClientOptions(schema="ops")
        client = create_client(front.url, SECRET, options)
        gates = Gates(client, Retry.never())
        for ask in (lambda: gates.release(uuid.uuid4()), lambda: gates.emit({"a": SECRET}), gates.exceptions):
            with pytest.raises(Unreachable):
                ask()
        # supabase-py makes a new session when somebody signs in.
        client.options.headers["Authorization"] = "Bearer another-token"
        client._listen_to_auth_events("SIGNED_IN", None)
        with pytest.raises(Unreachable):
            gates.release(uuid.uuid4())
        assert (len(front.bodies), elsewhere.heard) == (4, [])
        client.postgrest.session.close()


@pytest.mark.filterwarnings("ignore:The '(timeout|verify)' parameter:DeprecationWarning")  # supabase-py's own
@pytest.mark.parametrize("own_http", [True, False])
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_does_not_see_the_key_of_a_client_of_ones_own(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, variable: str, own_http: bool
) -> None:
    world = World(stack)
    with listening() as proxy:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, proxy.url)
        with httpx.Client() as http:
            options = ClientOptions(schema="ops", httpx_client=http) if own_http else ClientOptions(schema="ops")
            client = create_client(stack.url, stack.secret_key, options)
            gates = Gates(client, Retry.never())
            assert gates.release(world.release_id)["release_id"] == str(world.release_id)
            assert gates.emit(world.build()).kept
            gates.exceptions(world.release_id)
            client.postgrest.session.close()
        assert proxy.heard == []


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_does_not_see_the_key_of_a_local_project(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    world = World(stack)
    with listening() as proxy:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, proxy.url)
        with Gates.at(stack.url, stack.secret_key, retry=Retry.never()) as gates:
            bare = wire.project_of(settings.Settings(stack.url, stack.secret_key, retry=Retry.never()))
            for project in (gates, bare):
                assert project.release(world.release_id)["release_id"] == str(world.release_id)
        assert proxy.heard == []


# Python before 3.11.4 leaves the answer of a proxy that refuses open, until it is collected.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_of_https_sees_the_host_and_no_key(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with listening() as proxy:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, proxy.url)
        with Gates.at("https://project.example", SECRET, retry=Retry.never()) as gates:
            bare = wire.project_of(settings.Settings("https://project.example", SECRET, retry=Retry.never()))
            for project in (gates, bare):
                with pytest.raises(Unreachable):
                    project.release(uuid.uuid4())
        assert [heard.split()[:2] for heard in proxy.heard] == [["CONNECT", "project.example:443"]] * 2
        assert SECRET not in str(proxy.heard)
    gc.collect()


# Bots


def test_the_command_line_signs_in_as_a_bot_too(stack: Stack) -> None:
    world = World(stack)
    with flaky(stack, "busy") as front:
        bot = Terminal({**caller(stack, "bot user"), "SUPABASE_URL": front.url})
        done = bot("emit", "build_complete", str(world.release_id), "--run", uuid.uuid4().hex, "--status", "pass")
        assert (done.exit_code, done.stderr) == (Code.DONE, "")
        assert front.paths[:3] == [SIGN_IN, SIGN_IN, "/functions/v1/ops-event-ingest"]
    [check] = world.facts("gate_checks")
    assert check["created_by"] == "ci-bot"


def test_an_address_without_sign_in_says_so_and_does_not_blame_the_password(stack: Stack) -> None:
    bot = settings.Bot(BOT["email"], BOT["password"])
    with flaky(stack, "404", "404") as front:
        chosen = settings.Settings(front.url, stack.publishable_key, bot=bot, retry=Retry.never())
        with pytest.raises(Unreachable) as bare:
            wire.project_of(chosen)
        with pytest.raises(Unreachable) as client, Gates.of(chosen):
            pass
    assert (bare.value.code, client.value.code) == ("no_sign_in", "no_sign_in")
    assert str(bare.value) == str(client.value)


def test_a_token_comes_before_a_bot_and_a_bot_before_a_secret_key() -> None:
    given = {"SUPABASE_URL": "https://project.example", "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_x"}
    secret = {**given, "SUPABASE_SECRET_KEY": SECRET}
    bot = {**secret, "OPS_BOT_EMAIL": BOT["email"], "OPS_BOT_PASSWORD": BOT["password"]}
    token = {**bot, "OPS_TOKEN": "a.token.of-a-person"}
    chosen = [settings.read(environment) for environment in (secret, bot, token)]
    assert [(one.key == SECRET, one.bot is not None, one.token is not None) for one in chosen] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    for one in chosen:
        assert not any(value in repr(one) for value in (SECRET, BOT["password"], "a.token"))


@pytest.mark.parametrize("nothing", ["", " \n"])
@pytest.mark.parametrize("name", settings.CHOICES)
def test_a_choice_that_is_set_to_nothing_is_not_taken_for_another_one(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, name: str, nothing: str
) -> None:
    with flaky(stack) as front:
        given = {"SUPABASE_URL": front.url, "SUPABASE_SECRET_KEY": stack.secret_key, "OPS_RETRY_SECONDS": "0"}
        person = Terminal({**given, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key, name: nothing})
        assert name in failed(person("guard", "a/b"), Code.USAGE)
        assert front.bodies == []
        surrounded(monkeypatch, {**given, name: nothing, "OPS_ENVIRONMENT": "dev", "OPS_RELEASE_NAME": "v1"})
        monkeypatch.setenv("OPS_PROJECT", "a/b")
        # A runner sets the variable of each input, also of those that are left out.
        wanted = Code.USAGE if name == "SUPABASE_URL" else Code.NOT_FOUND
        assert github_actions.main(["gate"]) == wanted
