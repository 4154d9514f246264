"""Compares answers with stored rows: nothing lost, nothing doubled, every answer and verdict follows from the facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from harness.prove.chaos.journal import Acknowledged, JournalContent, Meant
from harness.prove.chaos.stored import OBSERVED, Stored, Submission, moment

T = TypeVar("T")

NOTHING_LOST = "acknowledged events that are lost"
NOTHING_DOUBLED = "events that are stored twice"
ANSWERS = "answers that are not the first one"
FACTS = "events whose facts are not as meant"
UNKNOWN = "facts of no event"
LOG = "log rows that say something else"
REFUSED = "refused events that left something"
RELEASES = "releases that are lost or doubled"
UNACKNOWLEDGED = "events that were never acknowledged"


@dataclass(frozen=True)
class Compared:
    """One question: how many were looked at, and which of them are wrong."""

    question: str
    looked_at: int
    wrong: list[str]


def compare(record: JournalContent, stored: Stored) -> list[Compared]:
    """Every question that can be asked about a run that is over."""
    accepted = _grouped((row.idempotency_key, row) for row in stored.log if row.processing_status == "accepted")
    answers = _grouped((answer.key, answer) for answer in record.answers)
    kept = [meant for meant in record.meant.values() if meant.refused is None]
    refused = [meant for meant in record.meant.values() if meant.refused]
    acknowledged = [meant for meant in kept if meant.key in answers]
    return [
        Compared(UNACKNOWLEDGED, len(record.meant), sorted(record.unacknowledged())),
        Compared(NOTHING_LOST, len(acknowledged), [m.key for m in acknowledged if not accepted.get(m.key)]),
        Compared(NOTHING_DOUBLED, len(accepted), [key for key, rows in accepted.items() if len(rows) > 1]),
        Compared(ANSWERS, sum(len(answers[m.key]) for m in acknowledged), [*_other_answers(kept, answers, accepted)]),
        Compared(FACTS, len(kept), [*_other_facts(kept, accepted, stored)]),
        Compared(UNKNOWN, sum(map(Counter.total, stored.rows.values())), [*_unknown(record, stored)]),
        Compared(LOG, len(stored.log), [*_other_rows(record, accepted, stored)]),
        Compared(REFUSED, len(refused), [*_kept_refusals(refused, accepted, stored)]),
        Compared(RELEASES, len(record.opened), [*_releases(record, stored)]),
        *_verdicts(stored),
    ]


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def _other_answers(
    kept: list[Meant], answers: dict[str, list[Acknowledged]], accepted: dict[str, list[Submission]]
) -> Iterator[str]:
    for meant in kept:
        for answer in answers.get(meant.key, []):
            rows = accepted.get(meant.key, [])
            # A retry is told the verdict of its moment beside the first answer.
            first = {name: said for name, said in answer.detail.items() if name != "now"}
            if not any((row.ingest_id, row.result) == (answer.ingest_id, first) for row in rows):
                yield f"{meant.key}: the answer with {answer.ingest_id} is not the stored one"
        if [answer.status for answer in answers.get(meant.key, [])].count("accepted") > 1:
            yield f"{meant.key}: accepted more than once"


def _other_facts(kept: list[Meant], accepted: dict[str, list[Submission]], stored: Stored) -> Iterator[str]:
    for meant in kept:
        expected = dict(meant.rows) if meant.key in accepted else {}
        found = _facts(meant, stored)
        if found != expected:
            yield f"{meant.key}: left {found}, and should have left {expected}"


def _facts(meant: Meant, stored: Stored) -> dict[str, int]:
    at = moment(meant.emitted_at)
    return {table: count for table in OBSERVED if (count := stored.rows[table][at])}


def _unknown(record: JournalContent, stored: Stored) -> Iterator[str]:
    known = {moment(meant.emitted_at) for meant in record.meant.values()}
    for table, rows in stored.rows.items():
        for at, count in rows.items():
            if at not in known:
                yield f"{count} rows of {table} were observed at {at}, when nothing was sent"
    for row in stored.log:
        if row.processing_status == "accepted" and row.idempotency_key not in record.meant:
            yield f"{row.idempotency_key} was accepted and never sent"


def _kept_refusals(refused: list[Meant], accepted: dict[str, list[Submission]], stored: Stored) -> Iterator[str]:
    for meant in refused:
        if meant.key in accepted or _facts(meant, stored):
            yield f"{meant.key}: {meant.refused}, and yet something is stored"


def _other_rows(record: JournalContent, accepted: dict[str, list[Submission]], stored: Stored) -> Iterator[str]:
    for row in stored.log:
        first = [other.ingest_id for other in accepted.get(row.idempotency_key, [])]
        meant = record.meant.get(row.idempotency_key)
        match row.processing_status:
            case "accepted":
                continue
            case "duplicate" if row.duplicate_of in first:
                continue
            case "rejected" if meant and meant.refused and meant.refused == row.error_code:
                continue
        yield f"{row.idempotency_key}: {row.processing_status} {row.error_code or row.duplicate_of}"


def _releases(record: JournalContent, stored: Stored) -> Iterator[str]:
    for name, count in stored.releases.items():
        if count > 1 or name not in record.opening:
            yield f"{name}: there are {count}"
    for name, release_id in record.opened.items():
        if stored.release_ids.get(name) != release_id:
            yield f"{name}: {release_id} is not there"


def _verdicts(stored: Stored) -> Iterator[Compared]:
    for question, verdicts in stored.verdicts.items():
        wrong = [
            f"{verdict.subject}: {verdict.stored!r}, and the facts say {verdict.derived!r}"
            for verdict in verdicts
            if verdict.stored != verdict.derived
        ]
        yield Compared(question, len(verdicts), wrong)
