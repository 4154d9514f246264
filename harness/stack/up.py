"""The stack that stays: started detached by `up`, ended by `down`, its data and keys kept in `.stack/`."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import psycopg

from harness.stack.cli_tool import SupabaseCli
from harness.stack.errors import StackError
from harness.stack.functions import FUNCTION
from harness.stack.keys import Keys
from harness.stack.parts import ROOT, database_user, reachable
from harness.stack.postgres import passwords, run_postgres
from harness.stack.postgrest import reload_schema
from harness.stack.process import Ports, User, wait_until
from harness.stack.stack import Cluster, Stack, stack_kind

HOME = ROOT / ".stack"
MAJOR = 17


@dataclass(frozen=True)
class State:
    """What a running stack says about itself."""

    pid: int
    url: str
    db_url: str
    admin_db_url: str

    def stack(self) -> Stack:
        """The running stack, as a client sees it."""
        return Stack("embedded", self.url, self.db_url, _secrets()[0], self.admin_db_url)


def _logs() -> Path:
    return HOME / "logs"


def _make_home() -> None:
    # The database user passes through on its way to its data; what is secret here is in files of its own.
    HOME.mkdir(exist_ok=True)
    HOME.chmod(0o711 if database_user() else 0o700)
    _logs().mkdir(mode=0o700, exist_ok=True)


def _write_private(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.rename(path)


def data_directory(user: User | None) -> Path:
    """Where the data lies: in `.stack/`, or elsewhere if that is in a home that Postgres may not enter."""
    if reachable(ROOT / "x", user):
        return HOME / f"postgres-{MAJOR}"
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    directory = Path("/var/tmp") / f"ops-gates.data-{os.getuid()}-{name}"
    directory.mkdir(mode=0o711, exist_ok=True)
    if directory.is_symlink() or directory.stat().st_uid != os.getuid():
        raise StackError(f"{directory} belongs to someone else", mend=f"remove {directory}")
    return directory / f"postgres-{MAJOR}"


def _secrets() -> tuple[Keys, dict[str, str]]:
    """Keys and database passwords, which live as long as the data."""
    path = HOME / "secrets.json"
    if path.exists():
        kept = json.loads(path.read_text())
        return Keys.from_json(json.dumps(kept["keys"])), kept["passwords"]
    data = data_directory(database_user())
    if data.exists():
        raise StackError(f"{data} is there, but its passwords are not", checked=str(path), mend=f"remove {data}")
    keys, login = Keys.generate(), passwords()
    _write_private(path, json.dumps({"keys": json.loads(keys.to_json()), "passwords": login}))
    return keys, login


def _locked() -> IO[str] | None:
    """The lock that the running stack holds, now ours; None if somebody has it."""
    _make_home()
    lock = (HOME / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def _is_up() -> bool:
    if not (HOME / "lock").exists():
        return False
    lock = _locked()
    if lock is None:
        return True
    lock.close()
    return False


def running_state() -> State | None:
    """What the running stack says; None if none runs or it is not healthy yet."""
    try:
        return State(**json.loads((HOME / "state.json").read_text())) if _is_up() else None
    except FileNotFoundError:
        return None


def _last_ports() -> dict[str, int]:
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads((HOME / "ports.json").read_text()))
    return {}


def start(port: int | None, timeout: float = 120.0) -> tuple[State, bool]:
    """The running stack, and whether it was up already; StackError with the reason if it does not come up."""
    if stack_kind() != "embedded":
        raise StackError(f"`up` runs the embedded stack, and OPS_STACK is {stack_kind()}", mend="unset OPS_STACK")
    if _is_up():
        there = wait_until(lambda: running_state() or not _is_up(), timeout, "the stack that is starting already")
        if isinstance(there, State):
            if port is not None and not there.url.endswith(f":{port}"):
                raise StackError(f"the stack is already running at {there.url}", mend="make down first")
            return there, True
    (HOME / "state.json").unlink(missing_ok=True)
    _make_home()
    said = _logs() / "up.log"
    with said.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "harness.stack.up", *([str(port)] if port is not None else [])],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def healthy() -> State | None:
        state = running_state()
        if state is None and keeper.poll() is not None:
            raise StackError(said.read_text().strip() or f"the stack ended with {keeper.returncode}")
        return state

    try:
        return wait_until(healthy, timeout, "the stack to be healthy"), False
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            keeper.terminate()
        keeper.wait(60)
        raise


def stop(timeout: float = 60.0) -> bool:
    """End the stack, keep its data; False if none was running."""
    if not _is_up():
        (HOME / "state.json").unlink(missing_ok=True)
        return False
    # Whoever holds the lock has written its own number there.
    pid = int(wait_until(lambda: (HOME / "lock").read_text().strip(), 5, "the running stack to say who it is"))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    try:
        wait_until(lambda: not _is_up(), timeout, "the stack to end")
    except StackError:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not _is_up(), timeout, "the stack to end")
    return True


def reset(state: State) -> None:
    """Empty the running stack's database and apply all migrations."""
    SupabaseCli().reset(state.db_url)
    reload_schema(state.db_url, _logs() / "postgrest.log")


def health(state: State) -> dict[str, bool]:
    """Which parts answer."""
    stack = state.stack()

    def over_http(path: str, below: int) -> bool:
        try:
            return httpx.get(f"{state.url}{path}", headers={"apikey": stack.secret_key}, timeout=5).status_code < below
        except httpx.HTTPError:
            return False

    try:
        psycopg.connect(state.db_url, connect_timeout=5).close()
        database = True
    except psycopg.OperationalError:
        database = False
    parts = {
        "gateway": over_http("/auth/v1/.well-known/jwks.json", 300),
        "database": database,
        "PostgREST": over_http("/rest/v1/", 300),
    }
    if (ROOT / "supabase" / "functions" / FUNCTION / "index.ts").exists():
        parts[FUNCTION] = over_http(f"/functions/v1/{FUNCTION}", 500)
    return parts


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    lock = _locked()
    if lock is None:
        raise StackError("another `up` is starting the stack already", mend="make status")
    with lock:
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _terminated(number: int, _frame: Any) -> None:
    raise SystemExit(128 + number)


def keep(port: int | None) -> None:
    """Run the stack until told to end; the process behind `up`."""
    signal.signal(signal.SIGTERM, _terminated)
    signal.signal(signal.SIGINT, _terminated)
    with _lock(), contextlib.ExitStack() as stack:
        with contextlib.closing(Ports()) as ports:
            ports.lease(port)  # refuse a port that is taken before anything is touched
        for log in ("postgres", "postgrest", "function", "gateway"):
            (_logs() / f"{log}.log").unlink(missing_ok=True)
        keys, login = _secrets()
        user = database_user()
        data = data_directory(user)
        owner = user.uid if user else os.getuid()
        if data.exists() and data.stat().st_uid != owner:
            raise StackError(
                f"{data} belongs to user {data.stat().st_uid}, and Postgres would run as {owner}",
                mend=f"run as the user who made it, or remove {data}",
            )
        last = _last_ports()
        postgres = stack.enter_context(
            run_postgres(major=MAJOR, data=data, logs=_logs(), login=login, prefer_port=last.get("database"))
        )
        SupabaseCli().push(postgres.server.url())
        cluster = Cluster("embedded", postgres.server, ROOT, postgres.service)
        running = stack.enter_context(
            cluster.stack("postgres", keys=keys, port=port, prefer_port=last.get("gateway"), logs=_logs())
        )
        used = {"gateway": int(running.url.rsplit(":", 1)[1]), "database": postgres.server.port}
        _write_private(HOME / "ports.json", json.dumps(used))
        state = State(os.getpid(), running.url, running.db_url, postgres.server.admin_url())
        _write_private(HOME / "state.json", json.dumps(state.__dict__))
        stack.callback((HOME / "state.json").unlink, missing_ok=True)
        while True:
            signal.pause()


if __name__ == "__main__":
    try:
        keep(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    except StackError as error:
        print(error)
        sys.exit(1)
