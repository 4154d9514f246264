"""What a person's token says of a command: who decides, and in which persona."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_args

import typer

from ops_gates import sources
from ops_gates.commands.roles import Role
from ops_gates.errors import NotAllowed
from ops_gates.rows import OpsPersonaRole

if TYPE_CHECKING:
    from ops_gates.client import Gates

ROLES: tuple[str, ...] = get_args(Role)
PERSONAS: tuple[str, ...] = get_args(OpsPersonaRole)
NO_MEMBERSHIP = (
    "this is no active member, so they may do nothing here; with the secret key, `ops-gates roles grant` makes them one"
)


class Handle(NamedTuple):
    """Another name of a person; None for none, and for one that cannot be known."""

    name: str | None
    known: bool


def handle_of(gates: Gates, subject: str) -> Handle:
    """The handle of a member; not known to a caller who may not read members."""
    try:
        rows: list[dict[str, Any]] = gates.rows("members", "handle", subject=subject)
    except NotAllowed as error:
        if error.code != "42501":
            raise
        rows = []
    return Handle(rows[0]["handle"], True) if rows else Handle(None, False)


def approver(gates: Gates, named: str | None, option: str = "--approver") -> str:
    """Who decides: the person whose token this is, or else who is named; BadParameter if the two differ."""
    person = gates.person
    if person is None:
        if named is None:
            raise typer.BadParameter("is missing: without a person's token, name who decided", param_hint=option)
        return named
    if named is None or named.lower() == person.lower():
        return person
    handle = handle_of(gates, person)
    if not handle.known:
        return named  # the project compares it with the token
    if handle.name is None or named.lower() != handle.name.lower():
        raise typer.BadParameter(f"names {named!r}, and the token is of {person!r}: leave it out", param_hint=option)
    return person


def persona(gates: Gates, named: OpsPersonaRole | None, option: str = "--persona") -> OpsPersonaRole:
    """The persona that decides: the role of the person's token, or else the one named."""
    if gates.person is None:
        if named is None:
            raise typer.BadParameter("is missing: without a person's token, name the persona", param_hint=option)
        return named
    role = sources.role_of(gates.token or "")
    if role not in PERSONAS:
        raise NotAllowed("no_membership", NO_MEMBERSHIP)
    if named not in (None, role):
        raise typer.BadParameter(f"is {named}, and the token acts as {role}: leave it out", param_hint=option)
    return cast(OpsPersonaRole, role)
