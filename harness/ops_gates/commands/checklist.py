"""Prints checks for people or programs, and ends the command by them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import typer

from ops_gates.commands import show
from ops_gates.readiness import Check


def tell(checks: Iterable[Check], json: bool) -> None:
    """Print each check as soon as it is made, or all as JSON; exit with 0 if each is ok, else with the highest code."""
    made = []
    for check in checks:
        made.append(check)
        if not json:
            show.line(check.line())
    if json:
        show.as_json([{part: value for part, value in asdict(check).items() if part != "code"} for check in made])
    # Unreachable is more than not allowed, and that more than something left to do.
    if codes := [check.code for check in made if not check.ok]:
        raise typer.Exit(max(codes))
