"""The runner of SQL tests: it fails whenever a file does not prove what it planned to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.prove.pgtap import SqlTestError, judge, run_file
from harness.stack import Stack


def test_a_kept_plan_passes() -> None:
    judge(["1..2", "ok 1 - one", "ok 2 - two"])


def test_a_plan_at_the_end_passes() -> None:
    judge(["ok 1 - one", "1..1"])


def test_a_todo_may_fail() -> None:
    judge(["1..1", "not ok 1 - later # TODO not yet"])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["1..2", "ok 1", "not ok 2 - b", "# Failed", "ok 3"],
            "not ok 2 - b\n# Failed\nplanned 2 tests, ran 3",
        ),
        (["1..2", "ok 1 - one"], "planned 2 tests, ran 1"),
        (["ok 1 - one"], "no plan"),
        (["1..0"], "no test ran"),
        ([], "no plan: .*\nno test ran"),
        (["1..1", "ok 1", "Bail out! ERROR: gone"], "Bail out! ERROR: gone"),
    ],
)
def test_anything_else_fails_with_the_lines_that_say_why(lines: list[str], said: str) -> None:
    with pytest.raises(SqlTestError, match=said):
        judge(lines)


@pytest.fixture
def run_sql(stack: Stack) -> Iterator[Callable[[str], None]]:
    """Runs the text of a SQL test."""
    if stack.cluster is None:
        pytest.skip(f"installs pgTAP, and OPS_STACK={stack.kind} has only one database")
    with stack.clone_database() as url:
        yield lambda script: run_file(url, script)


def test_a_file_written_for_psql_runs(run_sql: Callable[[str], None]) -> None:
    run_sql("\\set ON_ERROR_STOP on\nbegin; select plan(1); select pass('fine'); select * from finish(); rollback;")


def test_an_error_names_its_line_and_keeps_what_came_before(run_sql: Callable[[str], None]) -> None:
    script = "begin;\nselect plan(2);\nselect fail('first');\nselect nowhere from ops.releases;\nrollback;"
    with pytest.raises(SqlTestError, match=r"(?s)not ok 1 - first.*nowhere.*\(line 4\)"):
        run_sql(script)


def test_a_file_that_commits_fails(run_sql: Callable[[str], None]) -> None:
    with pytest.raises(SqlTestError, match="does not end with `rollback`"):
        run_sql("begin; select plan(1); select pass('fine'); select * from finish(); commit;")
