"""A handle belongs to its person for good, and no lock can be taken in the name of another."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import psycopg.types.json
import pytest

from harness.prove.access_scene import Scene
from harness.stack.members import GRANT, REVOKE

pytest_plugins = ("harness.tests.access_fixtures",)


def granted(scene: Scene, subject: str, handle: str | None) -> tuple[str | None, str | None]:
    """The SQLSTATE and the message of a grant; it stays until the scene ends."""
    scene.become("service_role")
    outcome = scene.run(GRANT, [subject, "developer", handle])
    scene.become(None)
    return outcome.sqlstate, outcome.message


def test_a_handle_that_was_used_once_is_given_to_nobody_else(scene: Scene) -> None:
    assert granted(scene, "person-1", "first")[0] is None
    assert granted(scene, "person-1", "second")[0] is None
    now = granted(scene, "person-2", "Second")
    formerly = [granted(scene, "person-2", handle) for handle in ("first", "FIRST")]
    formerly.append(granted(scene, "First", None))
    assert [state for state, _ in [now, *formerly]] == ["OPS15"] * 4
    # A sentence of its own says which of the two it is.
    assert len({message for _, message in formerly}) == 1
    assert now[1] != formerly[0][1]
    assert granted(scene, "person-2", "third")[0] is None


def test_a_person_may_take_an_earlier_handle_of_theirs_again(scene: Scene) -> None:
    for handle in ("first", "second", "First", "second"):
        assert granted(scene, "person-1", handle)[0] is None


def test_a_revoked_person_keeps_a_handle_that_they_had_before(scene: Scene) -> None:
    assert granted(scene, "person-1", "first")[0] is None
    assert granted(scene, "person-1", "second")[0] is None
    scene.become("service_role")
    assert scene.run(REVOKE, ["person-1"]).sqlstate is None
    scene.become(None)
    assert granted(scene, "person-2", "first")[0] == "OPS15"


def test_each_lock_has_a_name_in_a_space_of_its_own(db: psycopg.Connection[Any]) -> None:
    rows = db.execute(
        "select p.proname, p.prosrc from pg_proc p where p.pronamespace in ('ops'::regnamespace,"
        " 'ops_private'::regnamespace) and p.prosrc ~ 'advisory_(xact_)?(lock|unlock)'"
    ).fetchall()
    taken = [
        (name, argument)
        for name, source in rows
        for argument in re.findall(r"pg_(?:try_)?advisory_\w*lock\w*\(((?:[^()]|\([^()]*\))*)\)", source)
    ]
    assert len(taken) == sum(len(re.findall(r"pg_(?:try_)?advisory_\w+\(", source)) for _, source in rows)
    # What is named by a caller comes after a word and a blank; a name without one is of that word's space too.
    spaces = {
        re.fullmatch(
            r"hashtextextended\('(table ops\.\w+|due notices|key |impact |notice target )'"
            r"((?: \|\| (?:[\w.]+|' '))*), 0\)",
            one,
        )
        for _, one in taken
    }
    assert None not in spaces, taken
    assert {found[1] for found in spaces if found} >= {"key ", "table ops.members", "table ops.gate_requirements"}
    assert all(found[1].endswith(" ") == bool(found[2]) for found in spaces if found)


@pytest.mark.parametrize("key", ["ops.members", "table ops.members", "table ops.gate_requirements"])
def test_an_event_under_the_name_of_another_lock_keeps_nobody_waiting(db: psycopg.Connection[Any], key: str) -> None:
    held = "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
    db.execute("set local role service_role")
    event = {"idempotency_key": key, "event_type": "x", "emitted_at": "2026-11-23T10:00:00Z"}
    db.execute("select ops.ingest_event(%s)", [psycopg.types.json.Jsonb(event)])
    others = "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
    row = db.execute(held).fetchone()
    assert row is not None
    before = row[0]
    db.execute(others, [key])
    row = db.execute(held).fetchone()
    assert row is not None
    # It was another lock: this session has one more now.
    assert row[0] == before + 1
