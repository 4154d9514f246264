"""The owner of the schemas is known in each way in which one acts as the owner, and nobody else is taken for them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from harness.prove.access_scene import CannotAskError, Scene
from harness.stack.members import GRANT
from harness.stack.projects import REGISTER

pytest_plugins = ("harness.tests.access_fixtures",)

# The login role that the CLI makes for one push: it may become the owner, and does so by `set session role`.
LOGIN = "cli_login_of_a_test"
OWNER = {
    "a session of the owner": ["set session authorization postgres"],
    "the CLI's login role, as the owner": [f"set session authorization {LOGIN}", "set session role postgres"],
    "the CLI's login role, for one transaction": [f"set session authorization {LOGIN}", "set local role postgres"],
    "a superuser": ["set session authorization supabase_admin"],
    "a superuser, as the owner": ["set session authorization supabase_admin", "set role postgres"],
    "the owner, who gave service_role back": [
        "set session authorization postgres",
        "set role service_role",
        "reset role",
    ],
}
OTHERS = {
    "the CLI's login role, as itself": [f"set session authorization {LOGIN}"],
    "the API, before it chose a role": ["set session authorization authenticator"],
    "the owner, as somebody who signed in": ["set session authorization postgres", "set role authenticated"],
    "the owner, as a release manager": ["set session authorization postgres", "set role release_manager"],
    "a superuser, as the API": ["set session authorization supabase_admin", "set role authenticator"],
    "somebody who signs in by the API": ["set session authorization authenticator", "set role authenticated"],
    "a release manager of the API": ["set session authorization authenticator", "set role release_manager"],
    "the platform's sign-in": ["set session authorization supabase_auth_admin"],
}


def superuser(scene: Scene) -> psycopg.Connection[Any]:
    """The session as a superuser, with the login role and the rights to become others; skips where there is none."""
    try:
        session = scene.superuser()
    except CannotAskError:
        pytest.skip("needs a superuser, and this stack has none")
    session.execute(f"create role {LOGIN} login noinherit in role postgres".encode())
    session.execute("grant supabase_auth_admin, release_manager to postgres")
    return session


def become(session: psycopg.Connection[Any], statements: list[str]) -> None:
    """Act as somebody from now on."""
    for statement in statements:
        session.execute(statement.encode())


def registered(session: psycopg.Connection[Any]) -> tuple[Any, ...]:
    """Register a project, and say how it was stamped."""
    project = f"owner/{uuid4().hex}"
    session.execute(REGISTER, [project])
    session.execute("reset role")
    session.execute("reset session authorization")
    [stamp] = session.execute(
        "select created_by, created_role from ops.projects where project = %s", [project]
    ).fetchall()
    return tuple(stamp)


@pytest.mark.parametrize("way", OWNER)
def test_the_owner_sets_up_in_every_way_and_is_stamped_as_the_owner(scene: Scene, way: str) -> None:
    session = superuser(scene)
    become(session, OWNER[way])
    session.execute(GRANT, ["owner-dev", "developer", None])
    session.execute("select ops.revoke_membership('owner-dev', 'developer', null, 'owner-dev', 'it was a test')")
    assert registered(session) == ("postgres", "postgres")


@pytest.mark.parametrize("way", OWNER)
def test_the_owner_reads_of_every_project_in_every_way(scene: Scene, way: str) -> None:
    session = superuser(scene)
    session.execute(GRANT, ["owner-dev", "developer", None])
    registered(session)
    become(session, OWNER[way])
    [[projects, members]] = session.execute(
        "select (select count(*) from ops.projects), (select count(*) from ops.v_memberships)"
    ).fetchall()
    assert (projects > 0, members > 0) == (True, True)
    assert session.execute("select ops_private.sees_all(), ops_private.sees('any')").fetchall() == [(True, True)]


def test_service_role_is_stamped_as_itself_whoever_became_it(scene: Scene) -> None:
    session = superuser(scene)
    become(session, [f"set session authorization {LOGIN}", "set role postgres", "set role service_role"])
    assert registered(session) == ("service_role", "service_role")


@pytest.mark.parametrize("claims", ["", '{"role": "postgres", "sub": "postgres"}'])
@pytest.mark.parametrize("way", OTHERS)
def test_nobody_else_is_taken_for_the_owner_even_where_everybody_may_execute(
    scene: Scene, way: str, claims: str
) -> None:
    session = superuser(scene)
    session.execute("grant usage on schema ops to public")
    session.execute("grant execute on function ops.register_project to public")
    become(session, OTHERS[way])
    session.execute("select set_config('request.jwt.claims', %s, true)", [claims])
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="may not do this"):
        session.execute("select ops.register_project('owner/else', null, 'owner-dev', 'it is a test')")
