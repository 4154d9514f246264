"""The project that a command talks to, and who may do what a command does."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ops_gates import constraints, settings
from ops_gates.commands.group import AT_THE_END
from ops_gates.errors import NotAllowed

if TYPE_CHECKING:
    from ops_gates.client import Gates

ReleaseRef = Annotated[str, typer.Argument(metavar="RELEASE", help="Its id, or project/name.")]
READERS = "release_manager, audit_reader and the secret key"


@contextlib.contextmanager
def only(who: str, instead: str | None = None) -> Iterator[None]:
    """Say who may do what a command does, and what the others can ask, where Postgres only says no."""
    try:
        yield
    except NotAllowed as error:
        if error.message != constraints.DENIED:
            raise  # a wrong key, or the schema's own sentence
        raise NotAllowed(error.code, f"this is for {who} alone", hint=instead) from None


def gates(chosen: settings.Settings | None = None) -> Gates:
    """The release gates of the project that the environment names, as its caller sees them."""
    chosen = chosen or settings.read()
    from ops_gates.client import Gates  # supabase-py takes a second to import, which --help need not pay

    return AT_THE_END.enter_context(Gates.of(chosen))
