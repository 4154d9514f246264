"""The stack as a running thing: beside others, its clones, its API and its command line tool."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest
from psycopg import sql

from harness.prove.effort import at_night
from harness.prove.world import World
from harness.stack import Keys, Stack, StackError, SupabaseCli, members, run_stack, wait_until
from harness.stack.gateway import gateway
from harness.stack.postgres_trees import chosen, major_of
from harness.stack.process import Ports, running
from harness.tests.running import answers

pytestmark = pytest.mark.usefixtures("embedded_only")


@pytest.fixture(scope="module")
def own(stack: Stack) -> Iterator[Stack]:
    """A stack for all tests of this file that leave its parts running and its schema whole."""
    with stack.clone() as own:
        yield own


@at_night("starts one more stack")
def test_a_second_stack_runs_beside_the_first_and_leaves_it_alone(stack: Stack) -> None:
    with run_stack() as second:
        with second.connect() as connection:
            assert connection.info.server_version // 10_000 == major_of(chosen())
        assert second.url != stack.url
        assert answers(second)
        assert answers(stack)
        assert second.http.get(f"{second.rest_url}/", headers={"apikey": stack.secret_key}).status_code == 401
    assert answers(stack)


def test_a_clone_sees_nothing_of_its_origin_nor_the_other_way_round(stack: Stack) -> None:
    with stack.clone() as clone:
        with clone.connect() as connection:
            connection.execute("create table public.only_here ()")
        with stack.connect() as connection:
            assert connection.execute("select to_regclass('public.only_here')").fetchone() == (None,)


def test_the_database_of_a_clone_is_gone_afterwards(stack: Stack) -> None:
    with stack.clone_database() as url:
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with stack.connect() as connection:
        assert connection.execute("select from pg_database where datname = %s", [name]).fetchone() is None


def test_ddl_is_visible_to_the_api_once_reload_schema_returns(own: Stack) -> None:
    for number in range(5):
        with own.connect() as connection:
            connection.execute(f"create view ops.seen_{number} with (security_invoker) as select 1 as one")
            connection.execute(f"grant select on ops.seen_{number} to service_role")
        own.reload_schema()
        assert own.client().table(f"seen_{number}").select("one").execute().data == [{"one": 1}]


def straight(stack: Stack, token: str, path: str, body: Any = None) -> httpx.Response:
    """A request to PostgREST itself, which alone looks at the token."""
    assert stack.postgrest
    headers = {"authorization": f"Bearer {token}", "content-profile": "ops"}
    method = "GET" if body is None else "POST"
    return stack.http.request(method, f"{stack.postgrest.url}/{path}", headers=headers, json=body)


def test_a_cached_token_is_refused_once_its_exp_has_passed(fresh_stack: Callable[[], Stack]) -> None:
    # After the key was exchanged, only the cache accepts the token: no need to wait for the leeway of 30 s.
    stack = fresh_stack()

    def let_in(token: str) -> bool:
        return straight(stack, token, "releases?limit=1").status_code == 200

    token, others, accepted = stack.token("sre", ttl=6), itertools.count(), [0.0]
    ends = jwt.decode(token, options={"verify_signature": False})["exp"]

    def refused() -> bool:
        asked = time.time()
        if let_in(token):
            accepted.append(asked)
            return False
        return True

    assert let_in(token)
    assert let_in(late := stack.token("sre", ttl=-5)), "within the leeway"
    exchange_the_key(stack, Keys.generate())
    wait_until(lambda: not let_in(stack.token("sre", f"uncached-{next(others)}")), 60, "the key to be exchanged")
    assert not let_in(late), "PostgREST does not cache a token after its exp"
    assert not refused() or time.time() >= ends, "cached, unless the machine needed longer than the token lasts"
    wait_until(refused, 60, "the cached token to end")
    assert time.time() >= ends
    assert max(accepted) < ends + 30, "the leeway does not apply to a cached token"


def exchange_the_key(stack: Stack, keys: Keys) -> None:
    """Let PostgREST verify tokens with another key; the setting belongs to the database and goes with it."""
    assert stack.admin_db_url
    with psycopg.connect(stack.admin_db_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("alter role authenticator in database {} set pgrst.jwt_secret = {}").format(
                sql.Identifier(connection.info.dbname), sql.Literal(json.dumps(keys.jwks))
            )
        )
        connection.execute("notify pgrst, 'reload config'")


def test_a_cached_token_of_a_revoked_member_decides_nothing(stack: Stack) -> None:
    World(stack)  # registers acme/shop
    subject = f"manager-{uuid4().hex}"
    token = stack.token("release_manager", subject)

    def open_release() -> httpx.Response:
        named = {"project": "acme/shop", "release_name": uuid4().hex, "environment_target": "dev", "source_ref": "main"}
        return straight(stack, token, "rpc/open_release", named)

    members.grant(stack.client(), subject, "release_manager")
    assert open_release().status_code == 200
    members.revoke(stack.client(), subject)
    refused = open_release()
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")
    assert straight(stack, token, "releases?limit=1").status_code == 200, "the token itself is as good as before"


def test_the_cli_resets_the_database_to_a_migrated_one_and_the_api_follows(
    own: Stack, fresh_db: Callable[[], str]
) -> None:
    with own.connect() as connection:
        connection.execute("drop schema ops cascade")
        connection.execute("create table public.stray (a int)")
    assert not answers(own)
    own.reset()
    assert answers(own)
    migrated, cli = fresh_db(), SupabaseCli()
    assert cli.diff(migrated, own.db_url) == ""
    with psycopg.connect(migrated) as connection:
        connection.execute("create table ops.stray (a int)")
    assert "stray" in cli.diff(own.db_url, migrated), "a difference is found"


def test_a_failing_command_of_the_cli_says_why() -> None:
    with pytest.raises(StackError, match="supabase db push failed"):
        SupabaseCli().push("postgresql://postgres:wrong@127.0.0.1:1/postgres?sslmode=disable")


def test_while_a_part_is_down_the_gateway_says_to_come_back(own: Stack) -> None:
    assert own.postgrest
    own.postgrest.service.kill()
    answer = own.http.get(f"{own.rest_url}/", headers={"apikey": own.secret_key})
    assert (answer.status_code, answer.headers["retry-after"], set(answer.json())) == (503, "1", {"message"})
    own.postgrest.service.restart()
    assert answers(own)


def test_an_answer_that_is_cut_short_by_a_kill_is_no_refusal(own: Stack) -> None:
    assert own.postgrest
    own.postgrest.service.kill()
    with socket.create_server(("127.0.0.1", own.postgrest.port)) as dying, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(own.http.get, f"{own.rest_url}/", headers={"apikey": own.secret_key})
        connection, _ = dying.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf of it")
        answer = asking.result()
    assert (answer.status_code, answer.headers["retry-after"], set(answer.json())) == (503, "1", {"message"})
    own.postgrest.service.restart()
    assert answers(own)


def test_the_function_itself_meets_bodies_of_up_to_8_mib(stack: Stack) -> None:
    url, headers = f"{stack.functions_url}/ops-event-ingest", {"apikey": stack.secret_key}
    within = stack.http.post(url, content=b"x" * 4 * 1024 * 1024, headers=headers)
    above = stack.http.post(url, content=b"x" * 9 * 1024 * 1024, headers=headers)
    assert within.json() != above.json()
    assert (above.status_code, above.json()) == (413, {"message": "the request body exceeds 8388608 bytes"})


def test_before_a_function_with_verify_jwt_the_gateway_takes_tokens_of_the_project_alone(
    own: Stack, tmp_path: Path
) -> None:
    """As the platform: a token of another key, one that ended, an API key and a token without a signature are none."""
    assert own.function
    with contextlib.closing(Ports()) as ports:
        front = gateway(
            port=ports.lease(), rest_port=1, auth_port=1, functions={"f": own.function.port}, verified=["f"],
            jwks=own.keys.jwks, tokens={}, logs=tmp_path,
        )  # fmt: skip
        good, other = own.token("sre", "sre-1"), Keys.generate()
        kid = {"kid": own.keys.jwks["keys"][0]["kid"]}
        unsigned = jwt.encode({"exp": time.time() + 60}, "", algorithm="none", headers=kid)
        ended = own.token("sre", "sre-1", ttl=-1)
        foreign = other.token("sre", "sre-1", issuer="x")
        forged = f"{good.rpartition('.')[0]}.{foreign.rpartition('.')[2]}"
        refused = [foreign, forged, ended, unsigned, own.secret_key, own.publishable_key, "a.b.c", "x"]
        with running(front.service):
            told = {
                token: httpx.get(f"{front.url}/functions/v1/f", headers={"authorization": f"Bearer {token}"})
                for token in [good, *refused]
            }
    assert told[good].json()["error"] == "method_not_allowed"
    assert {(told[token].status_code, told[token].json()["message"]) for token in refused} == {(401, "Invalid JWT")}
