"""The comparer of a chaos run finds each fault that is planted in a journal or in what is stored."""

from __future__ import annotations

import contextlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.prove.chaos import compare as asked
from harness.prove.chaos.compare import compare
from harness.prove.chaos.journal import Acknowledged, Journal, JournalContent, read
from harness.prove.chaos.stored import Stored, Submission, moment
from harness.stack import StackError
from harness.tests.chaos_samples import DETAIL, KEPT, NEVER, NOT_KEPT, QUESTION, REFUSED, SENT, wrong
from ops_gates.restoring.verdicts import VerdictPair

# What the comparer is given: a run in which all is well, and the same with one fault.


def record() -> JournalContent:
    return JournalContent(
        meant={meant.key: meant for meant in (KEPT, NOT_KEPT)},
        answers=[
            Acknowledged(KEPT.key, "accepted", "log-1", None, DETAIL),
            Acknowledged(KEPT.key, "duplicate", "log-1", None, DETAIL),
            Acknowledged(NOT_KEPT.key, "rejected", "log-3", "unknown_deployment", {}),
        ],
        opening={"one", "two"},
        opened={"one": "release-1"},
    )


def submission(number: int, status: str, **more: Any) -> Submission:
    fields: dict[str, Any] = {"idempotency_key": KEPT.key, "error_code": None, "duplicate_of": None, "result": DETAIL}
    return Submission(**fields | {"ingest_id": f"log-{number}", "processing_status": status} | more)


FIRST = submission(1, "accepted")
AGAIN = submission(2, "duplicate", duplicate_of="log-1")
REJECTED = submission(3, "rejected", idempotency_key=NOT_KEPT.key, error_code="unknown_deployment")


def stored(
    log: list[Submission] | None = None,
    checks: dict[str, int] | None = None,
    verdict: str = "passed",
    releases: dict[str, int] | None = None,
    ids: dict[str, str] | None = None,
) -> Stored:
    tables = ("gate_checks", "approvals", "deployments", "deployment_reports", "environment_events")
    facts = {table: Counter[str]() for table in tables}
    facts["gate_checks"] = Counter({moment(at): count for at, count in (checks or {SENT: 2}).items()})
    facts["evidence_artifacts"] = Counter({moment(SENT): 1})
    return Stored(
        [FIRST, AGAIN, REJECTED] if log is None else log,
        facts,
        Counter({"one": 1} if releases is None else releases),
        {"one": "release-1"} if ids is None else ids,
        {QUESTION: [VerdictPair("one G1", "passed", verdict)]},
    )


def with_answer(*more: Acknowledged) -> JournalContent:
    made = record()
    made.answers += more
    return made


def without_answers() -> JournalContent:
    made = record()
    made.answers = [answer for answer in made.answers if answer.key != KEPT.key]
    return made


def test_a_run_in_which_all_is_well_is_looked_at_in_full_and_found_so() -> None:
    compared = compare(record(), stored())
    assert wrong(compared) == set()
    looked_at = {question.question: question.looked_at for question in compared}
    assert looked_at == {
        asked.UNACKNOWLEDGED: 2,
        asked.NOTHING_LOST: 1,
        asked.NOTHING_DOUBLED: 1,
        asked.ANSWERS: 2,
        asked.FACTS: 1,
        asked.UNKNOWN: 3,
        asked.LOG: 3,
        asked.REFUSED: 1,
        asked.RELEASES: 1,
        QUESTION: 1,
    }


OTHER = Acknowledged(KEPT.key, "duplicate", "log-1", None, {"gate": {"status_after": "failed"}})
OTHER_ROW = Acknowledged(KEPT.key, "duplicate", "log-9", None, DETAIL)
TWICE = Acknowledged(KEPT.key, "accepted", "log-1", None, DETAIL)
FAULTS: dict[str, tuple[set[str], JournalContent, Stored]] = {
    "an accepted row is lost, its facts are there": (
        {asked.NOTHING_LOST, asked.ANSWERS, asked.FACTS, asked.LOG},
        record(),
        stored([AGAIN, REJECTED]),
    ),
    "an event is accepted twice": (
        {asked.NOTHING_DOUBLED},
        record(),
        stored([FIRST, submission(4, "accepted"), AGAIN, REJECTED]),
    ),
    "a retry is told something else": ({asked.ANSWERS}, with_answer(OTHER), stored()),
    "a retry is told another row": ({asked.ANSWERS}, with_answer(OTHER_ROW), stored()),
    "two clients are told that theirs was the first": ({asked.ANSWERS}, with_answer(TWICE), stored()),
    "a fact is lost": ({asked.FACTS}, record(), stored(checks={SENT: 1})),
    "a fact is there twice": ({asked.FACTS}, record(), stored(checks={SENT: 4})),
    "a fact is of no event": ({asked.UNKNOWN}, record(), stored(checks={SENT: 2, NEVER: 1})),
    "an event was never sent": (
        {asked.UNKNOWN},
        record(),
        stored([FIRST, AGAIN, REJECTED, submission(4, "accepted", idempotency_key="ci/9/build_complete")]),
    ),
    "a refused event left a fact": ({asked.REFUSED}, record(), stored(checks={SENT: 2, REFUSED: 1})),
    "a refused event is accepted": (
        {asked.REFUSED},
        record(),
        stored([FIRST, AGAIN, submission(3, "accepted", idempotency_key=NOT_KEPT.key)]),
    ),
    "a retry is logged as that of another": (
        {asked.LOG},
        record(),
        stored([FIRST, replace(AGAIN, duplicate_of="log-3"), REJECTED]),
    ),
    "a submission ended in an error": ({asked.LOG}, record(), stored([FIRST, submission(4, "error"), REJECTED])),
    "a submission was refused for another reason": (
        {asked.LOG},
        record(),
        stored([FIRST, AGAIN, replace(REJECTED, error_code="unknown_release")]),
    ),
    "an event was never acknowledged": ({asked.UNACKNOWLEDGED}, without_answers(), stored()),
    "a release is lost": ({asked.RELEASES}, record(), stored(releases={}, ids={})),
    "a release is another": ({asked.RELEASES}, record(), stored(ids={"one": "release-2"})),
    "a release is there twice": ({asked.RELEASES}, record(), stored(releases={"one": 2})),
    "a release was opened by nobody": ({asked.RELEASES}, record(), stored(releases={"one": 1, "three": 1})),
    "a verdict is not the pure one": ({QUESTION}, record(), stored(verdict="failed")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_comparer_sees_when(fault: str) -> None:
    questions, meant, found = FAULTS[fault]
    assert wrong(compare(meant, found)) == questions


def test_a_release_that_was_opened_without_an_answer_may_be_there() -> None:
    assert wrong(compare(record(), stored(releases={"one": 1, "two": 1}))) == set()


def test_a_journal_is_read_as_it_was_written_up_to_a_line_that_a_kill_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with contextlib.closing(Journal(path)) as journal, ThreadPoolExecutor(8) as pool:
        journal.meant(KEPT)
        journal.opening("one")
        journal.opened("one", "release-1")
        answers = [Acknowledged(KEPT.key, "duplicate", f"log-{number}", None, DETAIL) for number in range(200)]
        list(pool.map(journal.acknowledged, answers))
    with path.open("a") as file:
        file.write('{"kind": "acknowledged", "key": "ci/1/')
    found = read(path)
    assert (found.meant, found.opening, found.opened) == ({KEPT.key: KEPT}, {"one"}, {"one": "release-1"})
    assert {answer.ingest_id for answer in found.answers} == {answer.ingest_id for answer in answers}
    assert found.unacknowledged() == set()


def test_a_journal_that_another_run_writes_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with contextlib.closing(Journal(path)) as journal:
        journal.opening("one")
        with pytest.raises(StackError, match="another run"):
            Journal(path)
        assert read(path).opening == {"one"}
    Journal(path).close()
    assert path.read_bytes() == b""
