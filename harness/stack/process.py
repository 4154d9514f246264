"""Processes that never outlive the harness, and waiting for conditions."""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

from harness.stack.errors import StackError

T = TypeVar("T")
GUARD = Path(__file__).with_name("guard.py")

# Outside the range from which the kernel takes source ports: no client's connection can squat on one.
PORTS = range(20_000, 30_000)


@dataclass(frozen=True)
class User:
    """The user a process runs as."""

    uid: int
    gid: int


def wait_until(condition: Callable[[], T | None], timeout: float = 10.0, what: str = "") -> T:
    """Return the condition's first true value; StackError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    pause = 0.005
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise StackError(
                f"waited {timeout:g} s in vain for {what or getattr(condition, '__name__', 'a condition')}"
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def port_is_free(port: int) -> bool:
    """Whether nothing listens on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Ports:
    """Loopback ports leased to this process: two stacks that start at once never pick the same one."""

    def __init__(self) -> None:
        """Start without any lease."""
        self._held: list[IO[str]] = []

    def lease(self, port: int | None = None, *, prefer: int | None = None) -> int:
        """A free port, the preferred one if it is free, or exactly `port`; StackError if that is taken."""
        directory = Path(tempfile.gettempdir()) / f"ops-gates.ports-{os.getuid()}"
        directory.mkdir(mode=0o700, exist_ok=True)
        if port is not None:
            if self._try(directory, port):
                return port
            raise StackError(
                f"port {port} is already in use on 127.0.0.1",
                mend="choose another one with --port, or leave --port out and a free one is found",
            )
        if prefer is not None and self._try(directory, prefer):
            return prefer
        for candidate in random.SystemRandom().sample(PORTS, 200):
            if self._try(directory, candidate):
                return candidate
        raise StackError("no free port", checked=f"200 of 127.0.0.1:{PORTS.start}-{PORTS.stop - 1}")

    def _try(self, directory: Path, port: int) -> bool:
        lease = (directory / str(port)).open("w")
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lease.close()
            return False
        if not port_is_free(port):
            lease.close()
            return False
        self._held.append(lease)
        return True

    def close(self) -> None:
        """Give all leases back."""
        while self._held:
            self._held.pop().close()


class _Spawner:
    """Starts every process from one thread that lives as long as the harness.

    Linux sends the death signal when the *thread* that started a process ends: no passing thread may do it.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="spawner", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._work.get()()

    def spawn(self, start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        answer: queue.SimpleQueue[subprocess.Popen[bytes] | BaseException] = queue.SimpleQueue()

        def work() -> None:
            try:
                answer.put(start())
            except BaseException as error:  # handed to the caller's thread
                answer.put(error)

        self._work.put(work)
        result = answer.get()
        if isinstance(result, BaseException):
            raise result
        return result


_spawner: _Spawner | None = None
_spawner_lock = threading.Lock()


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log: Path,
    cwd: Path,
    user: User | None = None,
    death_signal: int = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own; it gets `death_signal` when the harness dies, in any way."""
    global _spawner
    with _spawner_lock:
        if _spawner is None or _spawner.pid != os.getpid():
            _spawner = _Spawner()
    ids = (user.uid, user.gid) if user else (-1, -1)
    guarded = [
        sys.executable,
        "-I",
        "-S",
        str(GUARD),
        str(os.getpid()),
        str(int(death_signal)),
        *map(str, ids),
        *map(str, command),
    ]

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                guarded,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,  # Ctrl-C reaches the harness alone, which stops the parts in order
            )

    return _spawner.spawn(start)


@dataclass
class Service:
    """One long-running part: start, wait, stop, and be killed and restarted on the same port by tests."""

    name: str
    command: Sequence[str | Path]
    log: Path
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(repr=False, default_factory=dict)
    cwd: Path = Path("/")
    user: User | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    # Last words after which another start is worth it, e.g. while a predecessor is still going down.
    retry_on: Sequence[str] = ()
    mend: str = ""
    _process: subprocess.Popen[bytes] | None = None
    _log_start: int = 0

    @property
    def pid(self) -> int:
        """The running process; StackError if there is none."""
        if self._process is None or self._process.poll() is not None:
            raise StackError(f"{self.name} is not running", checked=str(self.log))
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there; it may not be ready yet."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start without waiting; see `wait_ready`."""
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self._process = spawn(
            self.command,
            env=self.env,
            log=self.log,
            cwd=self.cwd,
            user=self.user,
            death_signal=self.death_signal,
        )

    def wait_ready(self, timeout: float = 30.0) -> None:
        """Return when the part answers; StackError with its last words if it ends or stays silent."""
        deadline = time.monotonic() + timeout

        def answers() -> bool:
            if not self.running:
                said = self.last_words()
                if any(words in said for words in self.retry_on) and time.monotonic() < deadline:
                    time.sleep(0.1)
                    self.start()
                    return False
                raise StackError(
                    f"{self.name} ended while starting:\n{said}",
                    checked=str(self.log),
                    mend=self.mend,
                )
            return self.ready()

        try:
            wait_until(answers, timeout, f"{self.name} to answer")
        except StackError as error:
            if not self.running:
                raise
            raise StackError(f"{error.failed}:\n{self.last_words()}", checked=str(self.log)) from None

    def last_words(self, lines: int = 12) -> str:
        """The end of what this run has logged."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def stop(self, timeout: float = 15.0) -> None:
        """Ask it to end, and make it end after `timeout` seconds; fine if it is gone already."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """`kill -9`, as in a crash."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Start again after `kill` or `stop` and wait until it answers."""
        self.start()
        self.wait_ready()


@contextlib.contextmanager
def running(*services: Service) -> Iterator[None]:
    """Start services together, wait for all, stop them in reverse order."""
    try:
        for service in services:
            service.start()
        for service in services:
            service.wait_ready()
        yield
    finally:
        for service in reversed(services):
            service.stop()
