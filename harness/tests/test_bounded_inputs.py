"""No argument and no row wears the database out: size and numbers are checked before anything is copied or shown.

`1e130000` is eight bytes in JSON and 130 KB as text. A few thousand of them in 22 KB cost gigabytes where a refusal
repeats the row ("Failing row contains …").
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from harness.check.access import ACCESS
from harness.prove.access_scene import Scene, change
from harness.prove.effort import NIGHTLY, times
from harness.tests.mutated_events import paths

pytest_plugins = ("harness.tests.access_fixtures",)

MILLISECONDS = 200
MEBIBYTES = 64

# What is sent: as JSON where a document is expected, and as text everywhere else.
DOCUMENTS: Mapping[str, str] = {
    "2,400 huge numbers": json.dumps({"n": 0}).replace("0", "[" + ",".join(["1e130000"] * 2400) + "]"),
    "numbers with endless digits": '{"n": [' + ",".join(["0e-16383"] * 2000) + "]}",
    "one long number": '{"n": ' + "9" * 100_000 + "}",
    "deep lists": '{"n": ' + "[" * 5000 + "]" * 5000 + "}",
    "a long text": json.dumps({"n": "x" * 400_000}),
    "50,000 keys": json.dumps({f"k{n}": n for n in range(50_000)}),
    "a list of 100,000": json.dumps([0] * 100_000),
    "huge numbers at the top": "[" + ",".join(["1e130000"] * 2400) + "]",
}
TEXTS: Mapping[str, str] = {
    "a long text": "x" * 400_000,
    "a text of line ends": "\n" * 300_000,
    "a text of combining characters": "a" + "\u0301" * 150_000,
}


@dataclass(frozen=True)
class Cost:
    """What a statement took of its server process."""

    milliseconds: float
    mebibytes: float


class Process:
    """The server process of a session, on this machine."""

    def __init__(self, db: psycopg.Connection[Any]) -> None:
        self._about = Path("/proc") / str(db.info.backend_pid)

    def _ran(self) -> float:
        return int((self._about / "schedstat").read_text().split()[0]) / 1e6

    def _memory(self, name: str) -> float:
        lines = dict(line.split(":", 1) for line in (self._about / "status").read_text().splitlines())
        return int(lines[name].split()[0]) / 1024

    def cost(self, action: Callable[[], object]) -> Cost:
        """Processor time of an action, and the most memory that the process had beyond what it had before."""
        (self._about / "clear_refs").write_text("5")  # the peak begins anew
        ran, before = self._ran(), self._memory("VmRSS")
        action()
        return Cost(self._ran() - ran, self._memory("VmHWM") - before)


def some(roles: Collection[str], turn: int) -> list[str]:
    """One of them by day, in turn: what a document costs is a matter of its place. All of them at night."""
    ordered = sorted(roles)
    return ordered if NIGHTLY else [ordered[turn % len(ordered)]] if ordered else []


def in_turn(sent: Mapping[str, str], turn: int) -> dict[str, str]:
    """Every second of what is sent to a place by day, the others to the next place; all of it at night."""
    return {name: text for number, (name, text) in enumerate(sent.items(), turn) if NIGHTLY or number % 2 == 0}


def too_much(what: str, cost: Cost) -> list[str]:
    """A sentence if it cost more than it may."""
    if cost.milliseconds <= MILLISECONDS and cost.mebibytes <= MEBIBYTES:
        return []
    return [f"{what}: {cost.milliseconds:.0f} ms, {cost.mebibytes:.0f} MiB"]


def documents(type_name: str) -> Mapping[str, str]:
    """What is sent for a column or argument of this type."""
    return DOCUMENTS if type_name in ("json", "jsonb") else TEXTS if type_name in ("text", "unknown") else {}


def within(good: Any, type_name: str) -> dict[str, str]:
    """A good document with huge numbers, a long text or a deep list in place of each of its values."""
    if type_name != "jsonb" or good is None:
        return {}
    large = {"huge numbers": [0.125] * 2400, "a long text": "x" * 200_000, "deep lists": deep(200)}
    made: dict[str, str] = {}
    for path in paths(good.obj):
        for what, value in large.items():
            text = json.dumps(replaced(good.obj, path, value)).replace("0.125", "1e130000")
            made[f"{what} at {'.'.join(map(str, path))}"] = text
    return made


def deep(levels: int) -> Any:
    """A list in a list in a list …"""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    """The document with another value at a place."""
    if not path:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], by)
    return copy


@pytest.fixture
def process(scene: Scene) -> Process:
    """The server process of the scene."""
    if scene.db.info.host not in ("127.0.0.1", "localhost"):
        pytest.skip("the server process is on another machine")
    return Process(scene.db)


def test_no_argument_of_a_function_costs_more_than_it_may(scene: Scene, process: Process) -> None:
    said: list[str] = []
    tried = 0
    types = dict(
        scene.owner(
            "select p.proname, jsonb_object_agg(a.name, format_type(p.proargtypes[a.n - 1], null)) from pg_proc p"
            " cross join unnest(p.proargnames) with ordinality as a (name, n)"
            " where p.pronamespace = 'ops'::regnamespace and a.n <= p.pronargs group by p.proname"
        )
    )
    for turn, (name, callers) in enumerate(ACCESS.functions.items()):
        for role in some(callers, turn):
            good = scene.facts.arguments(name, role)
            for argument, type_name in types.get(name, {}).items():
                sent_there = {**documents(type_name), **within(good.get(argument), type_name)}
                for bomb, sent in sent_there.items():
                    given = {**good, argument: sent}
                    call = sql.SQL("select ops.{}({})").format(
                        sql.Identifier(name),
                        sql.SQL(", ").join(
                            sql.SQL("{} => {}::{}").format(
                                sql.Identifier(key), sql.Placeholder(key), sql.SQL(types[name][key])
                            )
                            for key in given
                        ),
                    )
                    tried += 1
                    cost = process.cost(partial(scene.attempt, role, call, given))
                    said += too_much(f"{role} calls {name} with {bomb} as {argument}", cost)
    assert tried > 50
    assert not said, "\n".join(said)


def test_no_column_of_a_row_costs_more_than_it_may(scene: Scene, process: Process) -> None:
    said: list[str] = []
    tried = 0
    columns = scene.owner(
        "select table_name::text, column_name::text, data_type::text from information_schema.columns c"
        " where table_schema = 'ops' and is_generated = 'NEVER' order by 1, ordinal_position"
    )
    for turn, (table, column, type_name) in enumerate(columns):
        if table not in ACCESS.tables:
            continue
        rights = ACCESS.tables[table].rights
        for role in some({**rights["insert"], **rights["update"]}, turn):
            for bomb, sent in in_turn(documents(type_name), turn).items():
                row = {**scene.facts.row(role, table), column: sent}
                tried += 1
                cost = process.cost(partial(scene.try_insert, role, table, row))
                said += too_much(f"{role} writes {bomb} as {column} of {table}", cost)
                query, values = change(table, scene.facts.key(table, role), {column: sent})
                cost = process.cost(partial(scene.attempt, role, query, values))
                said += too_much(f"{role} changes {column} of {table} to {bomb}", cost)
    assert tried > times(100, 200)
    assert not said, "\n".join(said)
