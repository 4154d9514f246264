"""The migration that `ops-gates install` writes takes over no role that is in use for something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from harness.stack import Stack
from ops_gates.installing.package import Package

# A name that no test has, in the place of `developer`: the six roles of the server are in use by other tests.
ROLE = "theirs_of_a_test"
GUARD = Package.own().whole().sql.partition("$guard$;\n")[0] + "$guard$;"
IN_USE = {
    "it logs in": "alter role {0} login",
    "it passes row security": "alter role {0} bypassrls",
    "it has settings": "alter role {0} set statement_timeout = '4s'",
    "it has members": "grant {0} to authenticated",
    "it has what another role may": "grant service_role to {0}",
    "something is granted to it": "grant usage on schema public to {0}",
    "something is its own": "create schema its_own authorization {0}",
}
NOT_IN_USE = {
    "it is new": "select 1",
    "it has what ours have": "grant authenticated to {0}; grant {0} to authenticator, postgres",
    "another database has release gates": "comment on role {0} is 'ops: x'; grant usage on schema public to {0}",
}


@pytest.fixture
def session(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's transaction, in which a role of that name is there; it is taken back."""
    if stack.cluster is None:
        pytest.skip("needs a superuser, and this stack has none")
    with psycopg.connect(stack.cluster.server.admin_url()) as admin, admin.transaction(force_rollback=True):
        admin.execute(f"create role {ROLE} nologin".encode())
        yield admin


def guarded(session: psycopg.Connection[Any], statements: str) -> None:
    """Make the role what it is, then begin to install."""
    session.execute(statements.format(ROLE).encode())
    assert "'developer'" in GUARD
    session.execute(GUARD.replace("'developer'", f"'{ROLE}'").encode())


@pytest.mark.parametrize("use", IN_USE)
def test_a_role_that_is_in_use_for_something_else_stops_it_and_is_named(
    session: psycopg.Connection[Any], use: str
) -> None:
    with pytest.raises(psycopg.errors.DuplicateObject) as stopped, session.transaction():
        guarded(session, IN_USE[use])
    assert ROLE in str(stopped.value.diag.message_primary)
    assert f"alter role {ROLE} rename to" in str(stopped.value.diag.message_detail)


@pytest.mark.parametrize("use", NOT_IN_USE)
def test_a_role_that_is_ours_or_in_no_use_does_not(session: psycopg.Connection[Any], use: str) -> None:
    guarded(session, NOT_IN_USE[use])
