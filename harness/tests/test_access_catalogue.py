"""The catalogue has the relations, policies, roles and memberships that the access page names, and no others."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from psycopg import sql

from harness.check.access import ACCESS, Right, Verb
from harness.prove.access_facts import subject
from harness.prove.access_scene import Scene
from harness.tests.access_catalogue import OURS, rows

pytest_plugins = ("harness.tests.access_fixtures",)


def test_every_table_and_view_is_named_in_the_file_and_is_there(scene: Scene) -> None:
    there = rows(
        scene,
        "select relname, relkind in ('v', 'm') from pg_class"
        " where relnamespace = 'ops'::regnamespace and relkind in ('r', 'p', 'f', 'v', 'm')",
    )
    assert there == {(name, False) for name in ACCESS.tables} | {(name, True) for name in ACCESS.views}


# Row level security.


def test_row_level_security_is_on_for_every_table(scene: Scene) -> None:
    tables = (
        "select relname, relrowsecurity from pg_class"
        " where relnamespace = 'ops'::regnamespace and relkind in ('r', 'p')"
    )
    assert rows(scene, tables) == {(name, True) for name in ACCESS.tables}


def expected_policies() -> dict[tuple[str, str, str], Right]:
    """(table, command, role) → which rows."""
    six = {
        (name, verb, role): right
        for name, table in ACCESS.tables.items()
        for verb, rights in table.rights.items()
        for role, right in rights.items()
        if role in ACCESS.roles
    }
    return six | {
        (name, verb, role): Right("all")
        for role, other in ACCESS.others.items()
        for name, verbs in other.tables.items()
        for verb in verbs
    }


NORMAL: dict[tuple[str, str], str] = {}


def normal(scene: Scene, table: str, words: str) -> str:
    """A condition of the file as the server writes it for this table."""
    if (table, words) not in NORMAL:
        with scene.undone():
            condition = sql.SQL(ACCESS.conditions.get(words) or ACCESS.restrictions[words])
            scene.db.execute(
                sql.SQL("create policy as_the_file_says on ops.{} for select to anon using ({})").format(
                    sql.Identifier(table), condition
                )
            )
            [[text]] = scene.owner("select qual from pg_policies where policyname = 'as_the_file_says'")
        NORMAL[table, words] = text
    return NORMAL[table, words]


def test_there_is_one_policy_for_each_right_of_the_file_with_its_condition_and_no_other(scene: Scene) -> None:
    found = scene.owner(
        "select tablename, lower(cmd), roles::text[], permissive, qual, with_check, policyname"
        " from pg_policies where schemaname = 'ops'"
    )
    expected: set[tuple[Any, ...]] = set()
    for (table, command, role), right in expected_policies().items():
        condition = normal(scene, table, right.rows)
        expected.add(
            (
                table,
                command,
                (role,),
                "PERMISSIVE",
                None if command == "insert" else condition,
                None if command == "select" else condition,
                f"{table}_{command}_{role}",
            )
        )
    for table in ACCESS.tables:
        condition = normal(scene, table, ACCESS.tables[table].restriction)
        six = tuple(sorted(ACCESS.roles))
        expected.add((table, "all", six, "RESTRICTIVE", condition, None, f"{table}_in_own_projects"))
    assert {(table, command, tuple(sorted(roles)), *more) for table, command, roles, *more in found} == expected


def test_a_write_policy_lets_every_row_pass_only_where_the_file_says_all(scene: Scene) -> None:
    open_to_all = rows(
        scene,
        "select tablename, lower(cmd), roles[1]::text from pg_policies where schemaname = 'ops' and cmd <> 'SELECT'"
        " and 'true' in (qual, with_check)",
    )
    assert open_to_all == {
        key for key, right in expected_policies().items() if key[1] != "select" and right.rows == "all"
    }


READS = [
    (name, verb, role)
    for (name, verb, role) in expected_policies()
    if role in ACCESS.roles and verb in ("select", "update")
]


@pytest.mark.parametrize(("table", "verb", "role"), READS)
def test_a_policy_asks_who_is_calling_once_and_not_for_every_row(
    scene: Scene, table: str, verb: Verb, role: str
) -> None:
    right = ACCESS.tables[table].right(role, verb)
    assert right
    query = sql.SQL("explain (verbose, format json) select * from ops.{}").format(sql.Identifier(table))
    if verb == "update":
        query = sql.SQL("explain (verbose, format json) update ops.{} set {column} = {column}").format(
            sql.Identifier(table), column=sql.Identifier((right.columns or ("",))[0])
        )
    with scene.undone():
        scene.become(role, subject(role))
        [[plan]] = scene.run(query).rows
    nodes = [plan[0]["Plan"]]
    asked = 0
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        for name, text in node.items():
            if isinstance(text, str) and (name.endswith(("Filter", "Cond")) or name == "Function Call"):
                assert not OURS.search(re.sub(r"'[^']*'::ops\.\w+", "", text)), (name, text)
        if node.get("Parent Relationship") == "InitPlan" and OURS.search(json.dumps(node)):
            asked += 1
    assert asked > (right.rows != "all")  # of which projects the caller is a member, too


# Roles.


def test_the_attributes_of_the_roles_are_those_of_the_file(scene: Scene) -> None:
    found = scene.owner(
        "select rolname, rolcanlogin, rolinherit, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
        " from pg_roles where rolname = any (%s)",
        [list(ACCESS.roles)],
    )
    assert {name for name, *_ in found} == {*ACCESS.roles}
    for name, *attributes in found:
        assert attributes == [*ACCESS.role_attributes.values()], name
    platform = rows(
        scene,
        "select rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
        " from pg_roles where rolname = any (%s)",
        list(ACCESS.platform_roles),
    )
    assert platform == {(role, *[False] * 5, role == "service_role") for role in ACCESS.platform_roles}
    settings = "select setrole::regrole::text from pg_db_role_setting where setrole::regrole::text = any (%s)"
    assert rows(scene, settings, list(ACCESS.roles)) == set()


def test_the_roles_are_members_of_what_the_file_says_and_only_the_file_s_become_them(scene: Scene) -> None:
    members = rows(
        scene,
        "select roleid::regrole::text, member::regrole::text from pg_auth_members"
        " where roleid::regrole::text = any (%s) or member::regrole::text = any (%s)",
        list(ACCESS.roles),
        list(ACCESS.nine),
    )
    inherited = {(granted, role) for granted, roles in ACCESS.inherited.items() for role in roles}
    expected = {(role, member) for role in ACCESS.roles for member in ACCESS.role_members}
    if scene.db.info.server_version < 160000:  # where who creates a role is not made its member
        members |= {(role, "postgres") for role in ACCESS.roles}
    assert members == expected | inherited
    powers = "select r.name from unnest(%s::text[]) as r (name) where pg_has_role(r.name, 'postgres', 'member')"
    assert rows(scene, powers, [*ACCESS.nine, "authenticator"]) == set()
    if scene.db.info.server_version >= 160000:
        passed_on = (
            "select from pg_auth_members where roleid::regrole::text = any (%s)"
            " and member::regrole::text = 'authenticator' and (admin_option or inherit_option or not set_option)"
        )
        assert rows(scene, passed_on, list(ACCESS.nine)) == set()
        # Who inherits a role has its rights and its policies, and cannot become it or pass it on.
        taken = (
            "select roleid::regrole::text, member::regrole::text from pg_auth_members"
            " where member::regrole::text = any (%s) and inherit_option and not set_option and not admin_option"
        )
        assert rows(scene, taken, list(ACCESS.nine)) == inherited


def test_only_the_login_of_the_api_and_the_owner_can_become_another_role(scene: Scene) -> None:
    if scene.db.info.server_version < 160000:
        pytest.skip("a membership that is inherited without SET ROLE is new in Postgres 16")
    become = (
        "select r.name, o.name from unnest(%s::text[]) as r (name) cross join unnest(%s::text[]) as o (name)"
        " where r.name <> o.name and pg_has_role(r.name, o.name, 'set')"
    )
    nine = list(ACCESS.nine)
    assert rows(scene, become, nine, nine) == set()
    assert rows(scene, become, ["authenticator"], nine) == {("authenticator", role) for role in nine}
