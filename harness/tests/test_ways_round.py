"""Ways to write facts and verdicts that the rules forbid, each by the sentence that describes it. None may work."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import Row
from harness.prove.access_scene import Scene, change
from harness.prove.access_tables import KEYS
from harness.tests.scene_writes import gate_status, insert_as
from ops_gates import events

pytest_plugins = ("harness.tests.access_fixtures",)


# The four cases of the task list, T5.


def test_ci_service_role_cannot_insert_to_ops_approvals_permission_denied(scene: Scene) -> None:
    row = scene.facts.row("ci_service_role", "approvals")
    assert scene.try_insert("ci_service_role", "approvals", row).sqlstate == "42501"


def test_qa_tester_cannot_update_ops_exceptions_permission_denied(scene: Scene) -> None:
    statement, values = change("exceptions", scene.facts.keys["exceptions"], {"post_review_status": "waived"})
    assert scene.attempt("qa_tester", statement, values).sqlstate == "42501"


def test_audit_reader_can_select_all_ops_tables(scene: Scene) -> None:
    tables = scene.owner(
        "select relname from pg_class where relnamespace = 'ops'::regnamespace and relkind in ('r', 'p')"
        # It names secrets.
        " and relname <> 'notice_targets'"
    )
    assert len(tables) >= 11
    for (table,) in tables:
        seen = scene.attempt("audit_reader", sql.SQL("select * from ops.{}").format(sql.Identifier(table)))
        [[there]] = scene.owner(sql.SQL("select count(*) from ops.{}").format(sql.Identifier(table)))
        assert (seen.sqlstate, seen.count) == (None, there), table
        assert there > 0, table


def test_release_manager_can_insert_ops_approvals(scene: Scene) -> None:
    row = scene.facts.row("release_manager", "approvals")
    assert scene.try_insert("release_manager", "approvals", row).sqlstate is None


# Passing G1 without a build.


def test_a_developer_or_manager_inserting_a_passing_build_check(scene: Scene) -> None:
    release, gates = scene.fresh_release()
    check = {"release_id": release, "gate_id": gates["G1"], "check_name": "build", "status": "pass"}
    for source in ("github_actions", "agent", "monitoring"):
        forged = insert_as(scene, "developer", "gate_checks", check | {"source_system": source})
        assert forged.sqlstate == "42501"
    assert insert_as(scene, "developer", "gate_checks", check | {"source_system": "manual"}).sqlstate is None
    assert gate_status(scene, gates["G1"]) == "in_progress"
    for role in ("release_manager", "qa_tester", "sre", "audit_reader"):
        for source in ("manual", "github_actions"):
            assert insert_as(scene, role, "gate_checks", check | {"source_system": source}).sqlstate == "42501"
    build = events.build_complete(release, run_id=uuid.uuid4().hex, status="pass")
    for role in ("developer", "release_manager", "qa_tester", "sre", "audit_reader"):
        assert scene.send(role, build)["error"] in ("42501", "forbidden_event")
    assert gate_status(scene, gates["G1"]) == "in_progress"


def test_a_developer_overruling_the_failed_build_of_a_pipeline(scene: Scene) -> None:
    scene.become("ci_service_role", "ci_service_role-a")
    failed = scene.run("select ops.ingest_event(%s)", [Jsonb(scene.facts.build("fail"))])
    assert failed.value["status"] == "accepted"
    row = scene.facts.row("developer", "gate_checks") | {"check_name": "build"}
    assert insert_as(scene, "developer", "gate_checks", row).sqlstate is None
    assert gate_status(scene, scene.facts.gates["G1"]) == "failed"


def test_ci_passing_a_check_off_as_made_by_hand(scene: Scene) -> None:
    row = scene.facts.row("ci_service_role", "gate_checks") | {"source_system": "manual"}
    assert scene.try_insert("ci_service_role", "gate_checks", row).sqlstate == "42501"


def test_a_writer_calling_their_own_check_trusted(scene: Scene) -> None:
    row = scene.facts.row("developer", "gate_checks") | {"trusted": True}
    assert scene.try_insert("developer", "gate_checks", row).sqlstate == "428C9"  # generated, so nobody writes it
    row = scene.facts.row("developer", "gate_checks") | {"created_role": "ci_service_role"}
    with scene.undone():
        assert insert_as(scene, "developer", "gate_checks", row).sqlstate is None
        newest = "select trusted from ops.gate_checks order by created_at desc limit 1"
        assert scene.owner(newest) == [(False,)]


# The log and its keys.


def accepted_row(key: str) -> Row:
    """A log row as only `ops.ingest_event` writes it."""
    return {
        "processing_status": "accepted",
        "source_system": "github_actions",
        "event_type": "build_complete",
        "idempotency_key": key,
        "schema_version": "v1.0",
        "payload_hash": "0" * 64,
        "content": Jsonb({}),
        "result": Jsonb({}),
        "caller_role": "ci_service_role",
    }


def test_ci_forging_an_accepted_log_row_or_squatting_on_a_key(scene: Scene) -> None:
    event = scene.facts.build()
    key = event["idempotency_key"]
    for role in ACCESS.nine:
        assert scene.try_insert(role, "event_ingest_log", accepted_row(key)).sqlstate == "42501", role
    [[first]] = scene.owner("select ingest_id from ops.event_ingest_log where processing_status = 'accepted' limit 1")
    duplicate = {"processing_status": "duplicate", "duplicate_of": first, "idempotency_key": key, "caller_role": "x"}
    assert scene.try_insert("ci_service_role", "event_ingest_log", duplicate).sqlstate == "42501"
    # A refusal under somebody's key is theirs to log, and takes nothing.
    refusal = {
        "processing_status": "rejected",
        "error_code": "invalid_json",
        "idempotency_key": key,
        "caller_role": "x",
    }
    assert insert_as(scene, "ci_service_role", "event_ingest_log", refusal).sqlstate is None
    assert scene.send("service_role", event)["status"] == "accepted"


@pytest.mark.parametrize("role", ["ci_service_role", "service_role"])
def test_squatting_on_the_key_of_an_environment_event_that_is_still_to_come(scene: Scene, role: str) -> None:
    event = events.environment_event(environment="staging", event_type="alert_fired", run_id=uuid.uuid4().hex)
    row = scene.facts.row(role, "environment_events") | {"idempotency_key": event["idempotency_key"]}
    assert scene.try_insert(role, "environment_events", row).sqlstate == "42501"
    squatting = event | {"idempotency_key": f"direct/{uuid.uuid4().hex}/environment_event"}
    assert scene.send("sre", squatting)["error"] == "invalid_envelope"


def test_another_person_s_identical_sign_off_answered_as_a_duplicate(scene: Scene) -> None:
    event = events.by_hand(scene.facts.signoff("G2", "qa_tester-a", "qa_tester"), "qa_tester-a")
    scene.become("qa_tester", "qa_tester-a")
    assert scene.run("select ops.ingest_event(%s)", [Jsonb(event)]).value["status"] == "accepted"
    assert scene.send("qa_tester", event, sub="qa_tester-a")["status"] == "duplicate"
    own = event | {"payload": event["payload"] | {"approver_id": "qa_tester-b"}}
    answer = scene.send("qa_tester", own, sub="qa_tester-b")
    assert (answer["error"], answer["detail"]) == ("idempotency_key_reused", {})
    answer = scene.send("service_role", event)
    assert (answer["error"], answer["detail"]) == ("idempotency_key_reused", {})
    assert scene.send("qa_tester", event, sub="qa_tester-b")["error"] == "forbidden_event"


def test_a_refusal_that_is_recorded_as_accepted_or_without_reason(scene: Scene) -> None:
    no_refusals: list[Any] = [{}, [], None, {"error": "accepted"}, {"error": "unauthorized"}, {"error": None}, "x"]
    for refusal in no_refusals:
        for role in (*ACCESS.roles, "service_role"):
            recorded = scene.attempt(role, "select ops.record_refusal(%s)", [Jsonb(refusal)])
            assert recorded.sqlstate == "22023", (role, refusal)
    scene.become("audit_reader", "audit_reader-a")
    forged = {"error": "invalid_json", "processing_status": "accepted", "status": "accepted", "caller_role": "sre"}
    answer = scene.run("select ops.record_refusal(%s)", [Jsonb(forged)]).value
    logged = scene.owner(
        "select processing_status::text, caller_role, created_by from ops.event_ingest_log where ingest_id = %s",
        [answer["ingest_id"]],
    )
    assert logged == [("rejected", "audit_reader", "audit_reader-a")]


# Facts in the wrong place, verdicts by hand.


def test_evidence_with_a_gate_but_no_release(scene: Scene) -> None:
    facts = scene.facts
    for role in ("qa_tester", "sre", "service_role"):
        base = facts.row(role, "evidence_artifacts") | {"release_id": None}
        for more in (
            {},
            {"artifact_type": "reference"},
            {"artifact_type": "restore_drill"},
            {"artifact_type": "reference", "gate_id": None, "deployment_id": facts.keys["deployments"]},
            {"artifact_type": "reference", "gate_id": None, "check_id": facts.keys["gate_checks"]},
        ):
            assert scene.try_insert(role, "evidence_artifacts", base | more).sqlstate == "23514", (role, more)
        elsewhere = base | {"release_id": facts.theirs}
        assert scene.try_insert(role, "evidence_artifacts", elsewhere).sqlstate == "23503"


def test_an_sre_writing_g4_status(scene: Scene) -> None:
    facts = scene.facts
    for row in (
        {"g4_status": "passed"},
        {"g4_status": "passed", "g4_resolved_at": "2026-01-01"},
        {"was_eligible": True, "blockers_at_deploy": Jsonb([])},
    ):
        born = facts.row("sre", "deployments") | row
        assert scene.try_insert("sre", "deployments", born).sqlstate == "OPS02"
        statement, values = change("deployments", facts.key("deployments", "sre"), row)
        assert scene.attempt("sre", statement, values).sqlstate == "42501"


def test_a_gate_deleted_and_re_inserted_as_passed(scene: Scene) -> None:
    gate = scene.facts.gates["G3"]
    for role in (*ACCESS.nine, None):
        for query in ("delete from ops.release_gates where gate_id = %s", "truncate ops.release_gates cascade"):
            values = [gate] if "%s" in query else None
            assert scene.attempt(role, query, values).sqlstate == "42501", (role, query)
    passed = {"release_id": scene.facts.mine, "gate_code": "G3", "status": "passed"}
    assert scene.try_insert("service_role", "release_gates", passed).sqlstate == "OPS01"
    assert scene.try_insert("service_role", "release_gates", passed | {"status": "pending"}).sqlstate == "23505"
    merged = scene.attempt(
        "service_role",
        "insert into ops.release_gates (release_id, gate_code) values (%s, 'G3')"
        " on conflict (release_id, gate_code) do update set status = 'passed'",
        [scene.facts.mine],
    )
    assert merged.sqlstate == "OPS01"
    both = scene.attempt(
        "service_role",
        "with r as (insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor)"
        " values ('acme/shop', 'two-in-one', 'dev', 'main', 'developer-a') returning release_id)"
        " insert into ops.release_gates (release_id, gate_code) select release_id, 'G1' from r",
    )
    assert both.sqlstate == "23505"


def test_created_by_sent_by_the_service_role(scene: Scene) -> None:
    lies = {"created_by": "qa_tester-a", "created_role": "qa_tester", "created_at": "2020-01-01"}
    for table, given in ACCESS.tables.items():
        if not given.right("service_role", "insert") or given.refused.get("insert"):
            continue
        with scene.undone():
            row = scene.facts.row("service_role", table) | lies
            assert insert_as(scene, "service_role", table, row).sqlstate is None, table
            lied = sql.SQL("select from ops.{} where created_at < '2021-01-01'").format(sql.Identifier(table))
            assert scene.owner(lied) == [], table
            newest = sql.SQL("select created_by, created_role from ops.{} order by created_at desc limit 1").format(
                sql.Identifier(table)
            )
            assert scene.owner(newest) == [("service_role", "service_role")], table


def test_a_fact_rewritten_by_a_conflict_that_is_merged(scene: Scene) -> None:
    for table in ("gate_checks", "approvals", "event_ingest_log"):
        column = KEYS[table]
        row = scene.facts.row("service_role", table) | {column: scene.facts.keys[table]}
        statement = sql.SQL(
            "insert into ops.{} ({}) values ({}) on conflict ({}) do update set created_by = 'me'"
        ).format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
            sql.Identifier(column),
        )
        assert scene.attempt("service_role", statement, list(row.values())).sqlstate == "42501", table


def test_a_rollback_of_another_release_s_deployment(scene: Scene) -> None:
    row = scene.facts.row("sre", "deployments") | {
        "release_id": scene.facts.theirs,
        "environment": "staging",
        "rollback_of": scene.facts.keys["deployments"],
    }
    assert scene.try_insert("sre", "deployments", row).sqlstate == "23503"
