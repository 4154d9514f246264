"""The steps of a release. The producer of real releases does each; build and tests are really run."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from typing import NoReturn

from harness.prove.dry_run import rehearsed, reports, work
from harness.prove.dry_run.accounts import PEOPLE
from harness.prove.dry_run.story import Story
from harness.prove.dry_run.work import Counts, Document, Ran, relative
from harness.stack import StackError, members, projects
from harness.stack.parts import ROOT


def _open(story: Story) -> None:
    for role, subject in PEOPLE.items():
        members.grant(story.stack.client(), subject, role)
    projects.register(story.stack.client(), story.subject.project)
    story.sign_in()
    name = f"dry-run-{story.subject.source_ref[:12]}-{story.callers.run_id}"
    opened = story.callers.type(
        "ci_service_role", "open", story.subject.project, name, "--source-ref", story.subject.source_ref,
        "--initiator", PEOPLE["developer"],
        "--scope", json.dumps({"dry_run": True, "local_changes": story.subject.local_changes}),
    )  # fmt: skip
    story.release_id = opened["release_id"]
    story.say(f"{story.subject.project} {name}")
    story.say(f"commit {story.subject.commit}")
    story.say(f"opened by CI for {PEOPLE['developer']}")
    story.stage("opened")


def _too_early(story: Story) -> None:
    told = story.callers.type("developer", "why", story.release_id, "--to", "production")
    story.say(f"{PEOPLE['developer']} asks ops-gates why: {len(told['blockers'])} things are missing for production")
    story.guard("production", expect=False)


def _build(story: Story) -> None:
    rehearsal = story.folder / "rehearsal.py"
    rehearsal.write_text("import os  # never used: laid beside the code, so that one build fails\n")
    ran = work.run_all(work.build(story.folder, [rehearsal]), story.folder)
    reports.show_runs(story, ran, {"lint": "rehearsed: a file with an unused import was added"})
    legs = reports.legs_of(ran)
    built = next(map(Document.of, story.folder.glob("*.whl")), None)
    first = {
        leg: reports.leg(story, leg, of, 1, built=built if leg == "package" else None, rehearsed=["lint"])
        for leg, of in legs.items()
    }
    reports.require(ran, but="lint")
    story.reached("one leg of the matrix failed (rehearsed)", G1="failed")
    story.guard("staging", expect=False)
    again = reports.leg(story, "lint", legs["lint"], 1, rehearsed=["lint"], expect="duplicate")
    if again.outputs["ingest-id"] != first["lint"].outputs["ingest-id"]:
        raise StackError("the repeated step was logged as another event")
    story.say("the same step again changed nothing: same ingest_id, same answer")
    ran = work.run_all([one for one in work.build(story.folder) if one.name == "lint"], story.folder, "-2")
    reports.show_runs(story, ran)
    reports.leg(story, "lint", ran, 2)
    reports.require(ran)
    story.reached("the leg was run again", G1="passed")
    story.say("only its own next attempt heals a leg")


def _validate(story: Story) -> None:
    database = story.stack.clone_database() if story.stack.cluster else contextlib.nullcontext(story.stack.db_url)
    with database as db_url:
        ran = work.run_together(story.suites(story.folder, story.stack, db_url), story.folder)
    counted = {one.name: work.counts(one) for one in ran}
    for one in ran:
        found = counted[one.name]
        mark = "[green]passed[/]" if one.ok else "[red]failed[/]"
        story.say(
            f"ran {one.name} {one.seconds:.1f} s → {mark}: {found.passed} of {found.tests} tests passed,"
            f" {found.failed} failed, {found.skipped} skipped"
        )
        story.keep(one.document)
        story.say(f"  {one.document.name}, {one.document.size} bytes")
        story.say(f"  sha256 {one.document.sha256}")
    total = sum(counted.values(), Counts())
    good = all(one.ok and counted[one.name].passed for one in ran) and not total.failed
    story.tests = (ran, total)
    story.waits("qa_tester", "G2")
    reports.sign_off_tests(story, good)
    story.reached("QA signed off" if good else "QA rejected", G2="passed" if good else "failed")
    if not good:
        _give_up(story, ran, total)
    story.guard("staging", expect=True)


def _give_up(story: Story, ran: Sequence[Ran], total: Counts) -> NoReturn:
    story.guard("staging", expect=False)
    failed = [one for one in ran if not one.ok] or list(ran)
    raise StackError(
        f"the tests failed ({total.failed} of {total.tests}): QA rejected the release, and it stays where it is",
        checked=", ".join(relative(one.log.path) for one in failed),
        mend="make test",
    )


def _approve(story: Story) -> None:
    story.guard("production", expect=False)
    before = story.subject.before or "the release before"
    plan = story.write(
        "rollback-plan.md",
        f"Deploy {before} again and report it with rollback_of_ref (docs/runbook.md, Roll back).\n"
        f"Migrations are only added to: none is taken back. Decided by: release_manager, on a failed G4.\n",
    )
    notes = story.write("CHANGELOG.md", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    story.waits("release_manager", "G3")
    answer = story.callers.sign_off(
        story.release_id, "G3", "release_manager", "approved", {"go": True, "rollback_to": before},
        "G1 and G2 are passed, the way back is known", [("rollback_plan", plan), ("release_notes", notes)],
    )  # fmt: skip
    story.heard(PEOPLE["release_manager"], "gate_signoff G3 approved", answer["status"])
    story.reached("the release manager approved", G3="passed")
    story.guard("production", expect=True)


def _to_staging(story: Story) -> None:
    for status in ("in_progress", "succeeded"):
        reports.deployed(story, "staging", "staging-1", status)
    story.reached("deployed to staging", "in_progress", G4="pending")


def _in_staging(story: Story) -> None:
    reports.confirmed(story, "staging", "staging-1")
    story.reached("staging is healthy", G4="passed")
    # A producer with a fault: the report of a failure has no address. The failure counts all the same.
    status, answer = story.callers.post("sre", work.without_report(story.release_id, "staging-1"))
    story.heard(PEOPLE["sre"], "health_check staging fail, without an address", answer["status"], "rejected")
    [contested] = answer["detail"].get("contested") or [None]
    if (status, answer["error"]) != (400, "invalid_payload") or contested is None:
        raise StackError(f"the refused failure was answered {status} {answer['error']}, and does not count")
    story.say(f"refused with {answer['error']}; the failure still counts, on {contested['gate_code']}")
    story.reached("a refused failure stands (rehearsed)", G4="failed")
    story.guard("production", expect=False)
    reports.confirmed(story, "staging", "staging-1", attempt=2)
    story.reached("staging is healthy again", G4="passed")
    story.guard("production", expect=True)


STEPS: tuple[tuple[str, Callable[[Story], None]], ...] = (
    ("Open a release of this checkout", _open),
    ("Ask for production too early", _too_early),
    ("G1 Build Integrity: the pipeline builds, reports, and retries", _build),
    ("G2 Validation Readiness: the tests run, and QA signs off", _validate),
    ("Build again: what QA approved was an earlier build", rehearsed.build_again),
    ("G3 Promotion Readiness: the release manager decides", _approve),
    ("Deploy to staging", _to_staging),
    ("G4 Post-Deploy Operational Confirmation in staging", _in_staging),
    ("Reject the release as a whole, and lift the rejection", rehearsed.reject_the_release),
    ("Deploy to production in two regions, of which one fails", rehearsed.in_two_regions),
    ("Mend the region that failed", rehearsed.mend_the_region),
)
