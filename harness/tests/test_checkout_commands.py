"""The commands of the checkout, beside the stack's own: what they say, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.check import row_types
from harness.stack import Stack, StackError, commands
from harness.tests.terminal import Terminal

LOCAL = Terminal({}, commands.app)
ROW_TYPES = Terminal({}, row_types.app)


def test_a_stack_that_does_not_run_is_a_sentence_and_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.stack.up.running_state", lambda: None)
    for command in (["status"], ["reset"], ["token", "sre", "sre-1"]):
        done = LOCAL(*command)
        assert (done.exit_code, done.stderr.splitlines()[0]) == (1, "the stack is not running")


def test_a_token_for_an_unknown_role_is_wrong_usage() -> None:
    assert LOCAL("token", "king", "x").exit_code == 2


def test_a_fault_of_the_local_stack_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str | None = None) -> str:
        raise StackError("no disk", mend="free some")

    monkeypatch.setattr(row_types, "generated", broken)
    done = ROW_TYPES()
    assert (done.exit_code, done.stderr) == (1, "no disk\ndo: free some\n")


def test_row_types_are_written_and_check_fails_when_they_are_stale(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(row_types, "FILE", tmp_path / "rows.py")
    monkeypatch.setattr(row_types, "ROOT", tmp_path)
    (tmp_path / "rows.py").write_text("stale = True\n")
    stale = ROW_TYPES("--check", "--db-url", stack.db_url)
    assert (stale.exit_code, (tmp_path / "rows.py").read_text()) == (1, "stale = True\n")
    assert "-stale = True" in stale.stdout
    assert ROW_TYPES("--db-url", stack.db_url).exit_code == 0
    assert ROW_TYPES("--check", "--db-url", stack.db_url).exit_code == 0
