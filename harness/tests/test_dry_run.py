"""The dry run stores what it sends, its page shows what is stored, and a failure ends it with exit code 1."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from harness.prove import dry_run
from harness.prove.dry_run import __main__ as demo
from harness.prove.dry_run import document, whole, work
from harness.prove.dry_run.accounts import CI, PEOPLE
from harness.prove.dry_run.callers import StepResult
from harness.prove.dry_run.reading import TARGETS, Stage, Standing
from harness.prove.dry_run.story import Story
from harness.prove.dry_run.subject import checkout
from harness.prove.dry_run.work import Command, Counts, Document
from harness.prove.effort import NIGHTLY, at_night, times
from harness.stack import Stack, StackError, members
from harness.stack.parts import ROOT
from ops_gates.client import Gates

STAGES = (
    "opened",
    "one leg of the matrix failed (rehearsed)",
    "the leg was run again",
    "QA signed off",
    "another wheel was built (rehearsed)",
    "QA approved the new wheel",
    "the release manager approved",
    "deployed to staging",
    "staging is healthy",
    "a refused failure stands (rehearsed)",
    "staging is healthy again",
    "the release was rejected as a whole (rehearsed)",
    "the same person lifted the rejection",
    "production deployment began in two regions",
    "healthy in eu-west, under way in us-east",
    "healthy in eu-west, failed in us-east (rehearsed)",
    "deployed to us-east again",
    "healthy in both regions",
)
ONE_OF_DENO = "tests/envelope_test.ts"
NOWHERE, STAGING, BOTH = ("no", "no"), ("yes", "no"), ("yes", "yes")
# Eligibility for staging and production at each stage: opened, failed, rerun; QA, another build, QA again; release
# manager and staging, a refused failure, healthy again; rejected as a whole; lifted, and production.
ELIGIBLE = [*[NOWHERE] * 3, STAGING, NOWHERE, STAGING, *[BOTH] * 3, STAGING, BOTH, NOWHERE, *[BOTH] * 6]


def one_suite(source: str, folder: Path, *_: Any) -> list[Command]:
    """A suite of one file, instead of the release's own."""
    (folder / "test_one.py").write_text(source)
    report = folder / "one.xml"
    options: list[str | Path] = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        "--rootdir",
        folder,
        f"--junitxml={report}",
    ]
    return [Command("one", [sys.executable, "-m", "pytest", *options, folder / "test_one.py"], folder, report=report)]


def quick_build(_: Path, source: Sequence[str | Path] = ()) -> list[Command]:
    """A build that fails only where something was added to what is linted."""
    return [Command("lint", [sys.executable, "-c", f"raise SystemExit({len(source)})"])]


def real_suites(folder: Path, stack: Stack, db_url: str) -> list[Command]:
    """The tests of the release. By day one file of each kind: `make test` itself runs them all."""
    deno, python = work.suites(folder, stack, db_url)
    if NIGHTLY:
        return [deno, python]
    assert (deno.cwd / deno.arguments[-1]).is_dir()
    assert all((ROOT / name).is_file() for name in (*work.UNIT_TESTS, *work.SQL_TESTS))
    options = [argument for argument in python.arguments if argument not in (*work.UNIT_TESTS, *work.SQL_TESTS)]
    one = [*options, work.UNIT_TESTS[0], work.SQL_TESTS[-1]]
    return [replace(deno, arguments=[*deno.arguments[:-1], ONE_OF_DENO]), replace(python, arguments=one)]


FAILING = partial(one_suite, "def test_one(): pass\n\n\ndef test_two(): assert False\n")


def rows(stack: Stack, table: str, columns: str, **equal: str) -> list[dict[str, Any]]:
    return Gates(stack.client()).rows(table, columns, **equal)


def section(page: str, title: str) -> list[list[str]]:
    """The cells of a section's table, without its header."""
    found = page.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in found.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_a_whole_release_comes_through_and_the_page_is_what_is_on_record(
    fresh_stack: Callable[[], Stack], tmp_path: Path
) -> None:
    own, record, said = fresh_stack(), tmp_path / "dry-run.md", io.StringIO()
    dry_run.run(Console(file=said), record=record, stack=own, suites=real_suites, keep=tmp_path / "kept")
    page, [folder] = record.read_text(), list((tmp_path / "kept").iterdir())

    assert re.findall(r"^\d+/\d+ (.*)$", said.getvalue(), re.MULTILINE) == list(dry_run.TITLES)
    assert "\x1b" not in said.getvalue()
    see_how_long_each_step_took(said.getvalue())
    [release] = rows(own, "releases", "release_id,status,source_ref,project", status="promoted")
    see_what_is_left(own, said.getvalue(), release["release_id"])
    stages = section(page, "Stage by stage")
    assert [row[0] for row in stages] == list(STAGES)
    assert [(row[7], row[8]) for row in stages] == ELIGIBLE
    assert {row[9] for row in stages} == {"the same"}

    assert release["source_ref"] == checkout().source_ref
    gates = rows(own, "release_gates", "status", release_id=release["release_id"])
    assert [gate["status"] for gate in gates] == ["passed"] * 4
    columns = "processing_status,idempotency_key,created_by"
    log = rows(own, "event_ingest_log", columns, release_id=release["release_id"])
    assert {row["created_by"] for row in log} == {"ci-bot", "qa-1", "rm-1", "sre-1"}
    assert sorted(row["processing_status"] for row in log) == ["accepted"] * 20 + ["duplicate", "rejected"]
    assert all(f"`{row['idempotency_key']}`" in page for row in log)

    artifacts = rows(own, "evidence_artifacts", "artifact_type,sha256", release_id=release["release_id"])
    tests = {a["sha256"] for a in artifacts if a["artifact_type"] == "test_result"}
    assert tests == {hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("deno.xml", "pytest.xml")}
    files = {row[2]: row[4].strip("` ") for row in section(page, "The evidence")}
    assert tests <= set(files.values())
    for name, digest in files.items():
        again = folder / "again" / name
        assert hashlib.sha256((again if again.exists() else folder / name).read_bytes()).hexdigest() == digest

    decisions = "approver_id,persona_role,created_by,decision,scope,rationale_structured"
    signed = rows(own, "approvals", decisions, release_id=release["release_id"])
    by_role = {row["persona_role"]: row for row in signed if row["scope"] == "gate"}
    assert {row["approver_id"] for row in signed} == {"qa-1", "rm-1"}
    assert {row["created_by"] for row in signed if row["created_by"] != row["approver_id"]} == set()
    assert by_role["qa_tester"]["rationale_structured"]["passed"] > times(20, 200)
    assert by_role["qa_tester"]["rationale_structured"]["failed"] == 0

    see_what_was_rehearsed(own, release["release_id"], {row[0]: row for row in stages}, page)
    signed_in = re.findall(r"^\| `([\w-]+)` \| (e-mail and password)[^|]*\| `(\w+)` \|", page, re.MULTILINE)
    assert {(who, role) for who, _, role in signed_in} == {(who, role) for role, who in PEOPLE.items()}
    for kept_out in (str(ROOT), str(tmp_path), own.url, own.secret_key, own.publishable_key, "eyJ", "@local.invalid"):
        assert kept_out not in page


def see_how_long_each_step_took(said: str) -> None:
    """Each step says its own time, so that together they are not longer than the whole."""
    took = [float(each) for each in re.findall(r"^  this step took (\d+\.\d) s$", said, re.MULTILINE)]
    [whole] = re.findall(r", (\d+\.\d) s in all\.$", said, re.MULTILINE)
    assert len(took) == len(dry_run.TITLES)
    assert sum(took) <= float(whole) + 0.05 * (len(took) + 1)


def see_what_is_left(own: Stack, said: str, release_id: str) -> None:
    """A release waits for each who decides, and everybody who is named may sign in and holds the role."""
    assert said.endswith(f"on the board: {own.board_url}#/release/{release_id}\n")
    named = re.findall(r"^    ([\w-]+) +(\w+)$", said.rpartition("who may sign in on the board:\n")[2], re.MULTILINE)
    people = {(who, role) for role, who in PEOPLE.items() if who != CI}
    assert {*named} == {*people, ("rm-2", "release_manager"), ("audit-1", "audit_reader")}
    assert {*named} <= {(row["subject"], row["role"]) for row in rows(own, "v_memberships", "subject,role")}
    waits = {(row["gate_code"], *row["who"]) for row in rows(own, "v_waiting", "gate_code,who,release_id")}
    assert waits == {("G2", "qa_tester"), ("G3", "release_manager")}


def see_what_was_rehearsed(own: Stack, release_id: str, stages: dict[str, list[str]], page: str) -> None:
    """An earlier build, a rejection of the release and a failed region, as they are on record and on the page."""
    decisions = "scope,persona_role,decision,artifacts_digest,created_at"
    approvals = rows(own, "approvals", decisions, release_id=release_id)
    approvals.sort(key=lambda row: datetime.fromisoformat(row["created_at"]))
    decided = [(row["scope"], row["persona_role"], row["decision"]) for row in approvals]
    tested, went = ("gate", "qa_tester", "approved"), ("gate", "release_manager", "approved")
    whole = [("release", "release_manager", decision) for decision in ("rejected", "approved")]
    assert decided == [tested, tested, went, *whole]
    earlier, *later = [row["artifacts_digest"] for row in approvals]
    assert earlier not in [None, *later]
    assert len({*later}) == 1
    assert len({row["sha256"] for row in rows(own, "build_artifacts", "sha256")}) == 2
    assert stages["another wheel was built (rehearsed)"][3:5] == ["passed", "in_progress"]
    asked = section(page, "What the guard answered")
    assert [row[:4] for row in asked if row[3] == "release"] == [["9", t, "1", "release"] for t in TARGETS]

    columns = "target,deployment_ref,status,g4_status"
    deployed = rows(own, "deployments", columns, release_id=release_id, environment="production")
    assert sorted(tuple(row.values()) for row in deployed) == [
        ("eu-west", "production-1", "succeeded", "passed"),
        ("us-east", "production-2", "failed", "failed"),
        ("us-east", "production-3", "succeeded", "passed"),
    ]
    assert stages["healthy in eu-west, failed in us-east (rehearsed)"][2:7:4] == ["failed", "failed"]
    assert stages["deployed to us-east again"][2:7:4] == ["promoted", "failed"]
    [found] = section(page, "The region that failed")
    assert found[1:4] == ["G4", "deployment_health", "failed"]
    assert ("us-east" in found[5], "eu-west" in found[5]) == (True, False)


@pytest.fixture(scope="module")
def own(stack: Stack) -> Iterator[Stack]:
    """A stack for stories that do not come to their end."""
    if stack.cluster is None:
        pytest.skip(f"needs a stack of its own, and OPS_STACK={stack.kind} has only one")
    with stack.clone() as made:
        yield made


def test_who_signs_in_and_acts_in_another_role_ends_the_story(own: Stack, tmp_path: Path) -> None:
    before = rows(own, "releases", "release_id")
    members.grant(own.client(), PEOPLE["sre"], "audit_reader")
    with pytest.raises(StackError, match="audit_reader"):
        dry_run.run(Console(file=io.StringIO()), stack=own, record=tmp_path / "dry-run.md", keep=tmp_path / "kept")
    assert rows(own, "releases", "release_id") == before
    members.revoke(own.client(), PEOPLE["sre"])


@at_night("tells the story of the demo a second time")
def test_a_failed_test_run_is_a_rejection_and_exit_code_1(
    own: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "dry-run.md"
    monkeypatch.setattr(work, "build", quick_build)
    monkeypatch.setattr(dry_run, "run", partial(dry_run.run, stack=own, suites=FAILING, keep=tmp_path / "kept"))
    done = CliRunner().invoke(demo.app, ["--record", str(record)])
    assert (done.exit_code, record.exists()) == (1, False), done.output
    [signed] = rows(own, "approvals", "decision,rationale_structured")
    counted = {name: signed["rationale_structured"][name] for name in ("tests", "passed", "failed", "skipped")}
    assert (signed["decision"], counted) == ("rejected", {"tests": 2, "passed": 1, "failed": 1, "skipped": 0})
    statuses = {row["gate_code"]: row["status"] for row in rows(own, "release_gates", "gate_code,status")}
    assert statuses == {"G1": "passed", "G2": "failed", "G3": "pending", "G4": "pending"}


OBJECTED: dict[str, Any] = {
    "gate_code": None, "kind": "approval", "subject": "release_manager", "state": "failed",
    "requirement": "r", "detail": "d", "who": "w",
}  # fmt: skip
REJECTED = (None, "approval", "release_manager", "failed")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A story whose release failed on G4 and is objected to, as the schema and the guard say."""
    at = "2026-11-27T04:10:01+00:00"
    stage = Stage("now", at, Standing({"G1": "passed", "G4": "failed"}, {"staging": False}), "failed")
    service = SimpleNamespace(blockers=lambda *_: [OBJECTED])
    reading = SimpleNamespace(stage=lambda _: stage, service=service, open_findings=lambda _: [OBJECTED])
    monkeypatch.setattr(Story, "reading", reading)
    waiting = {"items": [{"release_id": "r-1", "gate_code": "G2"}]}
    ask = StepResult(1, "", {"blockers": "[]"})
    callers: Any = SimpleNamespace(ask=lambda *_: ask, type=lambda *_: waiting)
    nothing: Any = None
    return Story(nothing, Console(file=io.StringIO()), nothing, callers, tmp_path, work.suites, 1, release_id="r-1")


def test_a_scene_goes_on_when_all_is_as_it_should_be(told: Story) -> None:
    assert told.reached("failed", "failed", G1="passed", G4="failed").eligible == {"staging": False}
    told.guard("staging", False, REJECTED)
    assert told.needs("G4", REJECTED) == [OBJECTED]
    told.waits("qa_tester", "G2")


@pytest.mark.parametrize(
    "scene",
    [
        lambda story: story.reached("another release status", "promoted"),
        lambda story: story.reached("another gate status", "failed", G1="passed", G4="passed"),
        lambda story: story.guard("staging", True),
        lambda story: story.guard("staging", False, ("G2", *REJECTED[1:])),
        lambda story: story.guard("staging", False, (*REJECTED[:3], "unsatisfied")),
        lambda story: story.guard("staging", False, REJECTED, ("G2", "evidence", "test_result", "unsatisfied")),
        lambda story: story.needs("G4", (None, "contested_report", *REJECTED[2:])),
        lambda story: story.needs("G4"),
        lambda story: story.waits("qa_tester", "G3"),
    ],
    ids=[
        "release",
        "gate",
        "guard",
        "blocker's gate",
        "blocker's state",
        "a blocker less",
        "kind",
        "a finding more",
        "inbox",
    ],
)
def test_a_scene_ends_the_story_when_something_is_not_as_it_should_be(
    told: Story, scene: Callable[[Story], object]
) -> None:
    with pytest.raises(StackError):
        scene(told)


def test_a_page_that_cannot_be_written_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").touch()
    said: list[str] = []
    story: Any = SimpleNamespace(stack=None, say=said.append, folder=tmp_path)
    monkeypatch.setattr(whole, "versions", lambda _: {})
    monkeypatch.setattr(document, "page", lambda *_: "page")
    whole.write(story, story, tmp_path / "docs" / "x.md", 1.0)
    whole.write(story, story, tmp_path / "x.md", 1.0)
    assert ["cannot be written" in line for line in said] == [True, False]
    assert (tmp_path / "x.md").read_text() == "page"


def test_files_are_kept_where_that_is_possible(tmp_path: Path) -> None:
    with work.workspace("7", tmp_path / "kept") as folder:
        assert folder == tmp_path / "kept" / "7"
    assert folder.is_dir()
    (tmp_path / "read_only").touch()
    with work.workspace("7", tmp_path / "read_only" / "kept") as passing:
        (passing / "log").touch()
    assert not passing.exists()


def test_a_run_that_leaves_no_report_has_failed_and_shows_its_log(tmp_path: Path) -> None:
    command = Command("one", [sys.executable, "-c", "print('well')"], report=tmp_path / "absent.xml")
    ran = work.run(command, tmp_path)
    assert (ran.ok, ran.document, work.counts(ran)) == (False, ran.log, Counts())
    assert ran.log.sha256 == hashlib.sha256(b"well\n").hexdigest()


def test_a_run_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PATIENCE", 0.05)
    ran = work.run(Command("hang", [sys.executable, "-c", "import time; time.sleep(60)"]), tmp_path)
    assert ran.code == 124
    assert ran.seconds < 30


def test_ctrl_c_ends_what_is_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def interrupted(process: subprocess.Popen[bytes], *_: Any) -> None:
        started.append(process)
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "_wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        work.run(Command("hang", [sys.executable, "-c", "import time; time.sleep(60)"]), tmp_path)
    assert started[0].poll() is not None


def test_tests_are_counted_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(
        "<testsuites><testsuite><testcase/><testcase><failure/></testcase><testcase><error/></testcase>"
        "<testcase><skipped/></testcase></testsuite></testsuites>"
    )
    report = Document.of(tmp_path / "r.xml")
    found = work.counts(work.Ran("one", 0, 0.0, report, report))
    assert (found, found.passed) == (Counts(tests=4, failed=2, skipped=1), 1)


# The page that is in the repository.


def test_the_page_of_the_repository_is_of_this_story() -> None:
    page = (ROOT / "docs" / "reports" / "dry-run.md").read_text()
    assert [row[0] for row in section(page, "Stage by stage")] == list(STAGES)
    assert {row[9] for row in section(page, "Stage by stage")} == {"the same"}
    assert page.endswith(document.AMBIGUITIES.read_text())
