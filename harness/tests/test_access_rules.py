"""Triggers keep provenance, releases and gates true, whoever writes and with whatever right."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import sql

from harness.check.access import ACCESS
from harness.prove.access_facts import Row, subject
from harness.prove.access_scene import Scene, change, insertion
from harness.tests.scene_writes import record, status_of

pytest_plugins = ("harness.tests.access_fixtures",)


@pytest.mark.parametrize("table", ACCESS.tables)
@pytest.mark.parametrize("statement", ["delete from ops.{}", "truncate ops.{} cascade"])
def test_the_owner_of_the_tables_cannot_delete_either(scene: Scene, table: str, statement: Any) -> None:
    outcome = scene.attempt(None, sql.SQL(statement).format(sql.Identifier(table)))
    assert outcome.sqlstate == "42501"


@pytest.mark.parametrize("table", [name for name, table in ACCESS.tables.items() if not table.changeable])
def test_the_owner_of_the_tables_cannot_rewrite_what_is_append_only(scene: Scene, table: str) -> None:
    itself = sql.SQL("update ops.{} set created_by = created_by where false").format(sql.Identifier(table))
    assert scene.attempt(None, itself).sqlstate == "42501"


PROVENANCE = {"created_by": "liar", "created_role": "liar", "created_at": "2020-01-01T00:00:00Z"}


@pytest.mark.parametrize("table", ACCESS.tables)
def test_the_owner_s_own_rows_are_stamped_too(scene: Scene, table: str) -> None:
    row = scene.facts.row("service_role", table) | PROVENANCE
    if table == "release_gates":
        return  # born with their release; see below
    scene.become("service_role")
    if not ACCESS.tables[table].right("service_role", "insert"):
        scene.become(None)
    columns = sql.SQL(", ").join(map(sql.Identifier, PROVENANCE))
    returned = sql.SQL("{} returning {}").format(insertion(table, row), columns)
    outcome = scene.run(returned, list(row.values()))
    assert outcome.sqlstate is None, outcome
    [(by, role, at)] = outcome.rows
    assert (by, role) in (("service_role", "service_role"), ("postgres", "postgres"))
    # A retirement has the last moment of its releases, and those of the scene were settled before the first test.
    [[recent]] = scene.owner("select clock_timestamp() - %s < '1 hour'", [at])
    assert recent


def test_a_release_is_born_with_four_gates_stamped_and_pending(scene: Scene) -> None:
    release = record(scene, "service_role", "releases")
    gates = scene.owner(
        "select gate_code::text, status::text, created_by, created_role from ops.release_gates"
        " where release_id = %s order by 1",
        [release["release_id"]],
    )
    assert gates == [(f"G{n}", "pending", "service_role", "service_role") for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    "born", [{"status": "passed"}, {"entered_at": "2026-01-01"}, {"resolved_by": "me"}, {"status": "in_progress"}]
)
def test_a_gate_is_never_born_with_a_verdict(scene: Scene, born: Row) -> None:
    scene.db.execute("alter table ops.releases disable trigger _500_bear_gates")  # or there would be one already
    release = record(scene, "service_role", "releases")
    scene.become("service_role")
    assert (
        scene.insert("release_gates", {"release_id": release["release_id"], "gate_code": "G2"} | born).sqlstate
        == "OPS01"
    )
    assert scene.insert("release_gates", {"release_id": release["release_id"], "gate_code": "G2"}).sqlstate is None


LOCKED = [
    ("ci_service_role", "gate_checks"),
    ("qa_tester", "approvals"),
    ("sre", "evidence_artifacts"),
    ("release_manager", "exceptions"),
    ("sre", "deployments"),
]


@pytest.mark.parametrize(("role", "table"), LOCKED)
def test_writers_of_one_release_queue_up(scene: Scene, role: str, table: str) -> None:
    assert not scene.locked_elsewhere(scene.facts.mine)
    with scene.undone():
        record(scene, role, table)
        assert scene.locked_elsewhere(scene.facts.mine)
        assert not scene.locked_elsewhere(scene.facts.theirs)


@pytest.mark.parametrize(
    ("role", "table", "row"),
    [
        ("release_manager", "exceptions", {"revoked_at": "2026-01-01"}),
        ("release_manager", "release_gates", {"status": "passed"}),
        ("sre", "deployments", {"status": "in_progress"}),
    ],
)
def test_changers_of_one_release_queue_up(scene: Scene, role: str, table: str, row: Row) -> None:
    with scene.undone():
        scene.become(role, subject(role))
        statement, values = change(table, scene.facts.key(table, role), row)
        assert scene.run(statement, values).count == 1
        assert scene.locked_elsewhere(scene.facts.mine)


# Releases.


def test_an_initiator_is_a_member_whoever_opens_the_release(scene: Scene) -> None:
    for initiator, sqlstate in (("stranger", "OPS06"), ("ci_service_role-a", "OPS06"), (" ", "OPS06"), ("sre-b", None)):
        row = scene.facts.row("service_role", "releases") | {"initiating_actor": initiator}
        assert scene.try_insert("service_role", "releases", row).sqlstate == sqlstate, initiator
    release = record(scene, "service_role", "releases", initiating_actor=" SRE-B-Login ")
    assert release["initiating_actor"] == "sre-b"


def test_a_release_manager_opens_releases_as_themselves_whatever_they_say(scene: Scene) -> None:
    query: Any = "select ops.open_release('acme/shop', 'forged', 'dev', 'main', '{}', 'developer-a')"
    outcome = scene.attempt("release_manager", query)
    assert outcome.sqlstate in ("42501", "OPS09")
    scene.become("release_manager", "release_manager-a")
    query = "select ops.open_release('acme/shop', 'their-own', 'dev', 'main', '{}')"
    opened = scene.run(query).value
    initiator: Any = "select initiating_actor, created_by from ops.releases where release_id = %s"
    assert scene.owner(initiator, [opened]) == [("release_manager-a", "release_manager-a")]


def test_the_status_of_a_release_follows_its_facts(scene: Scene) -> None:
    for status, sqlstate in (("promoted", "OPS02"), ("draft", "OPS02"), ("in_progress", None)):
        statement, values = change("releases", scene.facts.mine, {"status": status})
        assert scene.attempt("service_role", statement, values).sqlstate == sqlstate, status
    row = scene.facts.row("service_role", "releases") | {"status": "promoted"}
    assert scene.try_insert("service_role", "releases", row).sqlstate == "OPS02"


# Gates.


@pytest.mark.parametrize("role", ["release_manager", "service_role"])
def test_the_status_of_a_gate_is_never_an_opinion(scene: Scene, role: str) -> None:
    for gate, status, sqlstate in (
        ("G1", "passed", None),
        ("G1", "failed", "OPS01"),
        ("G2", "pending", "OPS01"),
        ("G3", "bypassed", "OPS01"),
        ("G4", "passed", "OPS01"),
    ):
        statement, values = change("release_gates", scene.facts.gates[gate], {"status": status})
        assert scene.attempt(role, statement, values).sqlstate == sqlstate, (gate, status)


@pytest.mark.parametrize(
    "row",
    [
        {"resolved_by": "somebody-else"},
        {"resolved_at": "2020-01-01"},
        {"entered_at": "2020-01-01"},
        {"gate_code": "G4"},
        {"exception_id": "{exception}"},
        {"created_by": "somebody-else"},
    ],
)
def test_when_and_by_whom_a_gate_was_resolved_is_stamped(scene: Scene, row: Row) -> None:
    row = {name: str(value).format(exception=scene.facts.keys["exceptions"]) for name, value in row.items()}
    statement, values = change("release_gates", scene.facts.gates["G1"], row)
    assert scene.attempt("service_role", statement, values).sqlstate in ("OPS01", "OPS05")


def test_a_gate_that_time_changed_is_stamped_with_who_noticed(scene: Scene) -> None:
    # The one way in which a stored status can be stale: here an exception began after the last fact.
    scene.become("release_manager", "release_manager-a")
    outcome = scene.run(
        "insert into ops.exceptions (release_id, exception_type, impacted_gates, reason, risk_statement, approver_id,"
        " effective_from, expires_at) values (%s, 'gate_bypass', '{G3}', 'r', 'r', 'release_manager-a',"
        " clock_timestamp() + interval '1 second', clock_timestamp() + interval '1 hour') returning effective_from",
        [scene.facts.mine],
    )
    assert outcome.sqlstate is None
    assert status_of(scene, "G3") != "bypassed"
    scene.db.execute("select pg_sleep_until(%s)", [outcome.value])
    statement, values = change("release_gates", scene.facts.gates["G3"], {"status": "bypassed"})
    assert scene.run(statement, values).count == 1
    [stamped] = scene.owner(
        "select status::text, resolved_by, exception_id is not null, clock_timestamp() - resolved_at < '1 minute'"
        " from ops.release_gates where gate_id = %s",
        [scene.facts.gates["G3"]],
    )
    assert stamped == ("bypassed", "release_manager-a", True, True)


# Facts move their gates in the same transaction.


def test_a_check_that_is_recorded_directly_moves_its_gate(scene: Scene) -> None:
    assert status_of(scene, "G1") == "passed"
    record(scene, "developer", "gate_checks", status="fail")
    assert status_of(scene, "G1") == "failed"


def test_a_decision_that_is_recorded_directly_moves_its_gate(scene: Scene) -> None:
    record(scene, "qa_tester", "approvals", decision="rejected")
    assert status_of(scene, "G2") == "failed"


def test_evidence_that_is_recorded_directly_moves_its_gate(scene: Scene) -> None:
    release, gates = scene.fresh_release()
    stored = "select status::text from ops.release_gates where gate_id = %s"
    assert scene.owner(stored, [gates["G3"]]) == [("pending",)]
    plan = {"release_id": release, "gate_id": gates["G3"], "artifact_type": "rollback_plan"}
    record(scene, "sre", "evidence_artifacts", **plan)
    assert scene.owner(stored, [gates["G3"]]) == [("in_progress",)]


def test_an_exception_moves_its_gate_and_its_revocation_moves_it_back(scene: Scene) -> None:
    before = status_of(scene, "G3")
    exception = record(scene, "release_manager", "exceptions", exception_type="gate_bypass", impacted_gates="{G3}")
    assert status_of(scene, "G3") == "bypassed"
    scene.become("release_manager", "release_manager-b")
    statement, values = change("exceptions", exception["exception_id"], {"revoked_at": "2999-01-01"})
    assert scene.run(statement, values).count == 1
    assert status_of(scene, "G3") == before


def test_a_deployment_and_its_checks_move_the_last_gate(scene: Scene) -> None:
    assert status_of(scene, "G4") != "failed"
    with scene.undone():
        record(scene, "sre", "deployments", environment="production", status="failed")
        assert status_of(scene, "G4") == "failed"
    newest = record(scene, "sre", "deployments", environment="production")
    with scene.undone():
        scene.become("sre", "sre-a")
        statement, values = change("deployments", newest["deployment_id"], {"status": "failed"})
        assert scene.run(statement, values).count == 1
        assert status_of(scene, "G4") == "failed"
    check = {"gate_id": scene.facts.gates["G4"], "deployment_id": newest["deployment_id"], "check_name": "health"}
    record(scene, "ci_service_role", "gate_checks", **check, status="fail")
    assert status_of(scene, "G4") == "failed"
    health: Any = "select g4_status::text, g4_resolved_at is not null from ops.deployments where deployment_id = %s"
    assert scene.owner(health, [newest["deployment_id"]]) == [("failed", True)]


def test_a_check_names_a_deployment_exactly_on_the_last_gate(scene: Scene) -> None:
    deployment, gates = scene.facts.keys["deployments"], scene.facts.gates
    for more, sqlstate in (
        ({"gate_id": gates["G4"]}, "23514"),
        ({"gate_id": gates["G1"], "deployment_id": deployment}, "23514"),
        ({"gate_id": gates["G4"], "deployment_id": deployment}, None),
    ):
        row = scene.facts.row("ci_service_role", "gate_checks") | more
        assert scene.try_insert("ci_service_role", "gate_checks", row).sqlstate == sqlstate, more
