"""`ops-gates dismiss`: set a stop aside that nobody else can lift any more."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from ops_gates.commands import show, target


def dismiss(
    fact: Annotated[UUID, typer.Argument(metavar="FACT", help="Its id: the last column of `history`.")],
    reason: Annotated[str, typer.Option(help="Why it should not stop the release any more.")],
    json: show.AsJson = False,
) -> None:
    """Set aside a stop that nobody else can lift any more. What is reported after it counts anew.

    For a release_manager who neither initiated the release nor approved anything of it.

    Example: ops-gates dismiss 6f1c0b5e-8d0a-4a54-9a52-1f0f6d1f7c11 --reason 'qa-2 left, and the defect is repaired'
    """
    with target.only(target.MANAGER):
        said = target.gates().dismiss(fact, reason)
    if json:
        show.as_json(said)
    else:
        gates = said.get("gates")
        shown = sorted(gates.items()) if isinstance(gates, dict) else []
        show.line(said.get("kind"), "is dismissed:", ", ".join(f"{code} {status}" for code, status in shown))
