"""The stack as a running thing: beside others, after crashes, at the end, and where it is not possible."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from harness.stack import Keys, Stack, StackError, SupabaseCli, run_stack, wait_until
from harness.stack.commands import app
from harness.stack.external import REQUIRED
from harness.stack.parts import ROOT, postgrest_binary
from harness.stack.postgres import scratch_directory
from harness.stack.process import Ports

RUN_AND_WAIT = """
    import json, signal, sys
    from harness.stack import run_stack
    with run_stack() as stack:
        pids = [part.pid for part in (stack.postgres, stack.postgrest.service, stack.gateway.service)]
        print(json.dumps({"pids": pids, "directory": str(stack.postgres.log.parent)}), flush=True)
        signal.pause()
"""


@pytest.fixture(autouse=True)
def _embedded_only(stack: Stack) -> None:
    if stack.kind != "embedded":
        pytest.skip(f"is about the embedded stack, and this is OPS_STACK={stack.kind}")


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be counted does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def answers(stack: Stack) -> bool:
    """Whether a read through the gateway succeeds."""
    headers = {"apikey": stack.secret_key, "Accept-Profile": "ops"}
    return httpx.get(f"{stack.rest_url}/releases?limit=1", headers=headers).is_success


@contextlib.contextmanager
def harness_process() -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Another harness in a process of its own, with a running stack."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUN_AND_WAIT)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_a_second_stack_runs_beside_the_first_and_leaves_it_alone(stack: Stack) -> None:
    with run_stack() as second:
        assert second.url != stack.url
        assert answers(second)
        assert answers(stack)
        assert httpx.get(f"{second.rest_url}/", headers={"apikey": stack.secret_key}).status_code == 401
    assert answers(stack)


def test_a_clone_sees_nothing_of_its_origin_nor_the_other_way_round(stack: Stack) -> None:
    with stack.clone() as clone:
        with clone.connect() as connection:
            connection.execute("create table public.only_here ()")
        with stack.connect() as connection:
            assert connection.execute("select to_regclass('public.only_here')").fetchone() == (None,)


def test_the_database_of_a_clone_is_gone_afterwards(stack: Stack) -> None:
    with stack.clone_database() as url:
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with stack.connect() as connection:
        assert connection.execute("select from pg_database where datname = %s", [name]).fetchone() is None


def test_ddl_is_visible_to_the_api_once_reload_schema_returns(fresh_stack: Callable[[], Stack]) -> None:
    stack = fresh_stack()
    for number in range(5):
        with stack.connect() as connection:
            connection.execute(f"create view ops.seen_{number} with (security_invoker) as select 1 as one")
            connection.execute(f"grant select on ops.seen_{number} to service_role")
        stack.reload_schema()
        assert stack.client().table(f"seen_{number}").select("one").execute().data == [{"one": 1}]


def straight(stack: Stack, token: str, path: str, body: Any = None) -> httpx.Response:
    """A request to PostgREST itself, which alone looks at the token."""
    assert stack.postgrest
    headers = {"authorization": f"Bearer {token}", "content-profile": "ops"}
    method = "GET" if body is None else "POST"
    return stack.http.request(method, f"{stack.postgrest.url}/{path}", headers=headers, json=body)


def test_a_cached_token_is_refused_once_its_exp_has_passed(fresh_stack: Callable[[], Stack]) -> None:
    # Once the key was exchanged, only the cache lets the token in: no need to wait for the leeway of 30 s.
    stack = fresh_stack()

    def let_in(token: str) -> bool:
        return straight(stack, token, "releases?limit=1").status_code == 200

    token, late, others = stack.token("sre", ttl=6), stack.token("sre", ttl=-20), itertools.count()
    ends = jwt.decode(token, options={"verify_signature": False})["exp"]
    assert let_in(token)
    assert let_in(late), "within the leeway"
    exchange_the_key(stack, Keys.generate())
    wait_until(lambda: not let_in(stack.token("sre", f"uncached-{next(others)}")), 30, "the key to be exchanged")
    assert not let_in(late), "what is past its exp is not cached"
    assert let_in(token) or time.time() >= ends, "cached, unless the machine took longer for the key than it lasts"
    wait_until(lambda: not let_in(token), 20, "the cached token to end")
    assert ends <= time.time() < ends + 30


def exchange_the_key(stack: Stack, keys: Keys) -> None:
    """Let PostgREST verify tokens with another key; the setting belongs to the database and goes with it."""
    assert stack.admin_db_url
    with psycopg.connect(stack.admin_db_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("alter role authenticator in database {} set pgrst.jwt_secret = {}").format(
                sql.Identifier(connection.info.dbname), sql.Literal(json.dumps(keys.jwks))
            )
        )
        connection.execute("notify pgrst, 'reload config'")


def test_a_cached_token_of_a_revoked_member_decides_nothing(stack: Stack) -> None:
    subject = f"manager-{uuid4().hex}"
    token = stack.token("release_manager", subject)

    def open_release() -> httpx.Response:
        named = {"project": "acme/shop", "release_name": uuid4().hex, "environment_target": "dev", "source_ref": "main"}
        return straight(stack, token, "rpc/open_release", named)

    stack.client().rpc("grant_membership", {"subject": subject, "role": "release_manager"}).execute()
    assert open_release().status_code == 200
    stack.client().rpc("revoke_membership", {"subject": subject}).execute()
    refused = open_release()
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")
    assert straight(stack, token, "releases?limit=1").status_code == 200, "the token itself is as good as before"


def test_the_cli_resets_the_database_and_the_api_follows(fresh_stack: Callable[[], Stack]) -> None:
    stack = fresh_stack()
    with stack.connect() as connection:
        connection.execute("drop schema ops cascade")
    stack.reset()
    assert answers(stack)


def test_a_reset_database_does_not_differ_from_a_migrated_one(fresh_db: Callable[[], str]) -> None:
    migrated, reset = fresh_db(), fresh_db()
    cli = SupabaseCli()
    cli.reset(reset)
    assert cli.diff(migrated, reset) == ""


def test_a_difference_is_found(fresh_db: Callable[[], str]) -> None:
    migrated, changed = fresh_db(), fresh_db()
    with psycopg.connect(changed) as connection:
        connection.execute("create table ops.stray (a int)")
    assert "stray" in SupabaseCli().diff(migrated, changed)


def test_a_failing_command_of_the_cli_says_why() -> None:
    with pytest.raises(StackError, match="supabase db push failed"):
        SupabaseCli().push("postgresql://postgres:wrong@127.0.0.1:1/postgres?sslmode=disable")


def test_postgres_15_takes_the_migrations_too() -> None:
    with run_stack(major=15) as old:
        with old.connect() as connection:
            assert connection.info.server_version // 10_000 == 15
        assert answers(old)


def test_committed_work_and_service_outlive_kill_9_of_every_part() -> None:
    with run_stack() as stack:
        assert stack.postgres
        assert stack.postgrest
        assert stack.function
        assert stack.gateway
        with stack.connect() as connection:
            connection.execute("create table public.kept as select 1 as one")
        for part in (stack.postgres, stack.postgrest.service, stack.function.service, stack.gateway.service):
            part.kill()
            part.restart()
        with stack.connect() as connection:
            assert connection.execute("select one from public.kept").fetchone() == (1,)
        wait_until(lambda: answers(stack), 20, "the API to answer again")


def test_while_a_part_is_down_the_gateway_says_to_come_back(fresh_stack: Callable[[], Stack]) -> None:
    stack = fresh_stack()
    assert stack.postgrest
    stack.postgrest.service.kill()
    answer = httpx.get(f"{stack.rest_url}/", headers={"apikey": stack.secret_key})
    assert (answer.status_code, answer.headers["retry-after"], set(answer.json())) == (503, "1", {"message"})
    stack.postgrest.service.restart()
    assert answers(stack)


def test_an_answer_that_is_cut_short_by_a_kill_is_no_refusal(fresh_stack: Callable[[], Stack]) -> None:
    stack = fresh_stack()
    assert stack.postgrest
    stack.postgrest.service.kill()
    with socket.create_server(("127.0.0.1", stack.postgrest.port)) as dying, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(httpx.get, f"{stack.rest_url}/", headers={"apikey": stack.secret_key})
        connection, _ = dying.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf of it")
        answer = asking.result()
    assert (answer.status_code, answer.headers["retry-after"], set(answer.json())) == (503, "1", {"message"})


def test_the_function_itself_meets_bodies_of_up_to_8_mib(stack: Stack) -> None:
    url, headers = f"{stack.functions_url}/ops-event-ingest", {"apikey": stack.secret_key}
    within = httpx.post(url, content=b"x" * 4 * 1024 * 1024, headers=headers, timeout=30)
    above = httpx.post(url, content=b"x" * 9 * 1024 * 1024, headers=headers, timeout=30)
    assert within.json() != above.json()
    assert (above.status_code, above.json()) == (413, {"message": "the request body exceeds 8388608 bytes"})


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_the_harness_leaves_no_process(how: signal.Signals) -> None:
    with harness_process() as (process, told):
        process.send_signal(how)
        process.wait(20)
        wait_until(lambda: not any(map(alive, told["pids"])), 20, "every part to end")


def test_kill_9_of_the_harness_leaves_no_process_and_the_next_run_clears_the_disk() -> None:
    with harness_process() as (process, told):
        assert all(map(alive, told["pids"]))
        process.kill()
        process.wait()
        wait_until(lambda: not any(map(alive, told["pids"])), 20, "every part to end")
    left = Path(told["directory"])
    assert left.exists()
    with scratch_directory():
        assert not left.exists()


def test_a_wanted_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            contextlib.closing(Ports()) as ports,
            pytest.raises(StackError, match=f"port {port} is already in use"),
        ):
            ports.lease(port)


def test_two_leases_never_name_the_same_port() -> None:
    with contextlib.closing(Ports()) as one, contextlib.closing(Ports()) as other:
        assert len({ports.lease() for ports in (one, other) for _ in range(20)}) == 40


def test_a_missing_part_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGREST_BIN", "/nowhere/postgrest")
    with pytest.raises(StackError, match="PostgREST is missing\nchecked: POSTGREST_BIN=/nowhere/postgrest\ndo: "):
        postgrest_binary()


def test_an_unknown_kind_of_stack_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_STACK", "cloud")
    with pytest.raises(StackError, match="OPS_STACK=cloud is not known"), run_stack():
        pass


def test_an_external_project_without_its_variables_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REQUIRED:
        monkeypatch.delenv(name, raising=False)
    with (
        pytest.raises(StackError, match=f"OPS_STACK=external needs {', '.join(REQUIRED)}"),
        run_stack(kind="external"),
    ):
        pass


def test_containers_without_an_engine_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    with (
        pytest.raises(StackError, match="needs a Docker engine, and none answers"),
        run_stack(kind="containers"),
    ):
        pass


def test_an_external_project_passes_as_a_stack(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", stack.url)
    monkeypatch.setenv("SUPABASE_DB_URL", stack.db_url)
    monkeypatch.setenv("SUPABASE_SECRET_KEY", stack.secret_key)
    monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", stack.publishable_key)
    with run_stack(kind="external") as external:
        assert answers(external)
        with pytest.raises(StackError, match="no token can be signed"):
            external.token("sre")
        with pytest.raises(StackError, match="cannot be cloned"), external.clone():
            pass
    monkeypatch.setenv("SUPABASE_JWT_PRIVATE_KEY", json.dumps(stack.keys.signing_key))
    with run_stack(kind="external") as external:
        assert external.token("audit_reader")
        external.client().table("releases").select("release_id").limit(1).execute()


class Checkout:
    """A copy of this checkout in another place, and its command line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(ROOT / "harness", root / "harness", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "supabase", root / "supabase", ignore=shutil.ignore_patterns(".temp"))
        (root / "node_modules").symlink_to(ROOT / "node_modules")
        # Unpacked once is enough.
        (root / ".cache").symlink_to(ROOT / ".cache")

    def gates(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m harness.stack …` there."""
        return subprocess.run(
            [sys.executable, "-m", "harness.stack", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def keeper(self) -> int:
        """The process that keeps the stack."""
        return int((self.root / ".stack" / "lock").read_text())

    def described(self) -> dict[str, str]:
        """What `status` says."""
        done = self.gates("status", "-o", "json")
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    """A second copy of the checkout, which is down at the end."""
    with scratch_directory() as directory:
        copy = Checkout(directory / "copy")
        try:
            yield copy
        finally:
            copy.gates("down")


def test_a_stack_comes_up_says_where_it_is_and_goes_down(checkout: Checkout, stack: Stack) -> None:
    up = checkout.gates("up")
    assert (up.returncode, up.stderr.strip()) == (0, "The stack is up.")
    for name, value in (described := checkout.described()).items():
        assert [name, value] in [line.split() for line in up.stdout.splitlines()]
    again = checkout.gates("up")
    assert (again.returncode, again.stdout) == (0, up.stdout)
    assert answers(stack), "another copy of the checkout is not disturbed"
    down = checkout.gates("down")
    assert (down.returncode, checkout.gates("down").returncode, checkout.gates("status").returncode) == (
        0,
        0,
        1,
    )
    assert described["SUPABASE_URL"] != stack.url


def test_data_and_keys_outlive_down_and_kill_9_and_reset_empties_the_database(checkout: Checkout) -> None:
    assert checkout.gates("up").returncode == 0
    before = checkout.described()
    with psycopg.connect(before["SUPABASE_DB_URL"]) as connection:
        connection.execute("create table public.kept as select 1 as one")
    assert checkout.gates("down").returncode == 0
    assert checkout.gates("up").returncode == 0
    os.kill(keeper := checkout.keeper(), signal.SIGKILL)
    wait_until(lambda: not alive(keeper), 10, "the keeper to end")
    stale = checkout.gates("status")
    assert (stale.returncode, stale.stderr.splitlines()[0]) == (1, "the stack is not running")
    recovered = checkout.gates("up")
    assert recovered.returncode == 0, recovered.stderr
    assert checkout.described() == before
    with psycopg.connect(before["SUPABASE_DB_URL"]) as connection:
        assert connection.execute("select one from public.kept").fetchone() == (1,)
    reset = checkout.gates("reset")
    assert reset.returncode == 0, reset.stderr
    with psycopg.connect(before["SUPABASE_DB_URL"]) as connection:
        assert connection.execute("select to_regclass('public.kept')").fetchone() == (None,)


def test_up_on_a_port_that_is_taken_fails_in_one_sentence(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        up = checkout.gates("up", "--port", str(port))
    assert (up.returncode, up.stdout) == (1, "")
    assert up.stderr.startswith(f"port {port} is already in use on 127.0.0.1\n")
    assert checkout.gates("status").returncode == 1


def test_interrupting_up_leaves_nothing_running(checkout: Checkout) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "harness.stack", "up"],
        cwd=checkout.root,
        stderr=subprocess.PIPE,
        text=True,
    ) as up:
        lock = checkout.root / ".stack" / "lock"
        keeper = int(wait_until(lambda: lock.read_text() if lock.exists() else "", 20, "the keeper to start"))
        up.send_signal(signal.SIGINT)
        said = up.communicate(timeout=60)[1]
    assert (up.returncode, said.strip()) == (130, "stopped; nothing is left running")
    assert not alive(keeper)


@pytest.mark.parametrize("arguments", [["sideways"], ["up", "--port", "0"], ["status", "-o", "xml"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


@pytest.mark.parametrize("command", ["up", "down", "status", "reset"])
def test_help_shows_an_example(command: str) -> None:
    assert "Example: " in CliRunner().invoke(app, [command, "--help"]).output
