"""What the database says after all: the log, every fact by when it was observed, every verdict and its replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from ops_gates.restoring import verdicts
from ops_gates.restoring.verdicts import VerdictPair

# A fact carries its event's `emitted_at` here, and no two events of a run have the same.
OBSERVED = {
    "gate_checks": "observed_at",
    "evidence_artifacts": "observed_at",
    "approvals": "observed_at",
    "deployments": "deployed_at",
    "deployment_reports": "observed_at",
    "environment_events": "observed_at",
}


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
class Stored:
    """All of it: verdicts by question, those included to which there is none."""

    log: list[Submission]
    rows: Mapping[str, Counter[str]]
    releases: Counter[str]
    release_ids: Mapping[str, str]
    verdicts: Mapping[str, list[VerdictPair]]
    ids: frozenset[str] = frozenset()


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
        pairs = verdicts.pairs(connection, [release_id for _, release_id in named])
        ids = connection.execute(
            "select ingest_id::text from ops.event_ingest_log union all select release_id::text from ops.releases"
            " union all select gate_id::text from ops.release_gates"
            " union all select deployment_id::text from ops.deployments"
        ).fetchall()
        known = frozenset(row_id for (row_id,) in ids)
        return Stored(submissions, rows, Counter(name for name, _ in named), dict(named), pairs, known)
