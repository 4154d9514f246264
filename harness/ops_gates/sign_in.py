"""How a bot signs in at Supabase Auth, whichever library carries the request. Standard library only."""

from __future__ import annotations

from collections.abc import Callable

from ops_gates.answers import Reply, unreadable
from ops_gates.errors import GatesError, NotAllowed, Unreachable
from ops_gates.retry import Retry

ADDRESS = "/auth/v1/token?grant_type=password"


def refused_sign_in(reply: Reply, refused: str, hint: str) -> GatesError | None:
    """The exception when nobody signs in there, or not by this; None for any other answer.

    What Supabase Auth says is not quoted, its code is.
    """
    if reply.http_status == 404:
        return Unreachable("no_sign_in", "nobody can sign in at this address", hint="check SUPABASE_URL")
    if reply.final and 400 <= reply.http_status < 500 and isinstance(reply.body, dict):
        code = reply.body.get("error_code") or reply.body.get("error") or f"http_{reply.http_status}"
        return NotAllowed(str(code), refused, hint=hint)
    return None


def signed_in(retry: Retry, ask: Callable[[], Reply]) -> str:
    """The token of a bot whose sign-in `ask` sends; NotAllowed when the project does not take it.

    The token is good for as long as the project's tokens are.
    """
    reply = retry.call(ask)
    if refused := refused_sign_in(reply, "the bot could not sign in", "check OPS_BOT_EMAIL and OPS_BOT_PASSWORD"):
        raise refused
    body = reply.checked()
    token = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
        raise unreadable("no token")
    return token
