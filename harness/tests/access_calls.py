"""Calls that the tests of access share: a function of the API over SQL, and any request over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.prove.access_facts import Row, subject
from harness.prove.access_scene import Scene
from harness.stack import Stack


def call(scene: Scene, function: str, role: str) -> tuple[sql.Composed, list[Any]]:
    """A valid call of a function."""
    arguments = scene.facts.arguments(function, role)
    named = sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(name)) for name in arguments)
    return sql.SQL("select from ops.{}({})").format(sql.Identifier(function), named), list(arguments.values())


def plain(row: Row) -> Row:
    """A row as JSON has it."""
    return {name: value.obj if isinstance(value, Jsonb) else value for name, value in row.items()}


def headers_of(stack: Stack, role: str, who: str = "a") -> dict[str, str]:
    """What this caller sends: an API key where the role is one, otherwise a token."""
    if role == "service_role":
        return {"apikey": stack.secret_key}
    if role == "anon":
        return {"apikey": stack.publishable_key}
    token = stack.token(role, subject(role, who), session_id=f"session of {role}-{who}")
    return {"apikey": stack.publishable_key, "authorization": f"Bearer {token}"}


def ask(stack: Stack, role: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    """A request to the API as the first person of a role."""
    return stack.http.request(
        method,
        f"{stack.rest_url}/{path}",
        json=None if body is None else plain(body),
        headers=headers_of(stack, role) | {"prefer": "return=minimal"} | headers,
    )


HOOKS = ("with_member_role", "custom_access_token_hook")


def signed_in(scene: Scene, user: Any, hook: str = HOOKS[0], **claims: Any) -> Any:
    """The role in the token of somebody who signs in."""
    scene.become(None)
    event: Row = {"user_id": user, "claims": {"role": "authenticated", "aal": "aal1", **claims}}
    answer = scene.run(f"select ops.{hook}(%s)".encode(), [Jsonb(event)]).value
    without = {name: value for name, value in event["claims"].items() if name != "role"}
    assert {**answer, "claims": None} == {**event, "claims": None}
    assert {name: value for name, value in answer["claims"].items() if name != "role"} == without, (
        "no other claim changes"
    )
    return answer["claims"]["role"]
