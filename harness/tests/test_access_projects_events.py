"""What a member of one project sends, opens or holds is of their projects alone, and tells nothing of another."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.prove.access_facts import PROJECTS, Row
from harness.prove.access_scene import CannotAskError, Scene, change, insertion
from harness.prove.access_tables import CHANGES
from harness.tests.access_projects import (
    INSERTED,
    NOWHERE,
    OTHER,
    SENT,
    SHOP,
    calling,
    event_of,
    moved,
    new_row,
    said,
    told,
)
from ops_gates.events import Envelope

pytest_plugins = ("harness.tests.access_fixtures",)


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
        ("release_manager", *calling("close_release", {"release_id": facts.mine, "close_reason": "cancelled"})),
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
        batch = {"events": Jsonb([facts.event(event, role, OTHER)])}
        asked.append((role, *calling("ingest_events", batch)))
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
