"""A chaos run counts what was tried, and its page and exit code say whatever is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.prove.chaos import __main__ as command
from harness.prove.chaos import compare as asked
from harness.prove.chaos.campaign import MET_A_BATCH, Struck
from harness.prove.chaos.compare import Compared
from harness.prove.chaos.faults import Kill
from harness.prove.chaos.figures import LEFT_OUT, WANTED, Figure, read_report
from harness.prove.chaos.load import MANNERS
from harness.prove.chaos.outages import OUTAGES, Survived
from harness.prove.chaos.report import write
from harness.prove.chaos.result import ChaosResult
from harness.prove.chaos.run import ChaosProfile
from harness.stack import StackError
from harness.stack.parts import ROOT
from harness.tests.release_history import ReleaseHistory

JUNIT = """<testsuites><testsuite>
<testcase classname="harness.tests.test_concurrency" name="test_of_100_concurrent_events"/>
<testcase classname="harness.tests.test_concurrency" name="test_any_order_of_the_same">
  <properties><property name="repeated" value="500"/></properties></testcase>
<testcase classname="harness.tests.test_state_machine" name="test_the_database">
  <properties><property name="steps" value="30"/><property name="steps" value="12"/></properties></testcase>
<testcase classname="harness.tests.test_tokens" name="test_one"/>
<testcase classname="harness.tests.test_tokens" name="test_two"><failure/></testcase>
<testcase classname="harness.tests.test_tokens" name="test_three"><skipped/></testcase>
<testcase classname="harness.tests.test_access" name="test_one"/>
<testcase classname="harness.tests.test_access_http" name="test_two"><error/></testcase>
</testsuite></testsuites>"""


def test_what_no_figure_counts_is_a_test() -> None:
    file, name = LEFT_OUT.split("::")
    assert f"def {name}(" in (ROOT / file).read_text()


def test_figures_are_what_the_tests_counted_and_a_test_that_did_not_run_has_failed() -> None:
    found = {figure.what: (figure.tried, figure.failed) for figure in read_report(JUNIT)}
    assert len(found) == len(WANTED)
    assert found["100 concurrent events, 30 of them duplicates"] == (1, 0)
    assert found["permutations with repeats of one release's events"] == (500, 0)
    assert found["random histories against the model, live = replay"] == (42, 0)
    assert found["forged and stale tokens, and good ones"] == (2, 1)
    assert found["role, table and verb over SQL"] == (1, 0)
    assert found["role, table and verb over HTTP"] == (1, 1)
    assert found["a sign-off against a failing check"] == (0, 1)
    assert all(figure.failed for figure in read_report("<none/>"))


def test_the_tests_whose_figures_are_wanted_are_there() -> None:
    for wanted in WANTED:
        assert f"def {wanted.test or 'test_'}" in (ROOT / "harness" / "tests" / f"test_{wanted.file}.py").read_text()
    assert {"steps", "teardown"} <= {*ReleaseHistory.__init__.__code__.co_names, *dir(ReleaseHistory)}


REPEATING = """
from harness.prove.effort import times

class ReleaseHistory:
    steps = 0
    def teardown(self): pass

def test_the_database_judges():
    for _ in range(times(3, 300)):
        machine = ReleaseHistory()
        machine.steps = 7
        machine.teardown()
"""


def test_repeats_and_steps_are_counted_in_a_worker_too(tmp_path: Path) -> None:
    (tmp_path / "test_state_machine.py").write_text(REPEATING)
    report = tmp_path / "tests.xml"
    options = (
        "-c",
        os.devnull,
        "-p",
        "xdist.plugin",
        "-n",
        "1",
        "-p",
        "harness.prove.chaos.counting",
        f"--junitxml={report}",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPS_EFFORT": "usual", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert done.returncode == 0, done.stdout
    counted = [(entry.get("name"), entry.get("value")) for entry in ET.parse(report).iter("property")]
    assert counted == [("repeated", "3"), *[("steps", "7")] * 3]


# What is written and shown.


def findings(**more: Any) -> ChaosResult:
    kill = Kill("PostgREST", "its process", 2, lambda: lambda: None)
    fields: dict[str, Any] = {
        "seed": 1,
        "struck": [Struck(kill, 1.0), Struck(kill, 3.0)],
        "survived": [Survived("a locked release", 10.0, Counter({"503 try_again": 4}), 8.0, 0.2)],
        "counts": {"events": 1200, MANNERS[0]: 70, MET_A_BATCH: 2},
        "answers": {"200": 1100, "503 gateway": 40},
        "reads": {"200": 90, "503 PGRST000": 10},
        "strange": [],
        "compared": [Compared(asked.NOTHING_LOST, 1100, [])],
        "figures": [Figure("permutations", "orders", 500, 0), Figure("races", "races", None, 0)],
        "machine": {"Machine": "this one", "Commit": "abc1234"},
    }
    return ChaosResult(**fields | more)


def test_the_page_says_what_was_tried_how_often_and_what_failed(tmp_path: Path) -> None:
    page = write(findings(), "make chaos", tmp_path).read_text()
    for line in (
        "1,200 events, 2 kills: nothing lost, nothing doubled",
        "| `kill -9` of PostgREST under load: it comes back by itself | 2 kills | 0 |",
        f"| {asked.NOTHING_LOST} | 1,100 looked at | 0 |",
        "| reads of the board: 200, or busy | 100 answers | 0 |",
        "| `kill -9` while a batch was on its way | 2 kills | 0 |",
        "| a read was answered `503 PGRST000` | 10 |",
        "| permutations | 500 orders | 0 |",
        "| races | left out |  |",
        "| PostgREST | its process | 2 | 2.0 s | 3.0 s |",
        "| a locked release | 4 `503 try_again` | 8.0 s | 10.0 s | 0.2 s |",
        "| Commit | abc1234 |",
        "make chaos\n",
    ):
        assert line in page, line
    assert "wrong" not in page.partition("## How it is done")[0]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"compared": [Compared(asked.NOTHING_LOST, 9, ["ci/1"])]}, f"{asked.NOTHING_LOST}: ci/1"),
        ({"compared": [Compared(asked.NOTHING_LOST, 0, [])]}, "there was nothing to look at"),
        ({"compared": [Compared(asked.NOTHING_LOST, 30, ["x"] * 30)]}, f"{asked.NOTHING_LOST}: 20 more"),
        ({"strange": ["an event was answered 500"]}, "an event was answered 500"),
        ({"counts": {"events": 9}}, "nothing was killed while a batch was on its way"),
        ({"reads": {"503 gateway": 9}}, "no read was answered"),
        ({"survived": [Survived("a lock", 10.0, problems=["no answer"])]}, "a lock: no answer"),
        ({"figures": [Figure("races", "races", 1000, 1)]}, "races: 1 failed"),
    ],
)
def test_whatever_is_wrong_is_on_the_page_and_exit_code_1(
    fault: dict[str, Any],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "take", lambda *_: findings(**fault))
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "CACHE", tmp_path / ".cache")
    assert command.main([]) == 1
    assert said in (tmp_path / "docs" / "reports" / "chaos.md").read_text()
    assert said in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize(
    ("given", "written", "repeats"),
    [
        ([], "docs/reports/chaos.md", "make chaos\n"),
        (["--seed", "7"], "docs/reports/chaos.md", "make chaos ARGS='--seed 7'"),
        (["--figures", "none"], ".cache/chaos/chaos.md", "make chaos ARGS='--figures none'"),
        (["--quick"], ".cache/chaos-quick/chaos.md", "make chaos ARGS='--quick'"),
    ],
)
def test_only_a_whole_run_replaces_the_page_in_docs(
    given: list[str], written: str, repeats: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "take", lambda *_: findings())
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "CACHE", tmp_path / ".cache")
    assert command.main(given) == 0
    assert [str(page.relative_to(tmp_path)) for page in tmp_path.rglob("chaos.md")] == [written]
    assert repeats in (tmp_path / written).read_text()


def test_what_cannot_go_on_is_exit_code_1_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> ChaosResult:
        raise StackError("waited 60 s in vain for events to get through after PostgREST was killed")

    monkeypatch.setattr(command, "take", fail)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.main([]) == 1
    assert "could not go on: waited 60 s in vain" in capsys.readouterr().out
    assert [*tmp_path.rglob("*")] == []


@pytest.mark.parametrize("given", [["--figures", "many"], ["--seed", "first"], ["--fast"], ["now"]])
def test_what_cannot_be_asked_is_refused_at_once(given: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        command.main(given)
    assert refused.value.code == 2


def test_the_whole_run_kills_as_often_as_promised() -> None:
    whole = ChaosProfile()
    assert (whole.postgres, whole.postgrest, whole.function, whole.durable) == (25, 10, 10, True)
    assert list(whole.outages) == list(OUTAGES)
