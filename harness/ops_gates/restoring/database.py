"""A connection to the database itself, that reads alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ops_gates.errors import NotAllowed, Unreachable, UsageFault

CONNECT_SECONDS = 10
# Time-outs, locks, a lost connection, a server without room: they say nothing of what the database holds.
UNANSWERED = (psycopg.OperationalError, psycopg.InterfaceError)


EXAMPLE = "postgresql://postgres:…@db.<ref>.supabase.co:5432/postgres; write %40 for an @ in the password"


def address(named: str) -> str:
    """The address as it is given; UsageFault, which quotes no secret, unless it is one."""
    if not named:
        raise UsageFault("no database is named: set SUPABASE_DB_URL to its address, with the password in it")
    if not is_address(named):
        raise UsageFault(f"SUPABASE_DB_URL is not an address such as {EXAMPLE}")
    return named


def is_address(named: str) -> bool:
    """Whether this is the address of a database on a host, of which `describe` shows no part of the password."""
    try:
        parts = conninfo_to_dict(named)
    except psycopg.Error:
        return False
    is_scheme = named.startswith(("postgresql://", "postgres://"))
    # After the first @ of a password that is not percent-encoded, libpq reads the rest of it as the host.
    whole = not any("@" in str(parts.get(part) or "") for part in ("host", "dbname"))
    return is_scheme and whole and bool(parts.get("host")) and str(parts.get("port") or 5432).isdecimal()


def describe(url: str) -> str:
    """Database, host and port of an address, without user and password."""
    parts = conninfo_to_dict(url)
    return f"{parts.get('dbname') or 'postgres'} at {parts['host']}:{parts.get('port') or 5432}"


def connect(url: str) -> psycopg.Connection[Any]:
    """Open a read-only connection. Raises Unreachable or NotAllowed, in one sentence."""
    try:
        connection = psycopg.connect(url, connect_timeout=CONNECT_SECONDS, prepare_threshold=None)
    except psycopg.OperationalError as error:
        said = (str(error).strip().splitlines() or ["no answer"])[-1]
        if "authentication failed" in said or "password" in said:
            raise NotAllowed("not_allowed", f"{describe(url)} does not accept this user and password") from None
        raise Unreachable("unreachable", f"{describe(url)} does not answer", detail=without_secret(said, url)) from None
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # one state of the database for all questions
    return connection


@contextlib.contextmanager
def answering(url: str) -> Iterator[None]:
    """Raise Unreachable or NotAllowed, in one sentence, where the database stops answering or says no."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotAllowed("not_allowed", f"{describe(url)} says: {_said(error, url)}", hint="use postgres") from None
    except psycopg.Error as error:
        what = f"{describe(url)} did not answer every question"
        raise Unreachable("unreachable", what, detail=_said(error, url), hint="try again") from None


def _said(error: psycopg.Error, url: str) -> str:
    return without_secret((str(error).strip().splitlines() or [type(error).__name__])[0], url)


def without_secret(text: str, url: str) -> str:
    """The text without the password of an address."""
    secret = conninfo_to_dict(url).get("password")
    return text.replace(str(secret), "…") if secret else text
