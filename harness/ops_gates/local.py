"""The running local stack of a checkout, as it says in `.stack/project.env`.

The file is written when the stack is up and removed when it ends. It is trusted only if it is ours alone, in a folder
of ours.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(".stack") / "project.env"
_LONGEST = 65536


@dataclass(frozen=True)
class LocalProject:
    """Address and keys of the running local stack."""

    url: str
    publishable_key: str = field(repr=False)
    secret_key: str = field(repr=False)


def find(start: Path) -> LocalProject | None:
    """The stack of the nearest checkout at or above `start`; None if none runs, or if its file is not ours alone."""
    for folder in (start, *start.parents):
        if os.path.lexists(folder / FILE):
            text = _read_private(folder / FILE)
            if text is None:
                return None
            given = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
            try:
                return LocalProject(
                    given["SUPABASE_URL"], given["SUPABASE_PUBLISHABLE_KEY"], given["SUPABASE_SECRET_KEY"]
                )
            except KeyError:
                return None
    return None


def _read_private(path: Path) -> str | None:
    try:
        folder = path.parent.lstat()
        # A pipe would keep whoever opens it waiting.
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    try:
        about = os.fstat(opened)
        # Another user could plant either in a shared folder: they would receive what is meant for the project.
        if not (stat.S_ISREG(about.st_mode) and _is_ours(about) and not _for_others(about)):
            return None
        if not (stat.S_ISDIR(folder.st_mode) and _is_ours(folder)):
            return None
        return os.read(opened, _LONGEST).decode("utf-8", "replace")
    finally:
        os.close(opened)


def _is_ours(about: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or about.st_uid == os.getuid()


def _for_others(about: os.stat_result) -> bool:
    return hasattr(os, "getuid") and bool(about.st_mode & 0o077)
