"""Directories that other users of the machine can reach: each one is checked before it is used."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from harness.stack.errors import StackError
from harness.stack.process import User


def own_directory(path: Path, *, mode: int = 0o700) -> Path:
    """Make this directory, or check the one that is there; StackError unless it is ours alone to write to."""
    for _ in range(5):  # a cleaner of temporary files may remove it between the two calls
        try:
            path.mkdir(mode=mode)
        except FileExistsError:
            pass
        except OSError as error:
            raise StackError(
                f"the directory {path} cannot be made: {error.strerror}",
                mend=f"make {path.parent} a directory that user {os.getuid()} can write to",
            ) from None
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        if fault := _fault(found):
            what, mend = fault
            raise StackError(
                f"{path} is {what}, but it must be a directory of user {os.getuid()} that nobody else can write to",
                mend=mend.format(path=path),
            )
        return path
    raise StackError(f"the directory {path} disappears again and again", mend="stop the program that removes it")


def _fault(found: os.stat_result) -> tuple[str, str] | None:
    """What is wrong with a directory of ours, and how to mend it."""
    kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "a directory"
    if not stat.S_ISLNK(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        kind = "a file"
    if found.st_uid != os.getuid():
        return f"{kind} of user {found.st_uid}", "run this as that user, or remove {path}"
    if kind != "a directory":
        return kind, "remove {path}"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"a directory of mode {stat.S_IMODE(found.st_mode):04o}", "chmod go-w {path}"
    return None


def reachable(path: Path, user: User | None) -> bool:
    """Whether that user may enter every folder above this path, links resolved.

    `user` owns none of these folders, so the permissions for others decide. None means ourselves.
    """
    if user is None:
        return True
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def may_execute(directory: Path) -> bool:
    """Whether programs in this directory can be started: some machines forbid it for temporary directories."""
    return not os.statvfs(directory).f_flag & getattr(os, "ST_NOEXEC", 0)


def temporary_directory(user: User | None, *, programs: bool = False) -> Path:
    """A temporary directory for data that `user` can reach, or for `programs`; StackError if there is none."""
    try:
        chosen = [Path(tempfile.gettempdir())]
    except FileNotFoundError:
        chosen = []
    refused: list[str] = []
    for candidate in dict.fromkeys(path.resolve() for path in [*chosen, Path("/tmp"), Path("/var/tmp")]):
        reason = _unfit(candidate, user, programs=programs)
        if reason is None:
            return candidate
        refused.append(f"{candidate} {reason}")
    raise StackError(
        "there is no temporary directory that Postgres can use",
        checked=", ".join(refused),
        mend="set TMPDIR to a directory that you can write to and that every user may enter",
    )


def _unfit(candidate: Path, user: User | None, *, programs: bool) -> str | None:
    """Why this directory cannot hold ours; None if it can."""
    if not candidate.is_dir():
        return "is not a directory"
    if not os.access(candidate, os.W_OK | os.X_OK):
        return "cannot be written to"
    mode = candidate.stat().st_mode
    # Without the sticky bit, every user could put another directory in the place of ours.
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        return "is writable by every user and has no sticky bit"
    if not reachable(candidate / "x", user):
        return f"is closed to user {user.uid if user else os.getuid()}, as which Postgres runs"
    if programs and not may_execute(candidate):
        return "is mounted with noexec"
    return None
