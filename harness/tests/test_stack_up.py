"""The stack that keeps running: `up`, `status`, `reset`, `down`, and the file that says where it is."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from typer.testing import CliRunner, Result

from harness.prove.effort import at_night
from harness.stack import Stack, up, wait_until
from harness.stack.commands import app
from harness.stack.parts import ROOT, database_user
from harness.stack.places import reachable
from harness.stack.postgres import scratch_directory
from harness.tests.running import alive, answers
from ops_gates.readiness import LOCAL

# The longest time that one command may take on a slow machine.
PATIENCE = 600

pytestmark = [
    pytest.mark.usefixtures("embedded_only"),
    # The process that keeps a stack outlives the command that started it, which here runs in the process of the tests.
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
]


class Checkout:
    """A copy of this checkout in another place, and its command line."""

    def __init__(self, root: Path, **process: Any) -> None:
        """Copy it; `process` are arguments for each process of its commands, as `subprocess.run` takes them."""
        self.root, self.process = root, process
        # With what Python compiled, which it would otherwise compile again for each copy.
        shutil.copytree(ROOT / "harness", root / "harness", ignore=shutil.ignore_patterns("tests"))
        shutil.copytree(ROOT / "supabase", root / "supabase", ignore=shutil.ignore_patterns(".temp"))
        (root / "node_modules").symlink_to(ROOT / "node_modules")
        # Unpacked once is enough.
        (root / ".cache").symlink_to(ROOT / ".cache")

    def gates(self, *arguments: str) -> Result:
        """Run a command of that checkout in this process; what keeps a stack is a process in any case."""
        with pytest.MonkeyPatch.context() as there:
            there.setattr(up, "ROOT", self.root)
            there.setattr(up, "HOME", self.root / ".stack")
            return CliRunner().invoke(app, arguments)

    def started(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command there as a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "harness.stack", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            **self.process,
        )

    def keeper(self) -> int:
        """The process that keeps the stack."""
        return int((self.root / ".stack" / "lock").read_text())

    def project_env(self) -> dict[str, str] | None:
        """The variables in `.stack/project.env` as a shell reads them; None if there is no such file."""
        path = self.root / ".stack" / "project.env"
        if not path.exists():
            return None
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        lines = path.read_text().splitlines()
        read = subprocess.run(
            ["env", "-i", "sh", "-c", f"set -a; . {path}; env"], capture_output=True, text=True, check=True
        )
        assert {*lines} <= {*read.stdout.splitlines()}, "no line needs quotes"
        return dict(line.split("=", 1) for line in lines)

    def described(self) -> dict[str, str]:
        """What `status` says."""
        done = self.gates("status", "-o", "json")
        assert done.exit_code == 0, done.stderr
        return dict(json.loads(done.stdout))


def ended(pid: int) -> bool:
    """Whether a process has ended with all its threads: until then it holds its locks."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return not alive(pid)


@contextlib.contextmanager
def copied() -> Iterator[Checkout]:
    """A second copy of the checkout, which is down at the end."""
    with scratch_directory() as directory:
        copy = Checkout(directory / "copy")
        try:
            yield copy
        finally:
            copy.gates("down")


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    """A second copy of the checkout, for one test."""
    with copied() as copy:
        yield copy


@pytest.fixture(scope="module")
def used() -> Iterator[Checkout]:
    """A second copy of the checkout for all tests of this file that do not mind what the others left in it."""
    with copied() as copy:
        yield copy


def test_a_stack_comes_up_and_goes_down_and_data_and_keys_outlive_down_and_kill_9(used: Checkout, stack: Stack) -> None:
    used.gates("down")
    first = used.started("up")
    assert (first.returncode, first.stderr.strip()) == (0, "The stack is up.")
    before = used.described()
    for name, value in before.items():
        assert [name, value] in [line.split() for line in first.stdout.splitlines()]
    again = used.gates("up")
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    with pytest.MonkeyPatch.context() as there:
        there.setenv("OPS_POSTGRES", "16")
        other = used.gates("up")
        assert (other.exit_code, other.stdout) == (1, "")
        assert {"16", "17"} <= set(re.findall(r"\b1\d\b", other.stderr)), "another version is asked for than runs"
        there.setenv("OPS_POSTGRES", "17")
        assert used.gates("up").exit_code == 0
    (used.root / ".stack" / "postgres-16").mkdir()
    assert "data of its own; that of 16 is kept" in used.gates("up").stderr
    (used.root / ".stack" / "postgres-16").rmdir()
    assert answers(stack), "another copy of the checkout is not disturbed"
    assert before["SUPABASE_URL"] != stack.url
    assert used.project_env() == {
        "SUPABASE_URL": before["SUPABASE_URL"],
        "SUPABASE_PUBLISHABLE_KEY": before["SUPABASE_PUBLISHABLE_KEY"],
        "SUPABASE_SECRET_KEY": before["SUPABASE_SECRET_KEY"],
    }
    with psycopg.connect(before["SUPABASE_DB_URL"]) as connection:
        connection.execute("create table public.kept as select 1 as one")

    down = used.started("down")
    assert used.project_env() is None
    assert (down.returncode, used.gates("down").exit_code, used.started("status").returncode) == (0, 0, 1)

    assert used.gates("up").exit_code == 0
    os.kill(keeper := used.keeper(), signal.SIGKILL)
    wait_until(lambda: ended(keeper), 120, "the keeper to end")
    assert used.project_env(), "kill -9 lets nobody clear up"
    stale = used.gates("status")
    assert (stale.exit_code, stale.stderr.splitlines()[0]) == (1, "the stack is not running")
    assert used.gates("down").exit_code == 0
    assert used.project_env() is None

    recovered = used.gates("up")
    assert recovered.exit_code == 0, recovered.stderr
    assert used.described() == before
    with psycopg.connect(before["SUPABASE_DB_URL"]) as connection:
        assert connection.execute("select one from public.kept").fetchone() == (1,)


@at_night("starts one more stack")
def test_reset_empties_the_database(used: Checkout) -> None:
    assert used.gates("up").exit_code == 0
    database = used.described()["SUPABASE_DB_URL"]
    with psycopg.connect(database) as connection:
        connection.execute("create table if not exists public.kept ()")
    reset = used.gates("reset")
    assert reset.exit_code == 0, reset.stderr
    with psycopg.connect(database) as connection:
        assert connection.execute("select to_regclass('public.kept')").fetchone() == (None,)


@at_night("starts one more stack")
def test_who_can_sign_in_is_kept_and_a_key_that_no_check_would_know_is_replaced(used: Checkout) -> None:
    assert used.gates("up").exit_code == 0
    email, password = used.gates("person", "qa-1").stdout.splitlines()
    other = used.gates("person", "qa-2", "--email", "someone@local.invalid").stdout.splitlines()
    assert (email, other[0]) == ("qa-1@local.invalid", "someone@local.invalid")
    assert other[1] != password
    assert stat.S_IMODE((used.root / ".stack" / "people.sqlite").stat().st_mode) == 0o600

    def subject() -> str:
        there = used.described()
        done = httpx.post(
            f"{there['SUPABASE_URL']}/auth/v1/token?grant_type=password",
            json={"email": email, "password": password},
            headers={"apikey": there["SUPABASE_PUBLISHABLE_KEY"]},
        )
        return str(done.raise_for_status().json()["user"]["id"])

    assert subject() == "qa-1"
    assert used.gates("down").exit_code == 0
    path = used.root / ".stack" / "secrets.json"
    kept = json.loads(path.read_text())
    kept["keys"]["signing_key"]["kid"] = "2f0c6c3e"
    path.write_text(json.dumps(kept))
    assert used.gates("up").exit_code == 0
    assert subject() == "qa-1"
    [key] = httpx.get(f"{used.described()['SUPABASE_URL']}/auth/v1/.well-known/jwks.json").json()["keys"]
    assert key["kid"].startswith(LOCAL)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@at_night("starts one more stack")
def test_the_stack_ends_when_its_directory_is_removed(used: Checkout) -> None:
    assert used.gates("up").exit_code == 0
    keeper, url = used.keeper(), used.described()["SUPABASE_URL"]
    (used.root / ".stack").rename(used.root / "removed")
    wait_until(lambda: ended(keeper), 120, "the keeper to end")
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert not (used.root / ".stack").exists()


as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root runs Postgres as another user, or can become one")


@at_night("starts one more stack")
@as_root
def test_root_in_a_private_home_has_a_stack_whose_data_and_programs_postgres_can_reach() -> None:
    with scratch_directory() as directory:
        home = directory / "home"
        home.mkdir(mode=0o700)
        copy = Checkout(home / "copy")
        (copy.root / ".cache").unlink()
        (copy.root / ".cache").mkdir()
        (copy.root / ".cache" / "deno").symlink_to(ROOT / ".cache" / "deno")
        name = hashlib.sha256(str(copy.root).encode()).hexdigest()[:12]
        data = Path("/var/tmp") / f"ops-gates.data-0-{name}"
        try:
            first = copy.gates("up")
            assert first.exit_code == 0, first.stderr
            assert [*data.iterdir()] == [data / "postgres-17"]
            assert copy.gates("down").exit_code == 0
            data.chmod(0o777)
            refused = copy.started("up")
            assert (refused.returncode, refused.stdout) == (1, "")
            assert "Traceback" not in refused.stderr
            assert refused.stderr.startswith(f"{data} is a directory of mode 0777, but it must be ")
        finally:
            copy.gates("down")
            shutil.rmtree(data, ignore_errors=True)


@as_root
def test_an_ordinary_user_without_a_home_has_a_stack() -> None:
    user = database_user()
    assert user
    if not all(reachable(path, user) for path in (Path(sys.executable), Path(sys.prefix) / "x", ROOT / "x")):
        pytest.skip("this checkout is closed to other users")
    variables = {**os.environ, "HOME": "/nonexistent"} | {"PYTHONDONTWRITEBYTECODE": "1"}
    with scratch_directory() as directory:
        copy = Checkout(directory / "copy", user=user.uid, group=user.gid, extra_groups=[], env=variables)
        (copy.root / ".cache").unlink()
        (copy.root / ".cache").mkdir()
        shutil.copytree(ROOT / ".cache" / "deno", copy.root / ".cache" / "deno", symlinks=True)
        for path in (copy.root, *copy.root.rglob("*")):
            os.chown(path, user.uid, user.gid, follow_symlinks=False)
        try:
            first = copy.started("up")
            assert first.returncode == 0, first.stderr
            said = copy.started("status", "-o", "json")
            assert said.returncode == 0, said.stderr
            assert json.loads(said.stdout)["SUPABASE_URL"]
        finally:
            assert copy.started("down").returncode == 0


def test_a_state_directory_that_is_a_link_is_refused_in_one_sentence(checkout: Checkout, tmp_path: Path) -> None:
    home = checkout.root / ".stack"
    home.symlink_to(tmp_path)
    refused = checkout.gates("up")
    home.unlink()
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"{home} is a symbolic link, but it must be a directory of user {os.getuid()} ")
    assert list(tmp_path.iterdir()) == []


def test_up_on_a_port_that_is_taken_fails_in_one_sentence(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = checkout.gates("up", "--port", str(port))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"port {port} is already in use on 127.0.0.1\n")
    assert checkout.gates("status").exit_code == 1
    assert checkout.project_env() is None


@at_night("starts one more stack")
def test_interrupting_up_leaves_nothing_running(checkout: Checkout) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "harness.stack", "up"],
        cwd=checkout.root,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lock = checkout.root / ".stack" / "lock"
        keeper = int(wait_until(lambda: lock.read_text() if lock.exists() else "", 120, "the keeper to start"))
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=PATIENCE)[1]
    assert (process.returncode, said.count("\n")) == (130, 1)
    assert not alive(keeper)
    assert checkout.project_env() is None


@pytest.mark.parametrize("arguments", [["sideways"], ["up", "--port", "0"], ["status", "-o", "xml"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


@pytest.mark.parametrize("command", ["up", "down", "status", "reset", "person", "token"])
def test_help_shows_an_example(command: str) -> None:
    assert "Example: " in CliRunner().invoke(app, [command, "--help"]).output
