"""Compares batches, and what readers were shown, with stored rows: batches are whole or absent, nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.prove.chaos.compare import Compared
from harness.prove.chaos.journal import JournalContent, Meant, SentBatch, Shown
from harness.prove.chaos.readers import ENTRIES
from harness.prove.chaos.stored import Stored, moment

UNANSWERED = "batches that were never acknowledged"
LOST = "acknowledged batches of which an event is lost"
DOUBLED = "batches of which an event is stored twice"
IN_PART = "batches that are stored in part"
TORN = "reads that showed half a transaction"
GONE = "rows that a read showed and that are gone"


def compare_batches(record: JournalContent, stored: Stored) -> list[Compared]:
    """Every question about the batches of a run that is over."""
    accepted = Counter(row.idempotency_key for row in stored.log if row.processing_status == "accepted")
    batches, refused = record.batches.values(), {key for key, meant in record.meant.items() if meant.refused}
    done = [batch for batch in batches if batch.number in record.answered]
    lost = [_about(batch, [key for key in batch.keys if not accepted[key] and key not in refused]) for batch in done]
    doubled = [_about(batch, [key for key in batch.keys if accepted[key] > 1]) for batch in batches]
    alone = {batch.number: own for batch in batches if len(own := _own(batch, record)) > 1}
    return [
        Compared(UNANSWERED, len(batches), [f"batch {b.number}" for b in batches if b.number not in record.answered]),
        Compared(LOST, len(done), [wrong for wrong in lost if wrong]),
        Compared(DOUBLED, len(batches), [wrong for wrong in doubled if wrong]),
        Compared(IN_PART, len(alone), [*_in_part(alone, stored)]),
    ]


def _about(batch: SentBatch, keys: list[str]) -> str:
    return f"batch {batch.number}, as {batch.form}: {', '.join(sorted({*keys}))}" if keys else ""


def _own(batch: SentBatch, record: JournalContent) -> Counter[str]:
    """How often each key is in a batch that no other batch has."""
    others = {key for other in record.batches.values() if other.number != batch.number for key in other.keys}
    return Counter(key for key in batch.keys if key not in others)


def _in_part(alone: dict[int, Counter[str]], stored: Stored) -> Iterator[str]:
    """Each time that a batch is recorded leaves one row of the log for each event: all of them, or none."""
    rows = Counter(row.idempotency_key for row in stored.log)
    for number, own in alone.items():
        times = {rows[key] / often for key, often in own.items()}
        if len(times) > 1:
            yield f"batch {number}: its events were recorded {', '.join(f'{each:g}' for each in sorted(times))} times"


def compare_reads(record: JournalContent, stored: Stored) -> list[Compared]:
    """Every question about what readers were shown while parts were killed."""
    by_moment = {moment(meant.emitted_at): meant for meant in record.meant.values()}
    seen = {row_id for shown in record.shown for row_id in shown.ids}
    facts = {(table, at) for shown in record.shown for table, moments in shown.facts.items() for at in moments}
    gone = sorted(seen - stored.ids) + [f"{table} of {at}" for table, at in sorted(facts) if not stored.rows[table][at]]
    torn = [f"{shown.read}: {what}" for shown in record.shown for what in _torn(shown, by_moment, record)]
    return [Compared(TORN, len(record.shown), torn), Compared(GONE, len(seen) + len(facts), gone)]


def _torn(shown: Shown, by_moment: dict[str, Meant], record: JournalContent) -> Iterator[str]:
    yield from shown.torn
    events = {at: by_moment[at] for moments in shown.facts.values() for at in moments if at in by_moment}
    events |= {moment(record.meant[key].emitted_at): record.meant[key] for key in shown.keys if key in record.meant}
    for at, meant in events.items():
        wanted = {table: count for table, count in meant.rows.items() if table in ENTRIES.values()}
        found = {table: moments[at] for table, moments in shown.facts.items() if at in moments}
        if found != wanted:
            yield f"{meant.key} showed {found}, and left {wanted}"
