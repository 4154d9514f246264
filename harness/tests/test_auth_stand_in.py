"""The stand-in for Supabase Auth: supabase clients sign in at the local stack, and the hook of the database decides."""

from __future__ import annotations

import contextlib
import re
import socket
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from supabase import Client, ClientOptions, create_client
from supabase_auth.errors import AuthApiError

from harness.stack import Keys, Stack, StackError, members
from harness.stack.auth import REQUIRED, stand_in
from harness.stack.external import named_project
from harness.stack.functions import issuer
from harness.stack.parts import ROOT
from harness.stack.people import Login, People
from ops_gates.readiness import LOCAL

pytestmark = pytest.mark.usefixtures("embedded_only")


def client_of(stack: Stack) -> Client:
    options = ClientOptions(schema="ops", auto_refresh_token=False, persist_session=False, httpx_client=stack.http)
    return create_client(stack.url, stack.publishable_key, options)


def somebody(stack: Stack, role: str | None = None) -> Login:
    """Somebody who can sign in, and is a member with that role."""
    login = stack.person(f"{uuid.uuid4().hex}@local.invalid")
    if role is not None:
        members.grant(stack.client(), login.subject, role)
    return login


def signed_in(stack: Stack, login: Login) -> Client:
    client = client_of(stack)
    client.auth.sign_in_with_password({"email": login.email, "password": login.password})
    return client


def claims_of(client: Client) -> dict[str, Any]:
    session = client.auth.get_session()
    assert session is not None
    return jwt.decode(session.access_token, options={"verify_signature": False})


def refresh(stack: Stack, token: str) -> httpx.Response:
    address = f"{stack.url}/auth/v1/token?grant_type=refresh_token"
    return stack.http.post(address, json={"refresh_token": token}, headers={"apikey": stack.publishable_key})


# Signing in


def test_a_member_signs_in_and_acts_in_their_role(stack: Stack) -> None:
    login = somebody(stack, "audit_reader")
    client = signed_in(stack, login)
    claims = claims_of(client)
    assert (claims["sub"], claims["role"], claims["iss"]) == (login.subject, "audit_reader", issuer(stack.url))
    assert claims.keys() >= set(REQUIRED)
    assert client.table("releases").select("release_id").limit(1).execute().data is not None
    user = client.auth.get_user()
    assert user is not None
    assert (user.user.id, user.user.email) == (login.subject, login.email)


def test_somebody_who_is_no_member_signs_in_as_authenticated(stack: Stack) -> None:
    assert claims_of(signed_in(stack, somebody(stack)))["role"] == "authenticated"


def test_a_wrong_password_and_an_unknown_person_are_answered_alike(stack: Stack) -> None:
    login = somebody(stack)
    answers = set()
    for email, password in (
        (login.email, f"{login.password}x"),
        (f"x{login.email}", login.password),
        (login.email, ""),
    ):
        done = stack.http.post(
            f"{stack.url}/auth/v1/token?grant_type=password",
            json={"email": email, "password": password},
            headers={"apikey": stack.publishable_key},
        )
        answers.add((done.status_code, done.text))
        assert done.json()["error_code"] == "invalid_credentials"
    assert len(answers) == 1
    with pytest.raises(AuthApiError) as refused:
        client_of(stack).auth.sign_in_with_password({"email": login.email, "password": "wrong"})
    assert refused.value.code == "invalid_credentials"


def test_nobody_signs_in_without_an_api_key(stack: Stack) -> None:
    login = somebody(stack)
    asked = {"email": login.email, "password": login.password}
    for headers in ({}, {"apikey": "sb_publishable_of-nobody"}):
        done = stack.http.post(f"{stack.url}/auth/v1/token?grant_type=password", json=asked, headers=headers)
        assert done.status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"email": 1, "password": 2}', b'{"refresh_token": null}'])
@pytest.mark.parametrize("grant", ["password", "refresh_token"])
def test_a_body_that_is_no_sign_in_is_refused_and_not_an_error(stack: Stack, grant: str, body: bytes) -> None:
    address = f"{stack.url}/auth/v1/token?grant_type={grant}"
    assert stack.http.post(address, content=body, headers={"apikey": stack.publishable_key}).status_code == 400


def test_nobody_can_sign_up_over_http(stack: Stack) -> None:
    for path in ("signup", "admin/users", "invite", "otp", "magiclink", "recover"):
        asked = {"email": "new@local.invalid", "password": "a-new-password"}
        headers = {"apikey": stack.secret_key, "authorization": f"Bearer {stack.secret_key}"}
        assert stack.http.post(f"{stack.url}/auth/v1/{path}", json=asked, headers=headers).status_code == 404


# Sessions


def test_a_refresh_token_is_used_up_and_its_lost_answer_can_be_asked_for_again(stack: Stack) -> None:
    session = signed_in(stack, somebody(stack)).auth.get_session()
    assert session is not None
    first = session.refresh_token
    second = refresh(stack, first).json()["refresh_token"]
    assert second != first
    assert refresh(stack, first).json()["refresh_token"] == second
    third = refresh(stack, second).json()["refresh_token"]
    assert len({first, second, third}) == 3
    assert refresh(stack, first).json()["error_code"] == "refresh_token_already_used"
    # Two tokens back is a stolen one: the session has ended for everybody.
    assert refresh(stack, third).json()["error_code"] == "refresh_token_not_found"


def test_the_refreshed_token_of_a_revoked_member_says_authenticated(stack: Stack) -> None:
    login = somebody(stack, "qa_tester")
    client = signed_in(stack, login)
    before = claims_of(client)
    members.revoke(stack.client(), login.subject)
    client.auth.refresh_session()
    after = claims_of(client)
    assert (before["role"], after["role"]) == ("qa_tester", "authenticated")
    assert before["session_id"] == after["session_id"]


def test_signing_out_ends_the_session_and_no_other_unless_asked(stack: Stack) -> None:
    login = somebody(stack)
    one, two, three = (signed_in(stack, login) for _ in range(3))
    tokens = [client.auth.get_session() for client in (one, two, three)]
    one.auth.sign_out({"scope": "local"})

    def stands() -> list[bool]:
        return [bool(token) and refresh(stack, token.refresh_token).is_success for token in tokens if token]

    assert stands() == [False, True, True]
    two.auth.sign_out({"scope": "others"})
    assert stands() == [False, True, False]
    two.auth.sign_out()
    assert stands() == [False, False, False]


@pytest.mark.parametrize(
    "token",
    [
        lambda stack, login: stack.token("qa_tester", login.subject),
        lambda stack, login: stack.token("qa_tester", login.subject, ttl=-60),
        lambda stack, login: Keys.generate().token("qa_tester", login.subject, issuer=issuer(stack.url)),
        lambda _stack, _login: "no-token",
    ],
    ids=["of no session", "expired", "of another key", "no token"],
)
def test_a_token_that_is_of_no_session_is_nobodys(stack: Stack, token: Callable[[Stack, Login], str]) -> None:
    headers = {"apikey": stack.publishable_key, "authorization": f"Bearer {token(stack, somebody(stack))}"}
    assert stack.http.get(f"{stack.url}/auth/v1/user", headers=headers).status_code == 403
    assert stack.http.post(f"{stack.url}/auth/v1/logout", headers=headers).status_code == 403


# The hook

HOOK = """
create table public.heard (event jsonb, who text);
grant insert on public.heard to supabase_auth_admin;
create or replace function ops.custom_access_token_hook(event jsonb) returns jsonb
language plpgsql volatile as $$ begin {} end $$;
"""


@pytest.fixture
def hooked(fresh_stack: Callable[[], Stack]) -> Callable[[str], Stack]:
    """A stack of its own with another hook."""
    own = fresh_stack()

    def with_hook(body: str) -> Stack:
        with own.connect() as db:
            db.execute(HOOK.format(body))
        return own

    return with_hook


def test_the_hook_is_asked_as_supabase_auth_asks_it(hooked: Callable[[str], Stack]) -> None:
    stack = hooked("insert into public.heard values (event, session_user); return event;")
    client = signed_in(stack, somebody(stack))
    client.auth.refresh_session()
    with stack.connect() as db:
        heard = db.execute("select event, who from public.heard").fetchall()
    [(first, who), (second, _)] = heard
    assert who == "supabase_auth_admin"
    assert [event["authentication_method"] for event in (first, second)] == ["password", "token_refresh"]
    assert first["user_id"] == first["claims"]["sub"]
    assert first["claims"].keys() >= {*REQUIRED, "amr", "app_metadata", "user_metadata"}
    assert first["claims"]["role"] == "authenticated"
    assert first["claims"]["session_id"] == second["claims"]["session_id"]
    assert "client_id" not in first["claims"]


@pytest.mark.parametrize(
    "body",
    ["raise exception 'no';", "return null;", "return '{\"claims\": {}}';", "perform pg_sleep(60); return event;"],
    ids=["raises", "is null", "drops claims", "takes too long"],
)
def test_nobody_signs_in_by_a_hook_that_fails(hooked: Callable[[str], Stack], body: str) -> None:
    stack = hooked(body)
    with pytest.raises(AuthApiError) as refused:
        signed_in(stack, somebody(stack))
    assert (refused.value.status, refused.value.code) == (500, "unexpected_failure")


def test_a_hook_that_fails_uses_no_refresh_token_up(hooked: Callable[[str], Stack]) -> None:
    stack = hooked("return event;")
    session = signed_in(stack, somebody(stack)).auth.get_session()
    assert session is not None
    with stack.connect() as db:
        db.execute("alter function ops.custom_access_token_hook(jsonb) rename to away")
    assert refresh(stack, session.refresh_token).status_code == 500
    with stack.connect() as db:
        db.execute("alter function ops.away(jsonb) rename to custom_access_token_hook")
    assert stack.people is not None
    assert stack.people.refreshed(session.user.id) == [0]
    assert refresh(stack, session.refresh_token).status_code == 200


# Where it is, and where it is not


def test_it_listens_on_loopback_alone(stack: Stack) -> None:
    assert stack.auth is not None
    for host, listens in (("127.0.0.1", True), ("127.0.0.2", False)):
        with contextlib.closing(socket.socket()) as connection:
            connection.settimeout(10)
            assert (connection.connect_ex((host, stack.auth.port)) == 0) is listens


def test_it_starts_for_no_project_but_a_local_one(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("SUPABASE_URL", "SUPABASE_SECRET_KEY", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_DB_URL"):
        monkeypatch.setenv(name, "https://project.example")
    monkeypatch.delenv("SUPABASE_JWT_PRIVATE_KEY", raising=False)
    given: dict[str, Any] = {"people": People(tmp_path / "people"), "issuer": "", "hook_url": "", "port": 0}
    elsewhere = {**stack.keys.signing_key, "kid": "2f0c6c3e"}
    for kind, keys in (
        ("external", stack.keys),
        ("external", named_project().keys),
        ("embedded", named_project().keys),
        ("embedded", Keys(elsewhere, "sb_secret_x", "sb_publishable_x")),
    ):
        with pytest.raises(StackError), stand_in(kind=kind, keys=keys, **given):
            pass
    with stand_in(kind="embedded", keys=stack.keys, **given) as started:
        assert started.people.path == tmp_path / "people"


def test_people_of_an_external_project_are_added_there(stack: Stack) -> None:
    external = Stack("external", stack.url, stack.db_url, stack.keys)
    with contextlib.closing(external), pytest.raises(StackError):
        external.person("rm-1@local.invalid")


def test_its_secrets_are_its_own_and_its_file_is_ours_alone(stack: Stack, tmp_path: Any) -> None:
    login = somebody(stack)
    assert stack.people is not None
    assert stack.people.path.stat().st_mode & 0o777 == 0o600
    assert login.password.encode() not in stack.people.path.read_bytes()
    assert login.password not in repr(login)
    other = People(tmp_path / "people").add(login.email)
    assert other.password != login.password
    one, two = Keys.generate(), Keys.generate()
    assert all(keys.signing_key["kid"].startswith(LOCAL) for keys in (one, two, stack.keys))
    assert one.signing_key["kid"] != two.signing_key["kid"]


def test_neither_the_wheel_nor_the_schema_has_it() -> None:
    marks = re.compile(r"StandIn\b|stand_in\b|people\.sqlite|http\.server|\bserve_forever\b")
    # These serve the files of a page, and sign nobody in.
    served = {ROOT / "harness/ops_gates/board/server.py", ROOT / "harness/ops_gates/commands/board.py"}
    for folder in ("harness/ops_gates", "supabase"):
        files = [
            path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix in {".py", ".sql", ".ts"}
        ]
        assert files
        for path in files:
            assert path in served or not marks.search(path.read_text()), path
