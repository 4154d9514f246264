"""A chaos run breaks the parts of a real stack, sees what is planted in it, and leaves nothing running."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from harness.prove.chaos import __main__ as command
from harness.prove.chaos import campaign, notices
from harness.prove.chaos import compare as asked
from harness.prove.chaos import compare_batches as batched
from harness.prove.chaos.batches import LARGE, ROLLED_BACK, BatchClient
from harness.prove.chaos.faults import PARTS, Kill, held_still, kills, processes, schedule
from harness.prove.chaos.journal import Journal, read
from harness.prove.chaos.load import MANNERS, Load
from harness.prove.chaos.outages import OUTAGES, Outage, go_through, no_connection_is_left
from harness.prove.chaos.readers import LOG, ON_THE_PAGE
from harness.prove.chaos.run import QUICK, compare_all, prepare
from harness.prove.chaos.tally import Tally
from harness.prove.effort import at_night
from harness.prove.world import register_people
from harness.stack import Stack, StackError, run_cluster, wait_until
from harness.stack.parts import ROOT
from harness.stack.process import end, spawn
from harness.tests.chaos_samples import QUESTION, wrong
from harness.tests.interrupted import exit_code_after_signal

# On a real database.


@pytest.fixture
def load(fresh_stack: Callable[[], Stack], tmp_path: Path) -> Iterator[tuple[Stack, Load, Path]]:
    """Clients on a stack of their own, and their journal."""
    stack = fresh_stack()
    with (
        contextlib.closing(Journal(tmp_path / "journal.jsonl")) as journal,
        contextlib.closing(Load(stack, journal, 1)) as clients,
    ):
        prepare(clients)
        yield stack, clients, journal.path


@at_night("asks the chaos run itself, which every run starts once")
def test_what_is_planted_in_the_database_is_seen(load: tuple[Stack, Load, Path]) -> None:
    stack, clients, journal = load
    counts = clients.tally.counts
    some = [ROLLED_BACK, *(f"read: {read}" for read in (*ON_THE_PAGE, LOG))]
    with clients.running():
        wait_until(lambda: clients.tally.acknowledged > 30 and all(counts[each] for each in some), 120, "all of it")
    compared = compare_all(journal, stack.db_url)
    assert clients.tally.strange == []
    assert wrong(compared) == set()
    assert len(compared) == 9 + 9 + 4 + 4 + 2
    assert [question.question for question in compared if not question.looked_at] == []
    verdicts = {question.question for question in compared[9:18]}
    assert {QUESTION, "stored verdict = its replay", "answered verdict = its replay"} <= verdicts

    def plant(table: str, statement: str) -> set[str]:
        assert stack.admin_db_url
        with psycopg.connect(stack.admin_db_url) as admin:
            for query in (f"alter table ops.{table} disable trigger all", "set session_replication_role = replica"):
                admin.execute(query.encode())
            assert admin.execute(statement.encode()).rowcount == 1
        return wrong(compare_all(journal, stack.db_url))

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
    sent = read(journal)
    key = next(key for key in sent.batches[min(sent.answered)].keys if not sent.meant[key].refused)
    of_key = f"idempotency_key = '{key}' and processing_status = 'accepted'"
    assert batched.LOST in plant("event_ingest_log", f"delete from ops.event_ingest_log where {of_key}")
    first = "(select n.notice_id from ops.notices n where kind = 'gate_waits' limit 1)"
    assert notices.TOLD in plant("notices", f"delete from ops.notices where notice_id = {first}")
    columns = "release_id, project, kind, gate_code, happened_at"
    again = f"insert into ops.notices ({columns}) select {columns} from ops.notices where notice_id = {first}"
    assert plant("notices", again) >= {notices.TOLD, notices.DELIVERIES}
    [undone, *_] = sent.undone
    other = f"(notice_id, {columns}) select '{undone}', release_id, project, 'gate_failed', 'G3', happened_at"
    assert plant("notices", f"insert into ops.notices {other} from ops.notices where notice_id = {first}") >= {
        notices.UNTRUE,
        notices.UNDONE,
    }
    deployed = "(select deployment_id from ops.deployments limit 1)"
    assert batched.GONE in plant("deployments", f"delete from ops.deployments where deployment_id = {deployed}")


@at_night("asks the chaos run itself, which every run starts once")
def test_an_outage_that_is_none_is_a_problem_and_a_real_one_is_not(load: tuple[Stack, Load, Path]) -> None:
    stack, clients, _ = load
    none = Outage("nothing at all", lambda _stack, _release: contextlib.nullcontext())
    assert set(go_through(none, stack, clients, "outage-0").problems) == {"answered 200"}
    held = go_through(OUTAGES[0], stack, clients, "outage-1")
    # Four events, and all of them as a batch.
    assert (held.problems, held.answers) == ([], {"503 try_again": 5})
    assert clients.tally.reads.keys() == {"200"}
    assert clients.tally.strange == []


@at_night("kills Postgres and the function in the middle of batches of 100, 25 times")
def test_a_batch_is_whole_or_absent_whatever_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By day the quick run below does so a few times."""
    monkeypatch.setattr(campaign, "BETWEEN", (1, 4))
    with contextlib.ExitStack() as closing:
        cluster = closing.enter_context(run_cluster(kind="embedded", fast=False))
        stack = closing.enter_context(cluster.stack("postgres"))
        journal = closing.enter_context(contextlib.closing(Journal(tmp_path / "journal.jsonl")))
        clients = closing.enter_context(contextlib.closing(Load(stack, journal, 1, clients=0)))
        register_people(stack)
        notices.have_sent(stack)
        clients.besides.append(BatchClient(clients, [LARGE]).run)
        order = schedule(kills(stack, 15, 0, 10), random.Random(1))
        with clients.running():
            campaign.strike_all(clients, order, random.Random(1), lambda *_: None)
        compared = compare_all(journal.path, stack.db_url)
    met = clients.tally.counts[campaign.MET_A_BATCH]
    print(f"{met} of {len(order)} kills met a batch; {dict(clients.tally.counts)}")
    assert (wrong(compared), clients.tally.strange) == (set(), [])
    assert met >= 20  # one may have been answered just before its kill
    assert max(len(batch.keys) for batch in read(journal.path).batches.values()) == 100


def test_the_quick_run_breaks_everything_and_leaves_a_page_and_a_journal(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if stack.kind != "embedded":
        pytest.skip("starts a stack of its own")
    [full] = [outage for outage in OUTAGES if outage.begin is no_connection_is_left]
    monkeypatch.setattr(command, "QUICK", replace(QUICK, outages=[full]))
    monkeypatch.setattr(campaign, "BETWEEN", (5, 15))
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "CACHE", tmp_path / ".cache")
    assert command.main(["--quick", "--seed", "3"]) == 0, capsys.readouterr().out
    page = (tmp_path / ".cache" / "chaos-quick" / "chaos.md").read_text()
    assert "nothing lost, nothing doubled" in page
    assert "make chaos ARGS='--quick --seed 3'" in page
    for kill in ("its process", "all its processes at once", "one session in the middle", "the server process"):
        assert kill in page
    assert all(f"clients: {manner}" in page for manner in MANNERS)
    journal = read(tmp_path / ".cache" / "chaos-quick" / "journal.jsonl")
    assert journal.unacknowledged() == set()
    assert max(len(batch.keys) for batch in journal.batches.values()) > 90
    assert not (tmp_path / "docs").exists()


@at_night("asks the chaos run itself, which every run starts once")
def test_ctrl_c_ends_it_with_130_and_leaves_no_process(stack: Stack, tmp_path: Path) -> None:
    if stack.kind != "embedded":
        pytest.skip("starts a stack of its own")
    assert exit_code_after_signal(["harness.prove.chaos", "--quick"], "kill -9", tmp_path / "said") == 130
    assert "nothing is left running" in (tmp_path / "said").read_text()


@at_night("starts a run of its own")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_mutants_that_are_being_tried_end_with_their_run(
    sent: signal.Signals, code: int, stack: Stack, tmp_path: Path
) -> None:
    if stack.kind != "embedded":
        pytest.skip("starts a stack of its own")
    asked = ["harness.tests.mutants", "--only", "search_path"]
    assert exit_code_after_signal(asked, "mutants", tmp_path / "said", sent) == code


def test_what_a_test_run_left_in_its_session_ends_with_it(tmp_path: Path) -> None:
    left = "trap '' INT; sleep 300 & echo $! ; wait"
    run = spawn(["/bin/sh", "-c", left], env={**os.environ}, log=tmp_path / "said", cwd=ROOT)
    wait_until(lambda: (tmp_path / "said").read_text().endswith("\n"), 10, "its child to start")
    child = (tmp_path / "said").read_text().strip()
    end(run, signal.SIGINT, patience=0.1)
    assert run.returncode == -signal.SIGKILL
    wait_until(lambda: not Path(f"/proc/{child}").exists(), 10, "its child to end")


# The parts of it.


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


@at_night("asks the chaos run itself, which every run starts once")
def test_every_kill_that_was_asked_for_is_in_the_schedule(stack: Stack) -> None:
    if stack.function is None or stack.postgrest is None:
        pytest.skip("needs parts of its own")
    own = replace(stack, postgres=stack.postgrest.service)  # nothing is killed
    order = schedule(kills(own, 25, 10, 10), random.Random(1))
    assert Counter(kill.part for kill in order) == dict(zip(PARTS, (25, 10, 10), strict=True))
    assert Counter(kill.how for kill in order if kill.part == "Postgres").most_common()[-1][1] == 8
    with pytest.raises(StackError, match="only a stack of our own"):
        kills(replace(stack, postgres=None), 1, 1, 1)


def test_kills_that_take_too_long_end_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stack: Stack) -> None:
    monkeypatch.setattr(campaign, "AT_MOST", -1.0)
    never = Kill("Postgres", "never", 1, lambda: pytest.fail("it was killed"))
    with (
        contextlib.closing(Journal(tmp_path / "journal.jsonl")) as journal,
        contextlib.closing(Load(stack, journal, 1)) as clients,
        pytest.raises(StackError, match="0 of 1 kills took more than"),
    ):
        campaign.strike_all(clients, [never], random.Random(1), lambda *_: None)


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
