"""What asks a program to end (Ctrl-C and its like) waits until a step is done. Standard library only."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


class Interrupt:
    """Whether somebody wants the program to end."""

    wanted = False

    def check(self) -> None:
        """KeyboardInterrupt if so."""
        if self.wanted:
            raise KeyboardInterrupt


@contextlib.contextmanager
def put_off(*, insist: bool = False) -> Iterator[Interrupt]:
    """Keep what asks the program to end until it can be asked for; with `insist` a second time ends it at once."""
    stop = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def note(_signal: int, _frame: Any) -> None:
        if insist:
            stop.check()
        stop.wanted = True

    kinds = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {kind: signal.signal(kind, note) for kind in kinds}
    try:
        yield stop
    finally:
        for kind, handler in before.items():
            signal.signal(kind, signal.SIG_DFL if handler is None else handler)
