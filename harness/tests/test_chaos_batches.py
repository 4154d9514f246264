"""The comparer finds each fault that is planted in batches, in notices and in what readers were shown."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from harness.prove.chaos import compare_batches as asked
from harness.prove.chaos import notices
from harness.prove.chaos.compare_batches import compare_batches, compare_reads
from harness.prove.chaos.journal import Journal, JournalContent, SentBatch, Shown, read
from harness.prove.chaos.notices import GateThen, Notice, Written
from harness.prove.chaos.stored import Stored, Submission, moment
from harness.prove.chaos.tally import STRANGE_READS, Tally
from harness.prove.world import SqlGates, World, register_people
from harness.stack import Stack
from harness.tests.chaos_samples import KEPT, NOT_KEPT, SENT, wrong
from ops_gates.events import Envelope

# Batches: one that was recorded twice, another that shares its first key with it, and one more.

OTHER = replace(KEPT, key="ci/2/build_complete")
THIRD = replace(KEPT, key="ci/3/build_complete")
BATCHES = {
    0: SentBatch(0, "array", [KEPT.key, OTHER.key, NOT_KEPT.key]),
    1: SentBatch(1, "lines", [KEPT.key, THIRD.key, THIRD.key]),
}


def row(key: str, status: str = "accepted") -> Submission:
    return Submission(f"log-{key}", key, status, None, None, None)


ROWS = [
    *(row(meant.key, status) for meant in (KEPT, OTHER) for status in ("accepted", "duplicate")),
    *[row(NOT_KEPT.key, "rejected")] * 2,
    row(KEPT.key, "duplicate"),
    *(row(THIRD.key, status) for status in ("accepted", "duplicate")),
]


def record(**more: Any) -> JournalContent:
    meant = {each.key: each for each in (KEPT, NOT_KEPT, OTHER, THIRD)}
    return JournalContent(**{"meant": meant, "batches": BATCHES, "answered": {0, 1}, **more})


def stored(log: list[Submission], ids: frozenset[str] = frozenset(), **facts: Counter[str]) -> Stored:
    tables = ("gate_checks", "evidence_artifacts", "approvals", "deployment_reports")
    return Stored(log, {table: facts.get(table, Counter()) for table in tables}, Counter(), {}, {}, ids)


def without(key: str, *statuses: str) -> list[Submission]:
    return [each for each in ROWS if each.idempotency_key != key or each.processing_status not in statuses]


FAULTS: dict[str, tuple[set[str], JournalContent, list[Submission]]] = {
    "none": (set(), record(), ROWS),
    "a batch was never answered": ({asked.UNANSWERED}, record(answered={1}), ROWS),
    "an event of an acknowledged batch is lost": (
        {asked.LOST, asked.IN_PART},
        record(),
        without(OTHER.key, "accepted", "duplicate"),
    ),
    "an event that two batches share is lost": ({asked.LOST}, record(), without(KEPT.key, "accepted")),
    "an event is accepted twice": ({asked.DOUBLED}, record(), [*ROWS, row(KEPT.key)]),
    "a batch was recorded in part": ({asked.IN_PART}, record(), without(OTHER.key, "duplicate")),
    "a batch without its refusal was recorded": ({asked.IN_PART}, record(), without(NOT_KEPT.key, "rejected")),
    "a batch that was not answered was recorded in part": (
        {asked.UNANSWERED, asked.IN_PART},
        record(answered={1}),
        without(OTHER.key, "accepted", "duplicate"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_comparer_of_batches_sees_when(fault: str) -> None:
    questions, meant, log = FAULTS[fault]
    compared = compare_batches(meant, stored(log))
    assert wrong(compared) == questions
    # The keys that are a batch's own are two of the first, and of the other one key: nothing can be in part there.
    assert {each.question: each.looked_at for each in compared}[asked.IN_PART] == 1


# Reads: a release, a row of the log, and the two checks and the evidence of one event.

ALL = {"gate_checks": {moment(SENT): 2}, "evidence_artifacts": {moment(SENT): 1}}
SEEN = Shown("timeline", ["release-1", "log-1"], ALL, [KEPT.key], [])
THERE = stored(
    ROWS,
    frozenset({"release-1", "log-1"}),
    gate_checks=Counter(ALL["gate_checks"]),
    evidence_artifacts=Counter(ALL["evidence_artifacts"]),
)


@pytest.mark.parametrize(
    ("shown", "there", "questions"),
    [
        (SEEN, THERE, set()),
        (replace(SEEN, facts={**ALL, "gate_checks": {moment(SENT): 1}}), THERE, {asked.TORN}),
        (replace(SEEN, facts={"gate_checks": ALL["gate_checks"]}), THERE, {asked.TORN}),
        (replace(SEEN, facts={}), THERE, {asked.TORN}),  # the log had said that it is accepted
        (replace(SEEN, facts={}, keys=[]), THERE, set()),
        (Shown("my_releases", ["release-1"], torn=["v1 has 3 gates"]), THERE, {asked.TORN}),
        (SEEN, replace(THERE, ids=frozenset({"release-1"})), {asked.GONE}),
        (SEEN, replace(THERE, rows={table: Counter() for table in THERE.rows}), {asked.GONE}),
    ],
)
def test_the_comparer_of_reads_sees_half_a_transaction_and_what_is_gone(
    shown: Shown, there: Stored, questions: set[str]
) -> None:
    compared = compare_reads(record(shown=[shown]), there)
    assert wrong(compared) == questions
    assert all(each.looked_at for each in compared)


@pytest.mark.parametrize(
    ("answer", "odd"),
    [
        ("200", 0),
        ("503 PGRST000", 0),
        ("503 gateway", 0),
        ("504 PGRST003", 0),
        ("400 without a code", 0),
        ("400 22023", 1),
        ("500 XX000", 1),
        ("502 gateway", 1),
    ],
)
def test_an_answer_that_no_reader_should_see_is_counted(answer: str, odd: int) -> None:
    tally = Tally()
    tally.read(answer)
    assert (tally.counts[STRANGE_READS], len(tally.strange), tally.reads[answer]) == (odd, odd, 1)


# Notices: what is told of a release whose build fails, passes and is approved, and of a report that was refused.

BEGAN = datetime(2026, 11, 28, tzinfo=UTC)


def moments(*gates: dict[str, tuple[str, list[str]]]) -> list[GateThen]:
    return [
        GateThen("one", BEGAN + timedelta(minutes=minute), gate, *said, False, False, "in_progress")
        for minute, each in enumerate(gates)
        for gate, said in each.items()
    ]


QA, RM = ["qa_tester"], ["release_manager"]
HISTORY = moments(
    {"G1": ("pending", []), "G2": ("pending", QA)},
    {"G1": ("failed", ["developer"]), "G2": ("pending", QA)},
    {"G1": ("failed", ["developer"]), "G2": ("pending", QA)},
    {"G1": ("passed", []), "G2": ("pending", QA)},
    {"G1": ("passed", []), "G2": ("passed", []), "G3": ("in_progress", [*QA, *RM])},
    {"G1": ("passed", []), "G2": ("passed", []), "G3": ("in_progress", RM)},
)


def at(minute: int) -> str:
    return moment(BEGAN + timedelta(minutes=minute))


def test_a_gate_is_told_of_when_it_fails_and_when_it_waits_for_a_role_for_which_it_did_not() -> None:
    assert [*notices.said_of_gates(HISTORY)] == [
        Notice("one", "gate_failed", "G1", at(1)),
        Notice("one", "gate_waits", "G2", at(3)),
        Notice("one", "gate_waits", "G3", at(4)),
    ]


TRUE = [Notice("one", "gate_failed", "G1", at(1)), Notice("one", "contested", "report-1")]
WRITTEN = [
    Written("n-1", "one", "gate_failed", "G1", BEGAN + timedelta(minutes=1), 1),
    Written("n-2", "one", "contested", "report-1", BEGAN, 1),
]


def later(each: Written) -> Written:
    return replace(each, notice_id="n-3", happened_at=BEGAN + timedelta(minutes=2))


@pytest.mark.parametrize(
    ("plant", "questions"),
    [
        (lambda rows: rows, set()),
        (lambda rows: rows[1:], {notices.TOLD}),
        (lambda rows: rows[:1], {notices.TOLD}),
        (lambda rows: [*rows, rows[0]], {notices.TOLD}),
        (lambda rows: [*rows, later(rows[0])], {notices.UNTRUE}),  # a retry was told of once more
        (lambda rows: [*rows, later(rows[1])], {notices.TOLD}),
        (lambda rows: [*rows, replace(rows[1], subject="report-2")], {notices.UNTRUE}),
        (lambda rows: [replace(rows[0], notice_id="undone"), rows[1]], {notices.UNDONE}),
        (lambda rows: [replace(rows[0], deliveries=0), rows[1]], {notices.DELIVERIES}),
        (lambda rows: [replace(rows[0], deliveries=2), rows[1]], {notices.DELIVERIES}),
    ],
)
def test_the_comparer_of_notices_sees_each_fault(
    plant: Callable[[list[Written]], list[Written]], questions: set[str]
) -> None:
    compared = notices.compare(plant(WRITTEN), TRUE, {"undone"})
    assert wrong(compared) == questions


def events_until(world: World, *kinds: str) -> list[Envelope]:
    """The events of a release by short words, in order."""
    made = {
        "G1": lambda: world.build(),
        "G2": lambda: world.signoff("G2", "qa-1"),
        "G3": lambda: world.signoff("G3", "rm-1"),
        "no build": lambda: world.build("fail"),
        "not G3": lambda: world.signoff("G3", "rm-2", "rejected"),
        "staging": lambda: world.deployment("staging", "s-1"),
        "production": lambda: world.deployment("production", "p-1"),
        "healthy": lambda: world.health("production", "p-1"),
    }
    return [made[kind]() for kind in kinds]


@pytest.mark.parametrize(
    "kinds",
    [
        ("G1", "G2", "G3", "staging", "production", "healthy"),
        ("G1", "G2", "G3", "no build"),  # it might go, and may not any more
        ("G1", "G2", "G3", "not G3", "G3"),
        ("G1", "no build", "G2", "G3", "G1", "staging", "not G3"),
    ],
)
def test_what_is_told_of_a_release_is_what_its_facts_make_true_at_each_moment(
    stack: Stack, kinds: tuple[str, ...]
) -> None:
    register_people(stack)
    with psycopg.connect(stack.db_url, row_factory=dict_row) as connection:
        gates = SqlGates(connection)
        connection.execute(
            "select ops.set_notice_target(%s, 'chaos', 'webhook', 'OPS_NOTICE_CHAOS', null, 'rm-1', 'a test')",
            [notices.PROJECT],
        )
        world = World(stack, project=notices.PROJECT, over=gates)
        world.emit(*events_until(world, *kinds))
        connection.execute("reset role")
        compared = notices.compare(*notices.look(connection), ())
        connection.rollback()
    assert wrong(compared) == set(), [each.wrong for each in compared]


def test_a_journal_keeps_batches_reads_and_what_was_rolled_back(tmp_path: Path) -> None:
    with contextlib.closing(Journal(tmp_path / "journal.jsonl")) as journal:
        journal.batch(BATCHES[1])
        journal.answered(1)
        journal.shown(SEEN)
        journal.undone({"n-9"})
    found = read(journal.path)
    assert (found.batches, found.answered, found.shown, found.undone) == ({1: BATCHES[1]}, {1}, [SEEN], {"n-9"})
