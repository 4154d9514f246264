"""What triggers keep true, whoever writes and with whatever right: one test for each of them, in SQL."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_scene import KEYS, Row, Scene, change, subject

pytest_plugins = ("harness.tests.access_fixtures",)


def status_of(scene: Scene, gate: str) -> str:
    """The stored status of a gate of `mine`."""
    [[status]] = scene.owner("select status::text from ops.release_gates where gate_id = %s", [scene.facts.gates[gate]])
    return str(status)


def record(scene: Scene, role: str, table: str, who: str = "a", **more: Any) -> Row:
    """A row that is written as this person; what the owner then sees of it."""
    scene.become(role, subject(role, who))
    outcome = scene.insert(table, scene.facts.row(role, table, who) | more)
    assert outcome.sqlstate is None, outcome
    scene.become(None)
    newest = sql.SQL("select to_jsonb(t) from ops.{} as t order by created_at desc limit 1").format(
        sql.Identifier(table)
    )
    [[row]] = scene.owner(newest)
    return dict(row)


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
    assert scene.insert(table, row).sqlstate is None
    stamped = sql.SQL(
        "select created_by, clock_timestamp() - created_at < '1 minute' from ops.{} where created_by <> 'liar'"
        " order by created_at desc limit 1"
    ).format(sql.Identifier(table))
    scene.become(None)
    [[by, recent]] = scene.owner(stamped)
    assert (by in ("service_role", "postgres"), recent) == (True, True)
    assert scene.owner(sql.SQL("select from ops.{} where created_by = 'liar'").format(sql.Identifier(table))) == []


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
        ("release_manager", "exceptions", {"post_review_status": "complete"}),
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
        " clock_timestamp() + interval '30 ms', clock_timestamp() + interval '1 hour')",
        [scene.facts.mine],
    )
    assert outcome.sqlstate is None
    assert status_of(scene, "G3") != "bypassed"
    scene.db.execute("select pg_sleep(0.05)")
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


# Decisions and exceptions.


def test_a_machine_names_an_active_member_with_the_persona(scene: Scene) -> None:
    scene.become("service_role")
    scene.run("select ops.revoke_membership('qa_tester-b')")
    for table, approver, sqlstate in (
        ("approvals", "qa_tester-a", None),
        ("approvals", " QA_Tester-A-Login ", None),
        ("approvals", "qa_tester-b", "OPS06"),
        ("approvals", "release_manager-a", "OPS06"),
        ("approvals", "stranger", "OPS06"),
        ("exceptions", "release_manager-b", None),
        ("exceptions", "qa_tester-a", "OPS06"),
        ("exceptions", "developer-a", "OPS06"),
    ):
        row = scene.facts.row("service_role", table) | {"approver_id": approver}
        assert scene.try_insert("service_role", table, row).sqlstate == sqlstate, (table, approver)


def test_an_exception_is_revoked_once_by_who_does_it_and_for_good(scene: Scene) -> None:
    exception = scene.facts.keys["exceptions"]
    for role, row in (
        ("release_manager", {"revoked_at": "2020-01-01"}),
        ("service_role", {"revoked_by": "somebody-else"}),
        ("service_role", {"revoked_at": "2020-01-01", "revoked_by": "somebody-else"}),
    ):
        with scene.undone():
            scene.become(role, subject(role, "b"))
            statement, values = change("exceptions", exception, row)
            assert scene.run(statement, values).count == 1
            stamped: Any = (
                "select revoked_by, clock_timestamp() - revoked_at < '1 minute' from ops.exceptions"
                " where exception_id = %s"
            )
            assert scene.owner(stamped, [exception]) == [(subject(role, "b") or role, True)]
            for again in ({"revoked_at": None}, {"revoked_at": "2999-01-01"}):
                statement, values = change("exceptions", exception, again)
                assert scene.run(statement, values).sqlstate == "OPS07"


@pytest.mark.parametrize("role", ["release_manager", "service_role"])
def test_an_exception_is_born_unreviewed_and_not_revoked(scene: Scene, role: str) -> None:
    exception = record(
        scene, role, "exceptions", post_review_status="complete", revoked_at="2020-01-01", revoked_by="me"
    )
    assert (exception["post_review_status"], exception["revoked_at"], exception["revoked_by"]) == (
        "pending",
        None,
        None,
    )


# Deployments.


@pytest.mark.parametrize(
    "row",
    [
        {"g4_status": "passed"},
        {"g4_status": "passed", "g4_resolved_at": "2026-01-01"},
        {"was_eligible": False},
        {"blockers_at_deploy": Jsonb([{}])},
        {"was_eligible": None, "blockers_at_deploy": Jsonb([{}])},
        {"g4_resolved_at": "2026-01-01"},
    ],
)
@pytest.mark.parametrize("role", ["sre", "service_role"])
def test_what_is_judged_of_a_deployment_cannot_be_written(scene: Scene, role: str, row: Row) -> None:
    born = scene.facts.row(role, "deployments") | row
    assert scene.try_insert(role, "deployments", born).sqlstate == "OPS02"
    statement, values = change("deployments", scene.facts.key("deployments", role), row)
    assert scene.attempt(role, statement, values).sqlstate in (("42501",) if role == "sre" else ("OPS02", "OPS05"))


def test_a_deployment_is_judged_when_it_is_recorded(scene: Scene) -> None:
    allowed = record(scene, "sre", "deployments", environment="dev")
    assert (allowed["was_eligible"], allowed["blockers_at_deploy"]) == (True, [])
    early = record(scene, "sre", "deployments", environment="production", status="succeeded")
    assert early["was_eligible"] is False
    assert early["blockers_at_deploy"]
    assert scene.owner("select status::text from ops.releases where release_id = %s", [scene.facts.mine]) == [
        ("in_progress",)
    ]


def test_a_deployment_only_moves_forward_and_every_report_of_it_is_kept(scene: Scene) -> None:
    made = record(scene, "sre", "deployments")
    for status, sqlstate in (("succeeded", None), ("in_progress", "OPS08"), ("rolled_back", None), ("failed", "OPS08")):
        scene.become("sre", "sre-a")
        statement, values = change("deployments", made["deployment_id"], {"status": status})
        assert scene.run(statement, values).sqlstate == sqlstate, status
    scene.become(None)
    reports: Any = (
        "select status::text, created_by, created_role from ops.deployment_reports where deployment_id = %s"
        " order by report_id"
    )
    assert scene.owner(reports, [made["deployment_id"]]) == [
        (status, "sre-a", "sre") for status in ("in_progress", "succeeded", "rolled_back")
    ]
    statement, values = change("deployments", made["deployment_id"], {"deployed_by": "sre-b"})
    assert scene.attempt("service_role", statement, values).sqlstate == "OPS05"


# The log, events, drills, members.


def test_only_refusals_are_logged_by_hand_and_the_caller_is_stamped(scene: Scene) -> None:
    for role in ("ci_service_role", "service_role"):
        logged = record(scene, role, "event_ingest_log", caller_role="release_manager")
        assert logged["caller_role"] == role
    accepted = {
        "processing_status": "accepted",
        "error_code": None,
        "content": Jsonb({}),
        "source_system": "github_actions",
        "event_type": "build_complete",
        "idempotency_key": "github_actions/1/build_complete",
        "schema_version": "v1.0",
        "payload_hash": "0" * 64,
        "result": Jsonb({}),
    }
    for role in ("ci_service_role", "service_role"):
        row = scene.facts.row(role, "event_ingest_log") | accepted
        assert scene.try_insert(role, "event_ingest_log", row).sqlstate == "42501"


def test_a_direct_event_cannot_take_the_key_of_one_that_is_still_to_come(scene: Scene) -> None:
    for role in ("ci_service_role", "service_role"):
        for key in ("monitoring/1/environment_event", "Direct/12345", " direct/12345"):
            row = scene.facts.row(role, "environment_events") | {"idempotency_key": key}
            assert scene.try_insert(role, "environment_events", row).sqlstate == "42501"


def test_a_digest_in_capitals_is_the_same_digest(scene: Scene) -> None:
    assert record(scene, "sre", "evidence_artifacts", sha256="AB" * 32)["sha256"] == "ab" * 32


def test_every_change_of_a_membership_is_kept_with_who_made_it(scene: Scene) -> None:
    scene.become("service_role", claims={"role": "service_role", "sub": "the-admin"})
    for statement in (
        "select ops.grant_membership('new-1', 'developer', 'new-login')",
        "select ops.grant_membership('new-1', 'sre')",
        "select ops.revoke_membership('new-1')",
    ):
        assert scene.run(statement).sqlstate is None
    scene.become(None)
    changes = scene.owner(
        "select role, handle, active, created_by, created_role from ops.role_member_changes"
        " where subject = 'new-1' order by change_id"
    )
    by = ("the-admin", "service_role")
    assert changes == [
        ("developer", "new-login", True, *by),
        ("sre", "new-login", True, *by),
        ("sre", "new-login", False, *by),
    ]


def test_every_table_has_its_key_in_the_scene() -> None:
    assert {*KEYS} == {*ACCESS.tables}
