"""Runs `supabase/tests/*.sql` under pytest: each file is a test, its TAP output decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn

from harness.prove import effort, shared
from harness.stack.parts import ROOT

SQL_TESTS = ROOT / "supabase" / "tests"
_RESULT = re.compile(r"(?P<not>not )?ok\b(?: (?P<number>\d+))?(?P<rest>.*)")
_PLAN = re.compile(r"1\.\.(\d+)")
# Commands of psql that change nothing here.
_PSQL_SETTING = re.compile(r"\\(set|unset|pset|timing|echo)\b")
_PSQL_INCLUDE = re.compile(r"\\ir\s+(\S+)\s*")
_ENDS_WELL = re.compile(r"\brollback\s*;\s*\Z", re.IGNORECASE)


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Bring along what shares one cluster between the workers."""
    pluginmanager.register(shared)


class SqlTestError(Exception):
    """Why a SQL test failed: the lines that say so."""


def judge(lines: list[str]) -> None:
    """Read TAP; SqlTestError with the failing lines and their diagnostics, or if the plan was not kept."""
    planned: int | None = None
    ran = 0
    failed: list[str] = []
    in_failure = False
    for line in lines:
        if plan := _PLAN.fullmatch(line.split("#")[0].strip()):
            planned = int(plan[1])
        elif result := _RESULT.fullmatch(line):
            ran += 1
            in_failure = bool(result["not"]) and "# TODO" not in line
            if in_failure:
                failed.append(line)
        elif line.startswith("Bail out!") or (in_failure and line.startswith("#")):
            failed.append(line)
    if planned is None:
        failed.append("no plan: the file never says how many tests it has")
    elif planned != ran:
        failed.append(f"planned {planned} tests, ran {ran}")
    if ran == 0:
        failed.append("no test ran")
    if failed:
        raise SqlTestError("\n".join(failed))


class Line(NamedTuple):
    """One line of SQL, and the file and line number that it comes from."""

    text: str
    file: str
    number: int


def expand(path: Path, including: tuple[Path, ...] = ()) -> Iterator[Line]:
    """Yield the lines that `psql` would send: those of a file, and in place of `\\ir FILE` the lines of that file.

    The path of FILE is relative to the file that includes it. Settings of psql become blank lines.
    SqlTestError if FILE is missing, or is included while it is being read.
    """
    for number, text in enumerate(path.read_text().removesuffix("\n").split("\n"), start=1):
        if not (include := _PSQL_INCLUDE.fullmatch(text)):
            yield Line("" if _PSQL_SETTING.match(text) else text, path.name, number)
            continue
        included = (path.parent / include[1]).resolve()
        where = f"{path.name}, line {number}"
        if not included.is_file():
            raise SqlTestError(f"{where}: there is no file {include[1]} to include")
        if included in (*including, path.resolve()):
            raise SqlTestError(f"{where}: {include[1]} is included while it is being read, which would never end")
        yield from expand(included, (*including, path.resolve()))


def _rows(connection: PGconn, lines: list[Line]) -> Iterator[str]:
    """Yield every line that the statements return, up to the first error, which becomes `Bail out!`."""
    script = "\n".join(line.text for line in lines)
    connection.send_query(script.encode())
    error: str | None = None
    while (result := connection.get_result()) is not None:
        if result.status == ExecStatus.TUPLES_OK:
            for row in range(result.ntuples):
                for column in range(result.nfields):
                    yield from (result.get_value(row, column) or b"").decode().splitlines()
        elif result.status == ExecStatus.FATAL_ERROR:
            position = result.error_field(DiagnosticField.STATEMENT_POSITION)
            line = lines[script[: int(position) - 1].count("\n")] if position else None
            error = result.get_error_message() + (f" ({line.file}, line {line.number})" if line else "")
    if error:
        yield f"Bail out! {error}"


def run_file(url: str, path: Path) -> None:
    """Run a file over its own connection, as `postgres`; SqlTestError if it does not pass."""
    lines = list(expand(path))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create extension if not exists pgtap with schema extensions")
        connection.execute('set search_path = "$user", public, extensions')
        if effort.NIGHTLY:
            connection.execute("set pgtap.effort = 'nightly'")
        judge(list(_rows(connection.pgconn, lines)))
    if not _ENDS_WELL.search("\n".join(line.text for line in lines)):
        raise SqlTestError("the file does not end with `rollback`, so what it stored would stay for the next file")


class SqlTest(pytest.Item):
    """One file."""

    def runtest(self) -> None:
        """Run it in a database of its own."""
        with shared.worker_of(self.config).sql_database() as url:
            run_file(url, self.path)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show TAP, not Python."""
        if isinstance(excinfo.value, SqlTestError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the file."""
        return self.path, 0, self.name  # where a test that is left out needs a line


class SqlFile(pytest.File):
    """The file as pytest collects it."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test."""
        yield SqlTest.from_parent(self, name=self.path.stem)


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Take the SQL files of `supabase/tests`."""
    if file_path.suffix == ".sql" and file_path.is_relative_to(SQL_TESTS):
        return SqlFile.from_parent(parent, path=file_path)
    return None
