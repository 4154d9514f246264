"""The people of a local stack, as its stand-in for Supabase Auth knows them: in a file of ours, with their sessions.

Every process of the stack may open the file, so a person is added by a call, and never over HTTP.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import sqlite3
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_TABLES = """
create table if not exists people (
  subject text primary key, email text not null unique collate nocase,
  salt blob not null, hash blob not null, created_at real not null
);
create table if not exists sessions (
  session_id text primary key, subject text not null references people on delete cascade, created_at real not null
);
create table if not exists tokens (
  token text primary key, session_id text not null references sessions on delete cascade,
  parent text unique references tokens
);
"""


class NoSession(Exception):  # noqa: N818 - what happened
    """A refresh token that is good for nothing: the code is Supabase Auth's."""


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    subject: str
    email: str
    created_at: float


@dataclass(frozen=True)
class Login:
    """What a person signs in with."""

    subject: str
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Session:
    """A session of a person, with its newest refresh token."""

    session_id: str
    person: Person
    created_at: float
    refresh_token: str = field(repr=False)


def _hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**12, r=8, p=1)


@dataclass(frozen=True)
class People:
    """The file with people, sessions and refresh tokens."""

    path: Path

    @contextlib.contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        """The file in a transaction of one process at a time; undone by an exception."""
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with contextlib.closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as file:
            file.executescript(_TABLES)
            file.execute("pragma foreign_keys = on")
            file.execute("begin immediate")
            try:
                yield file
            except BaseException:
                file.execute("rollback")
                raise
            file.execute("commit")

    def add(self, email: str, password: str | None = None, *, subject: str | None = None) -> Login:
        """Let somebody sign in; a random password and subject if left out. Again: with this password alone."""
        login = Login(subject or str(uuid.uuid4()), email, password or secrets.token_urlsafe(18))
        salt = secrets.token_bytes(16)
        row = (login.subject, email, salt, _hashed(login.password, salt), time.time())
        with self._file() as file:
            file.execute("delete from people where subject = ? or email = ?", (login.subject, email))
            file.execute("insert into people values (?, ?, ?, ?, ?)", row)
        return login

    def begin(self, email: str, password: str) -> Session | None:
        """A new session; None if e-mail and password are not those of a person."""
        with self._file() as file:
            found = file.execute("select * from people where email = ?", (email,)).fetchone()
            subject, kept, salt, wanted, created_at = found or ("", "", b"-", b"", 0.0)
            # An unknown e-mail takes as long as a wrong password.
            if not hmac.compare_digest(_hashed(password, salt), wanted):
                return None
            now, session_id = time.time(), str(uuid.uuid4())
            file.execute("insert into sessions values (?, ?, ?)", (session_id, subject, now))
            token = _issue(file, session_id, None)
        return Session(session_id, Person(subject, kept, created_at), now, token)

    @contextlib.contextmanager
    def renewed(self, token: str) -> Iterator[Session]:
        """The session of a refresh token, which is used up then; not if the block raises.

        The parent of the newest token gives that one again: its answer may have been lost. An older one ends the
        session, as a stolen one would. NoSession for a token that is good for nothing.
        """
        reused = False
        with self._file() as file:
            found = file.execute(
                "select s.session_id, s.subject, s.created_at, p.email, p.created_at from tokens t"
                " join sessions s using (session_id) join people p using (subject) where t.token = ?",
                (token,),
            ).fetchone()
            if found is None:
                raise NoSession("refresh_token_not_found")
            session_id, subject, began, email, created_at = found
            child = file.execute("select token from tokens where parent = ?", (token,)).fetchone()
            newest = child is None or not file.execute("select 1 from tokens where parent = ?", child).fetchone()
            if newest:
                issued = str(child[0]) if child else _issue(file, session_id, token)
                yield Session(session_id, Person(subject, email, created_at), began, issued)
            else:
                reused = True
                file.execute("delete from sessions where session_id = ?", (session_id,))
        if reused:
            raise NoSession("refresh_token_already_used")

    def person_of(self, session_id: str) -> Person | None:
        """Whose session it is; None if it has ended."""
        with self._file() as file:
            found = file.execute(
                "select p.subject, p.email, p.created_at from sessions s join people p using (subject)"
                " where s.session_id = ?",
                (session_id,),
            ).fetchone()
        return Person(*found) if found else None

    def end(self, session_id: str, scope: str) -> None:
        """End a session (`local`), all others of its person (`others`), or all of them."""
        chosen = {"local": "session_id = ?1", "others": f"{_SAME_PERSON} and session_id <> ?1"}
        with self._file() as file:
            file.execute(f"delete from sessions where {chosen.get(scope, _SAME_PERSON)}", (session_id,))  # noqa: S608

    def refreshed(self, subject: str) -> list[int]:
        """How often each session of a person was refreshed."""
        counted = (
            "select count(*) - 1 from tokens join sessions using (session_id) where subject = ?"
            " group by session_id order by 1"
        )
        with self._file() as file:
            return [count for (count,) in file.execute(counted, (subject,))]


_SAME_PERSON = "subject = (select subject from sessions where session_id = ?1)"


def _issue(file: sqlite3.Connection, session_id: str, parent: str | None) -> str:
    token = secrets.token_urlsafe(24)
    file.execute("insert into tokens values (?, ?, ?)", (token, session_id, parent))
    return token
