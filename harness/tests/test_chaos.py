"""The chaos run finds what it looks for: each fault planted once and seen. How fast is no matter."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.prove.chaos import __main__ as command
from harness.prove.chaos import compare as asked
from harness.prove.chaos.campaign import Struck
from harness.prove.chaos.compare import Compared, compare
from harness.prove.chaos.faults import PARTS, Kill, held_still, kills, processes, schedule
from harness.prove.chaos.figures import WANTED, Figure, read_mutants, read_report
from harness.prove.chaos.findings import Findings
from harness.prove.chaos.journal import Acknowledged, Journal, Meant, Record, read
from harness.prove.chaos.load import MANNERS, Load
from harness.prove.chaos.outages import OUTAGES, Outage, Survived, go_through, no_connection_is_left
from harness.prove.chaos.report import write
from harness.prove.chaos.run import QUICK, Profile
from harness.prove.chaos.stored import Stored, Submission, Verdict, look, moment
from harness.prove.chaos.tally import Tally
from harness.prove.world import settle
from harness.stack import Stack, StackError, wait_until
from harness.stack.parts import ROOT
from harness.tests.test_state_machine import Gates

SENT, REFUSED, NEVER = (f"2026-11-25T10:00:0{second}+00:00" for second in (0, 1, 2))
KEPT = Meant("ci/1/build_complete", SENT, "build_complete", {"gate_checks": 2, "evidence_artifacts": 1})
NOT_KEPT = Meant("sre/2/health_check", REFUSED, "health_check", {}, "unknown_deployment")
DETAIL = {"gate": {"status_after": "passed"}}
QUESTION = "stored verdict = pure verdict"


# What the comparer is given: a run in which all is well, and the same with one fault.


def record() -> Record:
    return Record(
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
        {QUESTION: [Verdict("one G1", "passed", verdict)]},
    )


def wrong(compared: list[Compared]) -> set[str]:
    return {question.question for question in compared if question.wrong}


def with_answer(*more: Acknowledged) -> Record:
    made = record()
    made.answers += more
    return made


def without_answers() -> Record:
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
FAULTS: dict[str, tuple[set[str], Record, Stored]] = {
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


# On a real database.


@pytest.fixture
def load(fresh_stack: Callable[[], Stack], tmp_path: Path) -> Iterator[tuple[Stack, Load, Path]]:
    """Clients on a stack of their own, and their journal."""
    stack = fresh_stack()
    settle(stack)
    with (
        contextlib.closing(Journal(tmp_path / "journal.jsonl")) as journal,
        contextlib.closing(Load(stack, journal, 1)) as clients,
    ):
        yield stack, clients, journal.path


def test_what_is_planted_in_the_database_is_seen(load: tuple[Stack, Load, Path]) -> None:
    stack, clients, journal = load
    with clients.running():
        wait_until(lambda: clients.tally.acknowledged > 60, 60, "60 events")
    compared = compare(read(journal), look(stack.db_url))
    assert clients.tally.strange == []
    assert wrong(compared) == set()
    assert len(compared) == 9 + 8
    verdicts = {question.question for question in compared[9:]}
    assert {QUESTION, "stored verdict = its replay", "answered verdict = its replay"} <= verdicts

    def plant(table: str, statement: str) -> set[str]:
        assert stack.admin_db_url
        with psycopg.connect(stack.admin_db_url) as admin:
            for query in (f"alter table ops.{table} disable trigger all", "set session_replication_role = replica"):
                admin.execute(query.encode())
            assert admin.execute(statement.encode()).rowcount == 1
        return wrong(compare(read(journal), look(stack.db_url)))

    assert plant(
        "release_gates",
        "update ops.release_gates set status = 'failed', resolved_at = now(), resolved_by = 'me', entered_at = now()"
        " where gate_id = (select gate_id from ops.release_gates where status in ('pending', 'in_progress') limit 1)",
    ) >= {QUESTION, "stored verdict = its replay"}
    assert asked.FACTS in plant(
        "approvals", "delete from ops.approvals where approval_id = (select approval_id from ops.approvals limit 1)"
    )
    one = "(select ingest_id from ops.event_ingest_log where processing_status = 'accepted' limit 1)"
    assert asked.NOTHING_LOST in plant("event_ingest_log", f"delete from ops.event_ingest_log where ingest_id = {one}")


def test_an_outage_that_is_none_is_a_problem_and_a_real_one_is_not(load: tuple[Stack, Load, Path]) -> None:
    stack, clients, _ = load
    none = Outage("nothing at all", lambda _stack, _release: contextlib.nullcontext())
    assert set(go_through(none, stack, clients, "outage-0").problems) == {"answered 200"}
    held = go_through(OUTAGES[0], stack, clients, "outage-1")
    assert (held.problems, held.answers) == ([], {"503 try_again": 4})


def test_the_quick_run_breaks_everything_and_leaves_a_page_and_a_journal(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if stack.kind != "embedded":
        pytest.skip("starts a stack of its own")
    [full] = [outage for outage in OUTAGES if outage.begin is no_connection_is_left]
    monkeypatch.setattr(command, "QUICK", replace(QUICK, outages=[full]))
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "CACHE", tmp_path / ".cache")
    assert command.main(["--quick", "--seed", "3"]) == 0, capsys.readouterr().out
    page = (tmp_path / ".cache" / "chaos-quick" / "chaos.md").read_text()
    assert "nothing lost, nothing doubled" in page
    assert "make chaos ARGS='--quick --seed 3'" in page
    for kill in ("its process", "all its processes at once", "one session in the middle", "the server process"):
        assert kill in page
    assert all(f"clients: {manner}" in page for manner in MANNERS)
    assert read(tmp_path / ".cache" / "chaos-quick" / "journal.jsonl").unacknowledged() == set()
    assert not (tmp_path / "docs").exists()


def test_ctrl_c_ends_it_with_130_and_leaves_no_process(stack: Stack, tmp_path: Path) -> None:
    if stack.kind != "embedded":
        pytest.skip("starts a stack of its own")
    said = tmp_path / "said"
    with said.open("w") as output:
        run = subprocess.Popen([sys.executable, "-m", "harness.prove.chaos", "--quick"], cwd=ROOT, stdout=output)
    try:
        wait_until(lambda: "kill -9" in said.read_text(), 60, "the first kill")
        started = [pid for child in processes(run.pid)[1:] for pid in processes(child)]
        assert len(started) > 3
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 130
    finally:
        run.kill()
        run.wait()
    assert "nothing is left running" in said.read_text()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started), 10, "the last process to end")


# The parts of it.


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


def test_processes_that_are_held_still_stand_with_their_children_and_go_on() -> None:
    def states(pids: list[int]) -> set[str]:
        return {(Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] for pid in pids}

    with subprocess.Popen(["sh", "-c", "sleep 30 & wait"], start_new_session=True) as parent:
        try:
            wait_until(lambda: len(processes(parent.pid)) == 2, 10, "the child to start")
            with held_still(parent.pid):
                wait_until(lambda: states(processes(parent.pid)) == {"T"}, 10, "both to stand still")
            wait_until(lambda: "T" not in states(processes(parent.pid)), 10, "both to go on")
        finally:
            os.killpg(parent.pid, signal.SIGKILL)


def test_every_kill_that_was_asked_for_is_in_the_schedule(stack: Stack) -> None:
    if stack.function is None or stack.postgrest is None:
        pytest.skip("needs parts of its own")
    own = replace(stack, postgres=stack.postgrest.service)  # nothing is killed
    order = schedule(kills(own, 25, 10, 10), random.Random(1))
    assert Counter(kill.part for kill in order) == dict(zip(PARTS, (25, 10, 10), strict=True))
    assert Counter(kill.how for kill in order if kill.part == "Postgres").most_common()[-1][1] == 8
    with pytest.raises(StackError, match="only a stack of our own"):
        kills(replace(stack, postgres=None), 1, 1, 1)


@pytest.mark.parametrize(
    ("answer", "retry_after", "odd"),
    [
        ("503 try_again", "1", []),
        ("503 gateway", "1", []),
        ("200", None, []),
        ("503 try_again", None, ["503 try_again came without Retry-After"]),
        ("500 internal_error", None, ["an event was answered 500 internal_error"]),
        ("504 gateway", "1", ["an event was answered 504 gateway"]),
    ],
)
def test_an_answer_that_no_producer_should_see_is_noticed(answer: str, retry_after: str | None, odd: list[str]) -> None:
    tally = Tally()
    tally.answered(answer, event=True, retry_after=retry_after)
    assert tally.strange == odd


JUNIT = """<testsuites><testsuite>
<testcase classname="harness.tests.test_concurrency" name="test_of_100_concurrent_events"/>
<testcase classname="harness.tests.test_concurrency" name="test_any_order_of_the_same">
  <properties><property name="repeated" value="500"/></properties></testcase>
<testcase classname="harness.tests.test_state_machine" name="test_the_database">
  <properties><property name="steps" value="30"/><property name="steps" value="12"/></properties></testcase>
<testcase classname="harness.tests.test_tokens" name="test_one"/>
<testcase classname="harness.tests.test_tokens" name="test_two"><failure/></testcase>
<testcase classname="harness.tests.test_tokens" name="test_three"><skipped/></testcase>
<testcase classname="harness.tests.test_access" name="test_one"/>
<testcase classname="harness.tests.test_access_http" name="test_two"><error/></testcase>
</testsuite></testsuites>"""


def test_figures_are_what_the_tests_counted_and_a_test_that_did_not_run_has_failed() -> None:
    found = {figure.what: (figure.tried, figure.failed) for figure in read_report(JUNIT)}
    assert len(found) == len(WANTED)
    assert found["100 concurrent events, 30 of them duplicates"] == (1, 0)
    assert found["permutations with repeats of one release's events"] == (500, 0)
    assert found["random histories against the model, live = replay"] == (42, 0)
    assert found["forged and stale tokens, and good ones"] == (2, 1)
    assert found["role, table and verb over SQL"] == (1, 0)
    assert found["role, table and verb over HTTP"] == (1, 1)
    assert found["a sign-off against a failing check"] == (0, 1)
    assert all(figure.failed for figure in read_report("<none/>"))


def test_the_tests_whose_figures_are_wanted_are_there() -> None:
    for wanted in WANTED:
        assert f"def {wanted.test or 'test_'}" in (ROOT / "harness" / "tests" / f"test_{wanted.file}.py").read_text()
    assert {"steps", "teardown"} <= {*Gates.__init__.__code__.co_names, *vars(Gates)}


REPEATING = """
from harness.prove.effort import times

class Gates:
    steps = 0
    def teardown(self): pass

def test_the_database_judges():
    for _ in range(times(3, 300)):
        machine = Gates()
        machine.steps = 7
        machine.teardown()
"""


def test_repeats_and_steps_are_counted_in_a_worker_too(tmp_path: Path) -> None:
    (tmp_path / "test_state_machine.py").write_text(REPEATING)
    report = tmp_path / "tests.xml"
    options = ("-c", os.devnull, "-n", "1", "-p", "harness.prove.chaos.counting", f"--junitxml={report}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPS_EFFORT": "usual"},
    )
    assert done.returncode == 0, done.stdout
    counted = [(entry.get("name"), entry.get("value")) for entry in ET.parse(report).iter("property")]
    assert counted == [("repeated", "3"), *[("steps", "7")] * 3]


@pytest.mark.parametrize(
    ("code", "said", "tried", "failed"),
    [
        (0, "4405 mutants, 0 survived, in 108 s", 4405, 0),
        (1, "4405 mutants, 2 survived, in 108 s", 4405, 2),
        (1, "red without any mutant\n4405 mutants, 0 survived, in 108 s", 4405, 1),
        (1, "Traceback", 0, 1),
    ],
)
def test_mutants_count_as_they_say(code: int, said: str, tried: int, failed: int) -> None:
    figure = read_mutants(code, said)
    assert (figure.tried, figure.failed) == (tried, failed)


# What is written and shown.


def findings(**more: Any) -> Findings:
    kill = Kill("PostgREST", "its process", 2, lambda: lambda: None)
    fields: dict[str, Any] = {
        "seed": 1,
        "struck": [Struck(kill, 1.0), Struck(kill, 3.0)],
        "survived": [Survived("a locked release", 10.0, Counter({"503 try_again": 4}), 8.0, 0.2)],
        "counts": {"events": 1200, MANNERS[0]: 70},
        "answers": {"200": 1100, "503 gateway": 40},
        "strange": [],
        "compared": [Compared(asked.NOTHING_LOST, 1100, [])],
        "figures": [Figure("permutations", "orders", 500, 0), Figure("races", "races", None, 0)],
        "machine": {"Machine": "this one", "Commit": "abc1234"},
    }
    return Findings(**fields | more)


def test_the_page_says_what_was_tried_how_often_and_what_failed(tmp_path: Path) -> None:
    page = write(findings(), "make chaos", tmp_path).read_text()
    for line in (
        "1,200 events, 2 kills: nothing lost, nothing doubled",
        "| `kill -9` of PostgREST under load: it comes back by itself | 2 kills | 0 |",
        f"| {asked.NOTHING_LOST} | 1,100 looked at | 0 |",
        "| permutations | 500 orders | 0 |",
        "| races | left out |  |",
        "| PostgREST | its process | 2 | 2.0 s | 3.0 s |",
        "| a locked release | 4 `503 try_again` | 8.0 s | 10.0 s | 0.2 s |",
        "| Commit | abc1234 |",
        "make chaos\n",
    ):
        assert line in page, line
    assert "wrong" not in page.partition("## How it is done")[0]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"compared": [Compared(asked.NOTHING_LOST, 9, ["ci/1"])]}, f"{asked.NOTHING_LOST}: ci/1"),
        ({"compared": [Compared(asked.NOTHING_LOST, 0, [])]}, "there was nothing to look at"),
        ({"compared": [Compared(asked.NOTHING_LOST, 30, ["x"] * 30)]}, f"{asked.NOTHING_LOST}: 20 more"),
        ({"strange": ["an event was answered 500"]}, "an event was answered 500"),
        ({"survived": [Survived("a lock", 10.0, problems=["no answer"])]}, "a lock: no answer"),
        ({"figures": [Figure("races", "races", 1000, 1)]}, "races: 1 failed"),
    ],
)
def test_whatever_is_wrong_is_on_the_page_and_exit_code_1(
    fault: dict[str, Any],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "take", lambda *_: findings(**fault))
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "CACHE", tmp_path / ".cache")
    assert command.main([]) == 1
    assert said in (tmp_path / "docs" / "reports" / "chaos.md").read_text()
    assert said in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize(
    ("given", "written", "repeats"),
    [
        ([], "docs/reports/chaos.md", "make chaos\n"),
        (["--seed", "7"], "docs/reports/chaos.md", "make chaos ARGS='--seed 7'"),
        (["--figures", "none"], ".cache/chaos/chaos.md", "make chaos ARGS='--figures none'"),
        (["--quick"], ".cache/chaos-quick/chaos.md", "make chaos ARGS='--quick'"),
    ],
)
def test_only_a_whole_run_replaces_the_page_in_docs(
    given: list[str], written: str, repeats: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "take", lambda *_: findings())
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "CACHE", tmp_path / ".cache")
    assert command.main(given) == 0
    assert [str(page.relative_to(tmp_path)) for page in tmp_path.rglob("chaos.md")] == [written]
    assert repeats in (tmp_path / written).read_text()


def test_what_cannot_go_on_is_exit_code_1_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> Findings:
        raise StackError("waited 60 s in vain for events to get through after PostgREST was killed")

    monkeypatch.setattr(command, "take", fail)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.main([]) == 1
    assert "could not go on: waited 60 s in vain" in capsys.readouterr().out
    assert [*tmp_path.rglob("*")] == []


@pytest.mark.parametrize("given", [["--figures", "many"], ["--seed", "first"], ["--fast"], ["now"]])
def test_what_cannot_be_asked_is_refused_at_once(given: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        command.main(given)
    assert refused.value.code == 2


def test_the_whole_run_kills_as_often_as_promised() -> None:
    whole = Profile()
    assert (whole.postgres, whole.postgrest, whole.function, whole.durable) == (25, 10, 10, True)
    assert list(whole.outages) == list(OUTAGES)
