"""How often a repeating test repeats: a few times in every run, thousands of times in the nightly run."""

from __future__ import annotations

import os

import pytest

NIGHTLY = os.environ.get("OPS_EFFORT") == "nightly"


def times(usual: int, nightly: int) -> int:
    """`nightly` under OPS_EFFORT=nightly (`make nightly`), otherwise `usual`."""
    return nightly if NIGHTLY else usual


def at_night(why: str) -> pytest.MarkDecorator:
    """A test that only the nightly run has; every other run prints that it was left out, and why."""
    return pytest.mark.skipif(not NIGHTLY, reason=f"nightly: {why}")
