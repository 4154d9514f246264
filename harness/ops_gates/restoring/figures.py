"""Figures of a database that a copy of it must have too: its rows by number, its rules by name, each with a digest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops_gates import files
from ops_gates.errors import UsageFault
from ops_gates.restoring import statements

if TYPE_CHECKING:
    import psycopg

FORMAT = 2
SCHEMAS = ("ops", "ops_private")
_RULES = statements.of("figures.sql")
# A row and a rule as text must be the same in every session.
_SESSION = (
    "set local search_path = pg_catalog, pg_temp;"
    " set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';"
    " set local bytea_output = 'hex'; set local extra_float_digits = 1"
)
# The sum of what each row comes to does not depend on their order, and needs no memory for a table of any size.
_ROWS = "select count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text from {}.{} as t"
_TABLES = (
    "select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
    " where n.nspname = any (%s) and c.relkind = 'r' order by 1, 2"
)


@dataclass(frozen=True)
class Figures:
    """By kind and name. `table` has the number of rows and their digest."""

    version: str
    by_kind: Mapping[str, Mapping[str, str]]

    def text(self) -> str:
        """As a file, which has one line for each figure, so that two can be compared by eye."""
        return json.dumps({"format": FORMAT, "version": self.version, **self.by_kind}, indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, path: Path) -> Figures:
        """From a file; UsageFault unless it is one that `text` made."""
        try:
            found = json.loads(files.text(path))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or found.pop("format", None) != FORMAT or not _are_figures(found):
            raise UsageFault(
                f"{files.named(path)} was not written by `ops-gates restore-check --write FILE` of this version"
            )
        return cls(found.pop("version"), found)

    def differences(self, other: Figures) -> Iterator[tuple[str, str, str | None, str | None]]:
        """Kind, name, what is here and what is there."""
        for kind in dict.fromkeys([*self.by_kind, *other.by_kind]):
            here, there = self.by_kind.get(kind, {}), other.by_kind.get(kind, {})
            for name in sorted({*here, *there}):
                if here.get(name) != there.get(name):
                    yield kind, name, here.get(name), there.get(name)


def _are_figures(found: Mapping[str, Any]) -> bool:
    """Whether this is a version, and the rest texts by kind and name."""
    kinds = [names for kind, names in found.items() if kind != "version"]
    return isinstance(found.get("version"), str) and all(
        isinstance(names, dict) and all(isinstance(value, str) for value in names.values()) for names in kinds
    )


def take(connection: psycopg.Connection[Any], version: str, say: Callable[[str], object]) -> Figures:
    """The figures of a database, in one transaction; `say` is told which table is read."""
    from psycopg import sql

    by_kind: dict[str, dict[str, str]] = {"table": {}}
    connection.execute(_SESSION.encode())
    for schema, table in connection.execute(_TABLES, [[*SCHEMAS]]).fetchall():
        say(f"reading {schema}.{table}")
        query = sql.SQL(_ROWS).format(sql.Identifier(schema), sql.Identifier(table))
        for count, digest in connection.execute(query):
            by_kind["table"][f"{schema}.{table}"] = f"{count} rows, {digest}"
    for _, statement in _RULES:
        for kind, name, value in connection.execute(statement):
            by_kind.setdefault(kind, {})[name] = value
    return Figures(version, by_kind)
