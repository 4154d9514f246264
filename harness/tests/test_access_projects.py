"""Whoever is a member of one project reads, writes, changes and learns nothing of another.

The scene has the six roles in two projects, each held by a person who holds it there alone. In each test the foreign
row is there, and a member of its project does what a member of the other one cannot.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from psycopg import sql

from harness.check.access import ACCESS
from harness.prove.access_facts import PROJECTS
from harness.prove.access_scene import Scene, change, done
from harness.prove.access_tables import CHANGES, KEYS
from harness.tests.access_projects import (
    CALLED,
    CHANGED,
    INSERTED,
    LISTS,
    OF_NO_RELEASE,
    OF_WHAT_SUCCEEDED,
    OTHER,
    SHOP,
    calling,
    deploy,
    moved,
    new_row,
    said,
    unknown,
)

pytest_plugins = ("harness.tests.access_fixtures",)


def one_of(table: str) -> sql.Composed:
    """The query for one row of a table."""
    return sql.SQL("select from ops.{} where {} = %s").format(sql.Identifier(table), sql.Identifier(KEYS[table]))


# Tables.


@pytest.mark.parametrize("table", ACCESS.tables)
def test_a_row_of_a_project_is_read_by_its_members_alone(scene: Scene, table: str) -> None:
    key, project = scene.facts.scoped[table]
    inside, outside = (SHOP, OTHER) if project == PROJECTS[SHOP] else (OTHER, SHOP)
    assert len(scene.owner(one_of(table), [key])) == 1
    foreign: Any = sql.SQL("select from ops.{} where project = %s").format(sql.Identifier(table))
    shared: Any = sql.SQL("select from ops.{} where project is null").format(sql.Identifier(table))
    for role, right in ACCESS.tables[table].rights["select"].items():
        if role not in ACCESS.roles:
            continue
        if right.rows == "all":  # a developer's own checks: see below
            assert scene.attempt(role, one_of(table), [key], sub=f"{role}-{inside}").count == 1
        assert said(scene.attempt(role, one_of(table), [key], sub=f"{role}-{outside}")) == (None, 0, "")
        if table not in ("members", "replaced_subjects"):  # whose rows are of a person
            assert said(scene.attempt(role, foreign, [project], sub=f"{role}-{outside}")) == (None, 0, "")
            seen = scene.attempt(role, shared, sub=f"{role}-{inside}").count
            for_all = "for every project" in ACCESS.tables[table].restriction
            assert (seen > 0) == for_all, "what is of every project is for members of every project"


@pytest.mark.parametrize("table", ACCESS.tables)
def test_the_api_tells_no_estimate_of_rows(scene: Scene, table: str) -> None:
    asked: Any = sql.SQL("select from ops.{}").format(sql.Identifier(table))
    for role in ACCESS.tables[table].rights["select"]:
        own = role not in ACCESS.roles  # service_role, which sees every row anyway
        with scene.undone():
            scene.db.execute("select set_config('request.method', 'GET', true)")
            for plan in ("explain ", "EXPLAIN (FORMAT JSON) ", "\n explain analyze "):
                refused = scene.attempt(role, sql.SQL(plan) + asked)
                assert refused.sqlstate == (None if own else "OPS14"), (role, plan)
            assert scene.attempt(role, asked).sqlstate is None, role
            assert scene.attempt(role, "explain select from pg_class").sqlstate is None, "what is not of the schema"
        assert scene.attempt(role, sql.SQL("explain ") + asked).sqlstate is None, "a session of SQL may see its plans"


@pytest.mark.parametrize(("role", "table"), CHANGED)
def test_a_row_of_a_project_is_changed_by_its_members_alone(scene: Scene, role: str, table: str) -> None:
    key, _ = scene.facts.scoped[table]
    statement, values = change(table, key, CHANGES[table])
    nothing, of_nothing = change(table, str(uuid.uuid4()), CHANGES[table])
    assert scene.attempt(role, statement, values, sub=f"{role}-{SHOP}").count == 1
    for who in (f"{role}-{OTHER}", moved(scene, role)):
        foreign, missing = (
            scene.attempt(role, *asked, sub=who) for asked in ((statement, values), (nothing, of_nothing))
        )
        assert said(foreign) == said(missing) == (None, 0, ""), who


@pytest.mark.parametrize("role", ACCESS.roles)
def test_who_moves_to_another_project_leaves_what_they_wrote(scene: Scene, role: str) -> None:
    person = moved(scene, role)
    for name, table in ACCESS.tables.items():
        key, project = scene.facts.scoped[name]
        of_people = name in ("members", "memberships", "replaced_subjects")
        if table.right(role, "select") and project == PROJECTS[SHOP] and not of_people:
            assert said(scene.attempt(role, one_of(name), [key], sub=person)) == (None, 0, ""), name


def test_a_developer_sees_and_checks_own_releases_in_own_projects_alone(scene: Scene) -> None:
    person = f"developer-{SHOP}"
    scene.become("service_role")
    query: Any = "select ops.open_release('acme/shop', 'of-one-project', 'dev', 'main', '{}', %s)"
    release = str(scene.run(query, [person]).value)
    scene.become(None)
    [[gate]] = scene.owner(
        "select gate_id from ops.release_gates where release_id = %s and gate_code = 'G1'", [release]
    )
    row = scene.facts.row("developer", "gate_checks") | {"release_id": release, "gate_id": gate}
    scene.become("developer", person)
    assert scene.insert("gate_checks", row).sqlstate is None
    checks: Any = "select from ops.gate_checks where release_id = %s"
    assert scene.attempt("developer", checks, [release], sub=person).count == 1
    assert moved(scene, "developer") == person
    assert said(scene.attempt("developer", checks, [release], sub=person)) == (None, 0, "")
    foreign, missing = (scene.try_insert("developer", "gate_checks", r, sub=person) for r in (row, unknown(row)))
    assert said(foreign) == said(missing)
    assert foreign.sqlstate == "42501"


@pytest.mark.parametrize(("role", "table"), INSERTED)
def test_a_row_for_a_project_is_written_by_its_members_alone(scene: Scene, role: str, table: str) -> None:
    own = new_row(scene.facts, role, table, SHOP)
    assert scene.try_insert(role, table, own, sub=f"{role}-{SHOP}").sqlstate is None
    theirs = new_row(scene.facts, role, table, OTHER)
    foreign, missing = (scene.try_insert(role, table, row, sub=f"{role}-{OTHER}") for row in (theirs, unknown(theirs)))
    assert foreign.sqlstate in ("42501", "OPS04")
    assert said(foreign) == said(missing)


# Their key may be chosen, so that an insert that is sent again meets its own first one.
WITH_KEY = ("approvals", "exceptions")


@pytest.mark.parametrize(
    ("role", "table"), [(r, t) for r, t in [*INSERTED, ("developer", "gate_checks")] if t not in WITH_KEY]
)
def test_a_key_that_the_caller_chose_tells_nothing_and_is_not_used(scene: Scene, role: str, table: str) -> None:
    who = "a" if role == "developer" else SHOP
    row = scene.facts.row(role, table, who) if who == "a" else new_row(scene.facts, role, table, SHOP)
    kept: Any = sql.SQL("select xmin::text from ops.{} where {} = %s").format(
        sql.Identifier(table), sql.Identifier(KEYS[table])
    )
    for key in (scene.facts.scoped[table][0], str(uuid.uuid4())):
        before = scene.owner(kept, [key])
        with scene.undone():
            scene.become(role, f"{role}-{who}")
            done(scene.insert(table, row | {KEYS[table]: key}))
            scene.become(None)
            assert scene.owner(kept, [key]) == before
    # Whoever sees every project may choose.
    chosen = str(uuid.uuid4())
    with scene.undone():
        scene.become("service_role")
        done(scene.insert(table, scene.facts.row("service_role", table) | {KEYS[table]: chosen}))
        scene.become(None)
        assert len(scene.owner(kept, [chosen])) == 1


@pytest.mark.parametrize(("role", "table"), [(r, t) for r, t in INSERTED if t in WITH_KEY])
def test_of_a_chosen_key_one_learns_only_that_it_is_taken(scene: Scene, role: str, table: str) -> None:
    own = new_row(scene.facts, role, table, OTHER) | {"release_id": scene.facts.elsewhere}
    if own.get("gate_id"):
        code = {gate: code for code, gate in scene.facts.gates.items()}[own["gate_id"]]
        own["gate_id"] = scene.facts.gates_elsewhere[code]
    key = KEYS[table]
    assert scene.try_insert(role, table, own | {key: str(uuid.uuid4())}, sub=f"{role}-{OTHER}").sqlstate is None
    taken = scene.try_insert(role, table, own | {key: scene.facts.scoped[table][0]}, sub=f"{role}-{OTHER}")
    assert said(taken) == ("23505", 0, f'duplicate key value violates unique constraint "{table}_pkey"')


# What a row of one's own may name: column, the table it names.
NAMED = [
    ("sre", "recovery_drills", "evidence_artifact_id", "evidence_artifacts"),
    ("ci_service_role", "event_ingest_log", "release_id", "releases"),
    ("release_manager", "approvals", "exception_id", "exceptions"),
]


@pytest.mark.parametrize(("role", "table", "column", "named"), NAMED)
def test_what_a_row_names_of_another_project_is_as_unknown_as_what_is_not_there(
    scene: Scene, role: str, table: str, column: str, named: str
) -> None:
    row = new_row(scene.facts, role, table, OTHER) | {"project": PROJECTS[OTHER]}
    if table == "approvals":
        row |= {"release_id": scene.facts.elsewhere, "gate_id": None, "scope": "exception"}
    row[column] = scene.facts.scoped[named][0]
    missing = row | {column: str(uuid.uuid4())}
    answers = [said(scene.try_insert(role, table, one, sub=f"{role}-{OTHER}")) for one in (row, missing)]
    assert answers[0] == answers[1]
    assert answers[0][0] in ("42501", "23503")


# Views.


@pytest.mark.parametrize("view", ACCESS.views)
def test_a_view_shows_the_members_of_a_project_its_rows_alone(scene: Scene, view: str) -> None:
    foreign: Any = sql.SQL("select from ops.{} where {}").format(
        sql.Identifier(view),
        sql.SQL("project = 'acme/shop'" if view in OF_NO_RELEASE else "release_id = %s"),
    )
    values = None if view in OF_NO_RELEASE else [scene.facts.mine]
    if view in OF_WHAT_SUCCEEDED:
        deploy(scene)
    for role in ACCESS.views[view]:
        if role not in ACCESS.roles:
            continue
        inside, outside = f"{role}-{SHOP}", f"{role}-{OTHER}"
        assert scene.attempt(role, foreign, values, sub=inside).count > 0
        assert said(scene.attempt(role, foreign, values, sub=outside)) == (None, 0, "")


# Functions.


@pytest.mark.parametrize(("function", "role"), CALLED)
def test_a_function_answers_about_a_project_to_its_members_alone(scene: Scene, function: str, role: str) -> None:
    arguments = scene.facts.arguments(function, role)
    if function == "close_release":  # a pipeline closes what it opened itself
        opening = scene.facts.arguments("open_release", role)
        if role == "release_manager":
            opening["initiating_actor"] = f"{role}-{SHOP}"
        scene.become(role, f"{role}-{SHOP}")
        named = ", ".join(f"{name} => %({name})s" for name in opening)
        arguments["release_id"] = scene.run(f"select ops.open_release({named})".encode(), opening).value
        scene.become(None)
    theirs = dict(arguments)
    if "initiating_actor" in arguments:
        for given, who in ((arguments, SHOP), (theirs, OTHER)):
            given["initiating_actor"] = f"{role if role == 'release_manager' else 'developer'}-{who}"
    own = scene.attempt(role, *calling(function, arguments), sub=f"{role}-{SHOP}")
    # Another test may have dismissed the fact before; a member is told so.
    assert own.sqlstate is None or function == "dismiss"
    assert unknown(theirs) != theirs
    foreign, missing = (
        scene.attempt(role, *calling(function, given), sub=f"{role}-{OTHER}") for given in (theirs, unknown(theirs))
    )
    assert foreign.sqlstate in ("42501", "OPS04", "OPS11")
    assert said(foreign) == said(missing)
    assert said(foreign) != said(own)


@pytest.mark.parametrize("function", LISTS)
def test_a_list_has_what_is_of_the_caller_s_projects_alone(scene: Scene, function: str) -> None:
    listed: Any = sql.SQL("select coalesce(jsonb_agg(to_jsonb(x)), '[]')::text from ops.{}() as x").format(
        sql.Identifier(function)
    )
    shown = 0
    for role in ACCESS.functions[function]:
        if role in ACCESS.roles:
            inside, outside = (scene.attempt(role, listed, sub=f"{role}-{who}").value for who in (SHOP, OTHER))
            shown += any(own in inside for own in (scene.facts.mine, PROJECTS[SHOP]))
            assert not any(own in outside for own in (scene.facts.mine, scene.facts.theirs, PROJECTS[SHOP])), role
    assert shown, "who is a member of the project finds something of it"
