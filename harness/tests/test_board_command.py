"""`ops-gates board`: the page is built the same each time, and is served for one project and no other."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from harness.prove import browser
from harness.stack import StackError
from harness.stack.parts import ROOT, deno_binary, deno_environment
from harness.tests.board_typist import KEY, PROJECT, TYPIST, URL
from harness.tests.page_bundle import bundle
from ops_gates.board import page, server
from ops_gates.exit_codes import Code

pytestmark = pytest.mark.usefixtures("built_page")
LARGEST = 100_000


# What is built


def test_the_page_is_small_and_the_same_when_it_is_built_again_elsewhere(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "harness" / "board", tmp_path / "harness" / "board")
    bundle.build(tmp_path, deno_binary(), deno_environment())
    first, again = (bundle.place(root) / "page" for root in (ROOT, tmp_path))
    assert {path.name for path in first.iterdir()} == {*bundle.BUILT} == {*page.COPIED}
    for name in bundle.BUILT:
        assert (first / name).read_bytes() == (again / name).read_bytes(), name
    assert sum(len(gzip.compress((first / name).read_bytes())) for name in ("board.js", "style.css")) <= LARGEST


def test_a_change_of_a_source_is_noticed_and_one_of_a_test_is_not(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "harness" / "board", tmp_path / "harness" / "board")
    shutil.copytree(bundle.place(ROOT), bundle.place(tmp_path))
    (tmp_path / "harness" / "board" / "tests").mkdir(exist_ok=True)
    (tmp_path / "harness" / "board" / "tests" / "new_test.ts").write_text("")
    assert bundle.is_current(tmp_path)
    (tmp_path / "harness" / "board" / "style" / "more.css").write_text("a {}")
    assert not bundle.is_current(tmp_path)
    with pytest.raises(bundle.BundleError, match="more"):
        bundle.joined_style(tmp_path / "harness" / "board")
    (tmp_path / "harness" / "board" / "main.ts").write_text("import {")
    with pytest.raises(bundle.BundleError):
        bundle.build(tmp_path, deno_binary(), deno_environment())
    assert (bundle.place(tmp_path) / "page" / "board.js").is_file(), "the page that was there stays"


def test_every_class_and_element_of_the_style_is_on_the_page() -> None:
    style = re.sub(r"/\*.*?\*/", "", bundle.joined_style(ROOT / "harness" / "board"), flags=re.DOTALL)
    selectors = " ".join(each for each in re.findall(r"([^{}]+){", style) if not each.strip().startswith("@"))
    classes = {*re.findall(r"\.([a-z][\w-]*)", selectors)}
    elements = {*re.findall(r"(?:^|[\s,(])([a-z]\w*)", selectors)}
    sources = "".join(path.read_text() for path in bundle.sources(ROOT) if path.suffix in (".ts", ".html"))
    assert len(classes) > 50
    assert classes - {*re.findall(r"[\w-]+", sources)} == set()
    assert elements - {*re.findall(r"<(\w+)", sources)} == set()


def test_the_notices_of_every_library_are_passed_on() -> None:
    said = page.files(PROJECT)["licenses.txt"]
    asked = json.loads((ROOT / "harness" / "board" / "deno.json").read_text())["imports"].values()
    for name, version in {tuple(re.findall(r"^npm:(@?[^@]+)@([^/]+)", each)[0]) for each in asked}:
        assert f"\n{name} {version} (" in said


def test_the_page_loads_its_own_files_alone_by_relative_addresses() -> None:
    named = re.findall(r"""(?:src|href)=["']?([^"'\s>]+)""", page.files(PROJECT)["index.html"])
    assert {"config.js", "board.js", "style.css"} <= {name.removeprefix("./") for name in named}
    assert {name.removeprefix("./") for name in named if not name.startswith("data:")} <= {*page.COPIED, page.CONFIG}


def test_a_platform_without_the_browser_of_the_tests_is_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(browser, "UNPACKED", tmp_path)
    for named in (None, str(tmp_path / "chromium")):
        monkeypatch.delenv("OPS_BROWSER", raising=False)
        if named:
            monkeypatch.setenv("OPS_BROWSER", named)
        with pytest.raises(StackError, match="OPS_BROWSER=none"):
            browser.executable()
        assert not browser.is_left_out()
    monkeypatch.setenv("OPS_BROWSER", browser.NONE)
    assert browser.is_left_out()


# What is filled in


def test_the_page_may_connect_to_its_project_alone_and_runs_no_text_as_code() -> None:
    for url, origin in (
        (URL, URL),
        (f"{URL}:8443/supabase", f"{URL}:8443"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
    ):
        rules = dict(rule.split(" ", 1) for rule in page.Project(url, KEY).policy.split("; "))
        assert rules["connect-src"] == origin
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        assert "unsafe" not in page.Project(url, KEY).policy
    shown = page.files(PROJECT)
    assert page.POLICY_HERE not in shown["index.html"]
    assert f"connect-src {URL};" in shown["index.html"]
    assert json.loads(shown["config.js"].removeprefix("globalThis.OPS_BOARD = ").rstrip(";\n")) == {
        "url": URL, "publishableKey": KEY, "development": False,
    }  # fmt: skip
    assert '"development": true' in page.files(page.Project("http://127.0.0.1:1", KEY))["config.js"]


def of_role(role: str) -> str:
    return jwt.encode({"role": role}, "x" * 32)


@pytest.mark.parametrize("key", ["sb_secret_0123456789", of_role("service_role"), of_role("sre"), "0123456789", ""])
def test_a_key_that_is_not_known_to_be_public_is_refused_and_not_quoted(key: str, tmp_path: Path) -> None:
    done = TYPIST("board", "--out", str(tmp_path / "site"), SUPABASE_PUBLISHABLE_KEY=key)
    assert (done.exit_code, done.stdout, (tmp_path / "site").exists()) == (Code.USAGE, "", False)
    assert "SUPABASE_PUBLISHABLE_KEY" in done.stderr
    assert not key or key not in done.stderr


def test_the_secret_key_of_the_environment_reaches_no_file(tmp_path: Path) -> None:
    done = TYPIST("board", "--out", str(tmp_path), SUPABASE_SECRET_KEY="sb_secret_0123456789")
    assert done.exit_code == Code.DONE
    assert not [path for path in tmp_path.iterdir() if "sb_secret_0123456789" in path.read_text()]
    assert page.project(URL, of_role("anon")).publishable_key


# What is served


@contextlib.contextmanager
def serving(project: page.Project = PROJECT) -> Iterator[server.Server]:
    with socket.socket() as probe:
        probe.bind((server.HOST, 0))
        port = probe.getsockname()[1]
    with server.Server(project, port) as serves:
        thread = threading.Thread(target=serves.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield serves
        finally:
            serves.shutdown()
            thread.join()


def asked(
    at: server.Server, path: str, host: str | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], str]:
    port = at.server_address[1]
    connection = http.client.HTTPConnection(server.HOST, port)
    with contextlib.closing(connection):
        connection.request(method, path, headers={"Host": host or f"{server.HOST}:{port}"})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()


def test_every_file_is_served_with_its_type_and_all_headers_and_nothing_else_is() -> None:
    wanted = page.files(PROJECT)
    with serving() as at:
        for path, name in [("/", "index.html"), ("/?code=1", "index.html"), *((f"/{name}", name) for name in wanted)]:
            status, headers, body = asked(at, path)
            assert (status, body) == (200, wanted[name])
            assert headers["content-type"] == page.TYPES[Path(name).suffix]
            assert PROJECT.headers.items() <= {name: headers.get(name.lower()) for name in PROJECT.headers}.items()
        assert asked(at, "/", method="HEAD")[0::2] == (200, "")
        for path in ("/../pyproject.toml", "/%2e%2e/x", "/page.py", "/board/"):
            assert asked(at, path)[0] == 404
    assert "frame-ancestors 'none'" in PROJECT.headers["Content-Security-Policy"]
    assert PROJECT.headers["X-Frame-Options"] == "DENY"
    assert PROJECT.headers["X-Content-Type-Options"] == "nosniff"
    assert PROJECT.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("POST / HTTP/1.1", 501),
        ("GET http://[::1 HTTP/1.1", 400),
        ("GET /missing HTTP/1.1", 404),
        ("GET / HTTP/1.1 more", 400),
        ("GET / HTTP/9.9", 505),
        (f"GET /{'x' * 70_000} HTTP/1.1", 414),
    ],
)
def test_whatever_is_refused_is_refused_with_all_headers_and_no_traceback(
    line: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving() as at, socket.create_connection((server.HOST, at.server_address[1]), timeout=30) as connection:
        connection.sendall(f"{line}\r\nHost: {server.HOST}:{at.server_address[1]}\r\n\r\n".encode())
        with contextlib.closing(http.client.HTTPResponse(connection)) as answer:
            answer.begin()
            assert answer.status == status
            assert PROJECT.headers.items() <= dict(answer.getheaders()).items()
            assert answer.read().decode().startswith(f"{status} ")
    assert capfd.readouterr() == ("", "")


def test_only_names_of_this_machine_are_answered() -> None:
    with serving() as at:
        port = at.server_address[1]
        assert asked(at, "/", f"localhost:{port}")[0] == 200
        for host in (
            "evil.example",
            f"evil.example:{port}",
            "127.0.0.1",
            f"127.0.0.1:{port}.evil.example",
            f"[::1]:{port}",
        ):
            status, headers, body = asked(at, "/", host)
            assert (status, body) == (421, "421 Misdirected Request\n")
            assert headers["x-frame-options"] == "DENY"
        assert at.server_address[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with serving() as at:
        done = TYPIST("board", "--port", str(at.server_address[1]))
    assert (done.exit_code, done.stdout) == (Code.USAGE, "")
    assert f"port {at.server_address[1]} of this machine is in use" in done.stderr
    assert "--port" in done.stderr


def test_ctrl_c_ends_it_without_a_traceback() -> None:
    environment = {"PATH": os.environ["PATH"], "SUPABASE_URL": URL, "SUPABASE_PUBLISHABLE_KEY": KEY}
    with socket.socket() as probe:
        probe.bind((server.HOST, 0))
        port = str(probe.getsockname()[1])
    typed = [sys.executable, "-m", "ops_gates", "board", "--port", port]
    with subprocess.Popen(typed, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serves:
        assert serves.stdout is not None
        assert f"http://127.0.0.1:{port}/" in serves.stdout.readline()
        serves.send_signal(signal.SIGINT)
        _, said = serves.communicate(timeout=60)
    assert (serves.returncode, said) == (Code.INTERRUPTED, "stopped\n")
