"""An import that is stopped, killed and started again ends as one that is not; whoever insists does not wait."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.prove.effort import times
from harness.stack import Stack, projects, wait_until
from harness.tests import pasts
from harness.tests.imports import beside, progress, record, refusals, registered
from harness.tests.terminal import service
from ops_gates import core, events
from ops_gates.exit_codes import Code

# How long a part of an import may take; at night one has 100,000 events.
WHILE = times(60, 1_800)


@pytest.fixture
def project(stack: Stack) -> str:
    """A project of its own."""
    return registered(stack)


class Typed:
    """An import in a process of its own."""

    def __init__(self, stack: Stack, path: Path, project: str, batch: int) -> None:
        self._command = [sys.executable, "-m", "ops_gates", "import", str(path), "--project", project]
        self._command += ["--batch", str(batch), "--json"]
        self._env = {**os.environ, "SUPABASE_URL": stack.url, "SUPABASE_SECRET_KEY": stack.secret_key}
        self._path = path

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def stopped(self, number: signal.Signals, further: int) -> tuple[int, str]:
        """Stop it once so many more lines are answered; its exit code, and what it said."""
        line = progress(self._path)["line"] + further
        process = self.start()
        wait_until(lambda: process.poll() is not None or progress(self._path)["line"] >= line, WHILE, "progress")
        process.send_signal(number)
        _, said = process.communicate(timeout=WHILE)
        return process.returncode, said.decode()


def test_an_import_that_is_stopped_and_killed_ends_as_one_that_is_not(
    stack: Stack, project: str, tmp_path: Path
) -> None:
    releases = times(36, 5_000)
    whole = f"{project}-whole"
    projects.register(stack.client(), whole)
    files = {}
    for place in (project, whole):
        # One line in the middle is refused, and is told of once.
        content: list[Any] = list(pasts.lines(place, releases))
        content.insert(len(content) // 2, "{")
        files[place] = pasts.written(tmp_path / f"{place.replace('/', '-')}.ndjson", content)
    path = files[project]
    typed = Typed(stack, path, project, times(5, 100))
    for number in (signal.SIGINT, signal.SIGKILL, signal.SIGINT):
        code, said = typed.stopped(number, len(content) // 10)
        assert code == (Code.INTERRUPTED if number == signal.SIGINT else -signal.SIGKILL), said
        if number == signal.SIGINT:
            assert f"stopped after line {progress(path)['line']}: the same command goes on" in said
    process = typed.start()
    _, rest = process.communicate()
    assert process.returncode == Code.REFUSED, rest
    began = time.monotonic()
    done = service(stack)("import", str(files[whole]), "--project", whole)
    print(f"{20 * releases} events in {time.monotonic() - began:.1f} s")
    assert done.exit_code == Code.REFUSED
    assert record(stack, project) == record(stack, whole)
    assert refusals(path) == refusals(files[whole]) == [(len(content) // 2 + 1, "invalid_json")]
    known = progress(path)
    assert known["accepted"] + known["duplicate"] == progress(files[whole])["accepted"] == 20 * releases


def test_whoever_insists_does_not_wait_for_an_answer(tmp_path: Path) -> None:
    path = pasts.written(tmp_path / "past.ndjson", [events.build_complete("v1", run_id="7", status="pass")])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = {**os.environ, "SUPABASE_URL": f"http://127.0.0.1:{silent.getsockname()[1]}", "OPS_RETRY_SECONDS": "0"}
        command = [sys.executable, "-m", "ops_gates", "import", str(path)]
        process = subprocess.Popen(command, env={**env, "SUPABASE_SECRET_KEY": "sb_secret_1"}, stderr=subprocess.PIPE)
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(1)
            for number in (signal.SIGINT, signal.SIGTERM):  # two of one kind at one moment are one
                process.send_signal(number)
            _, said = process.communicate(timeout=core.TIMEOUT / 2)
    assert (process.returncode, said) == (Code.INTERRUPTED, b"stopped\n")
    assert not beside(path, "import.json").exists()
