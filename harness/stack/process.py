"""Processes that end when the harness ends, leased ports, and waiting for conditions."""

from __future__ import annotations

import contextlib
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from harness.stack.errors import StackError

T = TypeVar("T")
GUARD = Path(__file__).with_name("guard.py")

# Outside the range from which the kernel takes source ports: no client's connection can take one of these.
PORTS = range(20_000, 30_000)


@dataclass(frozen=True)
class User:
    """The user a process runs as."""

    uid: int
    gid: int


# A wait that sees progress lasts at most this many times its timeout.
PATIENCE = 5


def wait_until(
    condition: Callable[[], T | None],
    timeout: float = 60.0,
    what: str = "",
    *,
    progress: Callable[[], object] | None = None,
) -> T:
    """Return the condition's first true value; StackError after `timeout` seconds.

    The seconds start again whenever the value of `progress` changes: a slow machine is no fault.
    """
    started = moved = time.monotonic()
    seen = progress() if progress else None
    pause = 0.005
    while True:
        if value := condition():
            return value
        now = time.monotonic()
        if now - moved > timeout:
            if progress and (changed := progress()) != seen and now - started < PATIENCE * timeout:
                seen, moved = changed, now
                continue
            awaited = what or getattr(condition, "__name__", "a condition")
            raise StackError(f"waited {now - started if progress else timeout:.3g} s in vain for {awaited}")
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
    """Loopback ports leased to this process: two stacks that start at once never get the same one.

    A lease of a TCP port is the UDP port of the same number. The kernel gives that to one process only, whoever
    its user is, and takes it back when the process ends. No file is left that somebody else could own.
    """

    def __init__(self) -> None:
        """Start without any lease."""
        self._held: list[socket.socket] = []

    def lease(self, port: int | None = None, *, prefer: int | None = None) -> int:
        """A free port, the preferred one if it is free, or exactly `port`; StackError if that is taken."""
        if port is not None:
            if self._try(port):
                return port
            raise StackError(
                f"port {port} is already in use on 127.0.0.1",
                mend="choose another one with --port, or leave --port out and a free one is found",
            )
        if prefer is not None and self._try(prefer):
            return prefer
        for candidate in random.SystemRandom().sample(PORTS, 200):
            if self._try(candidate):
                return candidate
        raise StackError(
            "no free port was found",
            checked=f"200 ports of 127.0.0.1 from {PORTS.start} to {PORTS.stop - 1}",
            mend="end programs that listen there",
        )

    def _try(self, port: int) -> bool:
        lease = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            lease.bind(("127.0.0.1", port))
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

    Linux sends the death signal when the *thread* that started a process ends, so a short-lived thread must not
    start one.
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


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log: Path,
    cwd: Path,
    user: User | None = None,
    death_signal: int = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own; it gets `death_signal` when the harness ends in whatever way.

    OSError if it cannot be started. Only we can read its log: Postgres quotes failing statements there.
    """
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
        with open(log, "ab", opener=_private) as output:
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
    """One long-running part of the stack; tests also kill it and start it again on the same port."""

    name: str
    command: Sequence[str | Path]
    log: Path
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(repr=False, default_factory=dict)
    cwd: Path = Path("/")
    user: User | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    # Start again after these last words, e.g. while a predecessor is still ending.
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
        try:
            self._process = spawn(
                self.command,
                env=self.env,
                log=self.log,
                cwd=self.cwd,
                user=self.user,
                death_signal=self.death_signal,
            )
        except OSError as error:
            raise StackError(f"{self.name} cannot be started: {error}", checked=str(self.log)) from None

    def progress(self) -> tuple[int, int]:
        """What grows while the part works: the size of its log, and its processor time where the kernel tells it."""
        logged = self.log.stat().st_size if self.log.exists() else 0
        used = 0
        if self._process is not None:
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
                used = sum(map(int, fields[11:15]))  # its own time and that of children that have ended
        return logged, used

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Return when the part answers; StackError with its last words if it ends, or does nothing for `timeout` s."""
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
            wait_until(answers, timeout, f"{self.name} to answer", progress=self.progress)
        except StackError as error:
            if not self.running:
                raise
            raise StackError(f"{error.failed}:\n{self.last_words()}", checked=str(self.log), mend=self.mend) from None

    def last_words(self, lines: int = 12) -> str:
        """The end of what this run has logged."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def stop(self, timeout: float = 60.0) -> None:
        """Ask it to end, and kill it after `timeout` seconds; no error if it has ended already."""
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


def end(process: subprocess.Popen[bytes], ask: signal.Signals, patience: float = 60.0) -> None:
    """Ask a process that `spawn` started to end, and kill it after `patience` seconds.

    What it started and left in its process group is killed too.
    """
    if process.poll() is None:
        process.send_signal(ask)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


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
