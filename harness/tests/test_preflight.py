"""The checks before a release of the schema pass with our own, and each fails when what it looks at is wrong."""

from __future__ import annotations

import contextlib
import functools
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest

from harness.check import bundles, drift, preflight
from harness.prove.effort import at_night
from harness.stack import Keys, Stack
from harness.stack.errors import StackError
from ops_gates import readiness
from ops_gates.readiness import Check
from ops_gates.retry import Retry

pytest_plugins = ("harness.tests.preflight_fixtures",)

SCHEMAS = "schemas ops and ops_private"  # the check of them
REF = "abcdefghijklmnopqrst"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Asking the CLI for its version takes a second, and one test does."""
    if "all_is_well" not in request.node.name:
        monkeypatch.setattr(preflight, "_cli", lambda: Check("Supabase CLI", True, "3"))


@pytest.fixture(scope="module", autouse=True)
def _compared_once() -> Iterator[None]:
    """A database that nobody changes, compared with itself by the CLI, which takes seconds: once for all tests."""
    compare = drift._diff
    with_itself = functools.cache(compare)

    def compared(source: str, destination: str, workdir: Path) -> str:
        return (with_itself if source == destination else compare)(source, destination, workdir)

    with pytest.MonkeyPatch.context() as once:
        once.setattr(drift, "_diff", compared)
        yield


def by_name(checks: Iterator[Check]) -> dict[str, Check]:
    made = {check.name: check for check in checks}
    assert all("\n" not in check.line() for check in made.values())
    assert all(check.ok or check.do for check in made.values()), "a check that fails says what to do"
    return made


def test_all_is_well_with_a_project_that_the_migrations_made(reference: str) -> None:
    checks = by_name(preflight.checks(reference, reference=reference))
    assert [check.line() for check in checks.values() if not check.ok] == []
    assert all(check.line().startswith("ok      ") for check in checks.values())


def test_a_project_with_drift_is_not_ready(clones: Callable[[], str], reference: str) -> None:
    target = clones()
    with psycopg.connect(target) as connection:
        connection.execute("alter table ops.releases add column note text")
    check = by_name(preflight.checks(target, reference=reference))[SCHEMAS]
    assert not check.ok
    assert "lines of SQL away from the migrations; do: read `make drift`" in check.line()


def test_a_project_without_the_schema_is_ready_for_it(clones: Callable[[], str], reference: str) -> None:
    target = clones()
    with psycopg.connect(target) as connection:
        connection.execute("drop schema ops, ops_private cascade")
    check = by_name(preflight.checks(target, reference=reference))[SCHEMAS]
    assert (check.ok, check.found) == (True, "absent: the migrations can be pushed")


@at_night("runs all checks once more for each case")
@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["drop schema ops, ops_private cascade", "create schema ops_private"], "ops_private"),
        (["drop schema ops_private cascade", "create schema ops_private"], "ops_private"),
        (["drop schema ops, ops_private cascade", "create schema ops", "create table ops.releases ()"], "ops"),
    ],
    ids=["before the first push", "beside ours", "with a table that has the name of one of ours"],
)
def test_a_schema_of_somebody_else_with_one_of_our_names_is_in_the_way(
    statements: list[str], named: str, clones: Callable[[], str], reference: str
) -> None:
    target = clones()
    with psycopg.connect(target) as connection:
        for statement in statements:
            connection.execute(statement)
    check = by_name(preflight.checks(target, reference=reference))[SCHEMAS]
    assert not check.ok
    assert check.found.split()[0] == named
    assert "is not ours; do: rename or drop it" in check.line()


@pytest.mark.parametrize("target", [None, "postgresql://postgres:hunter2@127.0.0.1:1/postgres"])
def test_without_a_project_that_answers_the_rest_is_checked_all_the_same(target: str | None, reference: str) -> None:
    checks = by_name(preflight.checks(target, reference=reference))
    assert [name for name, check in checks.items() if not check.ok] == ["reachable"]
    assert "hunter2" not in checks["reachable"].line()
    assert SCHEMAS not in checks


def test_a_project_ref_asks_for_a_link_a_login_and_its_own_database(
    checkout: Path, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "_authenticated", lambda: Check("authenticated", True, "yes"))
    others = {"linked", "target"}
    checks = by_name(preflight.checks(reference, project_ref=REF, reference=reference, root=checkout))
    assert {name for name, check in checks.items() if not check.ok} == others
    assert f"link --project-ref {REF}" in checks["linked"].do
    temporary = checkout / "supabase" / ".temp"
    temporary.mkdir(parents=True)
    (temporary / "project-ref").write_text(f"{REF}\n")
    hosted = f"postgresql://postgres.{REF}:hunter2@127.0.0.1:1/postgres"
    checks = by_name(preflight.checks(hosted, project_ref=REF, reference=reference, root=checkout))
    assert all(checks[name].ok for name in others)


def test_a_cli_without_a_token_is_not_signed_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SUPABASE_ACCESS_TOKEN", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    line = preflight._authenticated().line()
    assert line == "failed  authenticated: the CLI is not signed in; do: supabase login, or set SUPABASE_ACCESS_TOKEN"


@at_night("runs all checks once more for each case")
@pytest.mark.parametrize("file", bundles.FILES, ids=str)
def test_a_file_of_the_bundles_that_is_missing_is_named(file: Path, checkout: Path, reference: str) -> None:
    (checkout / file).unlink()
    checks = by_name(preflight.checks(None, reference=reference, root=checkout))
    assert str(file) in checks["spec bundles"].found
    assert ("spec and data" in checks) == (file.suffix == ".yaml")


@at_night("runs all checks once more for each case")
@pytest.mark.parametrize("content", ["", "gates: [", "gates: {}", "enums: 7"])
def test_a_file_that_cannot_be_read_is_a_failed_check(content: str, checkout: Path, reference: str) -> None:
    (checkout / bundles.CONTROL_PLANE / "gates.yaml").write_text(content)
    assert not by_name(preflight.checks(None, reference=reference, root=checkout))["spec and data"].ok


def test_migrations_that_do_not_apply_end_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_major: int) -> None:
        raise StackError("supabase db push failed:\nERROR: no such thing")

    monkeypatch.setattr(drift, "fresh", broken)
    checks = by_name(preflight.checks(None))
    assert [*checks] == ["Supabase CLI", "reachable", "spec bundles", "migrations"]
    assert "ERROR: no such thing" in checks["migrations"].found


def test_the_command_prints_a_line_per_check_and_fails_if_one_does(
    reference: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(drift, "fresh", lambda _major: contextlib.nullcontext(reference))
    monkeypatch.setenv("SUPABASE_DB_URL", reference)
    assert preflight.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 20
    assert preflight.main(["--target", "postgresql://postgres@127.0.0.1:1/postgres", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told if not one["ok"]] == ["reachable"]


@pytest.mark.parametrize("arguments", [["--project-ref", "x"], ["--target", "example.com"], ["--nonsense"]])
def test_wrong_arguments_are_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        preflight.main(arguments)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


# The keys that the project trusts


@contextlib.contextmanager
def key_set(content: bytes, status: int = 200) -> Iterator[str]:
    """The address of a project that answers with this key set."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == readiness.JWKS else 404)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


HOSTED = {"kid": "6a1f3c52-58f1-4f3e-9f0c-2d4b7d1f0a11", "kty": "EC"}


def keys_check(url: str, reference: str) -> Check:
    made = preflight.checks(reference, project_url=url, reference=reference)
    return next(check for check in made if check.name == "signing keys")


def test_a_project_that_trusts_the_key_of_a_local_stack_is_not_ready(reference: str) -> None:
    local = Keys.generate()
    for keys in (local.jwks["keys"], [HOSTED, *local.jwks["keys"]], [*local.jwks["keys"], HOSTED]):
        with key_set(json.dumps({"keys": keys}).encode()) as url:
            check = keys_check(url, reference)
        assert not check.ok
        assert local.signing_key["kid"] in check.found
        assert str(local.signing_key["d"]) not in check.line()


@pytest.mark.parametrize(
    ("keys", "ok"),
    [([HOSTED], True), ([HOSTED, {"kty": "oct"}], True), ([], False), ([{"kty": "oct"}], False)],
    ids=["one", "two", "none", "a shared secret"],
)
def test_a_project_with_an_asymmetric_key_of_its_own_is_ready(
    keys: list[dict[str, str]], ok: bool, reference: str
) -> None:
    with key_set(json.dumps({"keys": keys}).encode()) as url:
        assert keys_check(url, reference).ok is ok


@at_night("runs all checks once more for each case")
@pytest.mark.parametrize(
    ("content", "status"), [(b"", 200), (b"<html>", 200), (b"[]", 200), (b'{"keys": [1]}', 200), (b"{}", 404)]
)
def test_a_key_set_that_cannot_be_read_is_a_failed_check(content: bytes, status: int, reference: str) -> None:
    with key_set(content, status) as url:
        assert not keys_check(url, reference).ok


@at_night("runs all checks once more for each case")
@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9", "http://project.example", "no address"])
def test_a_project_whose_keys_cannot_be_asked_for_is_not_ready(
    url: str, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Retry, "within", lambda _: Retry.never())
    assert not keys_check(url, reference).ok


def test_the_local_stack_itself_fails_by_its_address(stack: Stack, reference: str) -> None:
    assert keys_check(stack.url, reference).ok is (stack.kind == "external")


def test_the_address_of_the_project_is_found_wherever_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    hosted, here = f"https://{REF}.supabase.co", "postgresql://postgres:x@127.0.0.1:5432/postgres"
    direct = f"postgresql://postgres:x@db.{REF}.supabase.co:5432/postgres"
    pooled = f"postgresql://postgres.{REF}:x@pooler.example:6543/postgres"
    monkeypatch.delenv("SUPABASE_URL", raising=False)
    asked = [(here, REF), (direct, None), (pooled, None), (here, None), (None, None)]
    assert [preflight.url_of(*each) for each in asked] == [hosted, hosted, hosted, None, None]
    assert preflight.url_of("postgresql://postgres:x@database.example/postgres", None) == ""
    monkeypatch.setenv("SUPABASE_URL", "https://gates.example")
    assert [preflight.url_of(*each) for each in asked] == [hosted, *["https://gates.example"] * 4]
