"""Output that cannot be written is one sentence and 70: never 0, and never 1, which is `not eligible`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from harness.prove.effort import NIGHTLY
from harness.prove.world import COMMIT, World
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.forked import Programs
from harness.tests.pipeline import EVENT, GATE, Job, caller
from harness.tests.terminal import VARIABLES, named
from ops_gates.exit_codes import Code

AGENT = ("-m", "ops_gates.producers.agent")
GITHUB = ("-m", "ops_gates.producers.github_actions")


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    return World(stack)


def happened(world: World) -> list[tuple[str, ...]]:
    """Each program, about the release of a world."""
    run, release = str(uuid.uuid4()), str(world.release_id)
    happening = ("environment_event", "--environment", "dev", "--kind", "scaled", "--run", run)
    agent = (release, "--session", run, "--approver", "qa-1", "--rationale", '{"criteria_met": 1}')
    return [
        ("-m", "ops_gates", "emit", *happening),
        ("-m", "ops_gates", "emit", *happening, "--json"),
        ("-m", "ops_gates", "guard", named(world)),
        ("-m", "ops_gates", "status", named(world)),
        ("-m", "ops_gates", "status", named(world), "--json"),
        ("-m", "ops_gates", "gate", "--environment", "dev", "--release-id", release),
        ("-m", "ops_gates", "event", "--status", "pass", "--release-id", release, "--run-id", run, "--source-ref", "c"),
        ("-m", "ops_gates", "--version"),
        ("-m", "ops_gates", "--help"),
        (*GITHUB, "gate"),
        (*GITHUB, "--help"),
        (*AGENT, *agent),
        (*AGENT, *agent, "--json"),
        (*AGENT, "--help"),
        (*GITHUB, "gate"),
        (*GITHUB, "event"),
    ]


NAMES = [
    *("emit", "emit --json", "guard", "status", "status --json", "gate", "event", "--version", "--help"),
    *("step gate", "step --help", "agent", "agent --json", "agent --help", "runner gate", "runner event"),
]


# At night all of them lose their output in each way. In every run each of them in one, and each program in all.
SOME = NAMES if NIGHTLY else [*("emit", "status --json", "--help", "step gate", "agent", "runner event")]
# Started as processes of their own, so that Python itself finds its streams as they are.
STARTED = ("guard", "agent")
Lost = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def ran(world: World, programs: Programs) -> Lost:
    """A function that runs one of those programs, with its output at a path, `closed` or to a `closed pipe`."""

    def run(which: str, out: str | None = None) -> subprocess.CompletedProcess[bytes]:
        _, *command = happened(world)[NAMES.index(which)]
        kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        step = {"OPS_RELEASE_ID": str(world.release_id), "OPS_ENVIRONMENT": "dev"}
        runner = {**step, "GITHUB_ACTIONS": "true", "OPS_STATUS": "pass", "OPS_SOURCE_REF": COMMIT, "OPS_RUN_ID": "1"}
        release = step if which == "step gate" else runner if which.startswith("runner") else {}
        environment = {**kept, **caller(world.stack, "secret key"), **release}
        return (started if which in STARTED else programs.run)(command, environment, out=out)

    return run


def started(
    command: Sequence[str], environment: Mapping[str, str], *, out: str | None = None, given: str = "", pipe: int = 2
) -> subprocess.CompletedProcess[bytes]:
    """A program that starts anew, after a shell made its streams what is `given`."""
    where = subprocess.PIPE
    if out == "closed pipe":
        reader, where = os.pipe()
        os.close(reader)
    elif out not in ("closed", None):
        where = os.open(str(out), os.O_WRONLY)
    try:
        return subprocess.run(
            ["bash", "-c", f'exec "$@" {">&-" if out == "closed" else given}', "bash", sys.executable, "-m", *command],
            cwd=ROOT / "harness",
            env=dict(environment),
            stdout=where,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
            pass_fds=[pipe],
        )
    finally:
        if where != subprocess.PIPE:
            os.close(where)


@pytest.fixture
def closed_pipe() -> int:
    """A pipe that nobody reads."""
    ours, theirs = os.pipe()
    os.close(ours)
    return theirs


@pytest.mark.parametrize("which", NAMES)
def test_a_pipe_that_was_closed_is_one_sentence_and_70(ran: Lost, which: str) -> None:
    done = ran(which, "closed pipe")
    if which == "event":  # its release is of another commit
        assert done.returncode == Code.REFUSED
    else:
        assert (done.returncode, done.stderr.count(b"\n")) == (Code.UNEXPECTED, 1), done.stderr
        assert b"unexpected" not in done.stderr


@pytest.mark.parametrize("which", [name for name in SOME if name != "event"])
def test_a_full_disk_is_one_sentence_and_70(ran: Lost, which: str) -> None:
    done = ran(which, "/dev/full")
    assert (done.returncode, done.stderr.count(b"\n")) == (Code.UNEXPECTED, 1), done.stderr
    assert b"unexpected" not in done.stderr


@pytest.mark.parametrize("which", SOME)
def test_an_output_that_the_caller_closed_changes_nothing(ran: Lost, which: str) -> None:
    shown, closed = ran(which), ran(which, "closed")
    assert (closed.returncode, closed.stderr.count(b"\n")) == (shown.returncode, shown.stderr.count(b"\n"))
    assert closed.returncode in (Code.DONE, Code.NOT_ELIGIBLE, Code.REFUSED)


def test_a_closed_standard_error_changes_no_code(world: World, closed_pipe: int) -> None:
    command = ["ops_gates", "guard", named(world)]
    environment = {**os.environ, **caller(world.stack, "secret key")}
    for given in ("2>&-", "2>/dev/full", f"2>&{closed_pipe}"):
        assert started(command, environment, given=given, pipe=closed_pipe).returncode == Code.NOT_ELIGIBLE
    os.close(closed_pipe)


def test_a_closed_standard_input_cannot_be_read(stack: Stack) -> None:
    command = [sys.executable, "-m", "ops_gates", "emit", "file", "-"]
    done = subprocess.run(
        ["bash", "-c", 'exec "$@" <&-', "bash", *command],
        env={**os.environ, **caller(stack, "secret key")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (Code.USAGE, "", 1), done.stderr


def nowhere(_: Path) -> str:
    return "/there/is/no/such/file"


def folder(at: Path) -> str:
    return str(at)


@pytest.mark.parametrize("variable", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
@pytest.mark.parametrize("where", [nowhere, folder])
@pytest.mark.parametrize("action", [EVENT, GATE])
def test_outputs_that_cannot_be_written_are_2_and_nothing_is_sent(
    world: World, tmp_path: Path, action: Path, variable: str, where: Callable[[Path], str]
) -> None:
    job = Job(tmp_path, environment={**caller(world.stack, "ci token"), variable: where(tmp_path)})
    name = f"v-{uuid.uuid4()}"
    inputs = {"status": "success", "initiator": "dev-1"} if action == EVENT else {"environment": "dev"}
    step = job.run(action, release_name=name, project="acme/shop", **inputs)
    assert (step.code, len(step.errors)) == (Code.USAGE, 1), step.log
    assert "Traceback" not in step.log
    assert world.service.rows("releases", "release_id", release_name=name) == []


@pytest.mark.parametrize("action", [EVENT, GATE])
def test_outputs_that_are_lost_afterwards_are_70(world: World, tmp_path: Path, action: Path) -> None:
    job = Job(tmp_path, environment={**caller(world.stack, "ci token"), "GITHUB_OUTPUT": "/dev/full"})
    inputs = {"status": "success"} if action == EVENT else {"environment": "dev"}
    step = job.run(action, release_id=str(world.release_id), **inputs)
    assert (step.code, len(step.errors)) == (Code.UNEXPECTED, 1), step.log
    assert "Traceback" not in step.log


def test_an_interrupt_while_modules_are_loaded_is_130(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text(f"import os, signal\nos.kill(os.getpid(), {int(signal.SIGINT)})\n")
    module, name = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["ops-gates"].split(":")
    script = f"from {module} import {name}; {name}()"
    for command in ([sys.executable, "-m", "ops_gates"], [sys.executable, "-c", script]):
        done = subprocess.run(
            [*command, "--version"],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stdout, done.stderr) == (Code.INTERRUPTED, "", "stopped\n")
