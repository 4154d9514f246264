"""How much a run does: `make test` the fast tests, `make slow` the others, `make nightly` what repeats, often."""

from __future__ import annotations

import os

import pytest

EFFORT = os.environ.get("OPS_EFFORT")
NIGHTLY = EFFORT == "nightly"
SLOW = EFFORT in ("slow", "nightly")


def times(usual: int, nightly: int) -> int:
    """`nightly` under OPS_EFFORT=nightly (`make nightly`), otherwise `usual`."""
    return nightly if NIGHTLY else usual


def at_night(why: str) -> pytest.MarkDecorator:
    """A test that only the nightly run has; every other run prints that it was left out, and why."""
    return pytest.mark.skipif(not NIGHTLY, reason=f"nightly: {why}")


def slow(why: str) -> pytest.MarkDecorator:
    """A test that takes a second of processor time or more; `make slow` has it, which CI runs for every change.

    Every other run prints that it was left out, and why.
    """
    return pytest.mark.slow(why)


def left_out(item: pytest.Item) -> str | None:
    """Why this run leaves a slow test out, or nothing."""
    mark = item.get_closest_marker("slow")
    return None if SLOW or mark is None else f"slow: {mark.args[0]}"
