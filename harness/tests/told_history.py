"""What histories that are told have in common."""

from __future__ import annotations

from collections.abc import Callable

from harness.tests.release_history import ReleaseHistory


def agree(history: ReleaseHistory) -> None:
    """Compare all answers now, and those about the moments at which something was recorded."""
    compare: Callable[[], None] = history.agree
    compare()
    history.look_back(history.memory)
