"""A stand-in for Supabase Auth, for the people of a local stack: sign in, refresh, user and sign out.

It answers as Supabase Auth does to supabase clients, and asks the access-token hook in the database before it signs.
It listens on loopback, signs with the key of the local stack, and starts for no other project.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import psycopg
from jwt.algorithms import ECAlgorithm
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.stack.errors import StackError
from harness.stack.keys import Keys
from harness.stack.people import NoSession, People, Person, Session

AUDIENCE = "authenticated"
HOOK = "ops.custom_access_token_hook"
# Supabase Auth checks that its hook has left these.
REQUIRED = ("iss", "aud", "exp", "iat", "sub", "role", "aal", "session_id", "email", "phone", "is_anonymous")
HOOK_TIMEOUT = "2s"
_LARGEST = 64 * 1024
Answer = tuple[int, dict[str, Any] | None]


class _Refused(Exception):  # noqa: N818 - what happened
    """An answer that is no success, with Supabase Auth's code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.body = {"code": status, "error_code": code, "msg": message}
        super().__init__(code)


@dataclass
class StandIn:
    """What answers at `/auth/v1`; tests may change how long a token lasts."""

    people: People
    keys: Keys = field(repr=False)
    issuer: str
    hook_url: str = field(repr=False)
    port: int = 0
    ttl: int = 3600
    hook: str | None = HOOK
    """The access-token hook, as schema.function; None while it is switched off."""

    def answer(self, method: str, path: str, bearer: str, body: Mapping[str, Any]) -> Answer:
        """The answer to one call; `_Refused` otherwise."""
        parts = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        match method, parts.path, query.get("grant_type"):
            case "POST", "/token", "password":
                return 200, self._sign_in(body)
            case "POST", "/token", "refresh_token":
                return 200, self._refresh(body)
            case "GET", "/user", _:
                claims, person = self._caller(bearer)
                return 200, _user(person, str(claims["role"]))
            case "POST", "/logout", _:
                claims, _ = self._caller(bearer)
                self.people.end(str(claims["session_id"]), query.get("scope", "global"))
                return 204, None
        raise _Refused(404, "not_found", f"the local stack does not answer {method} {parts.path}")

    def _sign_in(self, body: Mapping[str, Any]) -> dict[str, Any]:
        email, password = body.get("email"), body.get("password")
        if not isinstance(email, str) or not isinstance(password, str):
            raise _Refused(400, "validation_failed", "missing email or password")
        session = self.people.begin(email, password)
        if session is None:
            raise _Refused(400, "invalid_credentials", "Invalid login credentials")
        return self._signed(session, "password")

    def _refresh(self, body: Mapping[str, Any]) -> dict[str, Any]:
        token = body.get("refresh_token")
        if not isinstance(token, str):
            raise _Refused(400, "validation_failed", "missing refresh_token")
        try:
            with self.people.renewed(token) as session:
                return self._signed(session, "token_refresh")
        except NoSession as error:
            raise _Refused(400, str(error), "Invalid Refresh Token") from None

    def _signed(self, session: Session, how: str) -> dict[str, Any]:
        """What a client gets for a session, signed after the hook was asked."""
        now, person = int(time.time()), session.person
        claims = self._hooked(
            {
                "user_id": person.subject,
                "claims": {
                    "iss": self.issuer,
                    "sub": person.subject,
                    "aud": AUDIENCE,
                    "exp": now + self.ttl,
                    "iat": now,
                    "email": person.email,
                    "phone": "",
                    "app_metadata": {"provider": "email", "providers": ["email"]},
                    "user_metadata": {},
                    "role": "authenticated",
                    "aal": "aal1",
                    "amr": [{"method": "password", "timestamp": int(session.created_at)}],
                    "session_id": session.session_id,
                    "is_anonymous": False,
                },
                "authentication_method": how,
            }
        )
        return {
            "access_token": self.keys.sign(claims),
            "token_type": "bearer",
            "expires_in": self.ttl,
            "expires_at": now + self.ttl,
            "refresh_token": session.refresh_token,
            "user": _user(person, str(claims["role"])),
        }

    def _hooked(self, event: dict[str, Any]) -> dict[str, Any]:
        """The claims as the hook of the database returns them, asked as Supabase Auth asks it."""
        if self.hook is None:
            return dict(event["claims"])
        asked = sql.SQL("select {}(%s)").format(sql.Identifier(*self.hook.split(".")))
        try:
            with psycopg.connect(self.hook_url, connect_timeout=10) as connection:
                connection.execute(f"set local statement_timeout = '{HOOK_TIMEOUT}'")
                row = connection.execute(asked, [Jsonb(event)]).fetchone()
        except psycopg.Error as error:
            raise _Refused(500, "unexpected_failure", f"the access-token hook failed: {error.sqlstate}") from None
        given = row[0] if row else None
        claims = given.get("claims") if isinstance(given, dict) else None
        if not isinstance(claims, dict) or not claims.keys() >= set(REQUIRED):
            raise _Refused(500, "unexpected_failure", "the access-token hook returned no such claims")
        return claims

    def _caller(self, bearer: str) -> tuple[Mapping[str, Any], Person]:
        """The claims of a token of ours that is good now, and whose session it is."""
        key = ECAlgorithm(ECAlgorithm.SHA256).from_jwk(self.keys.jwks["keys"][0])
        try:
            claims = jwt.decode(bearer, key, ["ES256"], audience=AUDIENCE, issuer=self.issuer)  # type: ignore[arg-type]
        except jwt.PyJWTError:
            raise _Refused(403, "bad_jwt", "invalid JWT: it is not signed by this project, or has expired") from None
        person = self.people.person_of(str(claims.get("session_id")))
        if person is None:
            raise _Refused(403, "session_not_found", "Session from session_id claim in JWT does not exist")
        return claims, person


def _user(person: Person, role: str) -> dict[str, Any]:
    created = datetime.fromtimestamp(person.created_at, UTC).isoformat()
    return {
        "id": person.subject,
        "aud": AUDIENCE,
        "role": role,
        "email": person.email,
        "email_confirmed_at": created,
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {},
        "identities": [],
        "created_at": created,
        "updated_at": created,
        "is_anonymous": False,
    }


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 120
        # Its answer goes in two pieces, and a delayed acknowledgement between them costs 40 ms.
        disable_nagle_algorithm = True

        def _respond(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            try:
                if size > _LARGEST:
                    self.close_connection = True
                    raise _Refused(413, "request_too_large", "the request is too large")
                body = _object(self.rfile.read(size))
                bearer = (self.headers.get("authorization") or "").partition(" ")[2].strip()
                status, said = stand_in.answer(self.command, self.path, bearer, body)
            except _Refused as error:
                status, said = error.status, error.body
            content = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("cache-control", "no-store")
            if status != 204:
                self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815 - names that the library calls

        def log_message(self, *_: Any) -> None:
            """Say nothing: a line could quote what was sent."""

    return Handler


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise _Refused(400, "bad_json", "the body is no JSON object")
    return body


@contextlib.contextmanager
def stand_in(*, kind: str, people: People, keys: Keys, issuer: str, hook_url: str, port: int) -> Iterator[StandIn]:
    """The stand-in, answering on that port of this machine until the end of the block.

    StackError for a project that is not of our own making: it has a sign-in of its own.
    """
    if kind == "external" or not keys.are_local:
        raise StackError(
            "the stand-in for Supabase Auth is for the local stack alone",
            checked=f"a stack of kind `{kind}`, {'a key of the local stack' if keys.are_local else 'another key'}",
            mend="sign in at the project itself",
        )
    answering = StandIn(people, keys, issuer, hook_url, port)
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(answering))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield answering
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
