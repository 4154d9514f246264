"""The steps of a release. The producer of real releases does each; build and tests are really run."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from harness.prove.dry_run import work
from harness.prove.dry_run.callers import PEOPLE, StepResult
from harness.prove.dry_run.probe import probe
from harness.prove.dry_run.story import Story
from harness.prove.dry_run.work import Counts, Document, Ran, relative
from harness.stack import StackError, members, projects
from harness.stack.parts import ROOT


def _open(story: Story) -> None:
    for role, subject in PEOPLE.items():
        members.grant(story.stack.client(), subject, role)
    projects.register(story.stack.client(), story.subject.project)
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
    story.guard("production", expect=False)


def _build(story: Story) -> None:
    rehearsal = story.folder / "rehearsal.py"
    rehearsal.write_text("import os  # never used: laid beside the code, so that one build fails\n")
    ran = work.run_all(work.build(story.folder, [rehearsal]), story.folder)
    _show_runs(story, ran, {"lint": "rehearsed: a file with an unused import was added"})
    legs = _legs(ran)
    first = {leg: _report(story, leg, of, attempt=1) for leg, of in legs.items()}
    standing = story.stage("one leg of the matrix failed (rehearsed)")
    _require(ran, but="lint")
    if standing.gates["G1"] != "failed":
        raise StackError("a leg failed, and G1 is not failed")
    story.guard("staging", expect=False)
    again = _report(story, "lint", legs["lint"], attempt=1, expect="duplicate")
    if again.outputs["ingest-id"] != first["lint"].outputs["ingest-id"]:
        raise StackError("the repeated step was logged as another event")
    story.say("the same step again changed nothing: same ingest_id, same answer")
    ran = work.run_all([one for one in work.build(story.folder) if one.name == "lint"], story.folder, "-2")
    _show_runs(story, ran)
    _report(story, "lint", ran, attempt=2)
    standing = story.stage("the leg was run again")
    _require(ran)
    if standing.gates["G1"] != "passed":
        raise StackError("the leg passed, and G1 is not passed")
    story.say("only its own next attempt heals a leg")


def _legs(ran: Sequence[Ran]) -> dict[str, list[Ran]]:
    """The legs of the matrix, the one that fails first: what passes after it does not heal it."""
    legs: dict[str, list[Ran]] = {"lint": [], "package": []}
    for one in ran:
        legs["lint" if one.name == "lint" else "package"].append(one)
    return {leg: of for leg, of in legs.items() if of}


def _report(story: Story, leg: str, ran: Sequence[Ran], attempt: int, expect: str = "accepted") -> StepResult:
    for one in ran:
        story.keep(one.log)
    checks = [
        {
            "check_name": one.name,
            "status": one.outcome,
            "artifact_ref": story.callers.address(one.log.name),
            "sha256": one.log.sha256,
            **({"rehearsed": True} if attempt == 1 and one.name == "lint" else {}),
        }
        for one in ran
    ]
    built = next(map(Document.of, story.folder.glob("*.whl")), None) if leg == "package" else None
    if built:
        story.keep(built)
    status = "success" if all(one.ok for one in ran) else "failure"
    step = story.callers.report_build(story.release_id, leg, status, checks, built, attempt=attempt)
    if step.code:
        raise StackError(f"ops-event ended with exit code {step.code}: {step.said.strip()}")
    story.heard("ops-event", f"build_complete {status}, leg {leg}, attempt {attempt}", step.outputs["status"], expect)
    return step


def _show_runs(story: Story, ran: Sequence[Ran], why: Mapping[str, str] | None = None) -> None:
    for one in ran:
        mark = "[green]success[/]" if one.ok else "[red]failure[/]"
        note = f", {why[one.name]}" if why and one.name in why else ""
        story.say(f"ran {one.name} {one.seconds:.1f} s → {mark}{note}")


def _require(ran: Sequence[Ran], but: str = "") -> None:
    """StackError if something failed that was to succeed, or, where a failure is rehearsed, did not fail."""
    for one in ran:
        if one.ok is (one.name == but):
            said = one.log.path.read_text().strip()[-1000:]
            ended = "succeeded, and was to fail" if one.ok else f"failed:\n{said}"
            raise StackError(f"{one.name} {ended}", checked=relative(one.log.path))


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
    _sign_off_tests(story, ran, total, good)
    if not good:
        _give_up(story, ran, total)
    story.guard("staging", expect=True)


def _sign_off_tests(story: Story, ran: Sequence[Ran], total: Counts, good: bool) -> None:
    rationale = {
        "tests": total.tests, "passed": total.passed, "failed": total.failed, "skipped": total.skipped,
        "suites": [one.name for one in ran], "local_changes": story.subject.local_changes,
    }  # fmt: skip
    answer = story.callers.sign_off(
        story.release_id, "G2", "qa_tester", "approved" if good else "rejected", rationale,
        f"{total.passed} of {total.tests} tests of commit {story.subject.commit} passed",
        [("test_result", one.document) for one in ran],
    )  # fmt: skip
    decision = "approved" if good else "rejected"
    story.heard(f"an agent for {PEOPLE['qa_tester']}", f"gate_signoff G2 {decision}", answer["status"])
    story.stage("QA signed off" if good else "QA rejected")


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
    answer = story.callers.sign_off(
        story.release_id, "G3", "release_manager", "approved", {"go": True, "rollback_to": before},
        "G1 and G2 are passed, the way back is known", [("rollback_plan", plan), ("release_notes", notes)],
        own_token=True,
    )  # fmt: skip
    story.heard(PEOPLE["release_manager"], "gate_signoff G3 approved", answer["status"])
    story.stage("the release manager approved")
    story.guard("production", expect=True)


def _deploy(story: Story, environment: str, status: str) -> None:
    answer = story.callers.type(
        "ci_service_role", "emit", "deployment_event", story.release_id, "--environment", environment,
        "--ref", f"{environment}-1", "--status", status, "--source-ref", story.subject.source_ref,
        "--run", story.callers.run_id,
    )  # fmt: skip
    story.heard("ops-gates as CI", f"deployment_event {environment} {status}", answer["status"])
    verdict = "[green]was eligible[/]" if answer["detail"]["was_eligible"] else "[red]was not eligible[/]"
    story.say(f"recorded: the release {verdict}, and is now {answer['detail']['release_status']}")


def _confirm(story: Story, environment: str, attempt: int = 1) -> None:
    tag = "" if attempt == 1 else f"-{attempt}"
    report = story.write(f"health-{environment}{tag}.json", probe(story.stack, story.release_id, environment))
    healthy = json.loads(report.path.read_text())["healthy"]
    answer = story.callers.type(
        "sre", "emit", "health_check", story.release_id, "--environment", environment,
        "--ref", f"{environment}-1", "--status", "pass" if healthy else "fail",
        "--report", story.callers.address(report.name), "--source", "monitoring",
        "--run", f"{story.callers.run_id}{tag}", "--payload", json.dumps({"sha256": report.sha256}),
    )  # fmt: skip
    said = "pass" if healthy else "fail"
    story.heard(PEOPLE["sre"], f"health_check {environment} {said}", answer["status"])
    story.stage(f"{environment} is {'healthy' if healthy else 'not healthy'}{' again' if attempt > 1 else ''}")


def _to_staging(story: Story) -> None:
    for status in ("in_progress", "succeeded"):
        _deploy(story, "staging", status)
    story.stage("deployed to staging")


def _in_staging(story: Story) -> None:
    _confirm(story, "staging")
    # A producer with a fault: the report of a failure has no address. The failure counts all the same.
    status, answer = story.callers.post("sre", work.without_report(story.release_id, "staging-1"))
    story.heard(PEOPLE["sre"], "health_check staging fail, without an address", answer["status"], "rejected")
    [contested] = answer["detail"].get("contested") or [None]
    if (status, answer["error"]) != (400, "invalid_payload") or contested is None:
        raise StackError(f"the refused failure was answered {status} {answer['error']}, and does not count")
    story.say(f"refused with {answer['error']}; the failure still counts, on {contested['gate_code']}")
    story.stage("a refused failure stands (rehearsed)")
    story.guard("production", expect=False)
    _confirm(story, "staging", attempt=2)
    story.guard("production", expect=True)


def _to_production(story: Story) -> None:
    story.guard("production", expect=True)
    _deploy(story, "production", "in_progress")
    story.stage("production deployment began")
    _deploy(story, "production", "succeeded")
    story.stage("deployed to production")
    _confirm(story, "production")


STEPS: tuple[tuple[str, Callable[[Story], None]], ...] = (
    ("Open a release of this checkout", _open),
    ("Ask for production too early", _too_early),
    ("G1 Build Integrity: the pipeline builds, reports, and retries", _build),
    ("G2 Validation Readiness: the tests run, and QA signs off", _validate),
    ("G3 Promotion Readiness: the release manager decides", _approve),
    ("Deploy to staging", _to_staging),
    ("G4 Post-Deploy Operational Confirmation in staging", _in_staging),
    ("Deploy to production, and confirm", _to_production),
)
