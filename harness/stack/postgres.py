"""A Postgres cluster with the conditions of a hosted Supabase project."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg import sql

from harness.stack.errors import StackError
from harness.stack.parts import database_user, environment
from harness.stack.places import temporary_directory
from harness.stack.postgres_trees import chosen, major_of, postgres_tree
from harness.stack.process import Ports, Service, User, running, wait_until

HERE = Path(__file__).parent
LOGINS = ("supabase_admin", "postgres", "authenticator", "supabase_auth_admin")

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # no socket file: its path could be too long for the kernel
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "jit": "off",
}
# A test cluster has to survive the crash of a process, but not of the machine.
_FAST = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Server:
    """How to reach a Postgres server: addresses of its databases by role."""

    host: str
    port: int
    passwords: dict[str, str] = field(repr=False)
    admin: str = "supabase_admin"

    def url(self, role: str = "postgres", database: str = "postgres") -> str:
        """`postgresql://…` for one role and database, without TLS: neither Postgres nor the image offers it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{role}:{self.passwords[role]}@{host}:{self.port}/{database}?sslmode=disable"

    def admin_url(self, database: str = "postgres") -> str:
        """The superuser's address."""
        return self.url(self.admin, database)

    def answers(self) -> bool:
        """Whether the superuser can connect now."""
        try:
            psycopg.connect(self.admin_url(), connect_timeout=10).close()
        except psycopg.OperationalError:
            return False
        return True

    def as_dict(self) -> dict[str, Any]:
        """For another process of the same run; contains passwords."""
        return asdict(self)


@dataclass(frozen=True)
class Postgres:
    """A running cluster."""

    server: Server
    service: Service
    directory: Path
    major: int


def passwords() -> dict[str, str]:
    """New passwords for the roles that log in."""
    return {role: secrets.token_urlsafe(18) for role in LOGINS}


def create_database(server: Server, name: str, template: str = "template0") -> None:
    """A database owned by `postgres`, as a hosted one is; a template must have no connections."""
    with psycopg.connect(server.admin_url(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} owner postgres template {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def copy_database(server: Server, name: str, template: str) -> None:
    """Copy a database. Nobody may be connected to it meanwhile, so other sessions are ended."""

    def copied() -> bool:
        try:
            create_database(server, name, template)
        except psycopg.errors.ObjectInUse:
            with psycopg.connect(server.admin_url("template1")) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [template]
                )
            return False
        return True

    wait_until(copied, 120, f"the last session of database {template} to end")
    copy_database_rights(server, name, template)


def copy_database_rights(server: Server, name: str, template: str) -> None:
    """Give a copy the rights on the database itself, which `create database` does not copy."""
    with psycopg.connect(server.admin_url()) as connection:
        rights = connection.execute(
            "select case grantee when 0 then 'public' else grantee::regrole::text end, privilege_type"
            " from pg_database, aclexplode(datacl) where datname = %s",
            [template],
        ).fetchall()
        if not rights:
            return
        connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
        for grantee, privilege in rights:
            connection.execute(
                sql.SQL("grant {} on database {} to {}").format(
                    sql.SQL(privilege), sql.Identifier(name), sql.SQL(grantee)
                )
            )


def drop_database(server: Server, name: str) -> None:
    """Drop it and end its sessions; no error if the database or the server is gone."""
    with (
        contextlib.suppress(psycopg.OperationalError),
        psycopg.connect(server.admin_url(), autocommit=True) as connection,
    ):
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _baseline(server: Server, *, fast: bool) -> None:
    with psycopg.connect(server.admin_url()) as connection:
        fresh = connection.execute("select from pg_roles where rolname = 'authenticator'").fetchone() is None
        if not fresh:
            return
        connection.execute(cast(Any, (HERE / "baseline_roles.sql").read_text()))
        if fast and connection.info.server_version >= 160_000:
            # Iterations slow down who guesses passwords. These are random and gone after the run, and tests connect
            # thousands of times.
            connection.execute("set scram_iterations = 1")
        for role in LOGINS:
            connection.execute(
                sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(server.passwords[role]))
            )
        connection.execute("alter database postgres owner to postgres")
        # Evidence may be a file here, and nowhere else (ops_private.is_local_stack).
        connection.execute("alter database postgres set ops.local_stack = 'on'")
    furnish(server, "postgres")


def furnish(server: Server, name: str) -> None:
    """Give an empty database what a hosted project's has before its first migration."""
    with psycopg.connect(server.admin_url(name)) as connection:
        connection.execute(cast(Any, (HERE / "baseline.sql").read_text()))


@contextlib.contextmanager
def scratch_directory() -> Iterator[Path]:
    """A short temporary directory, removed at the end, or by the next run if this one is killed."""
    user = database_user()
    parent = temporary_directory(user)
    for leftover in parent.glob("ops-gates-*"):
        _sweep(leftover)
    try:
        made = Path(tempfile.mkdtemp(prefix="ops-gates.new-", dir=parent))
        lock = (made / "lock").open("w")
    except OSError as error:
        raise StackError(
            f"{parent} takes no temporary files: {error.strerror}", mend="free space, or set TMPDIR"
        ) from None
    fcntl.flock(lock, fcntl.LOCK_EX)
    # It gets its final name when it is locked, so that no other run removes it meanwhile.
    directory = made.rename(parent / made.name.replace(".new-", "-"))
    # The database user only passes through on its way to its data.
    directory.chmod(0o711 if user else 0o700)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        lock.close()


def _sweep(leftover: Path) -> None:
    lock = leftover / "lock"
    with contextlib.suppress(OSError):
        found = leftover.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            return
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for entry in leftover.iterdir():
                if entry.is_dir():
                    shutil.rmtree(entry, ignore_errors=True)
            shutil.rmtree(leftover, ignore_errors=True)


def _environment(user: User | None) -> dict[str, str]:
    """The environment of Postgres: another user has no business in our home and temporary directory."""
    given = environment(HOME="/") if user else environment()
    return {name: value for name, value in given.items() if name != "TMPDIR" or user is None}


def _initdb(tree: Path, data: Path, password: str) -> None:
    """Make a data directory; StackError in one sentence. It gets its name when it is complete."""
    making = data.with_name(f"{data.name}.new")
    given = making.with_name(f"{making.name}.password")
    try:
        _run_initdb(tree, making, given, password)
        making.rename(data)
    except OSError as error:
        raise StackError(f"initdb cannot make {data}: {error}", checked=f"{tree}, {making}") from None
    finally:
        given.unlink(missing_ok=True)


def _require_name(uid: int) -> None:
    """StackError if the user has no name: initdb and Postgres look it up."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise StackError(
            f"user {uid} has no name on this machine, and Postgres needs one",
            checked="/etc/passwd",
            mend=f"add a line for user {uid} there, or run this as another user",
        ) from None


def _run_initdb(tree: Path, making: Path, given: Path, password: str) -> None:
    user = database_user()
    _require_name(user.uid if user else os.getuid())
    shutil.rmtree(making, ignore_errors=True)
    given.unlink(missing_ok=True)
    making.mkdir(mode=0o700, parents=True)
    with os.fdopen(os.open(given, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password)
    if user:
        for path in (making, given):
            os.chown(path, user.uid, user.gid)
    made = subprocess.run(
        [
            tree / "bin" / "initdb", "--pgdata", making, "--username", "supabase_admin", "--pwfile", given,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
            "--locale-provider", "icu", "--icu-locale", "en-US", "--no-sync", "--no-instructions",
        ],
        capture_output=True, text=True, env=_environment(user), cwd="/",
        user=user.uid if user else None, group=user.gid if user else None, extra_groups=[] if user else None,
    )  # fmt: skip
    if made.returncode != 0:
        raise StackError(f"initdb failed: {made.stderr.strip()[-800:]}", checked=str(making))


@contextlib.contextmanager
def run_postgres(
    *,
    version: str | None = None,
    fast: bool = False,
    data: Path | None = None,
    logs: Path | None = None,
    login: dict[str, str] | None = None,
    prefer_port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Postgres]:
    """Run a cluster, in `data` that is kept and used again, or in a temporary directory.

    `version` is what OPS_POSTGRES may name, and defaults to what it names. `login` are the passwords that belong to
    `data`. `fast` does not protect the data from a crash of the machine.
    `settings` are settings of Postgres; they override ours.
    """
    user = database_user()
    version = version or chosen()
    tree, major = postgres_tree(version, user), major_of(version)
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(scratch_directory())
        ports = Ports()
        stack.callback(ports.close)
        server = Server("127.0.0.1", ports.lease(prefer=prefer_port), login or passwords())
        data = data or directory / "data"
        if not data.exists():
            _initdb(tree, data, server.passwords["supabase_admin"])
        elif (found := (data / "PG_VERSION").read_text().strip()) != str(major):
            raise StackError(
                f"the data in {data} is Postgres {found}'s, not {major}'s", mend=f"make down, remove {data}"
            )
        given = _SETTINGS | (_FAST if fast else {}) | dict(settings or {}) | {"port": str(server.port)}
        service = Service(
            "Postgres",
            [
                tree / "bin" / "postgres",
                "-D",
                data,
                *(f"--{name}={value}" for name, value in given.items()),
            ],
            log=(logs or directory) / "postgres.log",
            ready=server.answers,
            env=_environment(user),
            user=user,
            stop_signal=signal.SIGINT,  # "fast" shutdown: sessions are ended, committed work is kept
            death_signal=signal.SIGINT,
            # The sessions of a killed predecessor take a moment to end, and keep its shared memory until then.
            retry_on=('FATAL:  lock file "postmaster.pid" already exists', "FATAL:  pre-existing shared memory block"),
        )
        stack.enter_context(running(service))
        _baseline(server, fast=fast)
        yield Postgres(server, service, directory, major)
