"""The commands of the checkout, beside the stack's own: what they say, and how they end."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.check import drift, row_types, schema_picture
from harness.check.drift import __main__ as drift_command
from harness.stack import Stack, StackError, commands
from harness.stack.errors import FAILED
from harness.stack.parts import ROOT
from harness.tests.terminal import Terminal

LOCAL = Terminal({}, commands.app)
ROW_TYPES = Terminal({}, row_types.app)


def test_a_stack_that_does_not_run_is_a_sentence_and_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.stack.up.running_state", lambda: None)
    for command in (["status"], ["reset"], ["person", "sre-1"], ["token", "sre", "sre-1"]):
        done = LOCAL(*command)
        assert (done.exit_code, done.stdout) == (FAILED, "")
        assert "make up" in done.stderr


def test_make_ends_with_2_whatever_its_command_ended_with_and_the_page_says_so() -> None:
    """Of GNU make, which is no part of this project: no recipe can change it."""
    told = subprocess.run(
        ["make", "-f", "-"], input=f"all: ; @exit {FAILED}\n", cwd=ROOT, capture_output=True, text=True
    )
    assert told.returncode == 2
    [line] = [line for line in (ROOT / "docs/errors.md").read_text().splitlines() if "Behind a `make` target" in line]
    assert "`make` itself ends with 2" in line
    # What the page says to start instead is there.
    started = re.findall(r"`\.venv/bin/python -m (harness\.\w+) (\w+)`", line)
    assert started == [("harness.stack", "status")]


def test_a_token_for_an_unknown_role_is_wrong_usage() -> None:
    assert LOCAL("token", "king", "x").exit_code == 2


def test_a_fault_of_the_local_stack_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str | None = None) -> str:
        raise StackError("no disk", mend="free some")

    monkeypatch.setattr(row_types, "generated", broken)
    done = ROW_TYPES()
    assert (done.exit_code, done.stderr) == (1, "no disk\ndo: free some\n")


def test_a_fault_of_the_stack_ends_every_check_with_the_code_that_the_page_of_errors_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise StackError("no disk")

    monkeypatch.setenv("SUPABASE_DB_URL", "postgresql://postgres@127.0.0.1:1/postgres")
    monkeypatch.setattr(row_types, "generated", broken)
    monkeypatch.setattr(drift, "report", broken)
    monkeypatch.setattr(schema_picture, "write", broken)
    assert [ROW_TYPES().exit_code, drift_command.main([]), schema_picture.main([])] == [FAILED] * 3
    assert re.search(rf"^\| {FAILED} \|.*the local stack failed", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("module", ["harness.stack", "harness.check.row_types", "harness.prove.dry_run"])
def test_wrong_usage_names_the_command_that_was_typed(module: str) -> None:
    command = [sys.executable, "-m", module, "--sideways"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, f"python -m {module} --help" in done.stderr) == (2, True), done.stderr


def test_row_types_are_written_and_check_fails_when_they_are_stale(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(row_types, "FILE", tmp_path / "rows.py")
    monkeypatch.setattr(row_types, "ROOT", tmp_path)
    fresh = row_types.generated(stack.db_url)
    monkeypatch.setattr(row_types, "generated", lambda: fresh)
    (tmp_path / "rows.py").write_text("stale = True\n")
    stale = ROW_TYPES("--check")
    assert (stale.exit_code, (tmp_path / "rows.py").read_text()) == (1, "stale = True\n")
    assert "-stale = True" in stale.stdout
    assert ROW_TYPES().exit_code == 0
    assert ROW_TYPES("--check").exit_code == 0
