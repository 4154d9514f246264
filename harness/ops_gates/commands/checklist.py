"""Prints checks for people or programs, and ends the command by them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import typer

from ops_gates.commands import show
from ops_gates.exit_codes import Code
from ops_gates.readiness import Check


def tell(checks: Iterable[Check], json: bool) -> None:
    """Print each check as soon as it is made, or all as JSON; exit with 1 unless each is ok."""
    made = []
    for check in checks:
        made.append(check)
        if not json:
            show.line(check.line())
    if json:
        show.as_json([asdict(check) for check in made])
    if not all(check.ok for check in made):
        raise typer.Exit(Code.NOT_ELIGIBLE)
