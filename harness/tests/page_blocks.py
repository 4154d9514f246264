"""The blocks of a page, and how a reader of it runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

TOOLS = Path(sys.executable).parent
# Instead of the checkout's make, which would start a stack: its answers are in files.

MAKE = """set -uo pipefail
make() {
  local asked="$*"
  case "$asked" in
    up | down) ;;
    "-s status ARGS=-o env") cat project ;;
    "-s person ARGS="*) cat "person-${asked#*ARGS=}" ;;
    *) echo "make $*" >&2; return 2 ;;
  esac
}
"""


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def run(command: list[str], given: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the reader's own, which sees no variable but PATH and those named."""
    environment = {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}", **variables}
    return subprocess.run(
        command, input=given, cwd=folder, env=environment, text=True, timeout=120, capture_output=True, check=False
    )
