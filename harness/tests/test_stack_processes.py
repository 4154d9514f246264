"""The stack's processes: crashes, interruptions, ports and waiting."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.stack import Service, StackError, run_stack, wait_until
from harness.stack.parts import ROOT, environment
from harness.stack.postgres import scratch_directory
from harness.stack.process import Ports
from harness.tests.running import alive, answers

RUN_AND_WAIT = """
    import json, time
    from harness.stack import run_stack
    with run_stack(migrate=False) as stack:
        pids = [part.pid for part in (stack.postgres, stack.postgrest.service, stack.gateway.service)]
        print(json.dumps({"pids": pids, "directory": str(stack.postgres.log.parent)}), flush=True)
        while True:  # signal.pause() would sleep on if the signal came just before it
            time.sleep(0.1)
"""


pytestmark = pytest.mark.usefixtures("embedded_only")


@contextlib.contextmanager
def harness_process() -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Another harness in a process of its own, with a running stack."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUN_AND_WAIT)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_committed_work_and_service_outlive_kill_9_of_every_part() -> None:
    with run_stack() as stack:
        assert stack.postgres
        assert stack.postgrest
        assert stack.function
        assert stack.gateway
        with stack.connect() as connection:
            connection.execute("create table public.kept as select 1 as one")
        for part in (stack.postgres, stack.postgrest.service, stack.function.service, stack.gateway.service):
            part.kill()
            part.restart()
        with stack.connect() as connection:
            assert connection.execute("select one from public.kept").fetchone() == (1,)
        wait_until(lambda: answers(stack), 120, "the API to answer again")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_the_harness_leaves_no_process(how: signal.Signals) -> None:
    with harness_process() as (process, told):
        process.send_signal(how)
        process.wait(120)
        wait_until(lambda: not any(map(alive, told["pids"])), 120, "every part to end")


def test_kill_9_of_the_harness_leaves_no_process_and_the_next_run_clears_the_disk() -> None:
    with harness_process() as (process, told):
        assert all(map(alive, told["pids"]))
        process.kill()
        process.wait()
        wait_until(lambda: not any(map(alive, told["pids"])), 120, "every part to end")
    left = Path(told["directory"])
    assert left.exists()
    with scratch_directory():
        # A run that starts elsewhere at the same moment may be the one that clears it.
        wait_until(lambda: not left.exists(), 60, "the next run to clear the disk")


def test_a_wanted_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            contextlib.closing(Ports()) as ports,
            pytest.raises(StackError, match=f"port {port} is already in use"),
        ):
            ports.lease(port)


def test_two_leases_never_name_the_same_port() -> None:
    with contextlib.closing(Ports()) as one, contextlib.closing(Ports()) as other:
        assert len({ports.lease() for ports in (one, other) for _ in range(20)}) == 40


LEASE = """
    import sys
    from harness.stack import StackError
    from harness.stack.process import Ports
    try:
        Ports().lease(int(sys.argv[1]))
    except StackError:
        sys.exit("taken")
"""


def test_a_lease_counts_for_every_user_and_temporary_directory_and_ends_with_its_process(tmp_path: Path) -> None:
    def lease(port: int) -> str:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(LEASE), str(port)],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        return done.stderr.strip()

    with contextlib.closing(Ports()) as ports:
        port = ports.lease()
        assert lease(port) == "taken"
    assert lease(port) == ""
    assert lease(port) == "", "the process that had it has ended"
    assert list(tmp_path.iterdir()) == [], "a lease is no file"


def test_a_wait_lasts_as_long_as_there_is_progress_and_no_longer() -> None:
    asked, steps = itertools.count(), itertools.count()
    assert wait_until(lambda: next(asked) >= 20, 0.2, "an answer", progress=lambda: next(steps))
    with pytest.raises(StackError, match="in vain for an answer"):
        wait_until(lambda: None, 0.05, "an answer", progress=lambda: "the same as before")
    with pytest.raises(StackError, match="in vain for an answer"):
        wait_until(lambda: None, 0.05, "an answer", progress=lambda: next(steps))


def test_a_part_that_is_slow_but_works_is_waited_for(tmp_path: Path) -> None:
    works = "import time\nwhile True: print(time.monotonic(), flush=True)"
    begun = itertools.count()
    slow = Service(
        "a slow part",
        [sys.executable, "-c", works],
        log=tmp_path / "log",
        ready=lambda: next(begun) >= 12,  # about 0.7 s
        env=environment(),
    )
    try:
        slow.start()
        slow.wait_ready(timeout=0.3)
    finally:
        slow.stop()
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600


def test_a_part_that_is_silent_is_named(tmp_path: Path) -> None:
    silent = Service("a silent part", ["/bin/sleep", "600"], log=tmp_path / "log", ready=lambda: False)
    try:
        silent.start()
        with pytest.raises(StackError, match="in vain for a silent part to answer"):
            silent.wait_ready(timeout=0.3)
    finally:
        silent.stop()


def test_a_program_that_cannot_be_run_is_one_sentence(tmp_path: Path) -> None:
    broken = Service("a broken part", [tmp_path / "missing"], log=tmp_path / "log", ready=lambda: False)
    broken.start()
    with pytest.raises(StackError, match=r"a broken part ended while starting:\nuser \d+ cannot run .*/missing: "):
        broken.wait_ready()
    nowhere = Service("a part", [tmp_path / "missing"], log=tmp_path / "no" / "log", ready=lambda: False)
    with pytest.raises(StackError, match="a part cannot be started: "):
        nowhere.start()
