"""How much of the repeated work a run does: enough to notice a fault, or the figures of the quality page."""

from __future__ import annotations

import os

NIGHTLY = os.environ.get("OPS_EFFORT") == "nightly"


def times(usual: int, nightly: int) -> int:
    """`nightly` under OPS_EFFORT=nightly (`make nightly`), otherwise `usual`."""
    return nightly if NIGHTLY else usual
