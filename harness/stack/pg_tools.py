"""Runs the shell commands of our pages with the pg_dump, pg_dumpall, pg_restore and psql that set-up unpacked."""

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

# `supabase db dump` runs a script in a container. With --dry-run it prints that script, and we run it here.
_NPX = """
npx() {
  [ "$1 $2 $3" = "supabase db dump" ] || { echo "npx $* is not available here" >&2; return 1; }
  shift
  "$SUPABASE" "$@" --dry-run --agent no 2>/dev/null | bash
}
"""


def why_unusable() -> str | None:
    """Why the programs cannot run on this machine, in one sentence; None when they can.

    StackError if they are missing where set-up should have unpacked them: to skip the test would hide that.
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
    """Run shell commands in a folder and return their output; the programs are first in PATH.

    A function replaces `npx supabase db dump`. StackError with what was said if one of them fails.
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
