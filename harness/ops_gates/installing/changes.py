"""Changes of files that happen together or not at all, and how they look before they happen."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ops_gates import interrupts
from ops_gates.errors import Refused, Unwritable

STAGE = ".ops-gates"


@dataclass(frozen=True)
class Change:
    """A file before and after; None where there is none."""

    name: str
    """As it is shown, such as supabase/config.toml."""
    path: Path
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)

    @property
    def undated(self) -> str:
        """The name without the date of a migration."""
        return re.sub(r"/\d+_(?=[^/]*$)", "/", self.name)


def diff(changes: Sequence[Change]) -> str:
    """A unified diff of text files."""
    lines: list[str] = []
    for change in changes:
        old, new = ([] if text is None else text.decode("utf-8", "replace").splitlines(keepends=True)
                    for text in (change.before, change.after))  # fmt: skip
        of = "/dev/null" if change.before is None else f"a/{change.name}"
        to = "/dev/null" if change.after is None else f"b/{change.name}"
        for line in difflib.unified_diff(old, new, of, to):
            lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


class _Applied:
    """What has been done so far, so that it can be undone."""

    def __init__(self, stage: Path) -> None:
        self.stage = stage
        self.done: list[Change] = []
        self.folders: list[Path] = []

    def prepare(self, changes: Sequence[Change], stop: interrupts.Interrupt) -> None:
        """Write what is to come, and keep what is there, beside it."""
        for at, change in enumerate(changes):
            stop.check()
            if change.before is not None:
                shutil.copy2(change.path, self.stage / f"{at}.old")
            if change.after is not None:
                with (self.stage / f"{at}.new").open("wb") as file:
                    file.write(change.after)
                    file.flush()
                    os.fsync(file.fileno())
                if change.before is not None:
                    shutil.copymode(change.path, self.stage / f"{at}.new")

    def take_effect(self, changes: Sequence[Change], stop: interrupts.Interrupt) -> None:
        """Move each file to its place."""
        for at, change in enumerate(changes):
            stop.check()
            now = change.path.read_bytes() if change.path.is_file() else None
            if now != change.before:
                raise Refused("changed_meanwhile", f"{change.name} has changed meanwhile", hint="run the command again")
            self._make_folder(change.path.parent)
            if change.after is None:
                change.path.unlink()
            else:
                # Noted first: undoing what was not done is the same file again.
                self.done.append(change)
                (self.stage / f"{at}.new").replace(change.path)
                continue
            self.done.append(change)

    def _make_folder(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            each.mkdir()
            self.folders.append(each)

    def undo(self, changes: Sequence[Change]) -> None:
        """Put everything back."""
        for change in reversed(self.done):
            if change.before is None:
                change.path.unlink(missing_ok=True)
            else:
                (self.stage / f"{changes.index(change)}.old").replace(change.path)
        for folder in reversed(self.folders):
            folder.rmdir()


def apply(folder: Path, changes: Sequence[Change], still: Callable[[], bool] = lambda: True) -> None:
    """Make all changes, or none: Refused or Unwritable says why not, KeyboardInterrupt that somebody stopped it.

    `folder` is where files are prepared. A run that is killed leaves each file old or new, and the old ones there.
    `still` is asked once no other run is at work: whether all is as it was when the changes were planned.
    """
    stage = folder / STAGE
    with interrupts.put_off() as stop:
        try:
            stage.mkdir(mode=0o700)
        except FileExistsError:
            raise Refused(
                "at_work", f"{stage} is there: another run is at work, or one was killed",
                hint="it has the files as they were before that run; when nothing runs, compare them, and remove it",
            ) from None  # fmt: skip
        except OSError as error:
            raise _unwritten(error) from None
        applied = _Applied(stage)
        try:
            if not still():
                raise Refused("changed_meanwhile", "other files are there meanwhile", hint="run the command again")
            applied.prepare(changes, stop)
            applied.take_effect(changes, stop)
        except BaseException as error:
            try:
                applied.undo(changes)
            except OSError:
                raise Unwritable(f"not all files could be put back: those from before are in {stage}") from None
            shutil.rmtree(stage, ignore_errors=True)
            if isinstance(error, OSError):
                raise _unwritten(error) from None
            raise
        shutil.rmtree(stage, ignore_errors=True)
        for gone in {change.path.parent for change in changes if change.after is None}:
            _remove_empty(gone, folder)


def _remove_empty(folder: Path, top: Path) -> None:
    with contextlib.suppress(OSError):
        while folder != top and folder.is_relative_to(top):
            folder.rmdir()
            folder = folder.parent


def _unwritten(error: OSError) -> Unwritable:
    where = f": {error.filename}" if isinstance(error.filename, str) else ""
    return Unwritable(f"nothing was changed, since a file could not be written ({error.strerror or error}{where})")
