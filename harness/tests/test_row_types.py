"""What the Supabase CLI makes of the schema for clients: types of what PostgREST exposes, and of nothing else."""

from __future__ import annotations

import ast
import re
from typing import Any

import psycopg
import pytest

from harness.check import row_types
from harness.check.access import ACCESS
from harness.prove.access_facts import Facts
from harness.stack import Stack
from harness.stack.cli_tool import SupabaseCli
from harness.stack.config import read_api

pytest_plugins = ("harness.tests.access_fixtures",)

STAMPED = {"created_at", "created_by", "created_role", "gate_name"}


def emitted(stack: Stack, language: str) -> str:
    """The types that a project generates: of the schemas that the API exposes."""
    exposed = ",".join(read_api(stack.workdir).schemas)
    return SupabaseCli(stack.workdir).run(
        "gen", "types", f"--remote={stack.db_url}", "--lang", language, "--schema", exposed
    )


@pytest.fixture(scope="module")
def typescript(stack: Stack) -> str:
    """The types for TypeScript."""
    return emitted(stack, "typescript")


def test_the_types_hold_the_exposed_schema_alone(typescript: str) -> None:
    assert {*re.findall(r'^  "(\w+)": \{', typescript, re.MULTILINE)} == {"ops"}
    assert "ops_private" not in typescript


def test_every_type_of_a_column_argument_or_result_is_known(typescript: str) -> None:
    assert not re.search(r"\bunknown\b", typescript)
    assert '"gate_code": Database["ops"][\'Enums\']["ops_gate_code"]' in typescript


Required = dict[str, set[str]]


def required_in_typescript(types: str) -> Required:
    """The columns of each table that an insert must name."""
    inserts = re.findall(r'"(\w+)": \{\s*Row: \{[^}]*\}\s*ComputedFields: never\s*Insert: \{([^}]*)\}', types)
    return {table: {*re.findall(r'"(\w+)":', columns)} for table, columns in inserts}


def required_in_python(types: str) -> Required:
    """The same of the types for Python; the classes are named for tables without `_`."""
    return {
        node.name.removeprefix("Ops").removesuffix("Insert").lower(): {
            column.target.id
            for column in node.body
            if isinstance(column, ast.AnnAssign)
            and isinstance(column.target, ast.Name)
            and not ast.unparse(column.annotation).startswith("NotRequired")
        }
        for node in ast.parse(types).body
        if isinstance(node, ast.ClassDef) and node.name.endswith("Insert")
    }


@pytest.fixture(scope="module")
def required(stack: Stack, typescript: str) -> dict[str, Required]:
    """By language and table."""
    python = required_in_python(emitted(stack, "python"))
    tables = required_in_typescript(typescript)
    assert {*tables} == {*ACCESS.tables}
    return {"typescript": tables, "python": {table: python[table.replace("_", "")] for table in tables}}


def stamped(db: psycopg.Connection[Any]) -> set[tuple[str, str]]:
    """Table and column of what a trigger sets at an insert, whatever the row brings."""
    triggers = db.execute(
        "select relname, prosrc, encode(tgargs, 'escape') from pg_trigger as t"
        " join pg_class as c on c.oid = tgrelid join pg_proc as p on p.oid = tgfoid"
        " where relnamespace = 'ops'::regnamespace and not tgisinternal and tgtype & 6 = 6"  # before, insert
    ).fetchall()
    found = set()
    for table, source, arguments in triggers:
        for column, value in re.findall(r"\bnew\.(\w+) := ([^;]+);", source):
            asked_for = f"tg_argv[0] = '{column}'" not in source or column in arguments.split(r"\000")
            if asked_for and f"new.{column}" not in value:
                found.add((table, column))
    return found


@pytest.mark.parametrize("language", ["typescript", "python"])
def test_what_the_server_stamps_is_optional_in_an_insert(
    language: str, required: dict[str, Required], db: psycopg.Connection[Any]
) -> None:
    rows = db.execute(
        "select relname, attname from pg_constraint as c join pg_class as t on t.oid = conrelid"
        " join pg_attribute as a on a.attrelid = conrelid and attnum = any (conkey)"
        " where contype = 'p' and relnamespace = 'ops'::regnamespace and atttypid in ('uuid'::regtype, 'int8'::regtype)"
        " and cardinality(conkey) = 1"  # a link of two rows is named by whoever makes it
    ).fetchall()
    ids = {(table, name) for table, name in rows}
    assert len(ids) > 10
    set_by_triggers = stamped(db)
    some = {("gate_checks", "created_by"), ("event_ingest_log", "received_at"), ("exceptions", "assurance")}
    assert some <= set_by_triggers
    asked = {
        table: {name for name in columns if name in STAMPED or (table, name) in ids | set_by_triggers}
        for table, columns in required[language].items()
    }
    assert {table: names for table, names in asked.items() if names} == {}


@pytest.mark.parametrize("language", ["typescript", "python"])
def test_an_insert_that_the_server_takes_is_one_that_the_types_take(
    language: str, required: dict[str, Required], scene_facts: Facts
) -> None:
    for table, rights in ACCESS.tables.items():
        for role in rights.rights.get("insert", {}):
            if "insert" not in rights.refused:
                assert required[language][table] <= {*scene_facts.row(role, table)}, table


# Generated types


def test_the_committed_row_types_are_what_the_migrations_say(stack: Stack) -> None:
    assert row_types.generated(stack.db_url) == row_types.FILE.read_text()


def test_a_type_that_cannot_be_put_on_the_wire_is_not_guessed() -> None:
    emitted = 'OpsX: TypeAlias = Literal["a"]\nclass OpsY(BaseModel):\n    z: {} = Field(alias="z")\n'
    assert "    z: list[str] | None\n" in row_types.on_the_wire(emitted.format("Optional[List[uuid.UUID]]"))
    for unknown in ("Fraction", "numpy.int8", "Dict[str, int]"):
        with pytest.raises(Exception, match="not known here"):
            row_types.on_the_wire(emitted.format(unknown))
