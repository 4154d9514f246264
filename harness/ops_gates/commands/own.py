"""What a person's token says of a command: who decides, and in which persona."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast, get_args

import typer

from ops_gates import refusals, sources
from ops_gates.commands.roles import Role
from ops_gates.errors import NotAllowed
from ops_gates.rows import OpsGateCode, OpsPersonaRole

if TYPE_CHECKING:
    from ops_gates.client import Gates
    from ops_gates.core import Core
    from ops_gates.rows import MyMembership

# How the project says that somebody holds nothing, or not what it takes.
NOT_HERE = ("42501", "no_membership")
ROLES: tuple[str, ...] = get_args(Role)
PERSONAS: tuple[str, ...] = get_args(OpsPersonaRole)


def memberships(gates: Core) -> list[MyMembership]:
    """What the caller holds that stands; empty for who holds nothing."""
    try:
        return gates.my_memberships()
    except NotAllowed as error:
        if error.code not in NOT_HERE:
            raise  # a wrong key
        return []


def held(roles: Sequence[MyMembership]) -> str:
    """Memberships in words: `qa_tester (acme/shop), sre (every project)`."""
    return ", ".join(f"{m['role']} ({m['project'] or 'every project'})" for m in roles)


def approver(gates: Gates, named: str | None, option: str = "--approver") -> str:
    """Who decides: the person whose token this is, or else who is named; BadParameter if the two differ."""
    person = gates.person
    if person is None:
        if named is None:
            raise typer.BadParameter("is missing: without a person's token, name who decided", param_hint=option)
        return named
    if named is None or named.lower() == person.lower():
        return person
    if named.lower() in {name.lower() for name in _names_of(gates)}:
        return person
    raise typer.BadParameter(f"names {named!r}, and the token is of {person!r}: leave it out", param_hint=option)


def _names_of(gates: Gates) -> set[str]:
    """The handle of the person, and the name by which records know them, which after a replacement is neither."""
    return {name for mine in memberships(gates) for name in (mine["recorded_as"], mine["handle"]) if name}


def persona(gates: Gates, named: OpsPersonaRole | None, gate: OpsGateCode, option: str = "--persona") -> OpsPersonaRole:
    """The persona that decides: the role of the person's token, or else the one named.

    A role that is no persona gets the gate's own: the project refuses it, and says who may and which of theirs could.
    """
    if gates.person is None:
        if named is None:
            raise typer.BadParameter("is missing: without a person's token, name the persona", param_hint=option)
        return named
    role = sources.role_of(gates.token or "")
    if role not in ROLES:
        raise NotAllowed("no_membership", refusals.NO_MEMBERSHIP)
    if named not in (None, role):
        raise typer.BadParameter(f"is {named}, and the token acts as {role}: leave it out", param_hint=option)
    return cast(OpsPersonaRole, role if role in PERSONAS else refusals.DECIDERS.get(gate, "release_manager"))
