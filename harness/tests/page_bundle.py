"""The step of set-up that builds the page of the board: it is in no room, so it is loaded by its path."""

from __future__ import annotations

import fcntl
import importlib.util

from harness.stack.parts import ROOT, deno_binary, deno_environment

_spec = importlib.util.spec_from_file_location("bundle", ROOT / "harness" / "setup" / "bundle.py")
assert _spec is not None
assert _spec.loader is not None
bundle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(bundle)


def build_if_changed() -> None:
    """Build the page unless it was built from the sources as they are now. Two workers take turns."""
    place = bundle.place(ROOT)
    place.parent.mkdir(exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not bundle.is_current(ROOT):
            bundle.build(ROOT, deno_binary(), deno_environment())
