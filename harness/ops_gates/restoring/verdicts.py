"""Every verdict that is stored or was answered, beside what the same code says of the facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

_VERDICTS = (Path(__file__).parent / "verdicts.sql").read_text(encoding="utf-8")
_QUESTION = re.compile(r"^-- question: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class VerdictPair:
    """Something that was decided and stored, and what the facts say to the same question."""

    subject: str
    stored: str | None
    derived: str | None


def pairs(connection: psycopg.Connection[Any], releases: Sequence[str]) -> dict[str, list[VerdictPair]]:
    """The verdicts on these releases, by question."""
    found: dict[str, list[VerdictPair]] = {}
    for statement in filter(str.strip, _VERDICTS.split(";\n")):
        question = _QUESTION.search(statement)
        cursor = connection.execute(statement.encode(), {"releases": [*releases]} if question else None)
        if question:
            found[question[1]] = [VerdictPair(*row) for row in cursor]
    return found
