"""The project that a command talks to, and who may do what a command does."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from ops_gates import constraints, refusals, settings, sources
from ops_gates.commands.group import AT_THE_END
from ops_gates.errors import GatesError, NotAllowed

if TYPE_CHECKING:
    from ops_gates.client import Gates

ReleaseRef = Annotated[str, typer.Argument(metavar="RELEASE", help="Its id, or project/name.")]


@dataclass(frozen=True)
class Who:
    """Who may do what a command does: these roles, and whoever else the sentence names."""

    roles: tuple[str, ...] = ()
    sentence: str = "{}"
    """In words, with the roles in the place of {}."""

    def __str__(self) -> str:
        """As it is said."""
        return self.sentence.format(", ".join(self.roles))


# Those who choose the role in which they act.
PEOPLE = Who(("release_manager", "qa_tester", "sre", "developer", "audit_reader"), "people ({})")
READERS = Who(("release_manager", "audit_reader"), "{} and the secret key")
MANAGER = Who(("release_manager",))
THE_KEY = Who((), "the secret key")
# Who speaks in this command.
_speaking: list[Gates] = []


@contextlib.contextmanager
def only(who: Who, instead: str | None = None) -> Iterator[None]:
    """Say who may do what a command does, and what the others can do, where Postgres only says no.

    Others are told which of their own roles is among those, or else what they can ask instead.
    """
    try:
        yield
    except NotAllowed as error:
        if error.message != constraints.DENIED:
            raise  # a wrong key, or the schema's own sentence
        own = refusals.act_as(own_roles(who))
        raise NotAllowed(error.code, f"this is for {who} alone", hint=own or instead) from None


def own_roles(who: Who, project: str | None = None) -> list[str]:
    """The roles of these that the person who speaks holds, in a project or in any.

    Not the role that they act in, and none for a machine.
    """
    if not _speaking or _speaking[-1].person is None:
        return []
    with contextlib.suppress(GatesError):
        held = {
            membership["role"]
            for membership in _speaking[-1].my_memberships()
            if project is None or (membership["project"] or project).lower() == project.lower()
        }
        held.discard(str(sources.role_of(_speaking[-1].token or "")))
        return [role for role in who.roles if role in held]
    return []


def gates(chosen: settings.Settings | None = None, *, timeout: float | None = None) -> Gates:
    """The release gates of the project that the environment names, as its caller sees them.

    `timeout` is for one request, in seconds.
    """
    chosen = chosen or settings.read()
    from ops_gates.client import Gates  # supabase-py takes a second to import, which --help need not pay

    speaking = AT_THE_END.enter_context(Gates.of(chosen) if timeout is None else Gates.of(chosen, timeout=timeout))
    AT_THE_END.callback(_speaking.clear)
    _speaking.append(speaking)
    return speaking
