"""`make dblint` finds what its linters should find, and says what it could not run."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.check import database_lint
from harness.check.database_lint import LintRemark, counted, server
from harness.prove.effort import at_night
from harness.stack import run_cluster
from harness.stack.postgres_trees import DEFAULT

FUNCTION = "ops_private.tg_x()"
TABLES = {FUNCTION: {"ops.a", "ops.b"}}
MISSING = LintRemark(FUNCTION, "ops.a", "error", 'record "new" has no field "x"', line=3)


def test_a_column_that_only_some_tables_of_a_trigger_function_have_is_no_finding() -> None:
    assert counted([MISSING], TABLES) == []
    elsewhere = dataclasses.replace(MISSING, table="ops.b", line=4)
    assert counted([MISSING, elsewhere], TABLES) == []


def test_a_column_that_no_table_has_is_a_finding_on_each() -> None:
    both = [MISSING, dataclasses.replace(MISSING, table="ops.b")]
    assert counted(both, TABLES) == both


def test_any_other_finding_counts_on_one_table() -> None:
    other = dataclasses.replace(MISSING, message='relation "x" does not exist')
    assert counted([other], TABLES) == [other]


def test_the_server_is_the_one_that_is_named_or_the_newest_that_has_the_linter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPS_POSTGRES", raising=False)
    monkeypatch.setattr(database_lint, "DEBIAN", tmp_path)
    assert server() == DEFAULT
    for major in ("9", "15", "16"):
        (tmp_path / major / "lib").mkdir(parents=True)
        if major != "16":
            (tmp_path / major / "lib" / "plpgsql_check.so").touch()
    assert server() == str(tmp_path / "15")
    monkeypatch.setenv("OPS_POSTGRES", "18")
    assert server() == "18"


def test_a_literal_that_a_variable_begins_with_or_a_function_returns_has_its_type(db: psycopg.Connection[Any]) -> None:
    """The part of `supabase db lint` that is found most often, on every machine and at once."""
    functions = db.execute(
        "select oid::regprocedure::text, prosrc, prorettype::regtype::text from pg_proc"
        " where pronamespace in ('ops'::regnamespace, 'ops_private'::regnamespace)"
    ).fetchall()
    assert len(functions) > 100
    texts = {"text", *(f"ops.{name}" for name in ("name", "statement", "source_ref"))}
    for function, source, result in functions:
        begun = re.findall(r"^  v_\w+ (?:constant )?([\w.\[\]]+) := '[^']*';", source, re.MULTILINE)
        assert {*begun} <= texts, function
        assert result in texts or not re.search(r"^ *return '[^']*';", source, re.MULTILINE), function


# Faults, each with the linter that must find it.
FAULTS = {
    "create function ops_private.fault() returns integer language plpgsql set search_path = pg_catalog, pg_temp as"
    " $$ begin return (select x from ops.nothing); end $$": ("plpgsql_check", "ops.nothing"),
    "create function ops_private.tg_fault() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as"
    " $$ begin new.nothing := 1; return new; end $$; create trigger _400_fault before insert on ops.incidents"
    " for each row execute function ops_private.tg_fault()": ("plpgsql_check", "nothing"),
    "create function ops.fault() returns integer language plpgsql set search_path = pg_catalog, pg_temp as"
    " $$ declare v integer[] := '{}'; begin return v[1]; end $$": ("supabase db lint", "supabase db lint failed"),
    "create function ops_private.loose() returns integer language sql as 'select 1'": ("advisors", "search_path"),
    "create table ops_private.open (id integer primary key); grant select on ops_private.open to sre": (
        "advisors about the six roles",
        "ops_private.open",
    ),
}


@at_night("starts one more cluster; also make dblint in CI")
def test_each_linter_finds_its_kind_of_fault() -> None:
    with run_cluster(kind="embedded", version=server()) as cluster:
        with psycopg.connect(cluster.server.url("postgres", cluster.template), autocommit=True) as owner:
            for fault in FAULTS:
                owner.execute(fault)
        found = {name: "\n".join(findings) for name, findings in database_lint.lints(cluster) if findings is not None}
    for name, words in FAULTS.values():
        if name in found:
            assert words in found[name], name
    assert "advisors about the six roles" in found
    assert "ops_private.open" not in found["advisors"]
    assert "plpgsql_check" in found or not server().startswith("/")
