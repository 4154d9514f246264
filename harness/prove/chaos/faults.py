"""Ways to break a part, and to bring it back: `kill -9`, and holding its processes still."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from harness.stack import Service, Stack, StackError, wait_until

RESTART = 60.0
PARTS = POSTGRES, POSTGREST, FUNCTION = "Postgres", "PostgREST", "the function"


@dataclass(frozen=True)
class Kill:
    """One way of killing one part, done so many times; `strike` returns what brings the part back."""

    part: str
    how: str
    times: int
    strike: Callable[[], Callable[[], None]]


def kills(stack: Stack, postgres: int, postgrest: int, function: int) -> list[Kill]:
    """So many kills of each part; those of Postgres in three ways."""
    database, rest, edge = stack.postgres, stack.postgrest, stack.function
    if not (database and rest and edge and stack.admin_db_url):
        raise StackError("only a stack of our own can be broken", mend="OPS_STACK=embedded")
    if not Path("/proc/self/stat").exists():
        raise StackError("the children of a process are only known on Linux", checked="/proc/self/stat")
    admin = stack.admin_db_url
    third, left = divmod(postgres, 3)
    return [
        Kill(POSTGRES, "the server process; its sessions are left to notice", third + (left > 0), killing(database)),
        Kill(POSTGRES, "all its processes at once", third + (left > 1), lambda: kill_all(database)),
        Kill(POSTGRES, "one session in the middle of its work", third, lambda: kill_session(admin, database)),
        Kill(POSTGREST, "its process", postgrest, killing(rest.service)),
        Kill(FUNCTION, "its process", function, killing(edge.service)),
    ]


def schedule(kinds: list[Kill], draw: random.Random) -> list[Kill]:
    """Every kill of every kind, in a random order."""
    order = [kind for kind in kinds for _ in range(kind.times)]
    draw.shuffle(order)
    return order


def killing(service: Service) -> Callable[[], Callable[[], None]]:
    """`kill -9` of the process that was started."""

    def strike() -> Callable[[], None]:
        service.kill()
        return service.restart

    return strike


def kill_all(database: Service) -> Callable[[], None]:
    """`kill -9` of Postgres and all that it started, before the server process can react to any of it."""
    for pid in reversed(stop(database.pid)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    database.kill()
    return database.restart


def kill_session(admin: str, database: Service) -> Callable[[], None]:
    """`kill -9` of a session that is at work; the server throws all others out and recovers on its own."""
    with psycopg.connect(admin, autocommit=True) as connection:

        def killed() -> bool:
            row = connection.execute(
                "select pid from pg_stat_activity where usename = 'authenticator' and state <> 'idle' limit 1"
            ).fetchone()
            with contextlib.suppress(ProcessLookupError):
                if row:
                    os.kill(int(row[0]), signal.SIGKILL)
                    return True
            return False

        def thrown_out() -> bool:
            with contextlib.suppress(psycopg.OperationalError):
                connection.execute("select 1")
            return connection.broken

        wait_until(killed, RESTART, "a session at work")
        # Wait until the server has noticed. Before that it would seem to be back at once.
        wait_until(thrown_out, RESTART, "the server to throw its sessions out")
    return lambda: database.wait_ready(RESTART)


def processes(pid: int) -> list[int]:
    """A process and its children."""
    children = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # After the name, which may contain anything, come state and parent.
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    children.append(int(entry.name))
    return [pid, *children]


@contextlib.contextmanager
def held_still(*pids: int) -> Iterator[None]:
    """Stop processes and their children with SIGSTOP, and let them continue afterwards."""
    try:
        stop(*pids)
        yield
    finally:
        # All that there are: the stopping itself may have been interrupted.
        for pid in pids:
            for stopped in reversed(processes(pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(stopped, signal.SIGCONT)


def stop(*pids: int) -> list[int]:
    """Stop processes, each before its children, of which it starts no more then; all that were stopped."""
    stopped: list[int] = []
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            stopped += [pid, *stop(*processes(pid)[1:])]
    return stopped
