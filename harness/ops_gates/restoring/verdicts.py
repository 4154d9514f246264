"""Every verdict that is stored or was answered, beside what the same code says of the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops_gates.restoring import statements

if TYPE_CHECKING:
    import psycopg

_VERDICTS = statements.of("verdicts.sql")


@dataclass(frozen=True)
class VerdictPair:
    """Something that was decided and stored, and what the facts say to the same question."""

    subject: str
    stored: str | None
    derived: str | None


def pairs(connection: psycopg.Connection[Any], releases: Sequence[str]) -> dict[str, list[VerdictPair]]:
    """The verdicts on these releases, by question."""
    found: dict[str, list[VerdictPair]] = {}
    for question, statement in _VERDICTS:
        cursor = connection.execute(statement, {"releases": [*releases]} if question else None)
        if question:
            found[question] = [VerdictPair(*row) for row in cursor]
    return found
