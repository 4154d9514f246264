"""One release made by the real functions as a pattern: its rows in COPY's text format, with gaps for what differs."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

import psycopg
from psycopg import sql

from harness.prove.bench.errors import BenchError
from harness.prove.bench.stencils import PROJECT, PROJECTS, Shape, play_all, register_people

Table = tuple[str, str]  # schema and name
_SLOT = re.compile(
    r"(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00)"
    r"|(?P<name>stencil\d\dz)"
    rf"|(?P<project>{PROJECT})"
    r"|(?P<hash>\b[0-9a-f]{64}\b)"
)


@dataclass
class _Slots:
    """Where a copy differs from its stencil: each distinct value has a place."""

    places: dict[tuple[str, str], int] = field(default_factory=dict)
    hashes: dict[str, _Text] = field(default_factory=dict)

    def text(self, source: str) -> _Text:
        order: list[int] = []

        def slot(match: re.Match[str]) -> str:
            kind, value = match.lastgroup or "", match[0]
            if kind == "hash" and value not in self.hashes:
                return value
            order.append(self.places.setdefault((kind, value), len(self.places)))
            return "%s"

        return _Text(_SLOT.sub(slot, source.replace("%", "%%")), tuple(order))


@dataclass(frozen=True)
class _Text:
    """Rows in COPY's text format, with gaps."""

    pattern: str
    order: tuple[int, ...]

    def fill(self, values: Sequence[str]) -> str:
        if len(self.order) < 2:
            return self.pattern % tuple(values[place] for place in self.order)
        return str(self.pattern % itemgetter(*self.order)(values))


@dataclass(frozen=True)
class Template:
    """One shape, ready to be copied."""

    shape: Shape
    log_rows: int
    tables: dict[Table, _Text]
    slots: _Slots

    def copy(self, number: int, shift: timedelta, dice: random.Random) -> Iterator[tuple[Table, str]]:
        """The rows of one more such release, by table."""
        values: list[str] = [""] * len(self.slots.places)
        late: list[tuple[int, _Text]] = []
        for (kind, value), place in self.slots.places.items():
            if kind == "uuid":
                values[place] = _another_id(value, shift, dice)
            elif kind == "time":
                values[place] = (_moment(value) - shift).isoformat(" ")
            elif kind == "name":
                values[place] = f"v{number}"
            elif kind == "project":
                values[place] = PROJECTS[number % len(PROJECTS)]
            else:
                late.append((place, self.slots.hashes[value]))
        for place, content in late:
            values[place] = hashlib.sha256(content.fill(values).encode()).hexdigest()
        for table, text in self.tables.items():
            yield table, text.fill(values)


def _another_id(value: str, shift: timedelta, dice: random.Random) -> str:
    """An id of the same version: random, or as long before the other as the copy, where ids carry their time."""
    rest = f"{dice.getrandbits(120):030x}"
    time, version = rest[:15], value[14]
    if version == "7":  # 48 bits of milliseconds and 12 bits of a part of one, in one number
        time = f"{int(value[:8] + value[9:13] + value[15:18], 16) - shift * 4096 // _MILLISECOND:015x}"
    return f"{time[:8]}-{time[8:12]}-{version}{time[12:]}-a{rest[15:18]}-{rest[18:]}"


_MILLISECOND = timedelta(milliseconds=1)
_MOMENTS: dict[str, datetime] = {}


def _moment(text: str) -> datetime:
    if text not in _MOMENTS:
        _MOMENTS[text] = datetime.fromisoformat(text)
    return _MOMENTS[text]


def columns(connection: psycopg.Connection[Any]) -> dict[Table, list[str]]:
    """The columns that COPY may fill, by table: none that is generated. A table without `created_at` is no history."""
    rows = connection.execute(
        "select c.relnamespace::regnamespace::text, c.relname::text, array_agg(a.attname::text order by a.attnum)"
        " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where c.relnamespace = any(array['ops', to_regnamespace('ops_private')::text]::regnamespace[])"
        " and c.relkind = 'r' and a.attgenerated = '' and a.attidentity = ''"
        " group by 1, 2 having bool_or(a.attname = 'created_at') order by 1, 2"
    )
    return {(schema, table): names for schema, table, names in rows}


def templates(connection: psycopg.Connection[Any]) -> list[Template]:
    """Plays every shape in a database made for it, and reads what came of it.

    They are played one after the other, and every row says when it was written: that is whose it is.
    """
    connection.execute("set timezone = 'UTC'")
    filled = columns(connection)
    made = []
    register_people(connection)
    since = _now(connection)
    for shape in play_all(connection):
        until = _now(connection)
        connection.execute("reset role")
        made.append(_template(connection, filled, shape, (since, until)))
        connection.execute("set role service_role")
        since = _now(connection)
    return made


def _now(connection: psycopg.Connection[Any]) -> datetime:
    [(moment,)] = connection.execute("select clock_timestamp()").fetchall()
    return datetime.fromisoformat(str(moment))


def _template(
    connection: psycopg.Connection[Any],
    filled: dict[Table, list[str]],
    shape: Shape,
    between: tuple[datetime, datetime],
) -> Template:
    slots = _Slots()
    contents = connection.execute(
        "select payload_hash, content::text from ops.event_ingest_log"
        " where processing_status = 'accepted' and created_at between %s and %s",
        between,
    ).fetchall()
    for digest, content in contents:
        # Only what COPY need not escape can be filled in as it stands.
        if "\\" in content or hashlib.sha256(content.encode()).hexdigest() != digest:
            raise BenchError(f"the content of shape {shape.name} cannot be copied: {content[:200]}")
        slots.hashes[digest] = slots.text(content)
    tables: dict[Table, _Text] = {}
    log_rows = 0
    for table, names in filled.items():
        query = sql.SQL(
            "copy (select {} from {} where created_at between {} and {} order by created_at) to stdout"
        ).format(names_of(names), sql.Identifier(*table), *map(sql.Literal, between))
        with connection.cursor().copy(query) as copy:
            source = b"".join(copy).decode()
        if source:
            tables[table] = slots.text(source)
            log_rows += source.count("\n") if table == ("ops", "event_ingest_log") else 0
    return Template(shape, log_rows, tables, slots)


def names_of(names: Sequence[str]) -> sql.Composed:
    """Column names, quoted, with commas between them."""
    return sql.SQL(", ").join(map(sql.Identifier, names))
