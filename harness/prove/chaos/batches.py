"""A client that sends batches: they share keys and releases, and each is sent until it is answered."""

from __future__ import annotations

import contextlib
import itertools
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from harness.prove.chaos.journal import SentBatch
from harness.prove.chaos.load import GIVES_UP, HANGS_UP, HUNG_UP, Load
from harness.prove.chaos.request import PendingRequest, RawReply, submit_batch
from harness.prove.chaos.waves import EventWaves, Planned
from ops_gates.answers import Answer
from ops_gates.batches import MOST_EVENTS
from ops_gates.errors import GatesError

FORMS = ("array", "lines")
RELEASES, AT_ONCE = 2, 3
# Seconds between two rounds: so batches are a part of the load and not all of it.
PAUSE = 1.0
# How many builds a release begins with, in a small round and in one with batches of 100.
SMALL, LARGE = 5, 60
SENT_BATCHES, ROLLED_BACK = "batches", "batches that were rolled back before they were sent"


class BatchClient:
    """Opens a few releases, brings them to production in batches, and begins anew."""

    def __init__(self, load: Load, sizes: Sequence[int] = (LARGE, SMALL, SMALL)) -> None:
        self._load, self._sizes = load, sizes
        self._draw = random.Random(f"{load.seed}/batches")  # noqa: S311
        self._numbers = itertools.count()

    def run(self) -> None:
        """Go on until the load closes."""
        for number in itertools.count():
            if self._load.closing:
                return
            try:
                self._round(number, self._sizes[number % len(self._sizes)])
            except GatesError as error:
                self._load.tally.odd(f"a release was not opened: {error}")
            self._load.wait(PAUSE)

    def _round(self, number: int, size: int) -> None:
        load = self._load
        opened = [load.open_release(f"batch-{number}-{each}") for each in range(RELEASES)]
        stories = [EventWaves(release, load.clock, self._draw, "service") for release in opened]
        for phase, pool in enumerate(pools(stories, size)):
            for planned in pool:
                load.announce(planned)
            if (number + phase) % 4 == 0:
                self._roll_back(pool[:MOST_EVENTS], opened)
            self._send(pool)
            if load.closing:
                return

    def _send(self, pool: list[Planned]) -> None:
        """All batches of a pool at once, then each again until it is answered."""
        batches = drawn(pool, self._draw)
        sent = []
        for batch in batches:
            what = SentBatch(next(self._numbers), self._draw.choice(FORMS), [each.meant.key for each in batch])
            self._load.journal.batch(what)
            self._load.tally.count(SENT_BATCHES)
            self._load.tally.flying_batch(1)
            sent.append((what, batch, self._submit(what, batch)))
        for what, batch, line in sent:
            try:
                self._until_answered(what, batch, line)
            finally:
                self._load.tally.flying_batch(-1)

    def _submit(self, what: SentBatch, batch: list[Planned]) -> PendingRequest | None:
        events = [each.event for each in batch]
        line = submit_batch(self._load.stack, events, self._load.headers("service"), what.form)
        if line and self._draw.random() < HANGS_UP:
            self._load.tally.count(HUNG_UP)
            line.hang_up()
            return None
        return line

    def _until_answered(self, what: SentBatch, batch: list[Planned], line: PendingRequest | None) -> None:
        deadline = time.monotonic() + GIVES_UP
        while True:
            reply = line.reply() if line else None
            if reply:
                self._load.tally.answered(reply.said, event=True, retry_after=reply.retry_after)
            if reply and reply.final:
                self._write_down(what, batch, reply)
                return
            if time.monotonic() > deadline:
                self._load.tally.odd(f"batch {what.number} was given up")
                return
            self._load.tally.count("retries")
            self._load.wait(self._draw.uniform(0.05, 0.5))
            line = self._submit(what, batch)

    def _write_down(self, what: SentBatch, batch: list[Planned], reply: RawReply) -> None:
        if len(reply.rows) != len(batch):
            self._load.tally.odd(f"a batch of {len(batch)} was answered {reply.said} with {len(reply.rows)} answers")
            return
        for number, (planned, row) in enumerate(zip(batch, reply.rows, strict=True)):
            self._load.write_down(planned, answer_of(row), reply.began, events=int(number == 0))
        self._load.journal.answered(what.number)

    def _roll_back(self, batch: list[Planned], releases: list[str]) -> None:
        """Record a batch in a transaction that is rolled back: what it told people was never told."""
        told = "select notice_id::text from ops.notices where release_id = any (%s::uuid[])"
        with contextlib.suppress(psycopg.Error), psycopg.connect(self._load.stack.db_url) as session:
            before = session.execute(told, [releases]).fetchall()
            session.execute("set local role service_role")
            session.execute("select ops.ingest_events(%s)", [Jsonb([each.event for each in batch])])
            session.execute("reset role")
            written = session.execute(told, [releases]).fetchall()
            session.rollback()
            self._load.tally.count(ROLLED_BACK)
            self._load.journal.undone({notice for (notice,) in written} - {notice for (notice,) in before})


def answer_of(row: dict[str, Any]) -> Answer:
    """One answer of a batch."""
    return Answer(row["http_status"], row["ingest_id"], row["status"], row.get("error"), row["detail"])


def pools(stories: list[EventWaves], size: int) -> Iterator[list[Planned]]:
    """Events that may be on their way at once, one set after the other; some are refused each time."""
    yield [
        planned
        for story in stories
        for planned in (
            *(story.build("fail" if number % 5 == 4 else "pass") for number in range(size)),
            story.signoff("G2", "qa-1"),
            story.signoff("G3", "rm-1"),
            story.environment_event(),
            story.unknown_health("fail"),
            story.malformed_build(),
        )
    ]
    places = (("staging", "s-1"), ("production", "p-1"))
    for status in ("in_progress", "succeeded"):
        yield [
            planned
            for story in stories
            for planned in (*(story.deployment(*place, status) for place in places), story.build(), story.build())
        ]
    yield [story.health(*place) for story in stories for place in places]


def drawn(pool: list[Planned], draw: random.Random) -> list[list[Planned]]:
    """Batches that have all events of a pool between them, some of them twice, in the same batch or in another."""
    mixed = draw.sample(pool, len(pool))
    # Batches of 100 where there are so many events, otherwise three batches.
    full = MOST_EVENTS - MOST_EVENTS // 10
    size = full if len(mixed) >= full else max(2, -(-len(mixed) // AT_ONCE))
    batches = [mixed[at : at + size] for at in range(0, len(mixed), size)]
    for batch in batches:
        more = min(MOST_EVENTS - len(batch), 1 + len(batch) // 8)
        batch += [draw.choice(batch), *draw.sample(pool, min(len(pool), more - 1))]
        draw.shuffle(batch)
    return batches
