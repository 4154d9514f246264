"""The stack of the harness behaves as a hosted project does: roles, keys, tokens and addresses."""

from __future__ import annotations

import ast
import re
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest
from postgrest.exceptions import APIError

from harness.stack import Keys, Stack, StackError, members, wait_until
from harness.stack.parts import ROOT
from harness.tests import order

# superuser, createrole, createdb, replication, bypassrls, login, inherit
HOSTED_ROLES = {
    "postgres": (False, True, True, True, True, True, True),
    "anon": (False, False, False, False, False, False, True),
    "authenticated": (False, False, False, False, False, False, True),
    "service_role": (False, False, False, False, True, False, True),
    "authenticator": (False, False, False, False, False, True, False),
}


def test_roles_are_as_on_a_hosted_project(db: psycopg.Connection[Any]) -> None:
    rows = db.execute(
        "select rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin,"
        " rolinherit from pg_roles where rolname = any(%s)",
        [list(HOSTED_ROLES)],
    )
    assert {name: tuple(attributes) for name, *attributes in rows} == HOSTED_ROLES


def test_migrations_run_as_a_postgres_who_is_no_superuser(db: psycopg.Connection[Any]) -> None:
    row = db.execute("select current_user::text, current_setting('is_superuser')").fetchone()
    assert row == ("postgres", "off")


def test_postgres_may_use_schema_auth(db: psycopg.Connection[Any]) -> None:
    assert db.execute("select auth.role() is null and auth.uid() is null").fetchone() == (True,)


def test_postgres_may_not_create_in_schema_auth(db: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.execute("create function auth.mine() returns int language sql as 'select 1'")


def test_a_role_of_the_project_cannot_be_let_into_schema_auth(db: psycopg.Connection[Any]) -> None:
    db.execute("grant usage on schema auth to ci_service_role")
    assert db.execute("select has_schema_privilege('ci_service_role', 'auth', 'usage')").fetchone() == (False,)


def test_extensions_live_in_their_own_schema(db: psycopg.Connection[Any]) -> None:
    rows = db.execute(
        "select extname, extnamespace::regnamespace::text from pg_extension where extname <> 'plpgsql'"
    ).fetchall()
    assert set(rows) >= {("pgcrypto", "extensions"), ("uuid-ossp", "extensions")}


def ask(stack: Stack, apikey: str | None, bearer: str | None = None) -> httpx.Response:
    """Read the releases, with these credentials and no others."""
    headers = {"Accept-Profile": "ops"}
    if apikey is not None:
        headers["apikey"] = apikey
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    return httpx.get(f"{stack.rest_url}/releases?select=release_id&limit=1", headers=headers)


def test_the_secret_key_becomes_service_role(stack: Stack) -> None:
    assert ask(stack, stack.secret_key).status_code == 200


def test_a_key_may_be_repeated_as_the_bearer(stack: Stack) -> None:
    assert ask(stack, stack.secret_key, stack.secret_key).status_code == 200


def test_the_publishable_key_is_anon_and_reads_nothing(stack: Stack) -> None:
    answer = ask(stack, stack.publishable_key)
    assert (answer.status_code, answer.json()["code"]) == (401, "42501")


def test_a_publishable_key_beside_a_secret_bearer_is_refused(stack: Stack) -> None:
    assert ask(stack, stack.publishable_key, stack.secret_key).status_code == 401


@pytest.mark.parametrize("apikey", [None, "", "sb_secret_unknown", "sb_publishable_", "__proto__"])
def test_an_unknown_key_is_refused_in_json(stack: Stack, apikey: str | None) -> None:
    answer = ask(stack, apikey)
    assert (answer.status_code, set(answer.json())) == (401, {"message", "hint"})


def asked_as(stack: Stack, role: str) -> str:
    """The code that a role is answered when it asks about a release that is not there."""
    with pytest.raises(APIError) as refused:
        stack.client(role).rpc("is_eligible_for_promotion", {"release_id": str(uuid4()), "target_env": "dev"}).execute()
    return str(refused.value.code)


def test_a_users_token_reaches_the_database_as_its_role(stack: Stack) -> None:
    members.grant(stack.client(), "audit_reader", "audit_reader")
    assert asked_as(stack, "audit_reader") == "OPS04"  # it may ask, and no such release is there
    assert asked_as(stack, "authenticated") == "42501"


def test_a_users_token_is_not_outdone_by_the_secret_key(stack: Stack) -> None:
    answer = ask(stack, stack.secret_key, stack.token("authenticated", "someone"))
    assert (answer.status_code, answer.json()["code"]) == (403, "42501")


def test_a_token_signed_by_another_key_is_refused(stack: Stack) -> None:
    forged = Keys.generate().token("audit_reader", "auditor-1", issuer=f"{stack.url}/auth/v1")
    assert ask(stack, stack.publishable_key, forged).status_code == 401


def test_tokens_verify_against_the_published_key_set(stack: Stack) -> None:
    published = httpx.get(f"{stack.url}/auth/v1/.well-known/jwks.json").json()
    key = jwt.PyJWKSet.from_dict(published).keys[0]
    claims = jwt.decode(stack.token("sre", "sre-1", team="ops"), key, algorithms=["ES256"], audience="authenticated")
    assert (claims["role"], claims["sub"], claims["team"]) == ("sre", "sre-1", "ops")
    assert "d" not in published["keys"][0]


def test_supabase_py_reads_as_service_role(stack: Stack) -> None:
    assert isinstance(stack.client().table("releases").select("release_id").limit(1).execute().data, list)


def knock(stack: Stack, **headers: str) -> httpx.Response:
    """Send the function an envelope that is not one."""
    return httpx.post(f"{stack.functions_url}/ops-event-ingest", json={}, headers=headers)


def test_the_function_is_behind_the_same_address(stack: Stack) -> None:
    assert knock(stack).status_code == 401  # its own answer: the gateway lets everyone through to it


def test_the_function_knows_the_secret_key(stack: Stack) -> None:
    answer = httpx.post(f"{stack.functions_url}/ops-event-ingest", json={}, headers={"apikey": stack.secret_key})
    assert answer.status_code == 400, answer.text


def test_the_function_knows_the_projects_tokens(stack: Stack) -> None:
    headers = {
        "apikey": stack.publishable_key,
        "Authorization": f"Bearer {stack.token('ci_service_role', 'ci-bot')}",
    }
    answer = httpx.post(f"{stack.functions_url}/ops-event-ingest", json={}, headers=headers)
    assert answer.status_code == 400, answer.text


def test_nothing_else_is_served(stack: Stack) -> None:
    answer = httpx.get(f"{stack.url}/storage/v1/object")
    assert (answer.status_code, answer.json()) == (
        404,
        {"message": "nothing is served at /storage/v1/object"},
    )


def test_secrets_are_not_in_the_representation_of_a_stack(stack: Stack) -> None:
    shown = repr(stack)
    assert stack.secret_key not in shown
    assert str(psycopg.conninfo.conninfo_to_dict(stack.db_url)["password"]) not in shown


def test_waiting_in_vain_says_for_what() -> None:
    with pytest.raises(StackError, match=r"waited 0.05 s in vain for a sign"):
        wait_until(lambda: False, 0.05, "a sign")


def test_the_nightly_run_has_every_file_that_does_more_in_it() -> None:
    [listed] = re.findall(r"^NIGHTLY := \$\(patsubst %,\S+,(.*)\)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    tests = [*(ROOT / "harness" / "tests").glob("test_*.py")]
    assert [
        path.name for path in tests if re.search(r"^from harness\.prove import .*effort", path.read_text(), re.M)
    ] == []
    repeating = {
        path.stem.removeprefix("test_")
        for path in tests
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ImportFrom) and node.module == "harness.prove.effort"
        if {alias.name for alias in node.names} - {"slow"}
    }
    assert "drift" in repeating
    assert repeating <= {*listed.split()}


def test_the_nightly_run_has_every_file_of_sql_that_does_more_in_it() -> None:
    [listed] = re.findall(r"^NIGHTLY_SQL := \$\(patsubst %,\S+,(.*)\)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    files = (ROOT / "supabase" / "tests").glob("*_test.sql")
    repeating = {path.stem.removesuffix("_test") for path in files if "pgtap.effort" in path.read_text()}
    assert "48_targets_and_commits" in repeating
    assert repeating == {*listed.split()}


def test_each_worker_begins_with_long_files_and_no_test_is_lost() -> None:
    folders = (ROOT / "harness" / "tests", ROOT / "supabase" / "tests")
    files = sorted(path for folder in folders for path in folder.glob("*test*.*") if path.is_file())
    assert {*order.LONG, *order.SLOW_FILES} <= {path.stem.removeprefix("test_") for path in files}
    tests = [SimpleNamespace(path=path, number=number) for path in files for number in range(5)]
    for workers in (1, 2, 3, 5):
        ordered = order.dealt(tests, workers)
        assert sorted(ordered, key=lambda test: (files.index(test.path), test.number)) == tests
        size = len(ordered) // workers
        firsts = [ordered[worker * size].path.stem.removeprefix("test_") for worker in range(workers)]
        assert firsts == [*order.LONG[:workers]]
