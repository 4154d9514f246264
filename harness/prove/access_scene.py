"""The scene: a database with two people of every role and rows of both, and callers whose changes are undone.

The scene is one SQL session, so that the mutants can ask the same tests about a copy with a broken rule. A test that
needs a running stack, with HTTP and an open release, begins with `prove.world` instead.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import Facts, Row, as_sent, subject
from harness.prove.access_functions import Function, functions_of
from harness.prove.access_tables import KEYS
from ops_gates.events import Envelope

Claims = Mapping[str, Any]
Query = Any  # text, or what psycopg.sql composes


def claims_of(role: str, sub: str | None) -> Row:
    """What PostgREST shows of a token of that role."""
    return {"role": role, **({} if sub is None else {"sub": sub, "session_id": f"session of {sub}"})}


@dataclass(frozen=True)
class Outcome:
    """The result of a statement: its rows, or the SQLSTATE that refused it."""

    sqlstate: str | None
    count: int = 0
    rows: tuple[Any, ...] = ()
    message: str = ""

    @property
    def value(self) -> Any:
        """The one value that it returned."""
        assert self.sqlstate is None, self
        [[value]] = self.rows
        return value


class CannotAskError(Exception):
    """Raised when the table is locked, as it is while a mutant of it is tried, or when the stack has no superuser."""


class Scene:
    """One SQL session in a transaction that is never committed."""

    def __init__(self, db: psycopg.Connection[Any], facts: Facts, url: str, *, steps_down: bool = False) -> None:
        self.db = db
        self.facts = facts
        self.url = url
        self._steps_down = steps_down

    def superuser(self) -> psycopg.Connection[Any]:
        """The session as a superuser, who may become anybody; CannotAskError where the stack has none."""
        if not self._steps_down:
            raise CannotAskError
        self.db.execute("reset role; reset session authorization")
        return self.db

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Roll back everything that is done inside, in any role."""
        with self.db.transaction(force_rollback=True):
            yield

    def become(self, role: str | None, sub: str | None = None, claims: Claims | None = None) -> None:
        """Act as a caller with this token from here on. None acts as the owner again."""
        if role is None:
            self.db.execute("reset role; select set_config('request.jwt.claims', '', true)")
            return
        shown = json.dumps(claims_of(role, sub) if claims is None else dict(claims))
        self.db.execute(
            sql.SQL("set local role {}; select set_config('request.jwt.claims', {}, true)").format(
                sql.Identifier(role), sql.Literal(shown)
            )
        )

    def run(self, query: Query, values: Any = None) -> Outcome:
        """Try a statement in the current role. A refusal rolls back this statement only."""
        try:
            with self.db.transaction():
                cursor = self.db.execute(query, adapted(values))
                return Outcome(None, cursor.rowcount, tuple(cursor.fetchall()) if cursor.description else ())
        except psycopg.Error as error:
            return Outcome(error.sqlstate, message=str(error))

    def attempt(
        self,
        role: str | None,
        query: Query,
        values: Any = None,
        *,
        sub: str | None = None,
        claims: Claims | None = None,
    ) -> Outcome:
        """Try one statement as a caller (the first person of the role by default), and undo it."""
        with self.undone():
            if role is not None:
                self.become(role, sub or subject(role), claims)
            return self.run(query, values)

    def owner(self, query: Query, values: Any = None) -> list[tuple[Any, ...]]:
        """Read as the owner of the tables, whatever the current role is."""
        with self.undone():
            self.db.execute("reset role")
            return cast("list[tuple[Any, ...]]", self.db.execute(query, values).fetchall())

    def functions(self, *schemas: str) -> list[Function]:
        """The functions of these schemas; of both when none is named."""
        with self.undone():
            self.db.execute("reset role")
            return functions_of(self.db, *(schemas or ("ops", ACCESS.private.schema)))

    def insert(self, table: str, row: Row) -> Outcome:
        """Insert a row in the current role."""
        return self.run(insertion(table, row), list(row.values()))

    def try_insert(self, role: str, table: str, row: Row, *, sub: str | None = None) -> Outcome:
        """Insert a row as a caller, and undo it."""
        return self.attempt(role, insertion(table, row), list(row.values()), sub=sub)

    def send(self, role: str, event: Envelope, *, sub: str | None = None) -> Row:
        """The answer of `ops.ingest_event` to a caller who names a source of theirs, or {"error": SQLSTATE}; undone."""
        sent = as_sent(event, role, sub)
        outcome = self.attempt(role, "select ops.ingest_event(%s)", [Jsonb(sent)], sub=sub)
        return {"error": outcome.sqlstate} if outcome.sqlstate else cast(Row, outcome.value)

    def fresh_release(self, initiator: str = "developer-a") -> tuple[str, dict[str, str]]:
        """Another release, without facts, and its gates."""
        self.become("service_role")
        query = "select ops.open_release('acme/shop', %s, 'production', 'main', '{}', %s)"
        release = str(self.run(query, [uuid.uuid4().hex, initiator]).value)
        self.become(None)
        gates = "select gate_code::text, gate_id::text from ops.release_gates where release_id = %s"
        return release, dict(self.owner(gates, [release]))

    def locked_elsewhere(self, release_id: str) -> bool:
        """Whether the session holds a lock on this release, so that another session must wait."""
        with psycopg.connect(self.url) as other:
            try:
                other.execute("lock table ops.releases in row share mode nowait")
            except psycopg.errors.LockNotAvailable:
                raise CannotAskError from None
            try:
                other.execute("select from ops.releases where release_id = %s for no key update nowait", [release_id])
            except psycopg.errors.LockNotAvailable:
                return True
            return False


def adapted(values: Any) -> Any:
    """The values of a statement, by place or by name, as the driver sends them: an object as JSON."""
    if isinstance(values, Mapping):
        return {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
    return values and [Jsonb(value) if isinstance(value, dict) else value for value in values]


def insertion(table: str, row: Row) -> sql.Composed:
    """`insert into ops.table (…) values (%s, …)`."""
    return sql.SQL("insert into ops.{} ({}) values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join([sql.Placeholder()] * len(row)),
    )


def change(table: str, key: Any, row: Row) -> tuple[sql.Composed, list[Any]]:
    """`update ops.table set … where <key> = …`, and its values."""
    assignments = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in row)
    statement = sql.SQL("update ops.{} set {} where {} = %s").format(
        sql.Identifier(table), assignments, sql.Identifier(KEYS[table])
    )
    return statement, [*row.values(), key]


def done(outcome: Outcome) -> Outcome:
    """The outcome of a statement that nothing refuses."""
    assert outcome.sqlstate is None, outcome
    return outcome


@contextlib.contextmanager
def scene_on(url: str, facts: Facts, admin_url: str | None = None) -> Iterator[Scene]:
    """A session of the owner, with people and rows; a superuser's who became the owner, where there is one."""
    with contextlib.closing(psycopg.connect(admin_url or url)) as db:
        if admin_url:
            db.execute("set session authorization postgres")
            db.commit()
        yield Scene(db, facts, url, steps_down=admin_url is not None)
