"""Writes to the scene that several test files share: a row inserted as somebody, and the gate's status afterwards."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from harness.prove.access_facts import Row, subject
from harness.prove.access_scene import Outcome, Scene, insertion


def gate_status(scene: Scene, gate_id: str) -> str:
    """The stored status of a gate."""
    [[status]] = scene.owner("select status::text from ops.release_gates where gate_id = %s", [gate_id])
    return str(status)


def status_of(scene: Scene, gate: str) -> str:
    """The stored status of a gate of `mine`, by its code."""
    return gate_status(scene, scene.facts.gates[gate])


def insert_as(scene: Scene, role: str, table: str, row: Row, sub: str | None = None) -> Outcome:
    """Insert a row as somebody. The row stays for the rest of the test."""
    scene.become(role, sub or subject(role))
    outcome = scene.insert(table, row)
    scene.become(None)
    return outcome


def statement_of(table: str, row: Row) -> tuple[Any, list[Any]]:
    """An insert and its values."""
    return insertion(table, row), list(row.values())


def record(scene: Scene, role: str, table: str, who: str = "a", **more: Any) -> Row:
    """Insert a good row as this person. Return the row as the owner then reads it."""
    outcome = insert_as(scene, role, table, scene.facts.row(role, table, who) | more, subject(role, who))
    assert outcome.sqlstate is None, outcome
    newest = sql.SQL("select to_jsonb(t) from ops.{} as t order by created_at desc limit 1").format(
        sql.Identifier(table)
    )
    [[row]] = scene.owner(newest)
    return dict(row)
