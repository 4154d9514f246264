"""The access page as typed data, read from `harness/check/access.yaml`, and the questions that follow from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

FILE = Path(__file__).with_name("access.yaml")

Verb = Literal["select", "insert", "update", "delete"]
VERBS: tuple[Verb, ...] = get_args(Verb)

# The places in which a named function runs with the rights of whoever reads or writes. Each condition selects the
# entries of pg_depend, as `d`, for such a place.
PLACES = {
    "policy": "d.classid = 'pg_policy'::regclass",
    "check": "d.classid = 'pg_constraint'::regclass",
    "default": "d.classid = 'pg_attrdef'::regclass",
    "condition of a trigger": "d.classid = 'pg_trigger'::regclass"
    " and d.refobjid <> (select t.tgfoid from pg_trigger t where t.oid = d.objid)",
    "view": "d.classid = 'pg_rewrite'::regclass",
    "index": "d.classid = 'pg_class'::regclass",
}


class AccessError(ValueError):
    """A fault in the access page, in one sentence."""


@dataclass(frozen=True)
class Right:
    """What a role may do. `rows` is a key of `Access.conditions`. `columns` are those of an update; None is all."""

    rows: str
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Table:
    """Who may select, insert and update a table, which columns can change at all, and the scope of its rows."""

    name: str
    rights: Mapping[Verb, Mapping[str, Right]]
    restriction: str
    changeable: tuple[str, ...]
    refused: Mapping[Verb, str]

    def right(self, role: str, verb: Verb) -> Right | None:
        """The role's right, None where it has none."""
        return self.rights.get(verb, {}).get(role)


@dataclass(frozen=True)
class Cell:
    """One question of the matrix. `outcome` is None where it must succeed, otherwise the SQLSTATE that must refuse."""

    role: str
    table: str
    verb: Verb
    right: Right | None
    outcome: str | None

    def __str__(self) -> str:
        return f"{self.role}-{self.verb}-{self.table}"


@dataclass(frozen=True)
class Other:
    """The rights of a role that is not one of the nine."""

    tables: Mapping[str, tuple[str, ...]]
    functions: tuple[str, ...]


@dataclass(frozen=True)
class Private:
    """The private schema. Everybody has EXECUTE on a function of it that is named in one of these places."""

    schema: str
    executable_where_named_in: tuple[str, ...]


@dataclass(frozen=True)
class Access:
    """The whole page."""

    roles: tuple[str, ...]
    platform_roles: tuple[str, ...]
    role_attributes: Mapping[str, bool]
    role_members: tuple[str, ...]
    inherited: Mapping[str, tuple[str, ...]]
    others: Mapping[str, Other]
    conditions: Mapping[str, str]
    restrictions: Mapping[str, str]
    restriction: str
    tables: Mapping[str, Table]
    views: Mapping[str, tuple[str, ...]]
    functions: Mapping[str, tuple[str, ...]]
    owner: tuple[str, ...]
    as_caller: tuple[str, ...]
    private: Private
    events: Mapping[str, tuple[str, ...]]

    @property
    def nine(self) -> tuple[str, ...]:
        """The six roles and the three of the platform."""
        return self.roles + self.platform_roles

    def cells(self) -> Iterator[Cell]:
        """Every question about a table: nine roles, every table, four verbs."""
        for table in self.tables.values():
            for role in self.nine:
                for verb in VERBS:
                    right = table.right(role, verb)
                    outcome = table.refused.get(verb) if right else "42501"
                    yield Cell(role, table.name, verb, right, outcome)

    @property
    def asking(self) -> tuple[str, ...]:
        """The functions that ask for the role of the caller by themselves."""
        return tuple(name for name in self.functions if name not in self.as_caller)

    def calls(self) -> Iterator[tuple[str, str, bool]]:
        """Function, role, and whether it may call it."""
        for function, callers in self.functions.items():
            for role in self.nine:
                yield function, role, role in callers

    def sendings(self) -> Iterator[tuple[str, str, bool]]:
        """Event, role, and whether it may send it."""
        for event, senders in self.events.items():
            for role in self.nine:
                yield event, role, role in senders


def load(path: Path = FILE) -> Access:
    """Read the file; AccessError for an unknown key, role or word, so that a slip never reads as "nobody"."""
    raw: dict[str, Any] = yaml.safe_load(path.read_text())
    _known(raw, {*Access.__dataclass_fields__}, "the file")
    nine = {*raw["roles"], *raw["platform_roles"]}
    conditions = {word: " ".join(text.split()) for word, text in raw["conditions"].items()}
    restrictions = {word: " ".join(text.split()) for word, text in raw["restrictions"].items()}
    given = {name: {"restriction": raw["restriction"], **table} for name, table in raw["tables"].items()}
    tables = {name: _table(name, table, nine, conditions, restrictions) for name, table in given.items()}
    if unused := {*conditions} - {
        right.rows for table in tables.values() for rights in table.rights.values() for right in rights.values()
    }:
        raise AccessError(f"conditions that no table uses: {sorted(unused)}")
    if unused := {*restrictions} - {table.restriction for table in tables.values()}:
        raise AccessError(f"restrictions that no table uses: {sorted(unused)}")
    return Access(
        roles=tuple(raw["roles"]),
        platform_roles=tuple(raw["platform_roles"]),
        role_attributes=raw["role_attributes"],
        role_members=tuple(raw["role_members"]),
        inherited=_lists("inherited", raw["inherited"], nine),
        others={
            role: Other(
                {name: tuple(verbs) for name, verbs in given.get("tables", {}).items()},
                tuple(given.get("functions", ())),
            )
            for role, given in raw["others"].items()
        },
        conditions=conditions,
        restrictions=restrictions,
        restriction=raw["restriction"],
        tables=tables,
        views=_lists("views", raw["views"], nine),
        functions=_lists("functions", raw["functions"], nine),
        owner=tuple(raw["owner"]),
        as_caller=tuple(raw["as_caller"]),
        private=_private(raw["private"]),
        events=_lists("events", raw["events"], nine),
    )


def _table(
    name: str,
    given: dict[str, Any],
    nine: set[str],
    conditions: Mapping[str, str],
    restrictions: Mapping[str, str],
) -> Table:
    _known(given, {"restriction", "select", "insert", "update", "changeable", "refused"}, name)
    _known({given["restriction"]: None}, {*restrictions}, f"{name}, restriction")
    rights: dict[Verb, dict[str, Right]] = {}
    for verb in VERBS:
        granted = given.get(verb, {})
        _known(granted, nine, f"{name}, {verb}")
        rights[verb] = {role: _right(f"{name}, {verb}, {role}", right, conditions) for role, right in granted.items()}
    return Table(name, rights, given["restriction"], tuple(given["changeable"]), given.get("refused", {}))


def _right(where: str, given: Any, conditions: Mapping[str, str]) -> Right:
    if isinstance(given, str):
        given = {"rows": given, "columns": "all"}
    _known(given, {"rows", "columns"}, where)
    if given["rows"] not in conditions:
        raise AccessError(f"{where}: no condition is called {given['rows']!r}")
    columns = given["columns"]
    return Right(given["rows"], None if columns == "all" else tuple(columns))


def _lists(where: str, given: Mapping[str, list[str]], nine: set[str]) -> dict[str, tuple[str, ...]]:
    for name, roles in given.items():
        _known(dict.fromkeys(roles), nine, f"{where}, {name}")
    return {name: tuple(roles) for name, roles in given.items()}


def _private(given: Mapping[str, Any]) -> Private:
    _known(given, {*Private.__dataclass_fields__}, "private")
    _known(dict.fromkeys(given["executable_where_named_in"]), {*PLACES}, "private")
    return Private(given["schema"], tuple(given["executable_where_named_in"]))


def _known(given: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := {*given} - known:
        raise AccessError(f"{where}: unknown {sorted(unknown)}")


ACCESS = load()
