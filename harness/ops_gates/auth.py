"""Signing in at Supabase Auth, and keeping a session usable: its token is refreshed by one program at a time.

Standard library only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ops_gates import settings, sign_in, sources
from ops_gates.answers import Reply, unreadable
from ops_gates.errors import GatesError, NotAllowed, refusal
from ops_gates.retry import Retry
from ops_gates.sessions import Session, Store, undisturbed

REFRESH = "/auth/v1/token?grant_type=refresh_token"
LOGOUT = "/auth/v1/logout?scope=local"
# A token that ends within so many seconds is refreshed before it is used.
MARGIN = 30.0
LOGIN = "`ops-gates login` signs in again"
now: Callable[[], float] = time.time
Keep = Callable[[Session], None]


class Project(Protocol):
    """Sends one request to a project; raises `ops_gates.retry.Lost` when no answer came."""

    url: str
    key: str

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request with the project's key."""


def by_password(project: Project, email: str, password: str, retry: Retry, keep: Keep) -> Session:
    """A new session, kept; NotAllowed if e-mail and password are not accepted."""
    settings.remember(password)
    refused = ("the sign-in was refused", "check the e-mail and the password")
    return _obtained(project, sign_in.ADDRESS, {"email": email, "password": password}, retry, keep, refused)


def by_refresh_token(project: Project, refresh_token: str, retry: Retry, keep: Keep) -> Session:
    """The session that a refresh token belongs to, kept; NotAllowed if the token is not accepted."""
    settings.remember(refresh_token)
    refused = ("the refresh token is used up, or its session has ended", LOGIN)
    return _obtained(project, REFRESH, {"refresh_token": refresh_token}, retry, keep, refused)


def _obtained(
    project: Project, path: str, asked: Mapping[str, str], retry: Retry, keep: Keep, refused: tuple[str, str]
) -> Session:
    obtained: list[Session] = []

    def ask() -> Reply:
        # A refresh token is used up once it is sent, so the next one is kept before anything can end this.
        with undisturbed():
            reply = project.ask("POST", path, asked)
            if 200 <= reply.http_status < 300:
                obtained.append(_session(project, reply.checked()))
                keep(obtained[0])
        return reply

    reply = retry.call(ask)
    if not obtained:
        raise _refusal(reply, *refused)
    return obtained[0]


@dataclass
class SignedIn:
    """A stored session in use: the tokens for the requests of one program, always of the same person."""

    project: Project
    store: Store
    session: Session
    retry: Retry = field(default_factory=Retry)

    def __post_init__(self) -> None:
        """Take care that nothing quotes the tokens."""
        self._take(self.session)

    def current(self) -> str:
        """A token that is good now; NotAllowed if the session has ended, Unreachable if that cannot be known."""
        return self._renewed("") if self._is_ending(self.session) else self.session.access_token

    def send(self, ask: Callable[[str], Reply]) -> Reply:
        """The reply to a request, sent again by a new token where the first was refused: then nothing happened."""
        used = self.current()
        reply = ask(used)
        return ask(self._renewed(used)) if reply.http_status == 401 else reply

    def renew(self) -> str:
        """A new token in any case, for what changed since the last one: the role of the session."""
        return self._renewed(None)

    def _renewed(self, refused: str | None) -> str:
        with self.store.locked():
            kept = self.store.read()
            if kept is None:
                raise NotAllowed("signed_out", "the session at this project was ended meanwhile", hint=LOGIN)
            # Another program may have refreshed it while this one waited.
            self._take(kept)
            if refused in (None, kept.access_token) or self._is_ending(kept):
                token = kept.refresh_token
                self._take(by_refresh_token(self.project, token, self.retry, self.store.write))
        return self.session.access_token

    def _take(self, session: Session) -> None:
        for secret in session.secrets():
            settings.remember(secret)
        if sources.subject_of(session.access_token) != sources.subject_of(self.session.access_token):
            raise NotAllowed(
                "signed_out", "somebody else signed in at this project meanwhile", hint="run the command again"
            )
        self.session = session

    @staticmethod
    def _is_ending(session: Session) -> bool:
        return session.expires_at - now() < MARGIN


def end(project: Project, session: Session, retry: Retry) -> None:
    """End a session at Supabase Auth; a GatesError says why that was not possible."""
    if session.expires_at - now() < MARGIN:
        try:
            session = by_refresh_token(project, session.refresh_token, retry, lambda _: None)
        except NotAllowed:
            return  # it has ended before
    bearer = {"authorization": f"Bearer {session.access_token}"}
    reply = retry.call(lambda: project.ask("POST", LOGOUT, {}, bearer))
    if reply.http_status not in (401, 403):  # it has ended before
        reply.checked()


def _refusal(reply: Reply, refused: str, hint: str) -> GatesError:
    """The exception for an answer that is no session."""
    if known := sign_in.refused_sign_in(reply, refused, hint):
        return known
    if reply.final and 300 <= reply.http_status < 500:
        return unreadable("no session")
    return refusal(reply.http_status, reply.body, after=reply.attempts)


def _session(project: Project, body: Any) -> Session:
    given = body if isinstance(body, Mapping) else {}
    access, refresh, lasts = (given.get(name) for name in ("access_token", "refresh_token", "expires_in"))
    is_one = isinstance(access, str) and isinstance(refresh, str) and isinstance(lasts, int | float)
    if not is_one or not sources.subject_of(str(access)) or not str(refresh).isprintable():
        raise unreadable("no session")
    for secret in (str(access), str(refresh)):
        settings.remember(secret)
    return Session(project.url, project.key, str(access), str(refresh), now() + float(str(lasts)))
