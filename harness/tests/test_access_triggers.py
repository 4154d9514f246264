"""The triggers that guard the tables are in the catalogue, of the right kind, and enabled."""

from __future__ import annotations

import re

from harness.check.access import ACCESS
from harness.prove.access_scene import Scene
from harness.stack.parts import ROOT
from harness.tests.access_catalogue import BOTH, rows

pytest_plugins = ("harness.tests.access_fixtures",)


INSERT, DELETE, UPDATE, TRUNCATE = 4, 8, 16, 32  # bits of pg_trigger.tgtype


def test_the_triggers_are_those_of_the_schema_in_the_repository(scene: Scene) -> None:
    def bare(definition: str) -> str:
        return re.sub(r'[\s()"]', "", definition).casefold()

    committed = [
        made
        for file in (ROOT / "supabase" / "schemas").glob("*/tables/*.sql")
        for made in re.findall(r"^(CREATE (?:CONSTRAINT )?TRIGGER [^;]+);", file.read_text(), re.MULTILINE)
    ]
    there = scene.owner(
        "select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        f" where c.relnamespace {BOTH} and not t.tgisinternal"
    )
    assert sorted(bare(definition) for (definition,) in there) == sorted(bare(made) for made in committed)


def test_a_trigger_on_insert_is_ordinary_and_one_on_any_change_is_always_on(scene: Scene) -> None:
    triggers = scene.owner(
        "select t.tgrelid::regclass::text, t.tgname, t.tgenabled, t.tgtype from pg_trigger t"
        f" join pg_class c on c.oid = t.tgrelid where c.relnamespace {BOTH} and not t.tgisinternal"
    )
    for table, name, enabled, kind in triggers:
        on_change = kind & (DELETE | UPDATE | TRUNCATE)
        assert not (kind & INSERT and on_change), (table, name)
        assert enabled == ("A" if on_change else "O"), (table, name)


def test_every_table_refuses_in_one_way_what_nobody_may_change(scene: Scene) -> None:
    refusals: dict[str, int] = {}
    functions = set()
    for table, function, kind, unconditional, columns in scene.owner(
        "select c.relname, t.tgfoid, t.tgtype, t.tgqual is null, t.tgattr::text"
        " from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where c.relnamespace = 'ops'::regnamespace and not t.tgisinternal"
        " and t.tgtype & 3 = 2"  # before, for each statement
        " and t.tgfoid <> 'ops_private.tg_lock_policy()'::regprocedure"  # it only locks
    ):
        assert (unconditional, columns) == (True, ""), table
        refusals[table] = refusals.get(table, 0) | kind & ~3
        functions.add(function)
    assert refusals == {
        name: DELETE | TRUNCATE | (0 if table.changeable else UPDATE) for name, table in ACCESS.tables.items()
    }
    assert len(functions) == 1, "one function refuses"


# What a verdict rests on. Those that can change lock for a change too.
JUDGED = ("approvals", "deployments", "evidence_artifacts", "exceptions", "gate_checks", "release_gates")


def test_whoever_writes_what_a_verdict_rests_on_locks_its_release_first(scene: Scene) -> None:
    first = rows(
        scene,
        "select distinct on (t.tgrelid, e.bit) t.tgrelid::regclass::text, e.bit, t.tgfoid from pg_trigger t"
        " cross join unnest(array[4, 16]) as e (bit)"  # insert, update
        " where t.tgrelid = any (%s::regclass[]) and not t.tgisinternal"
        " and t.tgtype & 3 = 3 and t.tgtype & e.bit = e.bit"  # before, for each row
        " order by t.tgrelid, e.bit, t.tgname",
        [f"ops.{table}" for table in JUDGED],
    )
    assert {(table, event) for table, event, _ in first} == {(f"ops.{table}", 4) for table in JUDGED} | {
        (f"ops.{table}", 16) for table in JUDGED if ACCESS.tables[table].changeable
    }
    assert len({function for _, _, function in first}) == 1, "one function locks"


def test_internal_triggers_keep_foreign_keys_and_none_is_disabled(scene: Scene) -> None:
    disabled = (
        "select t.tgrelid::regclass::text, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        f" where c.relnamespace {BOTH} and t.tgisinternal and t.tgenabled <> 'O'"
    )
    assert rows(scene, disabled) == set()
    unchecked = f"select conname from pg_constraint where connamespace {BOTH} and not convalidated"
    assert rows(scene, unchecked) == set()
