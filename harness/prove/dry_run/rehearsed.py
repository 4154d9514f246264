"""What goes wrong on the way, on purpose: another build, a rejection of the whole release, a region that fails."""

from __future__ import annotations

from harness.prove.dry_run import reports, work
from harness.prove.dry_run.accounts import PEOPLE
from harness.prove.dry_run.reading import TARGETS
from harness.prove.dry_run.story import Story
from harness.prove.dry_run.work import Document
from harness.stack import StackError

HEALTHY, FAILING = "eu-west", "us-east"


def build_again(story: Story) -> None:
    """QA approved one wheel, and another is built: the approval lapses, until QA looks again and approves again."""
    again = story.folder / "again"
    [ran] = work.run_all([work.build_again(again)], story.folder, "-3")
    reports.show_runs(story, [ran], {ran.name: "rehearsed: built again with another date in it"})
    reports.require([ran])
    wheel = Document.of(next(again.glob("*.whl")))
    if wheel.sha256 == story.built[-1].sha256:
        raise StackError("the wheel that was built again has the same hash")
    reports.leg(story, "package", [ran], attempt=3, built=wheel, rehearsed=[ran.name])
    story.reached("another wheel was built (rehearsed)", G1="passed", G2="in_progress")
    story.guard(
        "staging", False,
        ("G2", "approval", "qa_tester", "unsatisfied"),
        ("G2", "evidence", "test_result|uat_summary", "unsatisfied"),
    )  # fmt: skip
    looked_at = story.callers.type("qa_tester", "why", story.release_id, "--to", "staging")
    [approved] = story.reading.service.rows("approvals", "artifacts_digest", release_id=story.release_id)
    was, now = str(approved["artifacts_digest"]), str(looked_at["artifacts_digest"])
    if was == now:
        raise StackError("the approval is of the wheel that was built after it")
    story.say(f"{PEOPLE['qa_tester']} asks ops-gates why: approved were artifacts {was[:12]}, built are {now[:12]}")
    reports.sign_off_tests(story, good=True, seen=looked_at["seen"])
    story.reached("QA approved the new wheel", G2="passed")
    story.guard("staging", expect=True)


def reject_the_release(story: Story) -> None:
    """A release manager rejects the release as a whole: it goes nowhere, whatever its gates are, until they lift it."""
    who = PEOPLE["release_manager"]
    story.callers.decide(
        "release_manager", story.release_id, "rejected", {"go": False, "rehearsed": True}, "a customer is moving today"
    )
    story.say(f"{who} decides on the release as a whole: [bold]rejected[/]")
    standing = story.reached("the release was rejected as a whole (rehearsed)", G3="passed", G4="passed")
    if any(standing.eligible.values()):
        raise StackError("the release is rejected as a whole, and may go on")
    for target in TARGETS:
        story.guard(target, False, (None, "approval", "release_manager", "failed"))
    story.callers.decide("release_manager", story.release_id, "approved", {"go": True}, "the customer has moved")
    story.say(f"{who} decides on the release as a whole: [bold]approved[/]")
    standing = story.reached("the same person lifted the rejection", G3="passed", G4="passed")
    if not all(standing.eligible.values()):
        raise StackError("the rejection is lifted, and still stops the release")
    story.guard("production", expect=True)


def in_two_regions(story: Story) -> None:
    """Production has two regions, and one fails: G4 and the release wait for it, and say which one it is."""
    healthy, failing = "production-1", "production-2"
    for target, ref in ((HEALTHY, healthy), (FAILING, failing)):
        reports.deployed(story, "production", ref, "in_progress", target)
    story.reached("production deployment began in two regions", "in_progress", G4="pending")
    reports.deployed(story, "production", healthy, "succeeded", HEALTHY)
    reports.confirmed(story, "production", healthy, HEALTHY)
    story.reached(f"healthy in {HEALTHY}, under way in {FAILING}", "in_progress", G4="in_progress")
    reports.confirmed(story, "production", failing, FAILING, lacks=1)
    reports.deployed(story, "production", failing, "failed", FAILING)
    story.reached(f"healthy in {HEALTHY}, failed in {FAILING} (rehearsed)", "failed", G4="failed")
    findings = story.needs("G4", ("G4", "deployment_health", None, "failed"))
    named = " ".join(str(finding["detail"]) for finding in findings)
    if FAILING not in named or HEALTHY in named:
        raise StackError(f"G4 does not name {FAILING} alone: {named}")


def mend_the_region(story: Story) -> None:
    """A newer deployment to the region that failed, found healthy: the release is promoted, and G4 passes."""
    mended = "production-3"
    for status in ("in_progress", "succeeded"):
        reports.deployed(story, "production", mended, status, FAILING)
    story.reached(f"deployed to {FAILING} again", "promoted", G4="failed")
    reports.confirmed(story, "production", mended, FAILING, attempt=2)
    story.reached("healthy in both regions", "promoted", G4="passed")
