"""Nobody calls a private function: not by name, by a cast, by a trigger, by the fastpath or over HTTP.

The functions and types are those of the catalogue. PostgREST's own description says what a token may call instead.
"""

from __future__ import annotations

import os
import select
import struct
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from harness.check.access import ACCESS
from harness.prove.access_facts import subject
from harness.prove.access_functions import Function, functions_of
from harness.prove.access_scene import CannotAskError, Scene
from harness.prove.effort import NIGHTLY, times
from harness.stack import Stack
from harness.tests.access_calls import ask

pytest_plugins = ("harness.tests.access_fixtures",)

SCHEMA = ACCESS.private.schema
REFUSED = "42501"
NOT_FOUND = "42883"  # a path passes over a schema that the caller may not use
NOT_ONE_VALUE = "0A000"  # the fastpath has no answer for a set, and looks at that first
ON_ONE_SCREEN = 40  # lines of a terminal


def test_the_functions_of_the_api_fit_on_one_screen(scene: Scene) -> None:
    assert {*ACCESS.functions} < {function.name for function in scene.functions("ops")}
    assert len(scene.functions("ops")) <= ON_ONE_SCREEN


def tried(scene: Scene, role: str) -> list[Function]:
    """The private functions that a role tries: by day the one that may most has all of them, another one its share.

    Nobody may use the schema, and a test of the catalogue looks at the rights of each role to each function.
    """
    functions = scene.functions(SCHEMA)
    assert len(functions) > ON_ONE_SCREEN
    return functions if NIGHTLY or role == "service_role" else functions[ACCESS.nine.index(role) :: len(ACCESS.nine)]


# By name.


@pytest.mark.parametrize("role", ACCESS.nine)
def test_a_private_function_is_not_called_by_its_name(scene: Scene, role: str) -> None:
    functions = tried(scene, role)
    scene.become(role, subject(role))
    for function in functions:
        assert scene.run(function.call).sqlstate == REFUSED, function.signature


@pytest.mark.parametrize("role", ACCESS.nine)
def test_a_private_function_is_not_called_by_a_path_that_names_its_schema(scene: Scene, role: str) -> None:
    functions = tried(scene, role)
    scene.become(role, subject(role))
    assert scene.run(f"set local search_path = {SCHEMA}, ops").sqlstate is None
    for function in functions:
        unqualified = function.call.replace(f"{SCHEMA}.", "", 1)
        assert scene.run(unqualified).sqlstate in (NOT_FOUND, REFUSED), function.signature


# By what is cast, fired or found by its number.


@pytest.mark.parametrize("role", ACCESS.nine)
def test_nothing_is_cast_to_a_private_type_or_to_the_name_of_a_private_function(scene: Scene, role: str) -> None:
    types = scene.owner(
        "select format('%I.%I', n.nspname, t.typname) from pg_type t join pg_namespace n on n.oid = t.typnamespace"
        " where n.nspname = '" + SCHEMA + "'"
    )
    functions = tried(scene, role)
    assert types
    scene.become(role, subject(role))
    for (name,) in types:
        for cast in (f"select null::{name}", f"select cast('()' as {name})", f"select {name}(null)"):
            assert scene.run(cast).sqlstate == REFUSED, cast
    for function in functions:
        assert scene.run("select %s::text::regprocedure", [function.signature]).sqlstate == REFUSED, function.signature


@pytest.mark.parametrize("role", ACCESS.nine)
def test_no_trigger_of_a_caller_s_own_table_runs_a_private_function(scene: Scene, role: str) -> None:
    functions = [function for function in scene.functions(SCHEMA) if function.is_trigger]
    assert functions
    scene.become(role, subject(role))
    assert scene.run("create temp table own (created_by text)").sqlstate is None
    for function in functions:
        own = f"create trigger own before insert on own for each row execute function {function.signature}"
        assert scene.run(own).sqlstate == REFUSED, function.signature


def fields(message: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse; C is the SQLSTATE."""
    return {field[:1].decode(): field[1:].decode() for field in message.split(b"\0") if field}


def messages(server: int) -> Iterator[tuple[bytes, bytes]]:
    """What the server says, message by message, until it is ready for the next."""
    buffer = b""
    while True:
        while len(buffer) < 5 or len(buffer) < 1 + struct.unpack("!i", buffer[1:5])[0]:
            if not select.select([server], [], [], 30)[0]:
                raise TimeoutError("the server said nothing for 30 s")
            buffer += os.read(server, 65536)
        end = 1 + struct.unpack("!i", buffer[1:5])[0]
        kind, message, buffer = buffer[:1], buffer[5:end], buffer[end:]
        yield kind, message
        if kind == b"Z":
            return


def by_fastpath(db: psycopg.Connection[Any], function: Function) -> str | None:
    """The SQLSTATE that refuses a FunctionCall of the protocol with nulls, as libpq's PQfn sends it; None if it runs.

    It takes the session's own connection, between two statements, when libpq neither waits nor has anything to say.
    """
    if db.pgconn.ssl_in_use:
        raise CannotAskError
    call = struct.pack("!ihh", function.oid - (1 << 32 if function.oid >= 1 << 31 else 0), 0, function.arguments)
    call += struct.pack("!i", -1) * function.arguments + struct.pack("!h", 0)
    os.write(db.pgconn.socket, b"F" + struct.pack("!i", 4 + len(call)) + call)
    refusals = [fields(message)["C"] for kind, message in messages(db.pgconn.socket) if kind == b"E"]
    return refusals[0] if refusals else None


@pytest.mark.parametrize("role", ACCESS.nine)
def test_a_private_function_is_not_called_by_the_fastpath(scene: Scene, role: str) -> None:
    functions = tried(scene, role)
    [own] = [function for function in functions_of(scene.db, "pg_catalog") if function.signature == "pg_backend_pid()"]
    scene.become(role, subject(role))
    assert by_fastpath(scene.db, own) is None  # the way is open
    for function in functions:
        scene.db.execute("savepoint before_call")
        refused = by_fastpath(scene.db, function)
        scene.db.execute("rollback to savepoint before_call")
        assert refused == (NOT_ONE_VALUE if function.is_set else REFUSED), function.signature


# Over HTTP.


def described(stack: Stack, role: str) -> set[str]:
    """The paths that PostgREST describes to a role."""
    answer = ask(stack, role, "GET", "")
    assert answer.status_code == 200, answer.text
    return {*answer.json()["paths"]} - {"/"}


@pytest.mark.parametrize("role", ACCESS.nine)
def test_a_token_sees_exactly_what_it_may_call_and_read(stack: Stack, role: str) -> None:
    functions = {f"/rpc/{name}" for name, callers in ACCESS.functions.items() if role in callers}
    tables = {
        f"/{name}" for name, table in ACCESS.tables.items() if any(role in rights for rights in table.rights.values())
    }
    views = {f"/{name}" for name, readers in ACCESS.views.items() if role in readers}
    assert described(stack, role) == functions | tables | views


@pytest.mark.parametrize("role", ACCESS.nine)
def test_over_http_there_is_no_private_function(stack: Stack, role: str) -> None:
    with stack.connect() as owner:
        functions = functions_of(owner, SCHEMA)
    # What PostgREST does not know it refuses before it asks who calls: one of them is enough for all roles but one. By
    # day that one asks for some; what PostgREST describes is compared above.
    for function in functions[:: times(10, 1)] if role == "service_role" else functions[:1]:
        answer = ask(stack, role, "POST", f"rpc/{function.name}", {})
        assert (answer.status_code, answer.json()["code"]) == (404, "PGRST202"), function.signature
        answer = ask(stack, role, "POST", f"rpc/{function.name}", {}, **{"content-profile": SCHEMA})
        assert (answer.status_code, answer.json()["code"]) == (406, "PGRST106"), function.signature
