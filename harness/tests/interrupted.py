"""A long command that somebody ends: its exit code, and that nothing which it started goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from harness.prove.chaos.faults import processes
from harness.stack import wait_until
from harness.stack.parts import ROOT


def exit_code_after_signal(asked: list[str], begun: str, said: Path, sent: signal.Signals = signal.SIGINT) -> int:
    """Run a module until it has said `begun` and has started processes, send it the signal; the exit code.

    StackError if a process that it started is there ten seconds later.
    """
    with said.open("w") as output:
        run = subprocess.Popen([sys.executable, "-m", *asked], cwd=ROOT, stdout=output)
    try:
        wait_until(lambda: begun in said.read_text() and len(processes(run.pid)) > 3, 300, begun)
        started = [pid for child in processes(run.pid)[1:] for pid in processes(child)]
        run.send_signal(sent)
        code = run.wait(60)
    finally:
        run.kill()
        run.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started), 10, "the last process to end")
    return code
