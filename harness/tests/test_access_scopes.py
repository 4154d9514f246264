"""Scopes that only many rows, a wait or another membership show."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import PROJECTS, as_sent
from harness.prove.access_rows import built_release
from harness.prove.access_scene import Scene, done
from harness.prove.access_tables import KEYS
from harness.tests.access_projects import OTHER, SHOP, new_row
from ops_gates import events

pytest_plugins = ("harness.tests.access_fixtures",)

CROWD = 60  # an inbox judges 50 releases, and looks at 50 of each project of a person who has many


def inboxes(scene: Scene) -> dict[str, Any]:
    """The inbox of each member of the first project."""
    listed = (role for role in ACCESS.functions["inbox"] if role in ACCESS.roles)
    found = {role: scene.attempt(role, "select ops.inbox()", sub=f"{role}-{SHOP}").value for role in listed}
    assert any(inbox["items"] for inbox in found.values())
    return found


def with_projects(scene: Scene, number: int) -> None:
    """Give the members of the first project their roles in as many new ones."""
    scene.become("service_role")
    for place in range(number):
        project = f"acme/empty-{place}"
        done(scene.run("select ops.register_project(%s, null, 'release_manager-a', 'test')", [project]))
        for role in ACCESS.functions["inbox"]:
            if role in ACCESS.roles:
                grant = "select ops.grant_membership(%s, %s, %s, null, 'release_manager-a', 'test')"
                done(scene.run(grant, [f"{role}-{SHOP}", role, project]))
    scene.become(None)


@pytest.mark.parametrize("more_projects", [0, 20])
def test_the_releases_of_others_take_no_place_in_an_inbox(scene: Scene, more_projects: int) -> None:
    with_projects(scene, more_projects)
    before = inboxes(scene)
    for _ in range(CROWD):
        built_release(scene, OTHER, PROJECTS[OTHER])
    scene.become(None)
    assert inboxes(scene) == before


def waiting_elsewhere(scene: Scene, person: str, role: str) -> None:
    """Give a member of the first project a role in the other one, and there a crowd that waits for release managers."""
    scene.become("service_role")
    grant = "select ops.grant_membership(%s, %s, %s, null, 'release_manager-a', 'test')"
    done(scene.run(grant, [person, role, PROJECTS[OTHER]]))
    for gate, need in (("G1", {"kind": "check", "subject": "build"}), ("G2", {"kind": "prior_gate", "subject": "G1"})):
        policy = "select count(*) from ops.set_gate_policy(%s, %s, %s, 'release_manager-a', 'a test')"
        done(scene.run(policy, [gate, Jsonb([need]), PROJECTS[OTHER]]))
    for _ in range(CROWD):
        built_release(scene, OTHER, PROJECTS[OTHER])
    scene.become(None)


def test_what_waits_elsewhere_for_another_role_takes_no_place_in_an_inbox(scene: Scene) -> None:
    person = f"release_manager-{SHOP}"
    before = scene.attempt("release_manager", "select ops.inbox()", sub=person).value
    assert before["items"]
    waiting_elsewhere(scene, person, "developer")
    after = scene.attempt("release_manager", "select ops.inbox()", sub=person).value
    assert [item for item in after["items"] if item["project"] == PROJECTS[SHOP]] == before["items"]


def test_what_waits_in_one_project_is_listed_whatever_waits_in_another(scene: Scene) -> None:
    person = f"release_manager-{SHOP}"
    wanted = json.dumps({"waiting": True, "project": PROJECTS[SHOP]})
    waiting = f"select count(*) from ops.my_releases('{wanted}')"
    before = scene.attempt("release_manager", waiting, sub=person).value
    assert before
    waiting_elsewhere(scene, person, "release_manager")
    assert scene.attempt("release_manager", "select ops.inbox()", sub=person).value["cut"]
    assert scene.attempt("release_manager", waiting, sub=person).value == before


def test_a_thousand_newer_releases_of_others_take_no_place_in_an_inbox(scene: Scene) -> None:
    before = inboxes(scene)
    scene.become(None)
    # The rows alone, as if each had been opened: to open a release takes a hundredth of a second.
    many = (
        "insert into ops.releases select (jsonb_populate_record(r, jsonb_build_object("
        "'release_id', gen_random_uuid(), 'release_name', 'crowd-' || n, 'created_at', clock_timestamp()))).*"
        " from ops.releases as r cross join generate_series(1, 1001) as n where r.release_id = %s"
    )
    done(scene.run("alter table ops.releases disable trigger user"))
    assert done(scene.run(many, [scene.facts.elsewhere])).count == 1001
    done(scene.run("alter table ops.releases enable trigger user"))
    assert inboxes(scene) == before


def test_who_has_many_projects_lists_the_releases_of_these_alone(scene: Scene) -> None:
    with_projects(scene, 5)
    built_release(scene, OTHER, PROJECTS[OTHER])  # the newest of all
    scene.become(None)
    listed = 'select project from ops.my_releases("limit" => 1)'
    assert scene.attempt("qa_tester", listed, sub=f"qa_tester-{SHOP}").rows == ((PROJECTS[SHOP],),)


def test_the_exceptions_of_others_take_no_place_in_an_inbox(scene: Scene) -> None:
    scene.become("release_manager", "release_manager-a")
    ended = "update ops.exceptions set revoked_at = 'now' where exception_id = %s"
    assert done(scene.run(ended, [scene.facts.own["exceptions", "release_manager-a"]])).count == 1
    scene.become(None)
    before = inboxes(scene)
    assert "exception_review" in {item["kind"] for item in before["release_manager"]["items"]}
    scene.become("service_role")
    row = scene.facts.row("service_role", "exceptions") | {"release_id": scene.facts.elsewhere}
    values = sql.SQL(", ").join([sql.Placeholder()] * len(row))
    many = sql.SQL("insert into ops.exceptions ({}) select {} from generate_series(1, 201)").format(
        sql.SQL(", ").join(map(sql.Identifier, row)), values
    )
    done(scene.run(many, [*row.values()]))  # an inbox looks at 200
    scene.become(None)
    assert inboxes(scene) == before


def test_who_moved_finds_nothing_of_the_former_project_in_their_inbox(scene: Scene) -> None:
    scene.become("service_role")
    for role in ACCESS.functions["inbox"]:
        if role in ACCESS.roles:
            person = f"{role}-{SHOP}"
            revoke = "select ops.revoke_membership(%s, %s, %s, 'release_manager-a', 'moved')"
            grant = "select ops.grant_membership(%s, %s, %s, null, 'release_manager-a', 'moved')"
            done(scene.run(revoke, [person, role, PROJECTS[SHOP]]))
            done(scene.run(grant, [person, role, PROJECTS[OTHER]]))
    scene.become(None)
    for role in ACCESS.functions["inbox"]:
        if role in ACCESS.roles:
            found = scene.attempt(role, "select ops.inbox()", sub=f"{role}-{SHOP}").value
            assert {item["project"] for item in found["items"]} <= {PROJECTS[OTHER]}, role


def test_two_roles_in_two_projects_are_no_role_of_the_one_in_the_other(scene: Scene) -> None:
    scene.become("service_role")
    person = f"developer-{OTHER}"
    grant = "select ops.grant_membership(%s, 'audit_reader', %s, null, 'release_manager-a', 'test')"
    done(scene.run(grant, [person, PROJECTS[SHOP]]))
    manager = f"release_manager-{OTHER}"
    done(scene.run(grant, [manager, PROJECTS[SHOP]]))
    scene.become(None)
    found = scene.attempt("release_manager", "select ops.inbox()", sub=manager).value
    roles = {(item["project"], item["role"]) for item in found["items"]}
    assert not {role for project, role in roles if project == PROJECTS[SHOP]} - {"audit_reader"}, roles


def test_an_inbox_has_the_incidents_that_the_person_recorded_alone(scene: Scene) -> None:
    for who in "ab":
        items = scene.attempt("sre", "select ops.inbox()", sub=f"sre-{who}").value["items"]
        own = scene.owner("select incident_id::text from ops.incidents where created_by = %s", [f"sre-{who}"])
        found = {item["fact"] for item in items if item["kind"] == "incident"}
        assert found
        assert found <= {incident for (incident,) in own}


@pytest.mark.parametrize("role", [role for role in ACCESS.functions["my_releases"] if role in ACCESS.roles])
def test_a_filter_or_a_cursor_of_another_project_is_as_unknown_as_none(scene: Scene, role: str) -> None:
    query = "select release_id::text from ops.my_releases(filter => %s, before => %s)"

    def asked(who: str, project: str, before: str | None = None) -> tuple[str | None, Any]:
        outcome = scene.attempt(role, query, [Jsonb({"project": project}), before], sub=f"{role}-{who}")
        return outcome.sqlstate, outcome.rows

    assert asked(SHOP, PROJECTS[SHOP])[1]
    assert asked(OTHER, PROJECTS[SHOP]) == asked(OTHER, "acme/nowhere") == (None, ())
    foreign = asked(OTHER, PROJECTS[OTHER], scene.facts.mine)
    assert foreign == asked(OTHER, PROJECTS[OTHER], str(uuid.uuid4()))
    assert foreign[0] == "OPS04"
    assert asked(SHOP, PROJECTS[SHOP], scene.facts.mine)[0] is None


# Whoever waited for a release: while they waited their membership ended, which is played here by a function of its own.
# It says what `ops_private.sees` says until the session has locked a release of the project, and then no.
ENDS_WITH_THE_LOCK = """
create or replace function ops_private.sees(project text) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  v_locks constant text := (
    select string_agg(r.xmax::text, ',' order by r.release_id) from ops.releases r where r.project = sees.project);
begin
  if coalesce(current_setting('test.locks', true), '') = '' then
    perform set_config('test.locks', v_locks, true);
  end if;
  return v_locks = current_setting('test.locks');
end
$$
"""


@pytest.mark.parametrize("acting", ["close_release", "retire_target", "approvals", "exceptions", "ingest_event"])
def test_who_lost_the_membership_while_waiting_for_a_release_does_nothing(scene: Scene, acting: str) -> None:
    role = "ci_service_role" if acting == "ingest_event" else "release_manager"
    with scene.undone():
        if acting == "retire_target":
            scene.become("sre", f"sre-{SHOP}")
            row = scene.facts.row("sre", "deployments", SHOP) | {"environment": "dev", "target": "going"}
            done(scene.insert("deployments", row))
        scene.become(None)
        done(scene.run(ENDS_WITH_THE_LOCK))
        scene.become(role, f"{role}-{SHOP}")
        if acting in ACCESS.tables:
            outcome = scene.insert(acting, new_row(scene.facts, role, acting, SHOP))
        elif acting == "ingest_event":
            event = scene.facts.event("build_complete", role, SHOP)
            outcome = scene.run("select ops.ingest_event(%s)", [Jsonb(event)])
            if outcome.sqlstate is None:
                assert outcome.value["status"] == "rejected"
                return
        else:
            arguments = scene.facts.arguments(acting, role) | (
                {"release_id": scene.facts.mine} if acting == "close_release" else {}
            )
            named = ", ".join(f"{name} => %({name})s" for name in arguments)
            outcome = scene.run(f"select from ops.{acting}({named})".encode(), arguments)
        assert outcome.sqlstate == "42501", outcome


@pytest.mark.parametrize(("role", "table"), [("qa_tester", "approvals"), ("developer", "gate_checks")])
def test_what_its_author_can_still_lift_is_not_dismissed(scene: Scene, role: str, table: str) -> None:
    release, gates = built_release(scene, "a")
    author = f"{role}-a"
    stop = {"decision": "rejected"} if table == "approvals" else {"status": "fail"}
    gate = gates["G2" if table == "approvals" else "G1"]
    scene.become(role, author)
    row = scene.facts.row(role, table, "a") | {"release_id": release, "gate_id": gate} | stop
    done(scene.insert(table, row))
    scene.become(None)
    found = sql.SQL("select {}::text from ops.{} where release_id = %s and created_by = %s").format(
        sql.Identifier(KEYS[table]), sql.Identifier(table)
    )
    [[fact]] = scene.owner(found, [release, author])

    def dismissed_by(manager: str) -> str | None:
        return scene.attempt("release_manager", "select ops.dismiss(%s, 'they left')", [fact], sub=manager).sqlstate

    assert dismissed_by("release_manager-b") == "OPS11"
    scene.become("service_role")
    revoke = "select ops.revoke_membership(%s, %s, %s, %s, 'left')"
    done(scene.run(revoke, [author, role, None, "release_manager-a"]))
    # What ended in another project is nothing here.
    there = [author, role, PROJECTS["in-other"], "release_manager-b"]
    done(scene.run("select ops.grant_membership(%s, %s, %s, null, %s, 'a while')", there))
    done(scene.run(revoke, there))
    scene.become(None)
    # And not by whoever wanted the membership to end.
    assert [dismissed_by(f"release_manager-{who}") for who in "ab"] == ["OPS11", None]


def test_a_refused_objection_is_not_dismissed_while_its_author_can_decide(scene: Scene) -> None:
    release, _ = built_release(scene, "a")
    scene.become("qa_tester", "qa_tester-a")
    objection = events.gate_signoff(
        release,
        "G2",
        session_id="s",
        decision="rejected",
        approver_id="qa_tester-a",
        persona_role="qa_tester",
        rationale_structured={"ok": False},
        seen="0" * 64,
    )
    refused = done(
        scene.run("select ops.ingest_event(%s)", [Jsonb(as_sent(objection, "qa_tester", "qa_tester-a"))])
    ).value
    assert refused["error"] == "changed_since_seen"
    scene.become(None)
    [[fact]] = scene.owner("select contested_id from ops.contested_reports where release_id = %s", [release])
    asked = scene.attempt("release_manager", "select ops.dismiss(%s, 'r')", [fact], sub="release_manager-b")
    assert asked.sqlstate == "OPS11"


def test_who_initiated_a_release_and_moved_is_told_nothing_of_it(scene: Scene) -> None:
    person = f"release_manager-{SHOP}"
    scene.become("service_role")
    opening = "select ops.open_release(%s, 'of-who-moved', 'production', 'main', '{}', %s)"
    release = str(done(scene.run(opening, [PROJECTS[SHOP], person])).value)
    row = scene.facts.row("release_manager", "exceptions", SHOP) | {"release_id": release}
    scene.become(None)
    assert scene.try_insert("release_manager", "exceptions", row, sub=person).sqlstate == "OPS07"
    scene.become("service_role")
    revoke = "select ops.revoke_membership(%s, 'release_manager', %s, 'release_manager-a', 'moved')"
    grant = "select ops.grant_membership(%s, 'release_manager', %s, null, 'release_manager-a', 'moved')"
    done(scene.run(revoke, [person, PROJECTS[SHOP]]))
    done(scene.run(grant, [person, PROJECTS[OTHER]]))
    scene.become(None)
    answers = [
        scene.try_insert("release_manager", "exceptions", row | {"release_id": one}, sub=person)
        for one in (release, str(uuid.uuid4()))
    ]
    assert [answer.sqlstate for answer in answers] == ["42501", "42501"]
