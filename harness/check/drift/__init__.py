"""Compares a database with the migrations, and gives the SQL that would undo each difference.

The Supabase CLI compares the schema; `harness/check/drift/facts.py` compares what it cannot see.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from harness.check.drift import facts
from harness.stack.cli_tool import SupabaseCli
from harness.stack.errors import StackError
from harness.stack.parts import ROOT
from harness.stack.postgres_trees import DEFAULT, of_major
from harness.stack.stack import run_cluster
from ops_gates.restoring.database import EXAMPLE, is_address, without_secret
from ops_gates.restoring.database import connect as connect
from ops_gates.restoring.database import describe as describe

SCHEMAS = facts.SCHEMAS


class NoTarget(Exception):  # noqa: N818 - no fault of the program
    """No database was named, or its address is not valid. The sentence quotes no secret."""


@dataclass(frozen=True)
class DriftReport:
    """How a target differs from fresh migrations, as the SQL that would undo it. Review the SQL before running it."""

    target: str
    schema_sql: str = ""
    """What the CLI's comparison says."""
    backwards: bool = False
    """Whether `schema_sql` leads to the target instead, since there is no way back: an enum never loses a value."""
    facts: tuple[tuple[str, str], ...] = ()
    """Kind and SQL of what that comparison cannot see."""
    absent: bool = False
    """Whether the target has none of our schemas."""
    foreign: tuple[str, ...] = ()
    """Schemas of the target that have the name of one of ours and are somebody else's."""
    notes: tuple[str, ...] = ()
    """Settings that differ from those of a new project and change nothing for our schemas."""

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return self.absent or bool(self.foreign or self.schema_sql or self.facts)

    @property
    def sql(self) -> str:
        """All differences as SQL, with a line above each part that says what it is."""
        parts = []
        if self.absent:
            parts.append(f"-- there is no schema {SCHEMAS[0]}: supabase db push")
        parts += [
            f"-- schema {name} is not ours: rename or drop it, the migrations make their own" for name in self.foreign
        ]
        if self.schema_sql:
            heading = (
                "-- what the target has beyond the migrations; no statement takes it back"
                if self.backwards
                else f"-- schemas {', '.join(SCHEMAS)}"
            )
            parts.append(f"{heading}\n{self.schema_sql}")
        for kind in dict.fromkeys(kind for kind, _ in self.facts):
            parts.append("\n".join([f"-- {kind}", *(line for of, line in self.facts if of == kind)]))
        return "\n\n".join(parts)

    def text(self) -> str:
        """For people: one line that says whether there is drift, a line for each note, and the SQL."""
        notes = [f"note: {note}" for note in self.notes]
        if not self:
            return "\n".join([f"no drift: {self.target} is what the migrations make of an empty database", *notes])
        how = "" if self.absent or self.foreign else "; this would bring it back (review it, then write a migration)"
        return "\n".join([f"drift: {self.target} differs from the migrations{how}", *notes, "", self.sql])


def target_url(given: str | None = None) -> str:
    """The database to look at: the one given, SUPABASE_DB_URL's, or the running local stack's; NoTarget otherwise."""
    named = (given or os.environ.get("SUPABASE_DB_URL", "")).strip()
    if not named and "SUPABASE_DB_URL" in os.environ:
        raise NoTarget("SUPABASE_DB_URL is set but empty: set it to an address, or unset it")
    if given and has_password(given):
        raise NoTarget("the address has a password, and every list of processes shows it: use SUPABASE_DB_URL instead")
    if named:
        if not is_address(named):
            raise NoTarget(f"the target is not an address such as {EXAMPLE}")
        return named
    from harness.stack import up

    if state := up.running_state():
        return state.db_url
    raise NoTarget("no database is named: give --target or SUPABASE_DB_URL, or start the local stack with `make up`")


def has_password(url: str) -> bool:
    """Whether an address names a password."""
    try:
        return bool(conninfo_to_dict(url).get("password"))
    except psycopg.Error:
        return False


@contextlib.contextmanager
def fresh(major: int | None = None) -> Iterator[str]:
    """The address of a database that has the migrations and nothing else, in a cluster of its own.

    Of that major version: each writes views in words of its own. Of the default one for files that are generated.
    """
    with run_cluster(kind="embedded", version=of_major(major) if major else DEFAULT) as cluster:
        yield cluster.server.url()


def report(target: str, *, reference: str | None = None, workdir: Path = ROOT) -> DriftReport:
    """Compare a database with the migrations, or with a `reference` that has just them.

    Unreachable or NotAllowed if the target cannot be asked, StackError if the comparison itself is not possible.
    """
    with connect(target) as connection:
        major = connection.info.server_version // 10_000
        there = _schemas(connection)
    if not there:
        return DriftReport(describe(target), absent=True)
    with contextlib.ExitStack() as stack:
        reference = reference or stack.enter_context(fresh(major))
        with connect(reference) as fresh_one:
            wanted, ours = facts.read(fresh_one), _schemas(fresh_one)
        if foreign := [name for name in there if not there[name].is_changed_from(ours[name])]:
            return DriftReport(describe(target), foreign=tuple(foreign))
        differing = facts.mending(_facts(target), wanted)
        schema_sql, backwards = _schema_difference(target, reference, workdir)
    notes = tuple(line for kind, line in differing if kind == facts.NOTE)
    drifted = tuple((kind, line) for kind, line in differing if kind != facts.NOTE)
    return DriftReport(describe(target), schema_sql, backwards, drifted, notes=notes)


@dataclass(frozen=True)
class _Schema:
    """What identifies a schema: its comment, and the names of its relations and functions."""

    comment: str | None
    names: frozenset[str]

    def is_changed_from(self, other: _Schema) -> bool:
        """Whether this is the other one after changes: half of the names are here.

        A push that stopped half-way left fewer names. It left the comment, which no schema of somebody else's has.
        """
        return self.comment == other.comment or 2 * len(self.names & other.names) >= len(other.names)


def _schemas(connection: psycopg.Connection[Any]) -> dict[str, _Schema]:
    """Which of our schemas exist in a database."""
    rows = connection.execute(
        "select nspname, obj_description(n.oid, 'pg_namespace'),"
        " array(select relname::text from pg_class where relnamespace = n.oid"
        " union select proname from pg_proc where pronamespace = n.oid)"
        " from pg_namespace as n where nspname = any (%s) order by nspname",
        [[*SCHEMAS]],
    )
    return {name: _Schema(comment, frozenset(names)) for name, comment, names in rows}


def _facts(target: str) -> list[facts.CatalogueFact]:
    with connect(target) as connection:
        try:
            return facts.read(connection)
        except psycopg.Error as error:
            said = str(error).splitlines()[0]
            raise StackError(f"{describe(target)} cannot be read: {said}", mend="connect as `postgres`") from None


def _schema_difference(target: str, reference: str, workdir: Path) -> tuple[str, bool]:
    try:
        return _diff(target, reference, workdir), False
    except StackError as error:
        try:
            forwards = _diff(reference, target, workdir)
        except StackError:
            raise StackError(without_secret(str(error), target)) from None
        # The CLI refused to undo a difference, so that there is one even if this direction has no statement.
        return forwards or f"-- {error.failed.splitlines()[-1]}", True


def _diff(source: str, destination: str, workdir: Path) -> str:
    """The SQL that turns one database into the other. The CLI writes it to a file; its output has remarks too."""
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "diff.sql"
        SupabaseCli(workdir).run(
            "db",
            "diff",
            "--from",
            source,
            "--to",
            destination,
            "--schema",
            ",".join(SCHEMAS),
            "--output",
            str(output),
            timeout=300,
        )
        said = output.read_text().strip() if output.exists() else ""
    return said.removeprefix("SET local check_function_bodies = off;").strip()
