"""What asks a long command to end: Ctrl-C and SIGTERM."""

from __future__ import annotations

import signal
from typing import Any


def heed_signals() -> None:
    """SIGINT raises KeyboardInterrupt, in the background too; SIGTERM raises SystemExit with 143.

    Both unwind the run, so what it started is ended in order.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, terminated)


def terminated(number: int, _frame: Any) -> None:
    """End the program by SystemExit with 128 and the number of the signal, as a shell names it."""
    raise SystemExit(128 + number)
