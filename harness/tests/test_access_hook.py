"""The token hook gives a member the role of their session, everybody else none, and never raises.

It runs at every sign-in of the whole application. The rest of that application goes on for a member as it was before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import PROJECTS, Row
from harness.prove.access_scene import Scene
from harness.stack.members import GRANT, REVOKE
from harness.tests.access_calls import HOOKS, signed_in

pytest_plugins = ("harness.tests.access_fixtures",)

SHOP, OTHER = PROJECTS
SIGN_INS = 1000
IN_TIME = 2.0  # seconds for two sign-ins that wait 0.2 s each, on a busy machine


# Who gets none.


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("role", ACCESS.roles)
def test_a_member_gets_the_role_of_their_membership(scene: Scene, role: str, hook: str) -> None:
    for who in ("a", SHOP):
        assert signed_in(scene, f"{role}-{who}", hook) == role
        assert signed_in(scene, f"{role}-{who}", hook, is_anonymous=False) == role


@pytest.mark.parametrize(
    "claims",
    [
        {"client_id": "app-1"},
        {"client_id": None},
        {"client_id": ""},
        {"is_anonymous": True},
        {"is_anonymous": "true"},
        {"is_anonymous": 1},
        {"client_id": "app-1", "is_anonymous": False, "role": "release_manager"},
        {"client_id": "app-1", "role": "service_role"},
    ],
    ids=str,
)
def test_an_application_of_others_and_a_visitor_get_no_role_of_a_member(scene: Scene, claims: Row) -> None:
    for role in ACCESS.roles:
        assert signed_in(scene, f"{role}-a", **claims) == "authenticated", role


@pytest.mark.parametrize("claimed", [*ACCESS.roles, "service_role"])
def test_no_other_hook_and_no_claim_gives_a_role_of_ours(scene: Scene, claimed: str) -> None:
    assert signed_in(scene, "nobody", role=claimed) == "authenticated"
    assert signed_in(scene, f"developer-{SHOP}", role=claimed) == "developer"
    assert signed_in(scene, "nobody", role="authenticated", user_metadata={"role": claimed}) == "authenticated"
    scene.become("service_role")
    assert scene.run(REVOKE, [f"developer-{SHOP}"]).sqlstate is None
    assert signed_in(scene, f"developer-{SHOP}", role=claimed) == "authenticated"
    assert signed_in(scene, "nobody", role="a_role_of_the_application") == "a_role_of_the_application"


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        7,
        "sre-a",
        {},
        {"user_id": "sre-a"},
        {"claims": {}},
        {"claims": {"role": "sre"}},
        {"user_id": "sre-a", "claims": None},
        {"user_id": "sre-a", "claims": []},
        {"user_id": "sre-a", "claims": "x"},
        {"user_id": None, "claims": {"role": "service_role"}},
        {"user_id": ["sre-a"], "claims": {"role": "sre"}},
        {"user_id": {"sub": "sre-a"}, "claims": {}},
        {"user_id": "x" * 100_000, "claims": {"role": "sre"}},
        {"user_id": "nobody", "claims": {"role": ["sre"]}},
        {"user_id": "nobody", "claims": {"role": None, "session_id": 7}},
        {"user_id": "nobody", "claims": {"role": "sre", "session_id": "x" * 100_000}},
    ],
    ids=lambda event: str(event)[:40],
)
@pytest.mark.parametrize("hook", HOOKS)
def test_a_malformed_event_raises_nothing_and_gives_nothing(scene: Scene, event: Any, hook: str) -> None:
    scene.become(None)
    answer = scene.run(f"select ops.{hook}(%s)".encode(), [Jsonb(event)])
    assert answer.sqlstate is None, answer
    claims = answer.value.get("claims") if isinstance(answer.value, dict) else None
    role = claims.get("role") if isinstance(claims, dict) else None
    assert role not in (*ACCESS.roles, "service_role")
    assert scene.run(f"select ops.{hook}(null)".encode()).value is None


@pytest.mark.parametrize(
    "broken",
    [
        "alter table ops.memberships drop constraint role_is_one_of_the_six;"
        " insert into ops.memberships (member_id, role, granted, on_behalf_of, reason)"
        " select m.member_id, 'service_role', true, 'somebody', 'why' from ops.members m"
        " where m.subject = 'sre-in-shop'; alter table ops.memberships disable trigger _000_refuse_change;"
        " update ops.memberships set granted = false where role = 'sre'",
        "create or replace function ops_private.role_of_session(subject text, session_id text) returns text"
        " language plpgsql as $$ begin raise division_by_zero; end $$",
        "create or replace function ops_private.role_of_session(subject text, session_id text) returns text"
        " language plpgsql as $$ begin raise query_canceled; end $$",
        "create or replace function ops_private.role_of_session(subject text, session_id text) returns text"
        " language plpgsql as $$ begin return 'service_role'; end $$",
        "alter table ops_private.acting_roles rename to acting_roles_of_old",
        "drop view ops.v_memberships",
    ],
    ids=["a row", "an error", "a cancellation", "a role", "a table", "a view"],
)
def test_with_something_broken_everybody_signs_in_without_a_role_of_ours(scene: Scene, broken: str) -> None:
    scene.become(None)
    scene.db.execute(broken.encode())
    for hook in HOOKS:
        assert signed_in(scene, "sre-in-shop", hook, role="service_role") == "authenticated"
        assert signed_in(scene, "sre-in-shop", hook) == "authenticated"


# The rest of the application.

APPLICATION = """
create schema app;
grant usage on schema app to authenticated;
create table app.orders (id integer generated always as identity primary key, owner text not null, note text);
alter table app.orders enable row level security;
grant select, insert, update, delete on app.orders to authenticated;
create policy own_orders on app.orders to authenticated
  using (owner = auth.jwt() ->> 'sub') with check (owner = auth.jwt() ->> 'sub');
create table app.hints (hint text);
alter table app.hints enable row level security;
grant select on app.hints to authenticated;
create policy by_role on app.hints for select to authenticated using (auth.role() = 'authenticated');
create function app.greet() returns text language sql as $$ select 'hello ' || (auth.jwt() ->> 'sub') $$;
revoke execute on function app.greet() from public;
grant execute on function app.greet() to authenticated;
insert into app.orders (owner, note) values ('{person}', 'mine'), ('somebody', 'theirs');
insert into app.hints values ('for users');
"""
USES: tuple[tuple[str, Any], ...] = (
    ("select", "select owner, note from app.orders"),
    ("insert", "insert into app.orders (owner, note) values ('{person}', 'another')"),
    ("insert of another's", "insert into app.orders (owner, note) values ('somebody', 'forged')"),
    ("update", "update app.orders set note = 'changed'"),
    ("delete", "delete from app.orders"),
    ("function", "select app.greet()"),
    ("table", "create table app.planted (id integer)"),
)


@pytest.mark.parametrize("role", ACCESS.roles)
def test_in_the_rest_of_the_application_a_member_may_what_they_might_before(scene: Scene, role: str) -> None:
    person = f"{role}-{SHOP}"
    scene.become(None)
    scene.db.execute(APPLICATION.replace("{person}", person).encode())

    def uses(acting: str) -> list[tuple[str | None, int, tuple[Any, ...]]]:
        claims = {"role": acting, "sub": person}
        asked = (scene.attempt(acting, query.format(person=person).encode(), claims=claims) for _, query in USES)
        return [(outcome.sqlstate, outcome.count, outcome.rows) for outcome in asked]

    before = uses("authenticated")
    assert [sqlstate for sqlstate, _, _ in before] == [None, None, "42501", None, None, None, "42501"]
    assert before[0][2] == ((person, "mine"),)
    if role in ACCESS.inherited["authenticated"]:
        assert uses(role) == before
    else:
        assert {sqlstate for sqlstate, _, _ in uses(role)} == {"42501"}
    # What asks for the name of the role fails for members; docs/security.md says so.
    hints = "select from app.hints"
    assert scene.attempt("authenticated", hints, claims={"role": "authenticated", "sub": person}).count == 1
    assert scene.attempt(role, hints, claims={"role": role, "sub": person}).count == 0


# Sign-ins while memberships change, and while a table is locked.


def role_at_sign_in(connection: psycopg.Connection[Any], person: str, **claims: Any) -> str:
    """The role in the token of somebody who signs in on a connection of Auth's."""
    event = {"user_id": person, "claims": {"role": "authenticated", **claims}}
    [answer] = connection.execute("select ops.with_member_role(%s)", [Jsonb(event)]).fetchone() or [None]
    return str(answer["claims"]["role"])


@pytest.mark.parametrize("table", ["ops.members", "ops.memberships", "ops_private.acting_roles"])
def test_while_a_table_is_locked_everybody_signs_in_without_waiting_long(
    fresh_db: Callable[[], str], table: str
) -> None:
    url = fresh_db()
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as auth:
        holder.execute("set role service_role")
        holder.execute(GRANT, ["sre-1", "sre", None])
        holder.commit()
        assert role_at_sign_in(auth, "sre-1") == "sre"
        holder.execute("reset role")
        holder.execute(sql.SQL("lock table {}").format(sql.SQL(table)))
        started = time.monotonic()
        assert [role_at_sign_in(auth, who, role="sre") for who in ("sre-1", "nobody")] == ["authenticated"] * 2
        assert time.monotonic() - started < IN_TIME
        holder.rollback()
        assert role_at_sign_in(auth, "sre-1") == "sre"


def test_a_thousand_sign_ins_while_memberships_change_give_no_more_than_what_stands(
    fresh_db: Callable[[], str],
) -> None:
    url = fresh_db()
    # What stood from when until when; a change counts for both sides while it is made.
    stood: list[tuple[float, float, str]] = []
    done = threading.Event()

    def change() -> None:
        with psycopg.connect(url, autocommit=True) as writer:
            writer.execute("set role service_role")
            writer.execute(GRANT, ["rm-1", "release_manager", None])
            wanted = "'rm-1', 'a change')"
            while not done.is_set():
                for role in ("sre", "developer", "release_manager"):
                    since = time.monotonic()
                    writer.execute(f"select ops.grant_membership('p-1', '{role}', null, null, {wanted}".encode())
                    writer.execute(f"select ops.revoke_membership('p-1', '{role}', null, {wanted}".encode())
                    stood.append((since, time.monotonic(), role))

    def sign_in(times: int) -> list[tuple[float, float, str]]:
        with psycopg.connect(url, autocommit=True) as auth:
            answers = []
            for number in range(times):
                since = time.monotonic()
                role = role_at_sign_in(auth, "p-1" if number % 4 else "nobody", session_id=f"s-{number}")
                answers.append((since, time.monotonic(), role if number % 4 else f"nobody: {role}"))
            return answers

    with ThreadPoolExecutor(3) as pool:
        changing = pool.submit(change)
        try:
            parts = [pool.submit(sign_in, SIGN_INS // 2) for _ in range(2)]
            answers = [answer for part in parts for answer in part.result(timeout=60)]
        finally:
            done.set()
        changing.result(timeout=60)
    given = {role for _, _, role in answers}
    assert len(answers) == SIGN_INS
    assert given <= {"authenticated", "nobody: authenticated", "sre", "developer", "release_manager"}
    assert given & {"sre", "developer", "release_manager"}, "some signed in while a membership stood"
    for since, until, role in answers:
        if role in ("sre", "developer", "release_manager"):
            assert any(was == role and begun <= until and ended >= since for begun, ended, was in stood), role
