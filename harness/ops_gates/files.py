"""Files that somebody names. Only regular ones are read: a pipe or a device would be waited for. Standard library only.

`-` in place of a file is standard input or output.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path
from typing import IO, BinaryIO

from ops_gates.errors import Unwritable, UsageFault

_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
STANDARD = "-"


def read(path: str | Path, most: int = -1) -> bytes:
    """The content of a regular file, or of standard input; UsageFault for what cannot be read, or is no such file.

    `most` is how many bytes are read; all without it.
    """
    if str(path) == STANDARD:
        if sys.stdin is None:
            raise UsageFault("standard input cannot be read: it is closed")
        return sys.stdin.buffer.read(most)
    with opened(path) as file:
        try:
            return file.read(most)
        except OSError as error:
            raise UsageFault(f"{path} cannot be read: {error.strerror}") from None


def opened(path: str | Path) -> BinaryIO:
    """A regular file, to be read bit by bit; UsageFault for what cannot be opened, or is no such file."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | _NO_WAIT), "rb")
    except IsADirectoryError:
        raise UsageFault(_no_file(path)) from None
    except ValueError:  # a NUL in the name
        raise UsageFault("the name of the file has a character that no name has") from None
    except OSError as error:
        raise UsageFault(f"{path} cannot be read: {error.strerror}") from None
    if not _is_regular(file):
        file.close()
        raise UsageFault(_no_file(path))
    return file


def text(path: str | Path, most: int = -1) -> str:
    """The same as text; UsageFault unless it is UTF-8, or has more bytes than `most`, if that is given.

    The mark with which some editors begin a file is left out.
    """
    content = read(path, most + 1 if most >= 0 else most)
    if 0 <= most < len(content):
        raise UsageFault(f"{named(path)} has more than {most // 1024} KiB: name a shorter one")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageFault(f"{named(path)} cannot be read: it is not UTF-8") from None


def named(path: str | Path) -> str:
    """What a sentence calls a file."""
    return "standard input" if str(path) == STANDARD else str(path)


def replace(path: Path, content: str, mode: int = 0o666) -> None:
    """Write a file that is new, or in place of a regular one; who reads it sees the old content or the whole new one.

    `mode` is who may read and write it, less what the process denies.

    UsageFault if something else is there, Unwritable if it cannot be written.
    """
    real = path.resolve()
    refuse_special(path)
    partial = real.with_name(f".{real.name}.{os.getpid()}.partial")
    try:
        opened = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(content)
        partial.replace(real)
    except OSError as error:
        raise Unwritable(f"{path} could not be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def refuse_special(path: Path) -> None:
    """Raise UsageFault if this is there and no regular file, or its folder is not there."""
    if path.exists() and not path.is_file():
        raise UsageFault(_no_file(path))
    if not path.resolve().parent.is_dir():
        raise UsageFault(f"the folder of {path} is not there: make it, or name another file")


def append(path: str, content: str) -> None:
    """Write at the end of what a runner names: a file, or a pipe or a device that takes it at once. OSError if not."""
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_WAIT, 0o666)  # no reader: an error, no wait
    if hasattr(os, "set_blocking"):
        os.set_blocking(opened, True)
    with os.fdopen(opened, "w", encoding="utf-8", errors="replace") as file:
        file.write(content)


def _is_regular(file: IO[bytes]) -> bool:
    return stat.S_ISREG(os.fstat(file.fileno()).st_mode)


def _no_file(path: str | Path) -> str:
    return f"{path} is a folder, a pipe or a device: name a file"
