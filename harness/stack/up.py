"""The stack that keeps running: `up` starts it, `down` ends it, and `.stack/` keeps its data and keys."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import httpx
import psycopg

from harness.stack.cli_tool import SupabaseCli
from harness.stack.errors import StackError
from harness.stack.functions import entry_point, notices
from harness.stack.keys import Keys
from harness.stack.parts import ROOT, database_user
from harness.stack.people import People
from harness.stack.places import own_directory, reachable
from harness.stack.postgres import passwords, run_postgres
from harness.stack.postgres_trees import chosen, major_of
from harness.stack.postgrest import reload_schema
from harness.stack.process import Ports, User, wait_until
from harness.stack.signals import terminated
from harness.stack.stack import Cluster, Stack, stack_kind
from ops_gates import local
from ops_gates.core import FUNCTION, SENDER

HOME = ROOT / ".stack"


@dataclass(frozen=True)
class State:
    """The process and the addresses of a running stack."""

    pid: int
    url: str
    db_url: str
    admin_db_url: str

    def stack(self) -> Stack:
        """The running stack as its clients use it."""
        return Stack("embedded", self.url, self.db_url, _secrets()[0], self.admin_db_url, people=People(_people()))

    def postgres(self) -> int:
        """The major version of the running Postgres; StackError if it does not answer."""
        try:
            with psycopg.connect(self.db_url, connect_timeout=15) as connection:
                return connection.info.server_version // 10_000
        except psycopg.OperationalError:
            raise StackError(
                "the running stack's Postgres does not answer", checked=str(HOME / "logs"), mend="make down, then this"
            ) from None


def _logs() -> Path:
    return HOME / "logs"


def _people() -> Path:
    """Who can sign in, kept with the other secrets as long as the data."""
    return HOME / "people.sqlite"


def _project_env() -> Path:
    """The file that tells programs in this checkout where the stack is, while it runs."""
    return HOME / local.FILE.name


def _make_home() -> None:
    own_directory(HOME)
    # The database user passes through on its way to its data; each file with a secret has mode 0600.
    HOME.chmod(0o711 if database_user() else 0o700)
    own_directory(_logs())


def _forget() -> None:
    """Remove the files that say that a stack is running."""
    for path in (HOME / "state.json", _project_env()):
        path.unlink(missing_ok=True)


def _write_private(path: Path, text: str) -> None:
    """Write a file that only we can read; readers see the old file or the whole new one."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.rename(path)


def _write_project_env(stack: Stack) -> None:
    """Write the address and the API keys as lines that both a shell and a simple parser read the same way."""
    values = {
        "SUPABASE_URL": stack.url,
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        "SUPABASE_SECRET_KEY": stack.secret_key,
    }
    if special := [name for name, value in values.items() if shlex.quote(value) != value]:
        raise StackError(
            f"{', '.join(special)} would need quotes in a shell",
            checked=str(HOME / "secrets.json"),
            mend=f"make down, remove {HOME}",
        )
    _write_private(_project_env(), "".join(f"{name}={value}\n" for name, value in values.items()))


def _refuse_another_postgres(there: State) -> None:
    """Raise StackError if OPS_POSTGRES names another version than the one that runs."""
    if not os.environ.get("OPS_POSTGRES"):
        return
    wanted, found = major_of(chosen()), there.postgres()
    if wanted != found:
        raise StackError(
            f"the stack is already running with Postgres {found}, and OPS_POSTGRES asks for {wanted}",
            mend=f"make down, then this again; each version has data of its own, and that of {found} is kept",
        )


def data_of_others(running: State) -> list[int]:
    """The other versions of Postgres that have data here, which the running one does not see."""
    beside = data_directory(database_user()).parent.glob("postgres-*")
    versions = (path.name.removeprefix("postgres-") for path in beside)
    return sorted({int(version) for version in versions if version.isdecimal()} - {running.postgres()})


def data_directory(user: User | None) -> Path:
    """Where the data of a version is: in `.stack/`, or in /var/tmp if the database user may not enter this checkout."""
    name = f"postgres-{major_of(chosen())}"
    if reachable(ROOT / "x", user):
        return HOME / name
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    return own_directory(Path("/var/tmp") / f"ops-gates.data-{os.getuid()}-{checkout}", mode=0o711) / name


def _secrets() -> tuple[Keys, dict[str, str]]:
    """Keys and database passwords, which are kept as long as the data."""
    path = HOME / "secrets.json"
    if path.exists():
        try:
            kept = json.loads(path.read_text())
            keys = Keys.from_json(json.dumps(kept["keys"]))
            if not keys.are_local:  # of a stack from before sign-in, whose key no check would know
                keys = replace(keys, signing_key=Keys.generate().signing_key)
                _write_private(path, _as_kept(keys, kept["passwords"]))
            return keys, kept["passwords"]
        except (KeyError, TypeError, ValueError):
            raise StackError(f"{path} is damaged", mend=f"remove {HOME}; its data is lost with the passwords") from None
    data = data_directory(database_user())
    if data.exists():
        raise StackError(f"{data} exists, but its passwords are missing", checked=str(path), mend=f"remove {data}")
    keys, login = Keys.generate(), passwords()
    _write_private(path, _as_kept(keys, login))
    return keys, login


def _as_kept(keys: Keys, login: dict[str, str]) -> str:
    return json.dumps({"keys": json.loads(keys.to_json()), "passwords": login})


def _locked() -> IO[str] | None:
    """Take the lock of the running stack; None if another process holds it."""
    _make_home()
    try:
        lock = (HOME / "lock").open("a+")
    except OSError as error:
        raise StackError(f"{HOME} cannot be used: {error}", mend=f"remove {HOME}, or repair its permissions") from None
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
    """The state of the running stack; None if none is running or it is not ready yet."""
    try:
        return State(**json.loads((HOME / "state.json").read_text())) if _is_up() else None
    except FileNotFoundError:
        return None


def _last_ports() -> dict[str, int]:
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads((HOME / "ports.json").read_text()))
    return {}


def _progress() -> object:
    """What grows while a stack starts: its logs."""
    sizes = {}
    for log in _logs().glob("*.log"):
        with contextlib.suppress(FileNotFoundError):
            sizes[log.name] = log.stat().st_size
    return sizes


def start(port: int | None, timeout: float = 180.0) -> tuple[State, bool]:
    """The running stack, and whether it was up already; StackError with the reason if it does not start.

    `timeout` are the seconds without any progress.
    """
    if stack_kind() != "embedded":
        raise StackError(f"`up` runs the embedded stack, and OPS_STACK is {stack_kind()}", mend="unset OPS_STACK")
    if _is_up():
        there = wait_until(
            lambda: running_state() or not _is_up(), timeout, "the stack that is starting already", progress=_progress
        )
        if isinstance(there, State):
            if port is not None and not there.url.endswith(f":{port}"):
                raise StackError(f"the stack is already running at {there.url}", mend="make down first")
            _refuse_another_postgres(there)
            return there, True
    _make_home()
    _forget()
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
        return wait_until(healthy, timeout, "the stack to be ready", progress=_progress), False
    except BaseException:
        _end(keeper)
        raise


def _end(keeper: subprocess.Popen[bytes]) -> None:
    """Ask the keeper to end, and kill it if it does not: its parts end with it in either case."""
    keeper.terminate()
    try:
        keeper.wait(120)
    except subprocess.TimeoutExpired:
        keeper.kill()
        keeper.wait()


def stop(timeout: float = 120.0) -> bool:
    """End the stack and keep its data; False if none was running."""
    if not _is_up():
        _forget()
        return False
    # The process that holds the lock has written its number there.
    pid = int(wait_until(lambda: (HOME / "lock").read_text().strip(), 60, "the running stack to write its number"))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    try:
        wait_until(lambda: not _is_up(), timeout, "the stack to end")
    except StackError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not _is_up(), timeout, "the stack to end")
    _forget()
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
            return httpx.get(f"{state.url}{path}", headers={"apikey": stack.secret_key}, timeout=15).status_code < below
        except httpx.HTTPError:
            return False

    try:
        psycopg.connect(state.db_url, connect_timeout=15).close()
        database = True
    except psycopg.OperationalError:
        database = False
    parts = {
        "gateway": over_http("/auth/v1/.well-known/jwks.json", 300),
        "database": database,
        "PostgREST": over_http("/rest/v1/", 300),
    }
    for name in (FUNCTION, SENDER):
        if entry_point(ROOT, name).exists():
            parts[name] = over_http(f"/functions/v1/{name}", 500)
    return parts


@contextlib.contextmanager
def _lock() -> Iterator[IO[str]]:
    lock = _locked()
    if lock is None:
        raise StackError("another `up` is already starting the stack", mend="make status")
    with lock:
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock


def _still_there(lock: IO[str]) -> bool:
    """Whether our lock is still the file in `.stack/`: if somebody removed that, `down` can no longer find us."""
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(lock.fileno()), (HOME / "lock").stat())
    return False


def keep(port: int | None) -> None:
    """Run the stack until a signal ends it, or until `.stack/` is removed; this is the process behind `up`."""
    signal.signal(signal.SIGTERM, terminated)
    signal.signal(signal.SIGINT, terminated)
    with _lock() as lock, contextlib.ExitStack() as stack:
        _forget()
        with contextlib.closing(Ports()) as ports:
            ports.lease(port)  # refuse a port that is taken before changing anything
        for log in ("postgres", "postgrest", "function", SENDER, "gateway"):
            (_logs() / f"{log}.log").unlink(missing_ok=True)
        keys, login = _secrets()
        user = database_user()
        data = data_directory(user)
        owner = user.uid if user else os.getuid()
        if data.exists() and data.stat().st_uid != owner:
            raise StackError(
                f"{data} belongs to user {data.stat().st_uid}, but Postgres would run as user {owner}",
                mend=f"run this as the user who made it, or remove {data}",
            )
        last = _last_ports()
        postgres = stack.enter_context(
            run_postgres(data=data, logs=_logs(), login=login, prefer_port=last.get("database"))
        )
        SupabaseCli().push(postgres.server.url())
        cluster = Cluster("embedded", postgres.server, ROOT, postgres.service)
        running = stack.enter_context(
            cluster.stack(
                "postgres",
                keys=keys,
                port=port,
                prefer_port=last.get("gateway"),
                logs=_logs(),
                people=_people(),
                notices=notices(os.environ),
            )
        )
        used = {"gateway": int(running.url.rsplit(":", 1)[1]), "database": postgres.server.port}
        _write_private(HOME / "ports.json", json.dumps(used))
        state = State(os.getpid(), running.url, running.db_url, postgres.server.admin_url())
        stack.callback(_forget)
        _write_project_env(running)
        _write_private(HOME / "state.json", json.dumps(state.__dict__))
        while _still_there(lock):
            time.sleep(1)


if __name__ == "__main__":
    try:
        keep(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    except (StackError, psycopg.Error) as error:
        print(error)
        sys.exit(1)
    except OSError as error:
        print(StackError(f"the stack ended: {error}", checked=str(HOME), mend="make up"))
        sys.exit(1)
