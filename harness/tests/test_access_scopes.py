"""Scopes that only many rows, a wait or another membership show."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import KEYS, PROJECTS
from harness.prove.access_scene import Scene, built_release, done
from harness.tests.access_projects import OTHER, SHOP, new_row

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


def test_the_exceptions_of_others_take_no_place_in_an_inbox(scene: Scene) -> None:
    before = inboxes(scene)
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
    revoke = "select ops.revoke_membership(%s, %s, null, 'release_manager-a', 'left')"
    done(scene.run(revoke, [author, role]))
    scene.become(None)
    # And not by whoever wanted the membership to end.
    assert [dismissed_by(f"release_manager-{who}") for who in "ab"] == ["OPS11", None]
