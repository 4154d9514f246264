"""Triggers keep decisions, exceptions, deployments, the log and members true, whoever writes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import Row, subject
from harness.prove.access_scene import Scene, change
from harness.prove.access_tables import KEYS
from harness.stack.members import REVOKE
from harness.tests.scene_writes import record

pytest_plugins = ("harness.tests.access_fixtures",)


# Decisions and exceptions.


def test_a_machine_names_an_active_member_with_the_persona(scene: Scene) -> None:
    scene.become("service_role")
    scene.run(REVOKE, ["qa_tester-b"])
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
    reviewed = {"post_review_status": "complete", "reviewed_at": "2020-01-01", "reviewed_by": "me"}
    exception = record(scene, role, "exceptions", **reviewed, revoked_at="2020-01-01", revoked_by="me")
    assert {name: exception[name] for name in (*reviewed, "revoked_at", "revoked_by")} == {
        "post_review_status": "pending",
        "reviewed_at": None,
        "reviewed_by": None,
        "revoked_at": None,
        "revoked_by": None,
    }


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
        {"excepted_by": [UUID(int=1)]},
        {"was_eligible": True, "blockers_at_deploy": Jsonb([]), "excepted_by": [UUID(int=1)]},
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
    for sqlstate, statement in (
        (None, "grant_membership('new-1', 'developer', null, 'new-login', 'release_manager-a', 'a new colleague')"),
        (None, "grant_membership('New-1', 'sre', 'ACME/shop', null, 'Release_Manager-B-Login', 'on call')"),
        ("OPS16", "grant_membership('new-1', 'sre', 'acme/shop', null, 'release_manager-a', 'the same again')"),
        (None, "revoke_membership('new-1', 'developer', null, 'developer-a', 'moved')"),
        (None, "revoke_membership('new-1', 'developer', null, 'developer-a', 'ended already')"),
        (None, "revoke_membership('new-1', null, null, 'developer-a', 'left')"),
        (None, "revoke_membership('new-1', null, null, 'developer-b', 'revoked already')"),
    ):
        assert scene.run(f"select ops.{statement}".encode()).sqlstate == sqlstate, statement
    scene.become(None)
    changes = scene.owner(
        "select s.role, s.project, s.granted, s.handle, s.on_behalf_of, s.reason, s.created_by, s.created_role"
        " from ops.memberships s join ops.members m using (member_id) where m.subject = 'new-1' order by membership_id"
    )
    by = ("the-admin", "service_role")
    assert changes == [
        ("developer", None, True, "new-login", "release_manager-a", "a new colleague", *by),
        ("sre", "acme/shop", True, "new-login", "release_manager-b", "on call", *by),
        ("developer", None, False, "new-login", "developer-a", "moved", *by),
        ("sre", "acme/shop", False, "new-login", "developer-a", "left", *by),
    ]


@pytest.mark.parametrize(
    ("wanted", "sqlstate"),
    [
        ({"on_behalf_of": "release_manager-a", "reason": "why"}, None),
        ({"on_behalf_of": "release_manager-a"}, "23514"),
        ({"on_behalf_of": "release_manager-a", "reason": " \t\u200b"}, "23514"),
        ({"on_behalf_of": "release_manager-a", "reason": "x" * 8193}, "23514"),
        ({"reason": "why"}, "23514"),
        ({"on_behalf_of": " ", "reason": "why"}, "23514"),
        ({"on_behalf_of": "nobody", "reason": "why"}, "OPS06"),
        ({"on_behalf_of": "ci_service_role-a", "reason": "why"}, "OPS06"),
        ({"on_behalf_of": "qa_tester-b", "reason": "why"}, "OPS06"),
    ],
)
def test_whoever_changes_a_membership_names_an_active_member_who_wants_it_and_why(
    scene: Scene, wanted: Row, sqlstate: str | None
) -> None:
    scene.become("service_role")
    assert scene.run(REVOKE, ["qa_tester-b"]).sqlstate is None
    for function, arguments in (("grant_membership", {"subject": "new-1", "role": "sre"}), ("revoke_membership", {})):
        named = {"subject": "developer-b"} | arguments | wanted
        given = ", ".join(f"{name} => %({name})s" for name in named)
        assert scene.run(f"select ops.{function}({given})".encode(), named).sqlstate == sqlstate, function


def test_until_a_release_manager_is_active_anybody_may_be_named_as_wanting_a_membership(scene: Scene) -> None:
    scene.become("service_role")
    grant = "select ops.grant_membership('new-1', %s, null, null, 'head of engineering', 'the first')"
    assert scene.run(grant, ["sre"]).sqlstate == "OPS06"
    # Tests over HTTP keep what they grant, so other files may have left managers here.
    managers = scene.owner("select distinct subject from ops.v_memberships where role = 'release_manager'")
    assert len(managers) >= 2
    for manager in managers:
        assert scene.run(REVOKE, manager).sqlstate is None
    assert scene.run(grant, ["release_manager"]).sqlstate is None
    assert scene.run(grant, ["sre"]).sqlstate == "OPS06"


def test_every_table_has_its_key_in_the_scene() -> None:
    assert {*KEYS} == {*ACCESS.tables}
