"""Ways round the rules that somebody could try, each by the sentence that describes it. None may work."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_scene import (
    KEYS,
    Facts,
    Outcome,
    Row,
    Scene,
    change,
    functions_of,
    insertion,
    subject,
)
from harness.prove.world import post
from harness.stack import Stack
from harness.tests.test_access_http import ask
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


def gate_status(scene: Scene, gate: str) -> str:
    [[status]] = scene.owner("select status::text from ops.release_gates where gate_id = %s", [gate])
    return str(status)


def insert_as(scene: Scene, role: str, table: str, row: Row, sub: str | None = None) -> Outcome:
    """Insert as somebody, for the rest of the test."""
    scene.become(role, sub or subject(role))
    outcome = scene.insert(table, row)
    scene.become(None)
    return outcome


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
    event = scene.facts.signoff("G2", "qa_tester-a", "qa_tester")
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


# Deciding as somebody else.


def test_a_manager_signing_as_qa(scene: Scene) -> None:
    as_qa = scene.facts.row("release_manager", "approvals") | {
        "persona_role": "qa_tester",
        "gate_id": scene.facts.gates["G2"],
    }
    for approver in ("release_manager-a", "qa_tester-a"):
        forged = scene.try_insert("release_manager", "approvals", as_qa | {"approver_id": approver})
        assert forged.sqlstate == "42501"
    for gate in ("G1", "G2", "G4"):
        own = scene.facts.row("release_manager", "approvals") | {"gate_id": scene.facts.gates[gate]}
        assert scene.try_insert("release_manager", "approvals", own).sqlstate == "42501", gate
    for event in (
        scene.facts.signoff("G2", "release_manager-a", "qa_tester"),
        scene.facts.signoff("G2", "release_manager-a", "release_manager"),
        scene.facts.signoff("G2", "qa_tester-a", "qa_tester"),
        scene.facts.signoff("G3", "release_manager-b", "release_manager"),
        scene.facts.signoff("G3", "qa_tester-a", "qa_tester"),
    ):
        assert scene.send("release_manager", event)["error"] == "forbidden_event"


def test_qa_deciding_anything_but_its_gate(scene: Scene) -> None:
    facts = scene.facts
    base = facts.row("qa_tester", "approvals")
    for more in (
        {"gate_id": facts.gates["G1"]},
        {"gate_id": facts.gates["G3"]},
        {"gate_id": facts.gates["G4"]},
        {"persona_role": "release_manager", "gate_id": facts.gates["G3"]},
        {"persona_role": "sre"},
        {"scope": "release", "gate_id": None},
        {"scope": "exception", "gate_id": None, "exception_id": facts.keys["exceptions"]},
    ):
        assert scene.try_insert("qa_tester", "approvals", base | more).sqlstate == "42501", more
    elsewhere = base | {"gate_id": facts.gates_of_theirs["G2"]}
    assert scene.try_insert("qa_tester", "approvals", elsewhere).sqlstate == "23503"


def test_ci_signing_off_by_table_function_and_event(scene: Scene) -> None:
    facts = scene.facts
    for table in ("approvals", "exceptions"):
        for row in (facts.row("service_role", table), facts.row("release_manager", table)):
            assert scene.try_insert("ci_service_role", table, row).sqlstate == "42501"
    statement, values = change("release_gates", facts.gates["G3"], {"status": "passed"})
    assert scene.attempt("ci_service_role", statement, values).sqlstate == "42501"
    for gate, approver, persona in (
        ("G2", "qa_tester-a", "qa_tester"),
        ("G3", "release_manager-a", "release_manager"),
        ("G2", "ci_service_role-a", "qa_tester"),
    ):
        event = facts.signoff(gate, approver, persona)
        assert scene.send("ci_service_role", event)["error"] == "forbidden_event"
        disguised = event | {"event_type": "build_complete"}
        assert scene.send("ci_service_role", disguised)["error"] == "invalid_envelope"
    before = gate_status(scene, facts.gates["G3"])
    scene.become("ci_service_role", "ci_service_role-a")
    assert scene.run("select ops.evaluate_gate(%s)", [facts.gates["G3"]]).value == before


def test_an_initiator_approving_their_own_release(scene: Scene) -> None:
    release, gates = scene.fresh_release("release_manager-a")
    approval = scene.facts.row("release_manager", "approvals") | {"release_id": release, "gate_id": gates["G3"]}
    for sub in ("release_manager-a", "RELEASE_MANAGER-A", " release_manager-a "):
        own = approval | {"approver_id": sub}
        assert insert_as(scene, "release_manager", "approvals", own, sub).sqlstate in (None, "42501")
    scene.become("service_role")
    findings: Any = "select state::text from ops.gate_findings(%s) where kind = 'approval' and enforcement = 'blocking'"
    assert {state for (state,) in scene.run(findings, [gates["G3"]]).rows} == {"unsatisfied"}
    other = approval | {"approver_id": "release_manager-b"}
    assert insert_as(scene, "release_manager", "approvals", other, "release_manager-b").sqlstate is None
    scene.become("service_role")
    assert {state for (state,) in scene.run(findings, [gates["G3"]]).rows} == {"satisfied"}


def test_an_initiator_excepting_their_own_release_back_dated(scene: Scene) -> None:
    release, _ = scene.fresh_release("release_manager-a")
    own = scene.facts.row("release_manager", "exceptions") | {"release_id": release}
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert scene.try_insert("release_manager", "exceptions", own).sqlstate == "OPS07"
    assert scene.try_insert("release_manager", "exceptions", own | {"effective_from": yesterday}).sqlstate == "OPS07"
    for name in ("release_manager-a", "Release_Manager-A", " release_manager-a-LOGIN "):
        assert scene.try_insert("service_role", "exceptions", own | {"approver_id": name}).sqlstate == "OPS07", name
    others = own | {"approver_id": "release_manager-b"}
    back_dated = scene.try_insert(
        "release_manager", "exceptions", others | {"effective_from": yesterday}, sub="release_manager-b"
    )
    assert back_dated.sqlstate == "OPS07"
    assert scene.try_insert("service_role", "exceptions", others | {"effective_from": yesterday}).sqlstate == "OPS07"
    stamped = others | {"effective_from": yesterday, "created_at": "2020-01-01T00:00:00Z"}
    assert scene.try_insert("service_role", "exceptions", stamped).sqlstate == "OPS07"
    assert scene.try_insert("release_manager", "exceptions", others, sub="release_manager-b").sqlstate is None
    forever = others | {"expires_at": "infinity"}
    assert scene.try_insert("release_manager", "exceptions", forever, sub="release_manager-b").sqlstate == "23514"


def test_an_initiator_renamed_by_a_person_who_opens_the_release(scene: Scene) -> None:
    query: Any = "select ops.open_release('acme/shop', 'renamed', 'dev', 'main', '{}', 'developer-a')"
    assert scene.attempt("release_manager", query).sqlstate in ("42501", "OPS09")
    statement, values = change("releases", scene.facts.mine, {"initiating_actor": "developer-b"})
    assert scene.attempt("service_role", statement, values).sqlstate == "OPS05"


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


# Through the machinery of SQL itself.


CALLERS = [*ACCESS.nine]


@pytest.mark.parametrize("role", CALLERS)
def test_an_object_of_one_s_own_in_a_schema_where_others_look(scene: Scene, role: str) -> None:
    # What a caller may make, temporary objects, is in test_temporary_objects.py.
    for query in (
        "create operator pg_catalog.= (leftarg = text, rightarg = text, procedure = textne)",
        "create function public.hijack() returns void language sql as ''",
        "create function extensions.hijack() returns void language sql as ''",
        "create function ops.hijack() returns void language sql as ''",
        "create function ops_private.hijack() returns void language sql as ''",
        "create table ops_private.hijack (id integer)",
        "create schema hijack",
    ):
        outcome = scene.attempt(role, query)
        assert outcome.sqlstate == "42501", query


# As many rules as a forger would have to pass by, each with what refuses it when it is asked directly.
FORGERIES = {
    "a gate": ("update ops.release_gates set status = 'passed', first_missing = null where gate_id = '{G3}'", "OPS01"),
    "an event": (
        "insert into ops.event_ingest_log (processing_status, source_system, event_type, idempotency_key,"
        " schema_version, payload_hash, content, result, caller_role) values ('accepted', 'agent', 'build_complete',"
        " 'agent/1/build_complete', 'v1.0', repeat('0', 64), '{{}}', '{{}}', 'sre')",
        "42501",
    ),
    "a key": (
        "insert into ops.environment_events (environment, event_type, source_system, idempotency_key)"
        " values ('staging', 'alert_fired', 'agent', 'agent/1/environment_event')",
        "42501",
    ),
    "an actor": ("update ops.deployments set deployed_by = 'sre-b' where deployment_id = '{deployment}'", "OPS05"),
    "a promotion": ("update ops.releases set status = 'promoted' where release_id = '{release}'", "OPS02"),
}


def test_what_is_forged_below_is_refused_when_it_is_asked_directly(scene: Scene) -> None:
    for forged, (statement, sqlstate) in FORGERIES.items():
        assert scene.attempt("service_role", forgery_in(scene, statement)).sqlstate == sqlstate, forged


def forgery_in(scene: Scene, statement: str) -> str:
    """The statement, with the ids of the scene."""
    facts = scene.facts
    return statement.format(G3=facts.gates["G3"], deployment=facts.keys["deployments"], release=facts.mine)


@pytest.mark.parametrize("role", CALLERS)
@pytest.mark.parametrize("forged", FORGERIES)
def test_a_trigger_on_a_table_of_one_s_own_to_look_like_a_definer(scene: Scene, forged: str, role: str) -> None:
    statement, sqlstate = FORGERIES[forged]
    scene.become(role, subject(role))
    made = scene.run(
        "create temp table lever (id integer);"
        " create function pg_temp.pull() returns trigger language plpgsql as"
        f" $$ begin {forgery_in(scene, statement)}; return null; end $$;"
        " create trigger pull after insert on lever for each row execute function pg_temp.pull()".encode()
    )
    assert made.sqlstate is None
    assert scene.run("insert into lever values (1)").sqlstate in (sqlstate, "42501")


@pytest.mark.parametrize("role", ACCESS.roles)
@pytest.mark.parametrize("forged", FORGERIES)
def test_a_definer_of_one_s_own_that_is_called_in_another_role(scene: Scene, forged: str, role: str) -> None:
    statement, sqlstate = FORGERIES[forged]
    # Who may act in two roles, as the login of the API may, makes it in one of them and calls it in the other. It
    # looks like a function of ours then: a definer, by whom the caller's role is not the current user.
    scene.become("service_role")
    made = scene.run(
        "create function pg_temp.forge() returns void language plpgsql security definer as"
        f" $$ begin {forgery_in(scene, statement)}; end $$".encode()
    )
    assert made.sqlstate is None
    scene.become(role, subject(role))
    assert scene.run("select pg_temp.forge()").sqlstate == sqlstate


@pytest.mark.parametrize("role", CALLERS)
def test_a_trigger_of_one_s_own_to_look_like_a_definer(scene: Scene, role: str) -> None:
    for query in (
        "create trigger mine before insert on ops.approvals for each row"
        " execute function suppress_redundant_updates_trigger()",
        "create rule mine as on insert to ops.approvals do instead nothing",
        "create policy mine on ops.approvals for insert with check (true)",
        "alter table ops.approvals disable trigger all",
        "alter table ops.approvals disable row level security",
        "set local session_replication_role = replica",
        "alter function ops.ingest_event(jsonb) owner to current_user",
        "grant service_role to current_user",
        "copy ops.approvals to program 'cat'",
    ):
        outcome = scene.attempt(role, query)
        assert outcome.sqlstate is not None, query
        assert outcome.sqlstate in ("42501", "42601", "0LP01"), outcome  # no right, or no such statement


def test_a_role_that_is_set_inside_a_definer(scene: Scene) -> None:
    # What every check leans on: within a definer Postgres lets nobody change the role.
    with scene.undone():
        scene.db.execute(
            "create function ops.way_up() returns void language plpgsql security definer set search_path = ''"
            " as $$ begin perform set_config('role', 'service_role', true); end $$;"
            " grant execute on function ops.way_up() to developer"
        )
        scene.become("developer", "developer-a")
        assert scene.run("select ops.way_up()").sqlstate == "42501"


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"sub": None},
        {"sub": ""},
        {"sub": " "},
        {"role": "release_manager"},
        {"email": "qa_tester-a", "user_metadata": {"sub": "qa_tester-a"}},
    ],
)
def test_claims_without_a_subject(scene: Scene, claims: Row) -> None:
    row = scene.facts.row("qa_tester", "approvals")
    assert scene.attempt("qa_tester", *statement_of("approvals", row), claims=claims).sqlstate == "42501"
    row = scene.facts.row("ci_service_role", "gate_checks")
    assert scene.attempt("ci_service_role", *statement_of("gate_checks", row), claims=claims).sqlstate == "42501"
    scene.become("ci_service_role", claims=claims)
    answer = scene.run("select ops.ingest_event(%s)", [Jsonb(scene.facts.build())])
    assert answer.sqlstate == "42501" or answer.value["error"] == "forbidden_event"


def test_claims_that_name_another_role_than_the_one_in_force(scene: Scene) -> None:
    claims = {"role": "service_role", "sub": "qa_tester-a"}
    approval = scene.facts.row("release_manager", "approvals")
    assert scene.attempt("qa_tester", *statement_of("approvals", approval), claims=claims).sqlstate == "42501"
    call: Any = "select ops.grant_membership('qa_tester-a', 'release_manager')"
    assert scene.attempt("qa_tester", call, claims=claims).sqlstate == "42501"
    check = scene.facts.row("ci_service_role", "gate_checks")
    assert scene.attempt("ci_service_role", *statement_of("gate_checks", check), claims=claims).sqlstate == "42501"
    with scene.undone():
        scene.become("ci_service_role", claims=claims | {"sub": "ci-bot"})
        assert scene.insert("gate_checks", check).sqlstate is None
        newest: Any = "select created_by, created_role from ops.gate_checks order by created_at desc limit 1"
        assert scene.owner(newest) == [("ci-bot", "ci_service_role")]


def test_no_claims_at_all(scene: Scene) -> None:
    for role, sqlstate in (("ci_service_role", "42501"), ("developer", "42501"), ("service_role", None)):
        with scene.undone():
            scene.db.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            assert scene.insert("gate_checks", scene.facts.row(role, "gate_checks")).sqlstate == sqlstate, role


def statement_of(table: str, row: Row) -> tuple[Any, list[Any]]:
    """An insert and its values."""
    return insertion(table, row), list(row.values())


# Members.


def test_a_revoked_member_with_a_live_token_decides_nothing(scene: Scene) -> None:
    facts = scene.facts
    manager_release, _ = scene.fresh_release("developer-b")
    scene.become("service_role")
    for role in ("qa_tester", "release_manager"):
        scene.run("select ops.revoke_membership(%s)", [f"{role}-a"])
    for role, table in (
        ("qa_tester", "approvals"),
        ("release_manager", "approvals"),
        ("release_manager", "exceptions"),
    ):
        row = facts.row(role, table) | ({"release_id": manager_release} if table == "exceptions" else {})
        assert scene.try_insert(role, table, row).sqlstate == "42501", (role, table)
    assert scene.send("qa_tester", facts.signoff("G2", "qa_tester-a", "qa_tester"))["error"] == "forbidden_event"
    signoff = facts.signoff("G3", "release_manager-a", "release_manager")
    assert scene.send("release_manager", signoff)["error"] == "forbidden_event"
    opened: Any = "select ops.open_release('acme/shop', 'by-a-revoked', 'dev', 'main')"
    assert scene.attempt("release_manager", opened).sqlstate == "42501"


def test_a_revoked_manager_reviewing_or_ending_an_exception(scene: Scene) -> None:
    scene.become("service_role")
    scene.run("select ops.revoke_membership('release_manager-a')")
    for row in ({"post_review_status": "waived"}, {"revoked_at": "2026-01-01"}):
        statement, values = change("exceptions", scene.facts.keys["exceptions"], row)
        outcome = scene.attempt("release_manager", statement, values)
        assert outcome.sqlstate == "42501" or outcome.count == 0


@pytest.mark.parametrize(("role", "now"), [("qa_tester", "developer"), ("release_manager", "qa_tester")])
def test_a_token_of_a_role_that_its_member_has_no_longer(scene: Scene, role: str, now: str) -> None:
    scene.become("service_role")
    scene.run("select ops.grant_membership(%s, %s)", [f"{role}-a", now])
    assert scene.try_insert(role, "approvals", scene.facts.row(role, "approvals")).sqlstate == "42501"
    gate = "G2" if role == "qa_tester" else "G3"
    assert scene.send(role, scene.facts.signoff(gate, f"{role}-a", role))["error"] == "forbidden_event"
    if role == "release_manager":
        assert scene.try_insert(role, "exceptions", scene.facts.row(role, "exceptions")).sqlstate == "42501"


@pytest.mark.parametrize("blank", ["\t", "\n", " \t\r\n ", "\u00a0", "\u3000"])
def test_a_subject_that_only_looks_like_one(scene: Scene, blank: str) -> None:
    row = scene.facts.row("ci_service_role", "gate_checks")
    assert scene.try_insert("ci_service_role", "gate_checks", row, sub=blank).sqlstate == "42501"
    scene.become("service_role")
    for name in (blank, f"qa_tester-a{blank}"):
        assert scene.run("select ops.grant_membership(%s, 'sre')", [name]).sqlstate == "23514"


def test_a_member_taking_the_name_of_another(scene: Scene) -> None:
    scene.become("service_role")
    for member in (
        ("impostor", "sre", "QA_TESTER-A"),
        ("impostor", "sre", "qa_tester-a-LOGIN"),
        ("qa_tester-a-login", "sre", None),
    ):
        assert scene.run("select ops.grant_membership(%s, %s, %s)", member).sqlstate == "23505", member
    for member in (("QA_TESTER-A", "sre", None), (" qa_tester-a", "sre", None), ("impostor", "service_role", None)):
        assert scene.run("select ops.grant_membership(%s, %s, %s)", member).sqlstate in ("23505", "23514"), member


@pytest.mark.parametrize("role", [*ACCESS.roles, "anon", "authenticated"])
def test_giving_oneself_a_role(scene: Scene, role: str) -> None:
    me = subject(role) or "somebody"
    for query in (
        "select ops.grant_membership(%(me)s, 'release_manager')",
        "insert into ops.role_members (subject, role) values (%(me)s, 'release_manager')",
        "update ops.role_members set role = 'release_manager' where subject = %(me)s",
        "select ops.custom_access_token_hook(jsonb_build_object('user_id', %(me)s::text, 'claims', '{}'::jsonb))",
        "select ops.set_gate_policy('G2', '[]')",
    ):
        assert scene.attempt(role, query, {"me": me}).sqlstate == "42501", query


def test_a_token_hook_that_gives_away_a_role_or_drops_a_claim(scene: Scene) -> None:
    def hooked(user: Any, **claims: Any) -> Any:
        scene.become(None)
        event = {"user_id": user, "claims": claims, "authentication_method": "password"}
        answer = scene.run("select ops.custom_access_token_hook(%s)", [Jsonb(event)]).value
        assert {**answer, "claims": None} == {**event, "claims": None}
        return answer["claims"]

    scene.become("service_role")
    scene.run("select ops.revoke_membership('sre-b')")
    claims = {"role": "authenticated", "aal": "aal1", "user_metadata": {"role": "release_manager", "sub": "sre-a"}}
    assert hooked("sre-a", **claims) == claims | {"role": "sre"}
    for stranger in ("nobody", "sre-b", "SRE-A", "sre-a-login", "", None, 7):
        assert hooked(stranger, **claims) == claims, stranger
    assert hooked("nobody") == {}


def test_supabase_auth_gives_members_their_role_and_can_do_nothing_else(stack: Stack, scene_facts: Facts) -> None:
    if stack.cluster is None or stack.kind != "embedded":
        pytest.skip(f"the password of `supabase_auth_admin` is not known where OPS_STACK={stack.kind}")
    assert scene_facts.mine
    with stack.connect() as owner:
        private = [function.call.encode() for function in functions_of(owner, ACCESS.private.schema)]
    database = stack.db_url.rsplit("/", 1)[1].split("?")[0]
    with psycopg.connect(stack.cluster.server.url("supabase_auth_admin", database), autocommit=True) as auth:
        hook: Any = "select ops.custom_access_token_hook(%s)"
        for user, role in (("sre-b", "sre"), ("developer-a", "developer"), ("nobody", "authenticated")):
            event = {"user_id": user, "claims": {"role": "authenticated", "sub": user}}
            [answer] = auth.execute(hook, [Jsonb(event)]).fetchone() or [None]
            assert answer == event | {"claims": {"role": role, "sub": user}}
        others: tuple[Any, ...] = (
            "select from ops.releases",
            "update ops.role_members set active = true",
            "select ops.grant_membership('x', 'sre')",
        )
        for query in (*others, *private):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                auth.execute(query)


# Numbers and sizes.


BOMBS = ["1e130000", "-1e130000", "1e-16000", "0e-16383", "-0e-16383", "0.0e-16000", "9007199254740993", "1e308"]
WEIGHTY = [
    ("ci_service_role", "gate_checks", "metadata"),
    ("developer", "gate_checks", "metadata"),
    ("qa_tester", "approvals", "rationale_structured"),
    ("qa_tester", "evidence_artifacts", "metadata"),
    ("release_manager", "exceptions", "compensating_controls"),
    ("ci_service_role", "environment_events", "payload"),
    ("ci_service_role", "event_ingest_log", "error_detail"),
    ("ci_service_role", "event_ingest_log", "result"),
    ("sre", "incidents", "timeline"),
    ("service_role", "releases", "scope_metadata"),
]


@pytest.mark.parametrize(("role", "table", "column"), WEIGHTY)
def test_a_number_that_is_short_to_write_and_long_to_read(scene: Scene, role: str, table: str, column: str) -> None:
    for bomb in BOMBS:
        document = f'[{{"a": {bomb}}}]' if column == "timeline" else f'{{"a": [{{"b": {bomb}}}]}}'
        row = scene.facts.row(role, table) | {column: document}
        assert scene.try_insert(role, table, row).sqlstate == "23514", bomb
    assert scene.try_insert(role, table, scene.facts.row(role, table)).sqlstate is None


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_event_with_a_number_that_is_long_to_read(scene: Scene, bomb: str) -> None:
    event = json.dumps(scene.facts.build()).replace('"pass"', f'"pass", "n": {bomb}')
    answer = scene.attempt("ci_service_role", "select ops.ingest_event(%s::jsonb)", [event])
    assert answer.value["error"] == "invalid_json"
    refusal = f'{{"error": "invalid_json", "detail": {{"n": {bomb}}}}}'
    answer = scene.attempt("ci_service_role", "select ops.record_refusal(%s::jsonb)", [refusal])
    assert answer.value["detail"] == {}


@pytest.mark.parametrize(("role", "table", "column"), WEIGHTY)
def test_a_document_larger_than_its_bound(scene: Scene, role: str, table: str, column: str) -> None:
    long = "x" * 600_000
    document = json.dumps([long] if column == "timeline" else {"a": long})
    row = scene.facts.row(role, table) | {column: document}
    assert scene.try_insert(role, table, row).sqlstate == "23514"


# Over HTTP.


def test_over_http_headers_and_preferences_set_nothing(stack: Stack, scene_facts: Facts) -> None:
    row = scene_facts.row("developer", "approvals")
    for headers in (
        {"prefer": "return=minimal,tx=rollback"},
        {"x-supabase-role": "service_role", "x-role": "service_role"},
        {"request.jwt.claims": '{"role": "service_role"}', "x-postgres-role": "release_manager"},
        {"content-profile": "ops", "prefer": "return=minimal,missing=default"},
    ):
        answer = ask(stack, "developer", "POST", "approvals", row, **headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "42501"), headers
    for profile in ("pg_catalog", "auth", "public", "extensions", "supabase_migrations"):
        answer = ask(stack, "service_role", "GET", "releases", **{"accept-profile": profile})
        assert answer.status_code == 406, profile


def test_over_http_nobody_reads_what_passwords_and_keys_there_are(stack: Stack) -> None:
    for path in ("pg_roles", "pg_authid", "pg_settings", "rpc/pg_read_file", "rpc/set_config", "rpc/current_setting"):
        for role in ("service_role", "developer"):
            assert ask(stack, role, "GET", path).status_code == 404, path


def test_over_http_an_sre_sends_a_verdict_with_an_event(stack: Stack, scene_facts: Facts) -> None:
    run = uuid.uuid4().hex
    event = events.deployment_event(
        scene_facts.theirs,
        environment="production",
        deployment_ref=run,
        status="succeeded",
        source_ref="main",
        run_id=run,
        was_eligible=True,
        g4_status="passed",
        deployed_by="sre-a",
    )
    token = stack.token("sre", "sre-a")
    assert post(stack, json.dumps(event).encode(), token=token).json()["status"] == "accepted"
    query = f"deployments?deployment_ref=eq.{run}&select=was_eligible,g4_status,deployed_by"
    assert ask(stack, "service_role", "GET", query).json() == [
        {"was_eligible": False, "g4_status": "pending", "deployed_by": "sre-a"}
    ]
    forged = event | {
        "idempotency_key": event["idempotency_key"] + "x",
        "payload": event["payload"] | {"deployed_by": "sre-b", "deployment_ref": run + "x"},
    }
    answer = post(stack, json.dumps(forged).encode(), token=token)
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden_event")


def test_the_login_of_the_api_itself_has_nothing(stack: Stack) -> None:
    if stack.postgrest is None or stack.cluster is None:
        pytest.skip(f"the password of `authenticator` is not known where OPS_STACK={stack.kind}")
    database = stack.db_url.rsplit("/", 1)[1].split("?")[0]
    with psycopg.connect(stack.cluster.server.url("authenticator", database), autocommit=True) as login:
        for query in (
            "select from ops.releases",
            "select ops.ingest_event('{}')",
            "set role postgres",
            "set role supabase_admin",
            "set role supabase_auth_admin",
            "set session authorization postgres",
            "set session_replication_role = replica",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(query)
