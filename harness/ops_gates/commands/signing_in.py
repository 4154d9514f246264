"""`ops-gates login`, `logout`, `act-as` and `whoami`: who speaks, in which role, at which project."""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ops_gates import auth, refusals, settings, sources
from ops_gates.commands import fitting, own, show, target
from ops_gates.core import Core
from ops_gates.errors import GatesError, UsageFault
from ops_gates.exit_codes import Code
from ops_gates.producers.wire import Wire

_Role = Literal["release_manager", "qa_tester", "sre", "developer", "audit_reader"]

if TYPE_CHECKING:
    from ops_gates.rows import MyMembership
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
    json: show.AsJson = False,
) -> None:
    """Sign in, and stay signed in at this project until `ops-gates logout`.

    Asks for e-mail and password, or reads them from standard input, a line each. The session is kept in a file that
    only you can read, below XDG_CONFIG_HOME or ~/.config, and refreshed by itself. Who was signed in here before is
    not any more.

    Example: ops-gates login
    """
    chosen, store = settings.sign_in_at(os.environ)
    if not chosen.key:
        missing = settings.which_is_missing("SUPABASE_PUBLISHABLE_KEY", os.environ)
        raise UsageFault(f"signing in goes with SUPABASE_PUBLISHABLE_KEY, {missing}")
    project = Wire(chosen.url, chosen.key)
    if refresh_token:
        token = _asked("the refresh token").strip()
        with store.locked():
            former = _former(store)
            session = auth.by_refresh_token(project, token, chosen.retry, store.write)
    else:
        email, password = _asked("the e-mail", shown=True).strip(), _asked("the password")
        with store.locked():
            former = _former(store)
            session = auth.by_password(project, email, password, chosen.retry, store.write)
    subject, role = sources.subject_of(session.access_token), sources.role_of(session.access_token)
    held: list[MyMembership] = []
    with contextlib.suppress(GatesError):  # somebody is signed in, whatever comes of this question
        held = own.memberships(Core(Wire(chosen.url, chosen.key, session.access_token), chosen.retry))
    if json:
        show.as_json({"subject": subject, "role": role, "memberships": _shown(held), "url": chosen.url})
    else:
        show.line("signed in as", subject, f"({role}) at {chosen.url}")
        if others := [membership for membership in held if membership["role"] != role]:
            show.line(f"you also hold {own.held(others)}: `ops-gates act-as ROLE` chooses another role")
    if former not in (None, subject):
        show.aside(f"{former} was signed in here, and is not any more; their session at the project goes on")
    if role not in own.ROLES:
        show.aside(f"no_membership: {refusals.NO_MEMBERSHIP}")
    if first := [
        name for name in ("OPS_TOKEN", "OPS_BOT_EMAIL", "SUPABASE_SECRET_KEY") if os.environ.get(name, "").strip()
    ]:
        show.aside(f"{first[0]} is set, and comes first: unset it to speak as yourself")


def _former(store: Store) -> str | None:
    """Who is signed in until now, if anybody is."""
    with contextlib.suppress(UsageFault):
        session = store.read()
        return None if session is None else sources.subject_of(session.access_token)
    return None


def _shown(held: Sequence[MyMembership]) -> list[dict[str, Any]]:
    """Memberships for programs, without whose they are."""
    return [{"role": m["role"], "project": m["project"], "since": m["since"]} for m in held]


def logout(json: show.AsJson = False) -> None:
    """End the session at this project, and forget it here, even if the project cannot be reached.

    Example: ops-gates logout
    """
    chosen, store = settings.sign_in_at(os.environ)
    if not os.path.lexists(store.path):
        said: tuple[str, ...] = ("nobody is signed in at", chosen.url)
        show.as_json({"signed_out": False, "url": chosen.url}) if json else show.line(*said)
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
    show.as_json({"signed_out": True, "url": chosen.url}) if json else show.line("signed out at", chosen.url)


def act_as(
    role: Annotated[_Role, typer.Argument(help="A role that you hold in some project, as `ops-gates whoami` shows.")],
    json: show.AsJson = False,
) -> None:
    """Act in another of your roles, in this session alone, until you choose again.

    What you read and do is of that role and its projects; `inbox` and `releases` answer for all your roles.

    Example: ops-gates act-as release_manager
    """
    chosen = settings.read()
    if not chosen.session:
        raise UsageFault("a role is chosen for a session: sign in with `ops-gates login`, and unset other credentials")
    gates = target.gates(chosen)
    with target.only(target.PEOPLE):
        gates.act_as(role)
    subject, now = sources.subject_of(str(gates.token)), sources.role_of(str(gates.token))
    show.as_json({"subject": subject, "role": now}) if json else show.line(subject, f"acts as {now}")


def _kept(store: Store) -> Session | None:
    """The session; a file that cannot be used is removed."""
    try:
        return store.read()
    except UsageFault:
        store.remove()
        raise UsageFault(
            f"the session file {store.path} could not be used, and is removed; you are signed out here, and a session "
            "at the project goes on until it ends"
        ) from None


def whoami(json: show.AsJson = False) -> None:
    """Say who speaks, in which role, which roles they hold where, and when the token ends.

    Exit code 4 if the role of the token gives nothing, or gives nothing any more: the answer says what to do.

    Example: ops-gates whoami
    """
    chosen = settings.read()
    gates = target.gates(chosen)
    token = gates.token
    how = "session" if chosen.session else "bot" if chosen.bot else "secret key" if token is None else "OPS_TOKEN"
    subject = "service_role" if token is None else sources.subject_of(token)
    role = "service_role" if token is None else sources.role_of(token)
    held: list[MyMembership] = []
    # Asked of everybody: a key or token that the project refuses is nobody's.
    if token is None:
        gates.rows("members", "handle", subject="service_role")
    else:
        held = own.memberships(gates)
    handle = held[0]["handle"] if held else None
    stands = token is None or any(membership["role"] == role for membership in held)
    ends = None if token is None else sources.ends_at(token)
    if json:
        end = None if ends is None else ends.isoformat()
        about = {"subject": subject, "handle": handle, "role": role, "stands": stands, "memberships": _shown(held)}
        show.as_json({**about, "by": how, "url": chosen.url, "token_ends": end})
    else:
        named = f" ({handle})" if handle else ""
        show.line(f"{subject}{named} acts as {role} at {chosen.url}, by {how}")
        if held:
            show.line("holds:", own.held(held))
        if ends is not None:
            show.line(_when_it_ends(ends, refreshed=chosen.session is not None))
        fitting.warn(gates)
    if not stands:
        show.aside(f"no_membership: {_way_out(role, held, signed_in=chosen.session is not None)}")
        raise typer.Exit(Code.NOT_ALLOWED)


def _when_it_ends(ends: datetime, *, refreshed: bool) -> str:
    """Until when a token is good; a project answers reads for some seconds longer, and takes nothing."""
    if ends <= datetime.now(UTC) and not refreshed:
        return f"the token ended at {ends.isoformat()}: nothing is recorded with it any more, so get another one"
    return f"the token ends at {ends.isoformat()}{', and is refreshed by itself' if refreshed else ''}"


def _way_out(role: str | None, held: Sequence[MyMembership], *, signed_in: bool) -> str:
    """What somebody does whose token has a role that gives nothing."""
    if not held:
        return refusals.NO_MEMBERSHIP
    another = f"`ops-gates act-as {held[0]['role']}` chooses a role that they hold" if signed_in else "ask for another"
    return f"they do not hold the role {role} of this token any more: {another}, or sign in again"
