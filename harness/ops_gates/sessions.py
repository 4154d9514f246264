"""Who is signed in at which project: one file per address in the user's configuration directory. Standard library only.

The file is ours alone (0600) and is replaced as a whole. Whoever changes it holds its lock, so that two programs never
use the same refresh token: Supabase Auth would end the session.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from ops_gates.errors import UsageFault

FOLDER = Path("ops-gates") / "sessions"
_LONGEST = 262_144


@dataclass(frozen=True)
class Session:
    """Somebody's session at a project: their tokens, and when the access token ends, by this machine's clock."""

    url: str
    publishable_key: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float

    def secrets(self) -> tuple[str, str]:
        """What nobody may see."""
        return self.access_token, self.refresh_token


@dataclass(frozen=True)
class Store:
    """The session at one address, as it is kept."""

    path: Path
    url: str

    @classmethod
    def at(cls, url: str, environment: Mapping[str, str] | None = None) -> Store:
        """Where the session at an address is kept: below XDG_CONFIG_HOME, or else below ~/.config."""
        named = (os.environ if environment is None else environment).get("XDG_CONFIG_HOME", "").strip()
        try:
            # A relative one says nothing, as the XDG specification has it.
            above = Path(named) if Path(named).is_absolute() else Path.home() / ".config"
        except RuntimeError:
            raise UsageFault("there is no home directory to keep a session in: set XDG_CONFIG_HOME") from None
        return cls(above / FOLDER / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}.json", url)

    def read(self) -> Session | None:
        """The session; None if there is none. UsageFault if the file is not ours alone, or damaged."""
        try:
            # A pipe would keep whoever opens it waiting.
            opened = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._unusable(f"cannot be read ({error.strerror})") from None
        try:
            about = os.fstat(opened)
            if hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & 0o077):
                raise self._unusable("can be read by others, so its tokens are no secret")
            if not stat.S_ISREG(about.st_mode):
                raise self._unusable("is no file")
            text = os.read(opened, _LONGEST)
        finally:
            os.close(opened)
        try:
            given = json.loads(text)
            session = Session(**given)
        except (ValueError, TypeError, RecursionError):
            raise self._unusable("is damaged") from None
        texts = (session.url, session.publishable_key, session.access_token, session.refresh_token)
        whole = all(map(_is_one_word, texts)) and isinstance(session.expires_at, int | float)
        if not whole or session.url != self.url:
            raise self._unusable("is damaged")
        return session

    def write(self, session: Session) -> None:
        """Keep a session in place of the one before; readers see either the old or the new one, whole."""
        try:
            partial, name = tempfile.mkstemp(prefix=f"{self.path.stem}.", suffix=".partial", dir=self._folder())
            try:
                with os.fdopen(partial, "w", encoding="utf-8") as file:
                    json.dump(asdict(session), file)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._unusable(f"cannot be written ({error.strerror})") from None

    def remove(self) -> None:
        """Forget the session."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(f"cannot be removed ({error.strerror})") from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the session; other programs wait until the end of the block."""
        try:
            flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            lock = os.fdopen(os.open(self._folder() / f"{self.path.stem}.lock", flags, 0o600), "w")
        except OSError as error:
            raise self._unusable(f"cannot be locked ({error.strerror})") from None
        with lock:
            _wait_for(lock)
            yield

    def _folder(self) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.path.parent

    def _unusable(self, why: str) -> UsageFault:
        return UsageFault(f"the session file {self.path} {why}: remove it, and sign in again (`ops-gates login`)")


def _is_one_word(value: Any) -> bool:
    """Whether a value can be sent in a header."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and bool(value) and " " not in value


def _wait_for(lock: IO[str]) -> None:
    """Take a lock that ends with the process; Ctrl-C ends the waiting."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            with contextlib.suppress(OSError):  # it gives up after 10 s
                msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
                return
    import fcntl

    fcntl.flock(lock, fcntl.LOCK_EX)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Put Ctrl-C and the request to end off until the end of the block.

    Between a token's use and the writing of the next one the session would be lost.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals go to the main thread alone
        return
    caught: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda got, _: caught.append(got)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for again in dict.fromkeys(caught):
            signal.raise_signal(again)
