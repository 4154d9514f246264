"""What the database says after all: the log, every fact by when it was observed, every verdict and its replay."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row

# A fact carries its event's `emitted_at` here, and no two events of a run have the same.
OBSERVED = {
    "gate_checks": "observed_at",
    "evidence_artifacts": "observed_at",
    "approvals": "observed_at",
    "deployments": "deployed_at",
    "deployment_reports": "observed_at",
    "environment_events": "observed_at",
}
_VERDICTS = (Path(__file__).parent / "verdicts.sql").read_text()
_QUESTION = re.compile(r"^-- question: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Submission:
    """A row of the ingest log."""

    ingest_id: str
    idempotency_key: str
    processing_status: str
    error_code: str | None
    duplicate_of: str | None
    result: Mapping[str, Any] | None


@dataclass(frozen=True)
class VerdictPair:
    """Something that was decided and stored, and what the facts say to the same question."""

    subject: str
    stored: str | None
    derived: str | None


@dataclass(frozen=True)
class Stored:
    """All of it: verdicts by question, those included to which there is none."""

    log: list[Submission]
    rows: Mapping[str, Counter[str]]
    releases: Counter[str]
    release_ids: Mapping[str, str]
    verdicts: Mapping[str, list[VerdictPair]]


def moment(value: str | datetime) -> str:
    """A moment in one spelling."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC).isoformat()


def look(db_url: str) -> Stored:
    """Read everything, in one transaction."""
    with psycopg.connect(db_url) as connection:
        log = connection.cursor(row_factory=class_row(Submission)).execute(
            "select ingest_id::text, idempotency_key, processing_status::text, error_code, duplicate_of::text, result"
            " from ops.event_ingest_log"
        )
        submissions = log.fetchall()
        rows = {
            table: Counter(moment(at) for (at,) in connection.execute(f"select {column} from ops.{table}"))  # noqa: S608
            for table, column in OBSERVED.items()
        }
        named = connection.execute("select release_name, release_id::text from ops.releases").fetchall()
        return Stored(submissions, rows, Counter(name for name, _ in named), dict(named), verdicts(connection))


def verdicts(connection: psycopg.Connection[Any]) -> dict[str, list[VerdictPair]]:
    """Every verdict that is stored or was answered, beside what the same code says of the facts, by question."""
    found: dict[str, list[VerdictPair]] = {}
    for statement in filter(str.strip, _VERDICTS.split(";\n")):
        cursor = connection.execute(statement.encode())
        if question := _QUESTION.search(statement):
            found[question[1]] = [VerdictPair(*row) for row in cursor]
    return found
