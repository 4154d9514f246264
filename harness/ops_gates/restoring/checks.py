"""What must hold of a database that was restored: its rules, its rows, and that every verdict equals its replay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from ops_gates import versions
from ops_gates.errors import NotAllowed
from ops_gates.readiness import Check
from ops_gates.restoring import figures, statements, verdicts
from ops_gates.restoring.database import UNANSWERED
from ops_gates.restoring.figures import Figures

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]

Say = Callable[[str], object]
BATCH = 200  # releases that are judged between two reports of progress
SHOWN = 5
_RULES = statements.of("checks.sql")
_AGAIN = "restore the dump again into an empty database, as docs/backup.md says"
_KEYS = """
select k.conname, k.conrelid::regclass::text, k.confrelid::regclass::text,
  array(select a.attname::text from unnest(k.conkey) with ordinality as u (n, o)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by u.o),
  array(select a.attname::text from unnest(k.confkey) with ordinality as u (n, o)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n order by u.o)
from pg_constraint k
where k.contype = 'f' and k.connamespace in ('ops'::regnamespace, 'ops_private'::regnamespace) order by 1
"""
_NUMBERED = """
select c.oid::regclass::text, a.attname, pg_get_serial_sequence(c.oid::regclass::text, a.attname)
from pg_attribute a join pg_class c on c.oid = a.attrelid
where a.attidentity <> '' and c.relnamespace in ('ops'::regnamespace, 'ops_private'::regnamespace) order by 1
"""


def start(connection: Connection, place: str) -> str:
    """The version of the schema; NotAllowed unless the caller acts as its owner."""
    connection.execute("set local statement_timeout = 0")  # a large log is read for minutes
    [(there, has_role)] = connection.execute(
        "select to_regprocedure('ops.version()') is not null, to_regrole('service_role') is not null"
    ).fetchall()
    if not there:
        return ""
    if not has_role:
        said = f"the server of {place} has no role service_role, in whose name verdicts are asked"
        raise NotAllowed("not_allowed", said, hint="restore the roles first, as docs/backup.md says")
    [(may,)] = connection.execute(
        "select coalesce(has_schema_privilege(to_regnamespace('ops_private'), 'usage'), true)"
        " and pg_has_role('service_role', 'member')"
    ).fetchall()
    if not may:
        raise NotAllowed("not_allowed", f"this user does not own the release gates in {place}", hint="use postgres")
    [(version,)] = connection.execute("select ops.version()").fetchall()
    return str(version)


def checks(connection: Connection, version: str, against: Figures | None, say: Say) -> Iterator[Check]:
    """Yield each check as soon as it is made; what needs the schema is asked only when it is there."""
    name = "schema ops"
    if not version:
        yield Check(name, False, "it is not there", _AGAIN)
        return
    if said := versions.misfit(versions.of_this(), version):
        yield Check(name, False, said, f"use version {version} of this program")
        return
    yield Check(name, True, f"version {version}")
    for question, statement in _RULES:
        say(question)
        yield _asked(connection, question, lambda s=statement: _column(connection, s))  # type: ignore[misc]
    yield _asked(connection, "every row that is named is there", lambda: _orphans(connection, say))
    yield _asked(connection, "sequences are ahead of their rows", lambda: _behind(connection))
    yield from _verdicts(connection, say)
    if against is not None:
        yield from _compared(connection, version, against, say)


def _asked(connection: Connection, name: str, wrong: Callable[[], list[str]]) -> Check:
    try:
        with connection.transaction():
            return _said(name, wrong())
    except UNANSWERED:
        raise
    except psycopg.Error as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        return Check(name, False, f"it cannot be asked: {said}", _AGAIN)


def _said(name: str, wrong: Sequence[str], right: str = "yes") -> Check:
    if not wrong:
        return Check(name, True, right)
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    return Check(name, False, f"{'; '.join(wrong[:SHOWN])}{more}", _AGAIN)


def _column(connection: Connection, statement: bytes) -> list[str]:
    return [value for (value,) in connection.execute(statement)]


def _orphans(connection: Connection, say: Say) -> list[str]:
    """Rows that name one that is missing: in replica mode no foreign key is checked."""
    wrong = []
    for name, child, parent, columns, named in connection.execute(_KEYS).fetchall():
        say(f"rows of {child} that name one of {parent}")
        query = sql.SQL("select count(*) from {} c where {} and not exists (select from {} p where {})").format(
            sql.SQL(child),
            sql.SQL(" and ").join(sql.SQL("c.{} is not null").format(sql.Identifier(c)) for c in columns),
            sql.SQL(parent),
            sql.SQL(" and ").join(
                sql.SQL("p.{} = c.{}").format(sql.Identifier(p), sql.Identifier(c))
                for p, c in zip(named, columns, strict=True)
            ),
        )
        for (count,) in connection.execute(query):
            wrong += [f"{count} rows of {child} ({name})"] if count else []
    return wrong


def _behind(connection: Connection) -> list[str]:
    wrong = []
    for table, column, sequence in connection.execute(_NUMBERED).fetchall():
        query = sql.SQL("select coalesce((select max({}) from {}), 0) > (select last_value from {})").format(
            sql.Identifier(column), sql.SQL(table), sql.SQL(sequence)
        )
        wrong += [sequence for (behind,) in connection.execute(query) if behind]
    return wrong


def _verdicts(connection: Connection, say: Say) -> Iterator[Check]:
    releases = _column(connection, b"select release_id::text from ops.releases order by created_at, release_id")
    looked_at: dict[str, int] = {}
    wrong: dict[str, list[str]] = {}
    try:
        with connection.transaction():
            for first in range(0, max(len(releases), 1), BATCH):
                say(f"verdicts on {first} of {len(releases)} releases")
                for question, pairs in verdicts.pairs(connection, releases[first : first + BATCH]).items():
                    looked_at[question] = looked_at.get(question, 0) + len(pairs)
                    wrong.setdefault(question, []).extend(
                        f"{pair.subject}: {pair.stored}, and the facts say {pair.derived}"
                        for pair in pairs
                        if pair.stored != pair.derived
                    )
    except UNANSWERED:
        raise
    except psycopg.Error as error:
        yield Check("verdicts", False, f"they cannot be asked: {str(error).splitlines()[0]}", _AGAIN)
        return
    for question, count in looked_at.items():
        yield _said(question, wrong[question], f"{count} of {count}")


def _compared(connection: Connection, version: str, against: Figures, say: Say) -> Iterator[Check]:
    changed = [] if version == against.version else [f"{version}, and was {against.version}"]
    yield _said("version: as in the source", changed, version)
    with connection.transaction():
        here = figures.take(connection, version, say)
    differing: dict[str, list[str]] = {}
    for kind, name, found, wanted in here.differences(against):
        differing.setdefault(kind, []).append(f"{name}: {found or 'not here'}, and was {wanted or 'not there'}")
    for kind in dict.fromkeys([*here.by_kind, *against.by_kind]):
        count = len(here.by_kind.get(kind, {}))
        yield _said(f"{kind}: as in the source", differing.get(kind, []), f"{count} of {count}")
