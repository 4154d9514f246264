"""Whoever is a member of one project reads, writes, changes and learns nothing of another.

The scene has the six roles in two projects, each held by a person who holds it there alone. In each test the foreign
row is there, and a member of its project does what a member of the other one cannot.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import CHANGES, KEYS, PROJECTS, Row
from harness.prove.access_scene import CannotAskError, Outcome, Scene, change, done, insertion
from harness.tests.access_projects import (
    CALLED,
    CHANGED,
    INSERTED,
    LISTS,
    NOWHERE,
    OTHER,
    SENT,
    SHOP,
    event_of,
    new_row,
    told,
    unknown,
    without_names,
)
from ops_gates.events import Envelope

pytest_plugins = ("harness.tests.access_fixtures",)


def said(outcome: Outcome) -> tuple[str | None, int, str]:
    """What a caller is told: the code, the number of rows, and the message without ids and names of projects.

    The context of an error, which PostgREST tells nobody, says also whether a statement was prepared before.
    """
    told = outcome.message.partition("\nCONTEXT:")[0]
    return outcome.sqlstate, outcome.count, without_names(told)


def moved(scene: Scene, role: str) -> str:
    """Somebody of the first project who is now of the second; until the scene is undone."""
    person = f"{role}-{SHOP}"
    scene.become("service_role")
    for statement in ("revoke_membership(%s, %s, %s,", "grant_membership(%s, %s, %s, null,"):
        project = PROJECTS[SHOP if statement.startswith("revoke") else OTHER]
        query = f"select ops.{statement} 'release_manager-a', 'moved')"
        assert scene.run(query.encode(), [person, role, project]).sqlstate is None
    scene.become(None)
    return person


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
        if table != "members":
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
        if table.right(role, "select") and project == PROJECTS[SHOP] and name not in ("members", "memberships"):
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
        sql.SQL("project = 'acme/shop'" if view == "v_memberships" else "release_id = %s"),
    )
    values = None if view == "v_memberships" else [scene.facts.mine]
    for role in ACCESS.views[view]:
        if role not in ACCESS.roles:
            continue
        inside, outside = f"{role}-{SHOP}", f"{role}-{OTHER}"
        assert scene.attempt(role, foreign, values, sub=inside).count > 0
        assert said(scene.attempt(role, foreign, values, sub=outside)) == (None, 0, "")


# Functions.


def calling(function: str, arguments: Row) -> tuple[sql.Composed, list[Any]]:
    """A call by name."""
    named = sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(name)) for name in arguments)
    return sql.SQL("select from ops.{}({})").format(sql.Identifier(function), named), [*arguments.values()]


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


# Events.


def sent(scene: Scene, role: str, who: str, event: Envelope) -> Row:
    """The answer to an event; what it does is undone."""
    return dict(scene.attempt(role, "select ops.ingest_event(%s)", [Jsonb(event)], sub=f"{role}-{who}").value)


@pytest.mark.parametrize(("event", "role"), SENT)
def test_an_event_of_a_project_is_taken_from_its_members_alone(scene: Scene, event: str, role: str) -> None:
    nothing = replace(scene.facts, mine=str(uuid.uuid4()))
    assert sent(scene, role, SHOP, event_of(scene.facts, event, role, SHOP, PROJECTS[SHOP]))["status"] == "accepted"
    foreign = sent(scene, role, OTHER, event_of(scene.facts, event, role, OTHER, PROJECTS[SHOP]))
    missing = sent(scene, role, OTHER, event_of(nothing, event, role, OTHER, NOWHERE))
    assert foreign["status"] == "rejected"
    assert foreign["error"] in ("unknown_release", "invalid_payload")
    assert told(foreign) == told(missing)


def test_a_malformed_event_of_another_project_leaves_nothing_there(scene: Scene) -> None:
    event = scene.facts.event("build_complete", "ci_service_role")
    event["payload"] = {"status": "fail", "artifact_ref": 7}
    contested: Any = "select count(*) from ops.contested_reports where release_id = %s"
    before = scene.owner(contested, [scene.facts.mine])
    scene.become("ci_service_role", f"ci_service_role-{OTHER}")
    foreign = scene.run("select ops.ingest_event(%s)", [Jsonb(event)]).value
    missing = event | {"release_id": str(uuid.uuid4()), "idempotency_key": event["idempotency_key"] + "/~2"}
    assert told(foreign) == told(scene.run("select ops.ingest_event(%s)", [Jsonb(missing)]).value)
    assert scene.owner(contested, [scene.facts.mine]) == before
    scene.become("ci_service_role", f"ci_service_role-{SHOP}")
    assert scene.run("select ops.ingest_event(%s)", [Jsonb(event)]).value["status"] == "rejected"
    assert scene.owner(contested, [scene.facts.mine]) != before


def test_of_a_key_that_another_project_took_one_learns_only_that_it_is_taken(scene: Scene) -> None:
    facts = scene.facts
    theirs = dict(facts.event("build_complete", "ci_service_role", SHOP))
    scene.become("ci_service_role", f"ci_service_role-{SHOP}")
    assert scene.run("select ops.ingest_event(%s)", [Jsonb(theirs)]).value["status"] == "accepted"
    own = theirs | {"release_id": facts.elsewhere}
    for event in (own, own | {"payload": {"status": "fail"}}):
        answer = sent(scene, "ci_service_role", OTHER, event)
        assert (answer["status"], answer["error"]) == ("rejected", "idempotency_key_reused")
        # What is contested is their own release; of the event that took the key they learn nothing.
        assert {*answer["detail"]} <= {"contested"}
    # Under a key of their own they go on.
    again = own | {"idempotency_key": own["idempotency_key"] + "/~2"}
    assert sent(scene, "ci_service_role", OTHER, again)["status"] == "accepted"
    # The very same event is of another project, as an unknown one would be; and no answer is shown again.
    answer = sent(scene, "ci_service_role", OTHER, theirs)
    assert answer["status"] == "rejected"
    assert not re.search("gate|release_status|status'", str(answer["detail"])), answer
    person = moved(scene, "ci_service_role")
    answer = scene.attempt("ci_service_role", "select ops.ingest_event(%s)", [Jsonb(theirs)], sub=person).value
    assert (answer["status"], answer["error"]) == ("rejected", "unknown_release")


def test_a_key_of_a_row_is_taken_without_a_word_about_the_row(scene: Scene) -> None:
    row = new_row(scene.facts, "ci_service_role", "environment_events", SHOP)
    scene.become("ci_service_role", f"ci_service_role-{SHOP}")
    assert scene.insert("environment_events", row).sqlstate is None
    own = row | {"project": PROJECTS[OTHER], "environment": "dev"}
    taken = scene.try_insert("ci_service_role", "environment_events", own, sub=f"ci_service_role-{OTHER}")
    assert taken.sqlstate == "23505"
    assert "staging" not in taken.message
    assert PROJECTS[SHOP] not in taken.message


# What names no project, or several.


def test_what_names_no_project_is_of_the_only_one_of_who_writes_it(scene: Scene) -> None:
    drill = scene.facts.row("sre", "recovery_drills", OTHER)
    for named, sqlstate in (({}, None), ({"project": "ACME/Other"}, None), ({"project": "ACME/Shop"}, "42501")):
        row = drill | named
        scene.become("sre", f"sre-{OTHER}")
        assert scene.insert("recovery_drills", row).sqlstate == sqlstate
        scene.become(None)
        if sqlstate is None:
            newest: Any = "select project from ops.recovery_drills order by created_at desc limit 1"
            assert scene.owner(newest) == [(PROJECTS[OTHER],)]
    # Who has several says which; of every project is only what a member of every project writes.
    scene.become("service_role")
    grant = "select ops.grant_membership(%s, 'sre', %s, null, 'release_manager-a', 'both')"
    assert scene.run(grant, [f"sre-{OTHER}", PROJECTS[SHOP]]).sqlstate is None
    scene.become(None)
    assert scene.try_insert("sre", "recovery_drills", drill, sub=f"sre-{OTHER}").sqlstate == "42501"
    event = scene.facts.event("environment_event", "sre", OTHER)
    assert sent(scene, "sre", OTHER, event)["error"] == "invalid_payload"


def test_a_role_for_every_project_gives_another_role_no_more_projects(scene: Scene) -> None:
    scene.become("service_role")
    grant = "select ops.grant_membership(%s, 'qa_tester', null, null, 'release_manager-a', 'everywhere')"
    assert scene.run(grant, [f"sre-{OTHER}"]).sqlstate is None
    scene.become(None)
    projects = "select distinct project from ops.releases"
    assert scene.attempt("sre", projects, sub=f"sre-{OTHER}").rows == ((PROJECTS[OTHER],),)
    assert {*scene.attempt("qa_tester", projects, sub=f"sre-{OTHER}").rows} >= {(name,) for name in PROJECTS.values()}


def test_a_release_is_opened_for_members_of_its_project_alone(scene: Scene) -> None:
    opening = calling("open_release", scene.facts.arguments("open_release", "ci_service_role"))
    for who, sqlstate in ((SHOP, None), (OTHER, "OPS06")):
        values = [f"developer-{who}" if value == "developer-a" else value for value in opening[1]]
        opened = scene.attempt("ci_service_role", opening[0], values, sub=f"ci_service_role-{SHOP}")
        assert opened.sqlstate == sqlstate, who


def test_what_was_refused_is_logged_under_no_project_but_the_sender_s(scene: Scene) -> None:
    newest: Any = "select release_id::text, project from ops.event_ingest_log order by received_at desc limit 1"
    event = scene.facts.event("build_complete", "ci_service_role", OTHER)
    for call in (
        ("select ops.ingest_event(%s)", event),
        ("select ops.record_refusal(%s)", {"error": "invalid_json", "release_id": scene.facts.mine, "envelope": event}),
    ):
        with scene.undone():
            scene.become("ci_service_role", f"ci_service_role-{OTHER}")
            assert scene.run(call[0], [Jsonb(call[1])]).sqlstate is None
            [(release, project)] = scene.owner(newest)
        assert project == PROJECTS[OTHER], call
        assert release is None, call


# Locks.


def test_nobody_of_another_project_waits_for_a_release_or_holds_it(scene: Scene) -> None:
    facts = scene.facts
    asked: list[tuple[str, sql.Composed, list[Any]]] = [
        ("ci_service_role", *calling("evaluate_gate", {"gate_id": facts.gates["G1"]})),
        ("release_manager", *calling("close_release", {"release_id": facts.mine, "reason": "cancelled"})),
        ("release_manager", *calling("dismiss", facts.arguments("dismiss", "release_manager"))),
        ("release_manager", *change("exceptions", facts.scoped["exceptions"][0], CHANGES["exceptions"])),
        ("sre", *change("deployments", facts.scoped["deployments"][0], CHANGES["deployments"])),
    ]
    for role, table in INSERTED:
        row = new_row(facts, role, table, OTHER)
        if "release_id" in row:
            asked.append((role, insertion(table, row), [*row.values()]))
    for event, role in SENT:
        envelope = {"envelope": Jsonb(facts.event(event, role, OTHER))}
        asked.append((role, *calling("ingest_event", envelope)))
    free = [said(scene.attempt(role, *statement, sub=f"{role}-{OTHER}")) for role, *statement in asked]
    with psycopg.connect(scene.url) as holder:
        holder.execute("set lock_timeout = '1s'")
        try:
            holder.execute(
                "select from ops.releases where release_id = any (%s) for update", [[facts.mine, facts.theirs]]
            )
        except psycopg.errors.LockNotAvailable:
            raise CannotAskError from None
        scene.db.execute("set local lock_timeout = '100ms'")
        member = scene.attempt(asked[0][0], *asked[0][1:], sub=f"ci_service_role-{SHOP}")
        assert member.sqlstate == "55P03"  # a member of the project would wait
        held = [said(scene.attempt(role, *statement, sub=f"{role}-{OTHER}")) for role, *statement in asked]
        holder.rollback()
    assert held == free
