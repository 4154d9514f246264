"""What the producers report in a step: the legs of a build, a sign-off of the tests, a deployment, its health."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.prove.dry_run.accounts import PEOPLE
from harness.prove.dry_run.callers import StepResult
from harness.prove.dry_run.probe import probe
from harness.prove.dry_run.story import Story
from harness.prove.dry_run.work import Document, Ran, relative
from harness.stack import StackError


def legs_of(ran: Sequence[Ran]) -> dict[str, list[Ran]]:
    """The legs of the matrix, the one that fails first: what passes after it does not heal it."""
    legs: dict[str, list[Ran]] = {"lint": [], "package": []}
    for one in ran:
        legs["lint" if one.name == "lint" else "package"].append(one)
    return {leg: of for leg, of in legs.items() if of}


def leg(
    story: Story,
    name: str,
    ran: Sequence[Ran],
    attempt: int,
    *,
    built: Document | None = None,
    rehearsed: Sequence[str] = (),
    expect: str = "accepted",
) -> StepResult:
    """A leg of the matrix and what it built; StackError unless it is answered as is due."""
    for one in ran:
        story.keep(one.log)
    checks = [
        {
            "check_name": one.name,
            "status": one.outcome,
            "artifact_ref": story.callers.address(one.log.name),
            "sha256": one.log.sha256,
            **({"rehearsed": True} if one.name in rehearsed else {}),
        }
        for one in ran
    ]
    if built:
        story.keep(built)
        story.built.append(built)
    status = "success" if all(one.ok for one in ran) else "failure"
    step = story.callers.report_build(story.release_id, name, status, checks, built, attempt=attempt)
    if step.code:
        raise StackError(f"ops-event ended with exit code {step.code}: {step.said.strip()}")
    story.heard("ops-event", f"build_complete {status}, leg {name}, attempt {attempt}", step.outputs["status"], expect)
    return step


def show_runs(story: Story, ran: Sequence[Ran], why: Mapping[str, str] | None = None) -> None:
    """Say how long each took, how it ended, and what was rehearsed about it."""
    for one in ran:
        mark = "[green]success[/]" if one.ok else "[red]failure[/]"
        note = f", {why[one.name]}" if why and one.name in why else ""
        story.say(f"ran {one.name} {one.seconds:.1f} s → {mark}{note}")


def require(ran: Sequence[Ran], but: str = "") -> None:
    """StackError if something failed that was to succeed, or, where a failure is rehearsed, did not fail."""
    for one in ran:
        if one.ok is (one.name == but):
            said = one.log.path.read_text().strip()[-1000:]
            ended = "succeeded, and was to fail" if one.ok else f"failed:\n{said}"
            raise StackError(f"{one.name} {ended}", checked=relative(one.log.path))


def sign_off_tests(story: Story, good: bool, seen: str | None = None) -> None:
    """The sign-off of G2 on the tests that were run, of what the tester looked at."""
    ran, total = story.tests
    rationale = {
        "tests": total.tests, "passed": total.passed, "failed": total.failed, "skipped": total.skipped,
        "suites": [one.name for one in ran], "local_changes": story.subject.local_changes,
    }  # fmt: skip
    decision = "approved" if good else "rejected"
    text = f"{total.passed} of {total.tests} tests of commit {story.subject.commit} passed"
    answer = story.callers.sign_off(
        story.release_id, "G2", "qa_tester", decision, rationale,
        f"{text}; the new wheel is of it too" if seen else text,
        [("test_result", one.document) for one in ran], seen=seen,
    )  # fmt: skip
    story.heard(PEOPLE["qa_tester"], f"gate_signoff G2 {decision}", answer["status"])


def deployed(story: Story, environment: str, ref: str, status: str, target: str | None = None) -> None:
    """A state of a deployment of what was built last, by CI."""
    place = ("--target", target) if target else ()
    built = (part for file in story.built[-1:] for part in ("--built", f"{file.name}={file.sha256}"))
    answer = story.callers.type(
        "ci_service_role", "emit", "deployment_event", story.release_id, "--environment", environment, *place,
        "--ref", ref, "--status", status, "--source-ref", story.subject.source_ref, *built,
        "--run", story.callers.run_id,
    )  # fmt: skip
    where = f"{environment} {target}" if target else environment
    story.heard("ops-gates as CI", f"deployment_event {where} {status}", answer["status"])
    verdict = "[green]was eligible[/]" if answer["detail"]["was_eligible"] else "[red]was not eligible[/]"
    story.say(f"recorded: the release {verdict}, and is now {answer['detail']['release_status']}")


def confirmed(
    story: Story, environment: str, ref: str, target: str | None = None, *, attempt: int = 1, lacks: int = 0
) -> None:
    """The health of a deployment, as an SRE's probe finds it; `lacks` rehearses how many migrations are missing."""
    where = f"{environment}-{target}" if target else environment
    tag = "" if attempt == 1 else f"-{attempt}"
    report = story.write(f"health-{where}{tag}.json", probe(story.stack, story.release_id, where, lacks))
    found: dict[str, Any] = json.loads(report.path.read_text())
    said = "pass" if found["healthy"] else "fail"
    answer = story.callers.type(
        "sre", "emit", "health_check", story.release_id, "--environment", environment,
        *(("--target", target) if target else ()), "--ref", ref, "--status", said,
        "--report", story.callers.address(report.name), "--source", "monitoring",
        "--run", f"{story.callers.run_id}{tag}",
        "--payload", json.dumps({"sha256": report.sha256, **({"rehearsed": True} if lacks else {})}),
    )  # fmt: skip
    if found["healthy"] is bool(lacks):
        raise StackError(f"{where} was found {'healthy' if found['healthy'] else 'unhealthy'}", checked=report.name)
    story.heard(PEOPLE["sre"], f"health_check {where.replace('-', ' ', 1)} {said}", answer["status"])
