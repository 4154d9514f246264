"""Programs of ours as processes without their start: each is forked from one process that has imported everything.

A start takes half a second of imports; what a program does with its arguments, variables and streams is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from harness.stack.parts import ROOT

# Reads one call a line, and answers each with its exit code.
DRIVER = """
import atexit, contextlib, gc, io, json, os, runpy, sys, warnings
import ops_gates.cli
from ops_gates.producers import agent, github_actions

# A first call, to nobody, imports what calls import.
os.environ |= {"OPS_RETRY_SECONDS": "0", "SUPABASE_URL": "http://127.0.0.1:9", "SUPABASE_SECRET_KEY": "sb_secret_x"}
with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
    ops_gates.cli.app(["why", "a/b"])

def connect(fd, to):
    if to == "closed":
        os.close(fd)
        return
    if to == "closed pipe":
        reader, there = os.pipe()
        os.close(reader)
    else:
        there = os.open(to, os.O_WRONLY | os.O_CREAT)
    os.dup2(there, fd)
    os.close(there)

def stream(fd, encoding, **more):
    try:
        os.fstat(fd)
    except OSError:
        return None
    return io.TextIOWrapper(io.BufferedWriter(io.FileIO(fd, "w", closefd=False)), encoding, **more)

def ended(command):
    # As Python ends, but for the taking apart of all modules, which takes as long as their import.
    code = 0
    module, *sys.argv[1:] = command
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException as error:
        code = 1
        sys.excepthook(type(error), error, error.__traceback__)
    atexit._run_exitfuncs()
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        code = 120
    return code

gc.freeze()
for line in iter(sys.stdin.readline, ""):
    given = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(given["folder"])
        os.environ.clear()
        os.environ.update(given["env"])
        connect(0, os.devnull)
        connect(1, given["out"])
        connect(2, given["err"])
        encoding = given["env"].get("PYTHONIOENCODING", "utf-8")
        # As Python makes them at its start.
        sys.stdout = sys.__stdout__ = stream(1, encoding, errors="strict")
        sys.stderr = sys.__stderr__ = stream(2, encoding, errors="backslashreplace", line_buffering=True)
        warnings.filterwarnings("ignore", module="runpy")  # that it was imported before
        os._exit(ended(given["command"]))
    _, status = os.waitpid(child, 0)
    os.write(1, f"{os.waitstatus_to_exitcode(status)}\\n".encode())
"""


class Programs:
    """One process, and what is forked from it."""

    def __init__(self) -> None:
        """Start it, and import."""
        self._driver = subprocess.Popen(
            [sys.executable, "-c", DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(
        self, command: Sequence[str], env: Mapping[str, str], *, out: str | None = None, err: str | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """What becomes of `module argument …`. A stream goes where it is given: a path, `closed` or `closed pipe`."""
        with tempfile.NamedTemporaryFile() as said, tempfile.NamedTemporaryFile() as complained:
            call = {
                "command": [*command],
                "env": {**env},
                "folder": str(ROOT / "harness"),
                "out": out or said.name,
                "err": err or complained.name,
            }
            asked, answer = self._pipes()
            asked.write(json.dumps(call) + "\n")
            asked.flush()
            code = int(answer.readline())
            return subprocess.CompletedProcess(
                command, code, Path(said.name).read_bytes(), Path(complained.name).read_bytes()
            )

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._driver.stdin
        assert self._driver.stdout
        return self._driver.stdin, self._driver.stdout

    def close(self) -> None:
        """End it."""
        for pipe in self._pipes():
            pipe.close()
        self._driver.wait(60)
