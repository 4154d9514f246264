"""Every cell of `harness/check/access.yaml`, asked of the running system in SQL under `set role`."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS, Cell
from harness.prove.access_facts import subject
from harness.prove.access_scene import Outcome, Scene, change, insertion
from harness.prove.access_tables import CHANGES, KEYS
from harness.stack.members import GRANT
from harness.tests.access_calls import call
from harness.tests.access_projects import OF_WHAT_SUCCEEDED, deploy

pytest_plugins = ("harness.tests.access_fixtures",)

CELLS = list(ACCESS.cells())


def try_cell(scene: Scene, cell: Cell) -> Outcome:
    """The result for the first person of the role, with a row that is valid in every other respect."""
    role, table = cell.role, cell.table
    key = scene.facts.key(table, role)
    if cell.verb == "select":
        return scene.attempt(role, sql.SQL("select * from ops.{} limit 100").format(sql.Identifier(table)))
    if cell.verb == "insert":
        row = scene.facts.row(role, table)
        return scene.attempt(role, insertion(table, row), list(row.values()))
    if cell.verb == "update":
        return scene.attempt(role, *change(table, key, CHANGES[table]))
    where = sql.SQL("delete from ops.{} where {} = %s").format(sql.Identifier(table), sql.Identifier(KEYS[table]))
    return scene.attempt(role, where, [key])


# A role on a table is one test, and a function with all roles: a thousand small tests cost more by their number than by
# what they ask.


@pytest.mark.parametrize("role", ACCESS.nine)
@pytest.mark.parametrize("table", ACCESS.tables)
def test_a_role_does_in_a_table_what_the_page_says_and_nothing_else(scene: Scene, table: str, role: str) -> None:
    every = sql.SQL("select count(*) from ops.{}").format(sql.Identifier(table))
    wrong: dict[str, Any] = {}
    for cell in (cell for cell in CELLS if (cell.table, cell.role) == (table, role)):
        outcome = try_cell(scene, cell)
        if outcome.sqlstate != cell.outcome or (cell.outcome is None and outcome.count < 1):
            wrong[cell.verb] = outcome
        elif cell.outcome is None and cell.verb == "select" and cell.right and cell.right.rows == "all":
            seen, there = scene.attempt(role, every).rows, tuple(scene.owner(every))
            if seen != there:
                wrong[cell.verb] = (seen, there)
    assert not wrong


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.verb == "insert" and not cell.outcome], ids=str)
def test_who_and_when_is_stamped_whatever_was_sent(scene: Scene, cell: Cell) -> None:
    lies = {"created_by": "somebody-else", "created_role": "audit_reader", "created_at": "2020-01-01T00:00:00Z"}
    row = scene.facts.row(cell.role, cell.table) | lies
    with scene.undone():
        scene.become(cell.role, subject(cell.role))
        assert scene.insert(cell.table, row).sqlstate is None
        [stamped] = scene.owner(
            sql.SQL(
                "select created_by, created_role, clock_timestamp() - created_at < '1 minute' from ops.{}"
                " order by created_at desc limit 1"
            ).format(sql.Identifier(cell.table))
        )
    assert stamped == (subject(cell.role) or "service_role", cell.role, True)


OBSERVED = [
    ("ci_service_role", "gate_checks", "observed_at"),
    ("developer", "gate_checks", "observed_at"),
    ("service_role", "gate_checks", "observed_at"),
    ("qa_tester", "approvals", "observed_at"),
    ("release_manager", "approvals", "observed_at"),
    ("sre", "evidence_artifacts", "observed_at"),
    ("ci_service_role", "environment_events", "observed_at"),
    ("ci_service_role", "event_ingest_log", "received_at"),
    ("sre", "deployments", "status_observed_at"),
    ("service_role", "deployments", "status_observed_at"),
]


@pytest.mark.parametrize(("role", "table", "column"), OBSERVED)
def test_when_something_was_observed_is_stamped_on_direct_writes(
    scene: Scene, role: str, table: str, column: str
) -> None:
    with scene.undone():
        scene.become(role, subject(role))
        row = scene.facts.row(role, table) | {column: "2020-01-01T00:00:00Z"}
        assert scene.insert(table, row).sqlstate is None
        [[recent]] = scene.owner(
            sql.SQL("select clock_timestamp() - {} < '1 minute' from ops.{} order by created_at desc limit 1").format(
                sql.Identifier(column), sql.Identifier(table)
            )
        )
    assert recent


# Own: two people of one role.

OWN_ACTOR = [
    ("qa_tester", "approvals", "approver_id"),
    ("release_manager", "approvals", "approver_id"),
    ("release_manager", "exceptions", "approver_id"),
    ("sre", "deployments", "deployed_by"),
    ("sre", "recovery_drills", "executed_by"),
]


@pytest.mark.parametrize(("role", "table", "column"), OWN_ACTOR)
@pytest.mark.parametrize("other", ["{role}-b", "{role}-b-login", "service_role", "stranger", " "])
def test_a_row_cannot_name_another_actor_than_the_caller(
    scene: Scene, role: str, table: str, column: str, other: str
) -> None:
    row = scene.facts.row(role, table) | {column: other.format(role=role)}
    assert scene.try_insert(role, table, row).sqlstate == "42501"
    assert scene.try_insert(role, table, scene.facts.row(role, table)).sqlstate is None


OWN_ROWS = [
    (cell.role, cell.table, column)
    for cell in CELLS
    if cell.verb == "update" and cell.right and cell.right.columns and cell.right.rows != "all"
    for column in cell.right.columns
]
VALUES: dict[str, Any] = {
    "status": "in_progress",
    "severity": "sev1",
    "resolved_at": "2999-01-01",
    "root_cause": "found",
    "postmortem_status": "complete",
    "outcome": "failed",
    "restore_validated": True,
    "evidence_artifact_id": None,
}


def value_for(scene: Scene, incident: Any, column: str) -> Any:
    """A value that this column may take. A timeline only grows, and tests over HTTP add entries to it."""
    if column != "timeline":
        return VALUES[column]
    [[timeline]] = scene.owner("select timeline from ops.incidents where incident_id = %s", [incident])
    return Jsonb([*timeline, {"note": "found"}])


@pytest.mark.parametrize(("role", "table", "column"), OWN_ROWS)
def test_a_person_changes_their_own_rows_and_nobody_elses(scene: Scene, role: str, table: str, column: str) -> None:
    for who, other in ("ab", "ba"):
        mine = scene.facts.key(table, role, who)
        theirs = scene.facts.key(table, role, other)
        assert mine != theirs
        value = {column: value_for(scene, mine, column)}
        own = scene.attempt(role, *change(table, mine, value), sub=subject(role, who))
        assert (own.sqlstate, own.count) == (None, 1)
        others = scene.attempt(role, *change(table, theirs, value), sub=subject(role, who))
        assert (others.sqlstate, others.count) == (None, 0)


@pytest.mark.parametrize("who", ["a", "b"])
def test_a_developer_sees_the_checks_of_own_releases_and_no_others(scene: Scene, who: str) -> None:
    query: Any = "select distinct release_id::text from ops.gate_checks"
    seen = scene.attempt("developer", query, sub=f"developer-{who}")
    own = scene.facts.mine if who == "a" else scene.facts.theirs
    assert seen.rows == ((own,),)
    assert scene.attempt("developer", query, sub="developer-c").rows == ()
    assert scene.attempt("developer", query, claims={"role": "developer"}).rows == ()


@pytest.mark.parametrize("who", ["a", "b"])
def test_a_developer_checks_own_releases_and_no_others(scene: Scene, who: str) -> None:
    own = scene.facts.row("developer", "gate_checks", who)
    others = scene.facts.row("developer", "gate_checks", "b" if who == "a" else "a")
    assert scene.try_insert("developer", "gate_checks", own, sub=f"developer-{who}").sqlstate is None
    assert scene.try_insert("developer", "gate_checks", others, sub=f"developer-{who}").sqlstate == "42501"


def test_a_release_is_also_own_to_who_opened_it_for_somebody_else(scene: Scene) -> None:
    scene.become("service_role", claims={"role": "service_role", "sub": "developer-b"})
    opened = scene.run("select ops.open_release('acme/shop', 'by-b-for-a', 'dev', 'main', '{}', 'developer-a')").value
    gate = "select gate_id from ops.release_gates where release_id = %s and gate_code = 'G1'"
    [[gate_id]] = scene.owner(gate, [opened])
    check = scene.facts.row("developer", "gate_checks") | {"release_id": opened, "gate_id": gate_id}
    for who, sqlstate in (("a", None), ("b", None), ("c", "42501")):
        assert scene.try_insert("developer", "gate_checks", check, sub=f"developer-{who}").sqlstate == sqlstate, who


def test_all_releases_are_seen_by_a_developer_who_owns_none(scene: Scene) -> None:
    [[there]] = scene.owner("select count(*) from ops.releases")
    scene.become("service_role")
    scene.run(GRANT, ["developer-c", "developer", None])
    assert scene.attempt("developer", "select count(*) from ops.releases", sub="developer-c").value == there


@pytest.mark.parametrize("role", ACCESS.nine)
@pytest.mark.parametrize("view", ACCESS.views)
def test_a_view_is_read_by_the_roles_of_the_page_and_written_by_nobody(scene: Scene, view: str, role: str) -> None:
    name = sql.Identifier(view)
    if view in OF_WHAT_SUCCEEDED:
        deploy(scene)
    seen = scene.attempt(role, sql.SQL("select * from ops.{} limit 100").format(name))
    if role in ACCESS.views[view]:
        every = sql.SQL("select count(*) from ops.{}").format(name)
        assert seen.sqlstate is None
        assert seen.count > 0
        assert scene.attempt(role, every).rows == tuple(scene.owner(every))
    else:
        assert seen.sqlstate == "42501"
    for statement in ("insert into ops.{} default values", "delete from ops.{}", "truncate ops.{}"):
        written = scene.attempt(role, sql.SQL(statement).format(name))
        assert written.sqlstate in ("42501", "42809", "55000"), written  # not allowed, or not even possible


# Columns.


COLUMN_CELLS = [cell for cell in CELLS if cell.verb == "update" and cell.right and cell.right.columns]


@pytest.mark.parametrize("cell", COLUMN_CELLS, ids=str)
def test_only_the_columns_of_the_page_can_be_set(scene: Scene, cell: Cell) -> None:
    assert cell.right
    columns = [
        name
        for (name,) in scene.owner(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped",
            [f"ops.{cell.table}"],
        )
    ]
    assert {*(cell.right.columns or ())} <= {*columns}
    for column in columns:
        itself = sql.SQL("update ops.{} set {} = default where false").format(
            sql.Identifier(cell.table), sql.Identifier(column)
        )
        expected = None if column in (cell.right.columns or ()) else "42501"
        assert scene.attempt(cell.role, itself).sqlstate == expected, column


# Another value of each type. A foreign key, a check or a rule may be what refuses it; nothing may let it in.
OTHERWISE: dict[str, str] = {
    "uuid": "gen_random_uuid()",
    "text": "'otherwise'",
    "name": "'otherwise'",
    "statement": "'otherwise'",
    "source_ref": "'otherwise'",
    "timestamptz": "'2020-02-02 02:02:02+00'::timestamptz",
    "jsonb": """'{{"other": "wise"}}'::jsonb""",
    "bool": "{column} is not true",
    "int4": "19",
    "int8": "999999",
    "_text": "array['otherwise']",
    "assurance": "row(true, 'aal2', '2020-02-02', null)::ops.assurance",
    "_uuid": "array[gen_random_uuid()]",
    "_ops_gate_code": "'{{G1,G4}}'::ops.ops_gate_code[]",
    "_ops_notice_kind": "'{{promoted}}'::ops.ops_notice_kind[]",
    "_ops_gate_status": "'{{passed,passed,passed,passed}}'::ops.ops_gate_status[]",
    "_gate_finding": "array[null]::ops.gate_finding[]",
}
NEXT_OF_ENUM = (
    "(enum_range({column}))"
    "[1 + coalesce(array_position(enum_range({column}), {column}), 0) % cardinality(enum_range({column}))]"
)
GENERATED = "428C9"


@pytest.mark.parametrize("role", ["service_role", None], ids=["service_role", "owner"])
@pytest.mark.parametrize("table", ACCESS.tables)
def test_what_is_not_changeable_cannot_be_changed_by_anyone(scene: Scene, table: str, role: str | None) -> None:
    changeable = ACCESS.tables[table].changeable
    may = role is None or ACCESS.tables[table].right(role, "update")
    columns = scene.owner(
        "select a.attname, t.typname, t.typtype = 'e' from pg_attribute a join pg_type t on t.oid = a.atttypid"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        [f"ops.{table}"],
    )
    assert {*changeable} <= {column for column, _, _ in columns}
    for column, type_name, is_enum in columns:
        if column in changeable:
            continue
        name: Any = sql.Identifier(column)
        other = sql.SQL(NEXT_OF_ENUM if is_enum else OTHERWISE[type_name]).format(column=name)
        whole = sql.SQL("select {} from ops.{} order by 1").format(name, sql.Identifier(table))
        with scene.undone():
            scene.become(role)
            outcome = scene.run(sql.SQL("update ops.{} set {} = {}").format(sql.Identifier(table), name, other))
            # What is refused is undone as a whole.
            after = None if outcome.sqlstate else scene.owner(whole)
        assert after is None or after == scene.owner(whole), column
        if outcome.sqlstate != GENERATED and not (may and changeable):
            assert outcome.sqlstate == "42501", (column, outcome)
        elif table != "deployments" and column != "project":  # a stamp that was sent may be ignored
            assert outcome.sqlstate is not None, column


# Functions.


@pytest.mark.parametrize("function", ACCESS.functions)
def test_a_function_answers_those_who_may_call_it_and_nobody_else(scene: Scene, function: str) -> None:
    expected = {role: None if role in ACCESS.functions[function] else "42501" for role in ACCESS.nine}
    outcomes = {role: scene.attempt(role, *call(scene, function, role)) for role in ACCESS.nine}
    assert {role: outcome.sqlstate for role, outcome in outcomes.items()} == expected, outcomes


@pytest.mark.parametrize("role", ACCESS.nine)
def test_nobody_calls_what_the_page_does_not_name(scene: Scene, role: str) -> None:
    functions = scene.functions("ops")
    assert {function.name for function in functions} > {*ACCESS.functions}
    for function in functions:
        if role not in ACCESS.functions.get(function.name, ()):
            assert scene.attempt(role, function.call).sqlstate == "42501", function.signature


@pytest.mark.parametrize("function", ACCESS.asking)
def test_a_definer_refuses_by_itself_even_when_it_was_granted_by_mistake(scene: Scene, function: str) -> None:
    for role in ACCESS.nine:
        query, values = call(scene, function, role)
        with scene.undone():
            scene.db.execute(
                sql.SQL(
                    "grant usage on schema ops to {role}; grant execute on function ops.{function} to {role}"
                ).format(role=sql.Identifier(role), function=sql.Identifier(function))
            )
            scene.become(role, subject(role))
            outcome = scene.run(query, values)
        assert outcome.sqlstate == (None if role in ACCESS.functions[function] else "42501"), role


@pytest.mark.parametrize("function", ACCESS.asking)
def test_the_owner_who_acts_in_no_role_may_set_up_and_records_no_fact(scene: Scene, function: str) -> None:
    refused = None if function in ACCESS.owner else "42501"
    assert scene.attempt(None, *call(scene, function, "service_role")).sqlstate == refused


# Events, by the function that PostgREST serves.


@pytest.mark.parametrize(("event", "role", "allowed"), list(ACCESS.sendings()))
def test_an_event_is_taken_from_those_who_may_send_it_and_nobody_else(
    scene: Scene, event: str, role: str, allowed: bool
) -> None:
    answer = scene.send(role, scene.facts.event(event, role))
    assert answer.get("error") in ((None,) if allowed else ("42501", "forbidden_event"))
