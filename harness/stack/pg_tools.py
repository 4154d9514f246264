"""pg_dump, pg_dumpall, pg_restore and psql as set-up unpacked them, for shell commands as a page shows them."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from harness.stack.errors import StackError
from harness.stack.parts import CACHE, cli_binary, environment

PROGRAMS = CACHE / "postgres-programs" / "bin"
NAMES = ("pg_dump", "pg_dumpall", "pg_restore", "psql")

# `supabase db dump` runs pg_dump in a container. It prints the script that it would run there, so we run that one.
_NPX = """
npx() {
  [ "$1 $2 $3" = "supabase db dump" ] || { echo "npx $* is not played here" >&2; return 1; }
  shift
  "$SUPABASE" "$@" --dry-run --agent no 2>/dev/null | bash
}
"""


def why_unusable() -> str | None:
    """Why the programs cannot run on this machine, in one sentence; None when they can.

    StackError where set-up brings them and they are missing: a test that is left out there would hide that.
    """
    for name in NAMES:
        program = PROGRAMS / name
        if not program.is_file():
            missing = f"{name} is missing (checked {program}): make setup"
            if (sys.platform, platform.machine()) == ("linux", "x86_64"):
                raise StackError(missing)
            return missing
        started = subprocess.run([program, "--version"], capture_output=True, text=True, env=environment())
        if started.returncode != 0:
            return f"{name} does not start here: {started.stderr.strip()[-200:]}"
    return None


def run(commands: str, folder: Path, **variables: str) -> str:
    """Run shell commands in a folder, with the programs first in PATH and `npx supabase db dump` played; their output.

    StackError with what was said if one of them fails.
    """
    found = environment(SUPABASE=str(cli_binary()), **variables)
    path = f"{PROGRAMS}{os.pathsep}{found.get('PATH', os.defpath)}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _NPX + commands],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=found | {"PATH": path},
    )
    if done.returncode != 0:
        raise StackError(f"the commands failed:\n{done.stderr.strip()[-2000:]}", checked=commands.strip())
    return done.stdout
