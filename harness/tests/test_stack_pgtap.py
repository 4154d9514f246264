"""The runner of SQL tests: it fails whenever a file does not prove what it planned to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from harness.prove.pgtap import SQL_TESTS, SqlTestError, expand, judge, run_file
from harness.stack import Stack

SqlFiles = Callable[[Mapping[str, str]], Path]


class RunSql(Protocol):
    """Runs the text of a SQL test; `name=text` is a file `name.psql` beside it."""

    def __call__(self, script: str, **included: str) -> None:
        """Raise SqlTestError if it does not pass."""


@pytest.fixture
def sql_files(tmp_path: Path) -> SqlFiles:
    """Writes files by name and returns the path of the first."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path / next(iter(files))

    return write


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


def test_an_included_file_stands_in_place_of_its_line(sql_files: SqlFiles) -> None:
    path = sql_files(
        {
            "a_test.sql": "begin;\n\\ir helpers/b.psql\nrollback;\n",
            "helpers/b.psql": "select 1;\n\\ir c.psql\nselect 3;\n",
            "helpers/c.psql": "\\set x 1\nselect 2;\n",
        }
    )
    assert list(expand(path)) == [
        ("begin;", "a_test.sql", 1),
        ("select 1;", "b.psql", 1),
        ("", "c.psql", 1),
        ("select 2;", "c.psql", 2),
        ("select 3;", "b.psql", 3),
        ("rollback;", "a_test.sql", 3),
    ]


def test_a_file_may_be_included_twice_when_it_has_ended(sql_files: SqlFiles) -> None:
    path = sql_files({"a_test.sql": "\\ir b.psql\n\\ir b.psql\n", "b.psql": "select 1;\n"})
    assert [line.text for line in expand(path)] == ["select 1;", "select 1;"]


def test_a_missing_file_fails_with_where_it_is_included(sql_files: SqlFiles) -> None:
    path = sql_files({"a_test.sql": "begin;\n\\ir b.psql\n", "b.psql": "\n\n\\ir nowhere.psql\n"})
    with pytest.raises(SqlTestError, match=r"^b\.psql, line 3: there is no file nowhere\.psql to include$"):
        list(expand(path))


@pytest.mark.parametrize("closing", ["\\ir a_test.sql", "\\ir b.psql", "\\ir ../x/b.psql"])
def test_a_circle_fails_with_the_line_that_closes_it(sql_files: SqlFiles, closing: str) -> None:
    path = sql_files({"x/a_test.sql": "\\ir b.psql\n", "x/b.psql": closing})
    with pytest.raises(SqlTestError, match=r"^b\.psql, line 1: .* is included while it is being read"):
        list(expand(path))


def test_the_command_line_tools_take_no_helper_for_a_test() -> None:
    taken = [file for pattern in ("*.sql", "*.pg") for file in SQL_TESTS.rglob(pattern)]
    assert taken
    assert [file.name for file in taken if not file.name.endswith("_test.sql")] == []


@pytest.fixture
def run_sql(stack: Stack, sql_files: SqlFiles) -> Iterator[RunSql]:
    """Runs the text of a SQL test, which may include the files given with it."""
    if stack.cluster is None:
        pytest.skip(f"installs pgTAP, and OPS_STACK={stack.kind} has only one database")
    with stack.clone_database() as url:
        yield lambda script, **included: run_file(
            url, sql_files({"a_test.sql": script} | {f"{name}.psql": text for name, text in included.items()})
        )


def test_a_file_written_for_psql_runs(run_sql: RunSql) -> None:
    run_sql("\\set ON_ERROR_STOP on\nbegin; select plan(1); select pass('fine'); select * from finish(); rollback;")


def test_an_error_names_its_line_and_keeps_what_came_before(run_sql: RunSql) -> None:
    script = "begin;\nselect plan(2);\nselect fail('first');\nselect nowhere from ops.releases;\nrollback;"
    with pytest.raises(SqlTestError, match=r"(?s)not ok 1 - first.*nowhere.*\(a_test\.sql, line 4\)"):
        run_sql(script)


@pytest.mark.parametrize(
    ("helper", "last", "where"),
    [
        ("\nselect\nnowhere;\n", "select 1;", r"helper\.psql, line 3"),
        ("select 1;\n\n", "select nowhere;", r"a_test\.sql, line 3"),
        ("nowhere;", "select 1;", r"helper\.psql, line 1"),
        ("select 1\n)\n;", "select 1;", r"helper\.psql, line 2"),
    ],
)
def test_an_error_names_the_file_that_it_is_in(run_sql: RunSql, helper: str, last: str, where: str) -> None:
    with pytest.raises(SqlTestError, match=rf"\({where}\)"):
        run_sql(f"begin;\n\\ir helper.psql\n{last}\nrollback;\n", helper=helper)


def test_a_test_that_uses_an_included_function_passes(run_sql: RunSql) -> None:
    run_sql(
        "begin;\nselect plan(1);\n\\ir helper.psql\nselect is(pg_temp.two(), 2);\nselect * from finish();\nrollback;\n",
        helper="create function pg_temp.two() returns integer language sql as 'select 2';\n",
    )


def test_a_file_that_commits_fails(run_sql: RunSql) -> None:
    with pytest.raises(SqlTestError, match="does not end with `rollback`"):
        run_sql("begin; select plan(1); select pass('fine'); select * from finish(); commit;")
