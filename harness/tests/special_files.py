"""What has the name of a file and is none: a folder, a device, and a pipe that somebody writes to."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

KINDS = ("folder", "device", "pipe")


@contextlib.contextmanager
def special(kind: str, folder: Path, content: str) -> Iterator[Path]:
    """The path of one; whoever waits for the pipe reads the content."""
    path = Path(os.devnull) if kind == "device" else folder / kind
    if kind == "folder":
        path.mkdir()
    if kind != "pipe":
        yield path
        return
    os.mkfifo(path)
    writer = threading.Thread(target=_write, args=(path, content), daemon=True)
    writer.start()
    try:
        yield path
    finally:
        while writer.is_alive():  # it may not wait for a reader yet
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))  # whoever waits for one fails now
            writer.join(0.01)


def _write(path: Path, content: str) -> None:
    with contextlib.suppress(OSError):
        path.write_text(content, encoding="utf-8")
