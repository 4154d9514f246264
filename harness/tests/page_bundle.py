"""The page of the board, and supabase-js as the page has it, built by the step of set-up.

That step is in no room, so its file is loaded by its path.
"""

from __future__ import annotations

import fcntl
import importlib.util
import subprocess
from pathlib import Path

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


def supabase_js(folder: Path) -> str:
    """supabase-js as the page bundles it, as a script that leaves `createClient` in the window."""
    entry, made = folder / "client.ts", folder / "client.js"
    entry.write_text(
        'import { createClient } from "@supabase/supabase-js";\nObject.assign(globalThis, { createClient });'
    )
    config = ROOT / "harness" / "board" / "deno.json"
    command: list[str | Path] = [
        deno_binary(),
        "bundle",
        "--quiet",
        "--platform",
        "browser",
        "--config",
        config,
        "-o",
        made,
        entry,
    ]
    subprocess.run(command, env=deno_environment(), cwd=config.parent, check=True)
    return made.read_text()
