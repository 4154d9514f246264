"""The figures of the repeating tests: how often each was tried, counted by the tests themselves, and what failed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from harness.prove.chaos.counting import REPEATED, STEPS
from harness.prove.progress import Told
from harness.stack import StackError
from harness.stack.parts import ROOT
from harness.stack.process import end, spawn

Effort = Literal["nightly", "slow", "none"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)
TIME_LIMIT = 3600.0  # seconds for one command


@dataclass(frozen=True)
class Figure:
    """One row of the last table. `tried` is None when the tests were not run."""

    what: str
    unit: str
    tried: int | None
    failed: int


@dataclass(frozen=True)
class Wanted:
    """Tests whose names begin with `test`. Their property `counted` is added up; without one, the tests are counted."""

    what: str
    unit: str
    file: str
    test: str = ""
    counted: str | None = None


WANTED = (
    Wanted("100 concurrent events, 30 of them duplicates", "runs", "concurrency", "test_of_100_concurrent"),
    Wanted("concurrent retries over HTTP, 64 of each key", "keys", "concurrency", "test_retries_of_one", REPEATED),
    Wanted("permutations with repeats of one release's events", "orders", "concurrency", "test_any_order", REPEATED),
    Wanted("a sign-off against a failing check", "races", "concurrency", "test_a_signoff_that_races", REPEATED),
    Wanted("random histories against the model, live = replay", "steps", "state_machine", "", STEPS),
    Wanted("generated envelopes: no 5xx, bodies as documented", "envelopes", "fuzz", "test_generated", REPEATED),
    Wanted("generated envelopes: refused ones leave no row", "envelopes", "fuzz", "test_a_refused", REPEATED),
    Wanted("forged and stale tokens, and good ones", "cases", "tokens"),
    Wanted("role, table and verb over SQL", "cases", "access"),
    Wanted("role, table and verb over HTTP", "cases", "access_http"),
    Wanted("drift: each kind of change, roles, memberships", "cases", "drift"),
)
# It takes 90 minutes, and no row counts it.
LEFT_OUT = "harness/tests/test_state_machine.py::test_every_rule_decides_often"


def left_out() -> list[Figure]:
    """The rows of the table when the tests are not run."""
    return [Figure(wanted.what, wanted.unit, None, 0) for wanted in WANTED]


def measure(effort: Effort, directory: Path, told: Told) -> Iterator[Figure]:
    """Run the tests; one figure after the other. Their log stays in `directory`."""
    if effort == "none":
        yield from left_out()
        return
    directory.mkdir(parents=True, exist_ok=True)
    report = directory / "tests.xml"
    report.unlink(missing_ok=True)
    files = dict.fromkeys(f"harness/tests/test_{wanted.file}.py" for wanted in WANTED)
    _run(
        f"the repeating tests, {effort} (%)",
        [
            *("-m", "pytest", "-q", "-n", "2", "-p", "harness.prove.chaos.counting", f"--junitxml={report}"),
            *("--deselect", LEFT_OUT, *files),
        ],
        directory / "tests.log",
        told,
        OPS_EFFORT=effort,
    )
    yield from read_report(report.read_text() if report.exists() else "<none/>")


def read_report(junit: str) -> list[Figure]:
    """What a junit file says about each row; a row without a single test has failed."""
    cases = list(ET.fromstring(junit).iter("testcase"))  # noqa: S314 - written by our own run
    return [_figure(wanted, cases) for wanted in WANTED]


def _figure(wanted: Wanted, cases: Sequence[ET.Element]) -> Figure:
    own = [
        case
        for case in cases
        if case.get("classname", "").endswith(f".test_{wanted.file}") and case.get("name", "").startswith(wanted.test)
    ]
    run = [case for case in own if case.find("skipped") is None]
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in run)
    if wanted.counted is None:
        tried = len(run)
    else:
        properties = [entry for case in run for entry in case.iter("property") if entry.get("name") == wanted.counted]
        tried = sum(int(entry.get("value", "0")) for entry in properties)
    return Figure(wanted.what, wanted.unit, tried, failed if tried else max(failed, 1))


def _run(what: str, arguments: Sequence[str], log: Path, told: Told, **variables: str) -> None:
    """Run one of our commands to its end; it is interrupted when we are."""
    log.unlink(missing_ok=True)
    process = spawn(
        [sys.executable, *arguments],
        env={**os.environ, "OPS_STACK": "embedded", **variables},
        log=log,
        cwd=ROOT,
        death_signal=signal.SIGINT,
    )
    deadline = time.monotonic() + TIME_LIMIT
    told(what, 0, 100)
    try:
        while process.poll() is None:
            if time.monotonic() > deadline:
                raise StackError(f"{what}: not done after {TIME_LIMIT / 60:.0f} minutes", checked=str(log))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)
            told(what, _percent(log.read_text()), 100)
    finally:
        end(process, signal.SIGINT)
    told(what, 100, 100)


def _percent(said: str) -> int:
    """The last percentage in a log of pytest; 0 without one."""
    return int(([0, *re.findall(r"\[ *(\d+)%\]", said)])[-1])
