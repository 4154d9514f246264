"""`ops-gates login`, `logout`, `act-as` and `whoami`: who speaks, in which role, at which project."""

from __future__ import annotations

import getpass
import os
import sys
import warnings
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ops_gates import auth, settings, sources
from ops_gates.commands import own, show, target
from ops_gates.errors import GatesError, UsageFault
from ops_gates.producers.wire import Wire

_Role = Literal["release_manager", "qa_tester", "sre", "developer", "audit_reader"]

if TYPE_CHECKING:
    from ops_gates.sessions import Session, Store


def _line(what: str) -> str:
    """One line of standard input; UsageFault if there is none."""
    given = sys.stdin.buffer.readline() if sys.stdin is not None else b""
    try:
        text = given.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageFault(f"{what} is not UTF-8: write it in UTF-8") from None
    return _given(text, what)


def _typed(what: str) -> str:
    """What somebody types at the terminal, which does not show it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return _given(getpass.getpass(f"{what}: "), what)
        except getpass.GetPassWarning:
            raise UsageFault(f"the terminal would show {what}: give it on standard input") from None
        except EOFError:
            return _given("", what)


def _given(text: str, what: str) -> str:
    if not text.strip():
        raise UsageFault(f"{what} is missing: type it, or give it on standard input, a line each")
    return text


def _asked(what: str, *, shown: bool = False) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        return _line(what)
    if shown:
        typer.echo(f"{what}: ", nl=False, err=True)
        return _line(what)
    return _typed(what)


def login(
    refresh_token: Annotated[
        bool, typer.Option("--refresh-token", help="Ask for a refresh token in place of e-mail and password.")
    ] = False,
) -> None:
    """Sign in, and stay signed in at this project until `ops-gates logout`.

    Asks for e-mail and password, or reads them from standard input, a line each. The session is kept in a file that
    only you can read, below XDG_CONFIG_HOME or ~/.config, and refreshed by itself.

    Example: ops-gates login
    """
    chosen, store = settings.sign_in_at(os.environ)
    if not chosen.key:
        raise UsageFault("signing in goes with SUPABASE_PUBLISHABLE_KEY, which is not set")
    project = Wire(chosen.url, chosen.key)
    if refresh_token:
        token = _asked("the refresh token").strip()
        with store.locked():
            session = auth.by_refresh_token(project, token, chosen.retry, store.write)
    else:
        email, password = _asked("the e-mail", shown=True).strip(), _asked("the password")
        with store.locked():
            session = auth.by_password(project, email, password, chosen.retry, store.write)
    role = sources.role_of(session.access_token)
    show.line("signed in as", sources.subject_of(session.access_token), f"({role}) at {chosen.url}")
    if role not in own.ROLES:
        show.aside(f"no_membership: {own.NO_MEMBERSHIP}")
    if first := [
        name for name in ("OPS_TOKEN", "OPS_BOT_EMAIL", "SUPABASE_SECRET_KEY") if os.environ.get(name, "").strip()
    ]:
        show.aside(f"{first[0]} is set, and comes first: unset it to speak as yourself")


def logout() -> None:
    """End the session at this project, and forget it here, even if the project cannot be reached.

    Example: ops-gates logout
    """
    chosen, store = settings.sign_in_at(os.environ)
    if not os.path.lexists(store.path):
        show.line("nobody is signed in at", chosen.url)
        return
    with store.locked():
        session = _kept(store)
        if session is None:  # another program has signed out meanwhile
            return
        try:
            auth.end(Wire(chosen.url, session.publishable_key), session, chosen.retry)
        except GatesError as error:
            hint = "you are signed out here; the session at the project goes on, so sign out of all sessions there"
            raise type(error)(error.code, error.message, detail=error.detail, hint=hint) from None
        finally:
            store.remove()
    show.line("signed out at", chosen.url)


def act_as(
    role: Annotated[_Role, typer.Argument(help="A role that you hold in some project.")],
) -> None:
    """Act in another of your roles, in this session alone, until you choose again.

    Example: ops-gates act-as release_manager
    """
    chosen = settings.read()
    if not chosen.session:
        raise UsageFault("a role is chosen for a session: sign in with `ops-gates login`, and unset other credentials")
    gates = target.gates(chosen)
    gates.act_as(role)
    show.line(sources.subject_of(str(gates.token)), f"acts as {sources.role_of(str(gates.token))}")


def _kept(store: Store) -> Session | None:
    """The session; a file that cannot be used is removed."""
    try:
        return store.read()
    except UsageFault:
        store.remove()
        raise


def whoami(json: show.AsJson = False) -> None:
    """Say who speaks: subject, handle if it can be known, the role they act in, and when the token ends.

    Example: ops-gates whoami
    """
    chosen = settings.read()
    gates = target.gates(chosen)
    token = gates.token
    how = "session" if chosen.session else "bot" if chosen.bot else "secret key" if token is None else "OPS_TOKEN"
    subject = "service_role" if token is None else sources.subject_of(token)
    role = "service_role" if token is None else sources.role_of(token)
    # Asked of everybody: a key or token that the project refuses is nobody's.
    handle = own.handle_of(gates, str(subject)).name
    ends = None if token is None else sources.ends_at(token)
    if json:
        end = None if ends is None else ends.isoformat()
        about = {"subject": subject, "handle": handle, "role": role, "by": how}
        show.as_json({**about, "url": chosen.url, "token_ends": end})
        return
    named = f" ({handle})" if handle else ""
    show.line(f"{subject}{named} acts as {role} at {chosen.url}, by {how}")
    if ends is not None:
        show.line("the token ends at", f"{ends.isoformat()}{', and is refreshed by itself' if chosen.session else ''}")
    if token is not None and role not in own.ROLES:
        show.aside(f"no_membership: {own.NO_MEMBERSHIP}")
