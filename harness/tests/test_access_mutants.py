"""The trial of mutants notices a broken rule, ignores a harmless change, and asks every test of access."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable
from pathlib import Path

import psycopg

from harness.prove.access_functions import functions_of
from harness.prove.mutants.catalogue import SCHEMAS, Mutant, mutants
from harness.prove.mutants.trial import MutantTrial, cases_of
from harness.tests import test_access_catalogue, test_access_rights
from harness.tests.mutants import LEFT_OUT, PROMISES


def test_a_broken_rule_is_noticed_and_mended_and_a_harmless_change_survives(fresh_db: Callable[[], str]) -> None:
    harmless = Mutant("harmless", "comment", "comment on table ops.releases is 'otherwise'", "releases")
    impossible = Mutant("impossible", "typo", "grant everything", "releases")
    broken = Mutant("right given", "delete", "grant delete on ops.releases to sre", "releases")
    with contextlib.closing(MutantTrial(fresh_db(), (test_access_catalogue, test_access_rights), ())) as trial:
        assert trial.red == []
        for _ in range(2):
            assert trial.try_out(broken).catalogue is not None
            assert trial.try_out(harmless).survived
            assert trial.try_out(impossible).broken


def test_there_is_a_mutant_for_every_policy_trigger_and_function(fresh_db: Callable[[], str]) -> None:
    with psycopg.connect(fresh_db()) as db:
        found = [*mutants(db)]
        names = {(mutant.kind, mutant.name) for mutant in found}
        assert len(names) == len(found)
        policies = db.execute("select policyname from pg_policies where schemaname = 'ops'").fetchall()
        assert {("policy dropped", name) for (name,) in policies} <= names
        functions = {function.signature for function in functions_of(db, *SCHEMAS)}
        assert {("search_path unset", name) for name in functions} <= names
        assert {name.partition(".")[0] for name in functions} == {*SCHEMAS}
        triggers = db.execute(
            "select t.tgname, t.tgrelid::regclass::text from pg_trigger t join pg_class c on c.oid = t.tgrelid"
            " where c.relnamespace::regnamespace::text = any (%s) and not t.tgisinternal",
            [[*SCHEMAS]],
        ).fetchall()
        assert {("trigger dropped", f"{name} on {table}") for name, table in triggers} <= names


def test_every_test_file_with_a_test_that_asks_for_the_scene_alone_is_asked_about_mutants() -> None:
    named = [*PROMISES.catalogue, *PROMISES.behaviour, *LEFT_OUT]
    assert len(named) == len({*named})
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    modules = [f"harness.tests.{file.stem}" for file in files if "scene: Scene" in file.read_text()]
    assert {name for name in modules if any(cases_of(importlib.import_module(name)))} == {*named}
