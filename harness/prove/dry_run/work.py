"""What is really run for the release: its build and its tests, each with a log or report that has a hash."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.prove.dry_run.subject import tracked
from harness.stack import Stack
from harness.stack.parts import CACHE, ROOT, deno_binary, deno_environment, environment
from harness.stack.process import spawn
from ops_gates import events

FUNCTIONS = ROOT / "supabase" / "functions"
KEPT = CACHE / "dry-run"
PATIENCE = 120.0
# Those that need no stack of their own, and the gates, eligibility and duplicates in SQL.
UNIT_TESTS = tuple(f"harness/tests/test_{name}.py" for name in ("errors", "events", "model", "model_deployments"))
SQL_TESTS = tuple(f"supabase/tests/{name}_test.sql" for name in ("30_gate_evaluation", "45_replay", "51_duplicates"))


@contextlib.contextmanager
def workspace(run_id: str, keep: Path = KEPT) -> Iterator[Path]:
    """A folder for what a run leaves: kept in the checkout, or for its duration where nothing can be written there."""
    try:
        folder = keep / run_id
        folder.mkdir(parents=True)
    except OSError:
        with tempfile.TemporaryDirectory(prefix="ops-gates.dry-run-") as passing:
            yield Path(passing)
    else:
        yield folder


@dataclass(frozen=True)
class Document:
    """A file as evidence: where it is, and what it was when it was looked at."""

    path: Path
    sha256: str
    size: int

    @classmethod
    def of(cls, path: Path) -> Document:
        """The file as it is now."""
        content = path.read_bytes()
        return cls(path, hashlib.sha256(content).hexdigest(), len(content))

    @property
    def name(self) -> str:
        """Its name without its folder."""
        return self.path.name


@dataclass(frozen=True)
class Command:
    """Something to run, from where, and the file that it is to leave besides its log."""

    name: str
    arguments: Sequence[str | Path]
    cwd: Path = ROOT
    env: Mapping[str, str] = field(default_factory=environment, repr=False)
    report: Path | None = None


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it left: its report if there is one, else its log."""

    name: str
    code: int
    seconds: float
    log: Document
    report: Document | None = None

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.code == 0

    @property
    def outcome(self) -> str:
        """As GitHub calls a step's outcome."""
        return "success" if self.ok else "failure"

    @property
    def document(self) -> Document:
        """What shows how it went."""
        return self.report or self.log


def run(command: Command, folder: Path, tag: str = "") -> Ran:
    """Run a command to its end; it does not outlive this process, and is killed when it takes too long."""
    [ran] = run_together([command], folder, tag)
    return ran


def run_all(commands: Sequence[Command], folder: Path, tag: str = "") -> list[Ran]:
    """Run commands one after another, whatever becomes of each, as the steps of a job."""
    return [run(command, folder, tag) for command in commands]


def run_together(commands: Sequence[Command], folder: Path, tag: str = "") -> list[Ran]:
    """Run commands side by side, each with a log of its own."""
    began = time.monotonic()
    logs = [folder / f"{command.name}{tag}.log" for command in commands]
    started: list[subprocess.Popen[bytes]] = []
    try:
        for command, log in zip(commands, logs, strict=True):
            log.touch()
            started.append(spawn(command.arguments, env=command.env, log=log, cwd=command.cwd))
        ended = [_wait(process, began, log) for process, log in zip(started, logs, strict=True)]
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
                process.wait()
    return [
        _judged(command, code, seconds, log)
        for command, (code, seconds), log in zip(commands, ended, logs, strict=True)
    ]


def _wait(process: subprocess.Popen[bytes], began: float, log: Path) -> tuple[int, float]:
    try:
        code = process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        with log.open("a") as text:
            text.write(f"\nstopped: it had not ended after {PATIENCE:g} s\n")
        return 124, time.monotonic() - began
    return code, time.monotonic() - began


def _judged(command: Command, code: int, seconds: float, log: Path) -> Ran:
    written = command.report is not None and command.report.is_file()
    report = Document.of(command.report) if command.report and written else None
    # One that says that all is well and leaves nothing to show for it has not succeeded.
    missing = command.report is not None and not written
    return Ran(command.name, code or int(missing), seconds, Document.of(log), report)


def build(folder: Path, source: Sequence[str | Path] = ()) -> list[Command]:
    """The build of this checkout: the package as a wheel, the edge function type-checked, the Python linted.

    `source` is what is linted besides the files of the checkout.
    """
    wheel: list[str | Path] = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    check: list[str | Path] = [deno_binary(), "check", "--frozen", "--cached-only", "ops-event-ingest/index.ts"]
    lint: list[str | Path] = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", ROOT / "pyproject.toml"]
    return [
        Command("wheel", wheel),
        Command("function", check, FUNCTIONS, deno_environment()),
        Command("lint", [*lint, *tracked(), *source]),
    ]


def build_again(folder: Path) -> Command:
    """The package as a wheel once more, with another date in it: the same files, and another hash."""
    wheel: list[str | Path] = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    return Command("wheel", wheel, env=environment(SOURCE_DATE_EPOCH="1700000000"))


def without_report(release_id: str, deployment_ref: str) -> dict[str, Any]:
    """A failed health check in staging as a producer with a fault sends it: without the address of its report."""
    event = events.health_check(
        release_id, environment="staging", deployment_ref=deployment_ref, status="fail", artifact_ref="",
        run_id=deployment_ref, source_system="monitoring",
    )  # fmt: skip
    del event["payload"]["artifact_ref"]
    return event


# From the folder of a run, its stack and the address of a database to try things on: the tests to run.
Suites = Callable[[Path, Stack, str], list[Command]]


def suites(folder: Path, stack: Stack, db_url: str) -> list[Command]:
    """The tests of the release: the edge function's, the harness's own, and the gates' in SQL on a copy of the base."""
    deno, pytest = folder / "deno.xml", folder / "pytest.xml"
    project = {
        "OPS_STACK": "external",
        "SUPABASE_URL": stack.url,
        "SUPABASE_DB_URL": db_url,
        "SUPABASE_SECRET_KEY": stack.secret_key,
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
    }
    # What `deno task test` allows. The types were checked when the function was.
    task = json.loads((FUNCTIONS / "deno.json").read_text())["tasks"]["test"].split()
    allowed = ["--no-check", *(word for word in task if word.startswith("--"))]
    quiet = ["-q", "-n0", "-p", "no:hypothesispytest", "-o", f"cache_dir={folder / 'pytest'}", f"--junitxml={pytest}"]
    return [
        Command(
            "deno",
            [deno_binary(), "test", *allowed, f"--junit-path={deno}", "tests"],
            FUNCTIONS,
            deno_environment(),
            deno,
        ),
        Command(
            "pytest",
            [sys.executable, "-m", "pytest", *quiet, *UNIT_TESTS, *SQL_TESTS],
            ROOT,
            environment(**project),
            pytest,
        ),
    ]


@dataclass(frozen=True)
class Counts:
    """What a JUnit report counts."""

    tests: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def passed(self) -> int:
        """Those that ran and held."""
        return self.tests - self.failed - self.skipped

    def __add__(self, other: Counts) -> Counts:
        """Of two reports together."""
        return Counts(self.tests + other.tests, self.failed + other.failed, self.skipped + other.skipped)


def counts(ran: Ran) -> Counts:
    """The tests of a run, counted one by one; a run without a readable report has none."""
    if ran.report is None:
        return Counts()
    try:
        cases = list(ET.parse(ran.report.path).iter("testcase"))  # noqa: S314 - written by our own run
    except ET.ParseError:
        return Counts()
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    return Counts(len(cases), failed, sum(case.find("skipped") is not None for case in cases))


def relative(path: Path) -> str:
    """A path as it is said to a reader of this checkout."""
    return os.path.relpath(path, ROOT) if path.is_relative_to(ROOT) else path.name
