"""What triggers make of a row that somebody writes directly: stamps, marks, locks and refusals."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import COMMIT, Row, subject
from harness.prove.access_rows import contest
from harness.prove.access_scene import Outcome, Scene, change, insertion
from harness.tests.scene_writes import record
from ops_gates import events
from ops_gates.events import Envelope

pytest_plugins = ("harness.tests.access_fixtures",)


def written(scene: Scene, role: str | None, table: str, *columns: str, who: str = "a", **more: Any) -> Outcome:
    """Insert a good row as somebody, or as the owner, and return these columns; the row stays."""
    row = scene.facts.row(role or "service_role", table, who) | more
    scene.become(role, subject(role, who) if role else None)
    outcome = scene.run(
        sql.SQL("{} returning {}").format(insertion(table, row), sql.SQL(", ").join(map(sql.Identifier, columns))),
        list(row.values()),
    )
    scene.become(None)
    return outcome


# Secrets.

SECRET = "ghp" + "_" + "Ab3" * 12  # none that anybody has; put together here for the scanners
HIDDEN: dict[str, Row] = {
    "releases": {"scope_metadata": Jsonb({"note": SECRET})},
    "gate_checks": {"artifact_ref": SECRET},
    "approvals": {"rationale_text": SECRET},
    "evidence_artifacts": {"artifact_url": f"https://evidence.example/{SECRET}"},
    "exceptions": {"reason": SECRET},
    "deployments": {"deployment_ref": SECRET},
    "dismissals": {"reason": SECRET},
    "retired_targets": {"reason": SECRET},
    "environment_events": {"payload": Jsonb({"note": SECRET})},
    "event_ingest_log": {"error_detail": Jsonb({"note": SECRET})},
    "incidents": {"root_cause": SECRET},
    "recovery_drills": {"executed_by": SECRET},
    "gate_requirements": {"subject": SECRET},
    "policy_changes": {"reason": SECRET},
    "projects": {"description": SECRET},
    "members": {"handle": SECRET},
    "memberships": {"reason": SECRET},
    "replaced_subjects": {"reason": SECRET},
    "notice_targets": {"reason": SECRET},
}
# Functions alone write them, and copy texts that were looked at.
COPIED = {
    "release_gates",
    "deployment_reports",
    "build_artifacts",
    "contested_reports",
    "contested_report_ends",
    "retired_releases",
    "notices",
    "notice_deliveries",
}


def test_each_table_is_tried_with_a_secret_or_copies_its_texts() -> None:
    assert ({*HIDDEN} | COPIED, {*HIDDEN} & COPIED) == ({*ACCESS.tables}, set())


@pytest.mark.parametrize("table", HIDDEN)
def test_no_row_keeps_a_secret_whoever_inserts_it(scene: Scene, table: str) -> None:
    for role in ("service_role", None):
        if role is None or ACCESS.tables[table].right(role, "insert"):
            with scene.undone():
                assert written(scene, role, table, "created_by").sqlstate is None
            refused = written(scene, role, table, "created_by", **HIDDEN[table])
            assert refused.sqlstate == "23514", refused
            assert SECRET not in refused.message


def told(scene: Scene, event: Envelope) -> None:
    """Have an event answered, accepted or not; what it does stays."""
    scene.become("service_role")
    assert scene.run("select ops.ingest_event(%s)", [Jsonb(event)]).sqlstate is None
    scene.become(None)


def contested_anew(scene: Scene) -> str:
    """A contested report that stands, whatever was dismissed before."""
    name = f"disk-{uuid.uuid4().hex}"
    for event in contest(scene.facts.theirs):
        payload = event["payload"]
        told(
            scene, event | {"payload": payload | {"check_name": name}} if payload.get("check_name") == "disk" else event
        )
    [[contested]] = scene.owner("select contested_id from ops.contested_reports where check_name = %s", [name])
    return str(contested)


def deployed_anew(scene: Scene) -> str:
    """A target of dev that was never retired."""
    target = f"eu-{uuid.uuid4().hex}"
    place: dict[str, Any] = {"environment": "dev", "deployment_ref": target, "target": target}
    run = uuid.uuid4().hex
    told(
        scene,
        events.deployment_event(scene.facts.theirs, status="succeeded", source_ref=COMMIT, run_id=run, **place),
    )
    return target


@pytest.mark.parametrize(
    ("function", "role", "argument"),
    [
        ("dismiss", "release_manager", "reason"),
        ("retire_target", "release_manager", "reason"),
        ("propose_gate_policy", "release_manager", "reason"),
        ("set_gate_policy", "service_role", "reason"),
        ("open_release", "ci_service_role", "release_name"),
        ("register_project", "service_role", "description"),
        ("register_project", "service_role", "reason"),
        ("grant_membership", "service_role", "reason"),
        ("grant_membership", "service_role", "subject"),
        ("grant_membership", "service_role", "handle"),
        ("revoke_membership", "service_role", "reason"),
        ("replace_subject", "service_role", "reason"),
        ("replace_subject", "service_role", "subject"),
    ],
)
def test_no_function_records_a_secret(scene: Scene, function: str, role: str, argument: str) -> None:
    given = scene.facts.arguments(function, role)
    if function in ("dismiss", "retire_target"):
        given |= {"fact": contested_anew(scene)} if function == "dismiss" else {"target": deployed_anew(scene)}
    named = ", ".join(f"{name} => %({name})s" for name in {**given, argument: None})
    for text, sqlstate in (("what-it-is-for", None), (SECRET, "23514")):
        if function == "set_gate_policy":  # the same again would record nothing
            given |= {"requirements": Jsonb([{"kind": "check", "subject": uuid.uuid4().hex}])}
        called = scene.attempt(role, f"select ops.{function}({named})".encode(), given | {argument: text})
        assert called.sqlstate == sqlstate, called
        assert SECRET not in called.message


# Of what can be changed, these texts are chosen by somebody.
@pytest.mark.parametrize(("table", "column"), [("incidents", "root_cause"), ("members", "handle")])
def test_no_change_of_a_row_brings_a_secret_in(scene: Scene, table: str, column: str) -> None:
    for value, sqlstate in (("found", None), (SECRET, "23514")):
        statement, values = change(table, scene.facts.keys[table], {column: value})
        assert scene.attempt(None, statement, values).sqlstate == sqlstate


# Locks of what functions write: as the owner may do it too.


@pytest.mark.parametrize(
    ("table", "release"),
    [
        ("build_artifacts", "theirs"),
        ("contested_reports", "mine"),
        ("contested_report_ends", "theirs"),
        ("dismissals", "theirs"),
    ],
)
def test_whoever_writes_what_functions_write_queues_up_too(scene: Scene, table: str, release: str) -> None:
    own = scene.facts.mine if release == "mine" else scene.facts.theirs
    assert not scene.locked_elsewhere(own)
    assert written(scene, None, table, "created_by").sqlstate is None
    assert scene.locked_elsewhere(own)


# Decisions and checks.


def test_a_decision_is_stamped_with_the_artifacts_on_record_whatever_it_says(scene: Scene) -> None:
    query: Any = "select ops.release_overview(%s) ->> 'artifacts_digest'"
    for release, gates in (
        (scene.facts.mine, scene.facts.gates),
        (scene.facts.theirs, scene.facts.gates_of_theirs),
    ):
        digest = scene.attempt("qa_tester", query, [release]).value
        assert (digest is None) == (release == scene.facts.mine)
        for sent in ({}, {"artifacts_digest": "f" * 64}):
            named = {"release_id": release, "gate_id": gates["G2"], **sent}
            made = written(scene, "service_role", "approvals", "artifacts_digest", **named)
            assert made.value == digest


def advice(scene: Scene, release: str) -> list[Any]:
    """The kinds of the advisory findings on production."""
    query: Any = "select kind::text from ops.promotion_advice(%s, 'production')"
    return [kind for (kind,) in scene.attempt("developer", query, [release]).rows]


@pytest.mark.parametrize(
    ("role", "table", "row", "stops"),
    [
        ("qa_tester", "approvals", {"decision": "rejected"}, True),
        ("release_manager", "approvals", {"decision": "request_changes"}, False),
        ("ci_service_role", "gate_checks", {"status": "fail"}, True),
        ("developer", "gate_checks", {"status": "fail"}, False),
    ],
)
def test_a_stop_that_is_recorded_directly_is_told_to_other_releases_of_the_commit(
    scene: Scene, role: str, table: str, row: Row, stops: bool
) -> None:
    assert "objected_elsewhere" not in advice(scene, scene.facts.theirs)
    record(scene, role, table, **row)
    assert ("objected_elsewhere" in advice(scene, scene.facts.theirs)) is stops


@pytest.mark.parametrize("decision", ["rejected", "request_changes"])
def test_an_objection_to_a_release_as_a_whole_blocks_it_when_it_is_recorded_directly(
    scene: Scene, decision: str
) -> None:
    query: Any = "select count(*) from ops.promotion_blockers(%s, 'staging')"
    [[before]] = scene.attempt("developer", query, [scene.facts.mine]).rows
    record(scene, "release_manager", "approvals", decision=decision, scope="release", gate_id=None)
    [[after]] = scene.attempt("developer", query, [scene.facts.mine]).rows
    assert after == before + 1


# Deployments, evidence and exceptions.


def test_the_artifacts_of_a_deployment_are_a_sorted_list_in_one_spelling(scene: Scene) -> None:
    named = [{"name": name, "sha256": "AB" * 32} for name in ("web", "api")]
    made = written(scene, "sre", "deployments", "artifacts", artifacts=Jsonb(named))
    assert made.value == [{"name": name, "sha256": "ab" * 32} for name in ("api", "web")]
    assert written(scene, "sre", "deployments", "artifacts", artifacts=Jsonb([])).value is None
    for wrong in ([{"name": "api"}], [{"name": "api", "sha256": "x"}], ["api"], {"api": "AB" * 32}):
        assert written(scene, "sre", "deployments", "artifacts", artifacts=Jsonb(wrong)).sqlstate == "23514", wrong


def test_a_file_is_evidence_in_the_local_stack_alone(scene: Scene) -> None:
    [[local]] = scene.owner("select ops_private.is_local_stack()")
    for url in ("file:///reports/1.xml", "FILE:///reports/1.xml"):
        row = scene.facts.row("sre", "evidence_artifacts") | {"artifact_url": url}
        assert scene.try_insert("sre", "evidence_artifacts", row).sqlstate == (None if local else "23514")


def test_an_exception_is_reviewed_once_after_its_end_and_never_by_its_approver(scene: Scene) -> None:
    exception = scene.facts.key("exceptions", "release_manager", "a")
    review, values = change("exceptions", exception, {"post_review_status": "complete"})
    reviewed: Any = "select post_review_status::text, reviewed_by from ops.exceptions where exception_id = %s"
    assert scene.attempt("release_manager", review, values, sub="release_manager-b").sqlstate == "OPS07"  # not ended
    revocation, revoked = change("exceptions", exception, {"revoked_at": "2026-01-01"})
    scene.become("release_manager", "release_manager-b")
    assert scene.run(revocation, revoked).count == 1
    assert scene.attempt("release_manager", review, values, sub="release_manager-a").sqlstate == "OPS07"
    scene.become("release_manager", "release_manager-b")
    assert scene.run(review, values).count == 1
    assert scene.owner(reviewed, [exception]) == [("complete", "release_manager-b")]
    again, waived = change("exceptions", exception, {"post_review_status": "waived"})
    assert scene.attempt("release_manager", again, waived, sub="release_manager-b").sqlstate == "OPS07"


# Requirements, retirements and incidents.


def test_a_requirement_starts_now_and_is_open_whatever_its_row_says(scene: Scene) -> None:
    row = {"valid_from": "2001-01-01T00:00:00Z", "valid_to": "2001-06-01T00:00:00Z", "closed_by": "nobody"}
    [(start, end, by)] = written(scene, None, "gate_requirements", *row, **row).rows
    assert (end, by) == (None, None)
    [[recent]] = scene.owner("select clock_timestamp() - %s < '1 minute'", [start])
    assert recent


def test_a_retirement_has_the_last_moment_of_its_releases(scene: Scene) -> None:
    [[last]] = scene.owner("select recorded_until from ops.releases where release_id = %s", [scene.facts.mine])
    assert written(scene, None, "retired_releases", "created_at").value == last


def test_the_server_alone_says_who_changed_an_incident(scene: Scene) -> None:
    forged = [{"recorded_by": "sre-b", "note": "it was fine"}]
    assert written(scene, "sre", "incidents", "timeline", timeline=Jsonb(forged)).sqlstate == "23514"
    said = [{"note": "seen"}]
    incident = written(scene, "sre", "incidents", "incident_id", timeline=Jsonb(said)).value
    for timeline, sqlstate in (([], "OPS05"), ([{"note": "otherwise"}], "OPS05"), ([*said, *forged], "23514")):
        statement, values = change("incidents", incident, {"timeline": Jsonb(timeline)})
        assert scene.attempt("sre", statement, values).sqlstate == sqlstate, timeline
    statement, values = change("incidents", incident, {"severity": "sev1"})
    scene.become("sre", "sre-a")
    assert scene.run(statement, values).count == 1
    [[timeline]] = scene.owner("select timeline from ops.incidents where incident_id = %s", [incident])
    assert timeline[:-1] == said
    assert {"recorded_by": "sre-a", "column": "severity", "old": "sev3", "new": "sev1"}.items() <= timeline[-1].items()
