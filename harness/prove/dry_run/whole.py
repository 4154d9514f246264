"""The whole dry run: the stack, every step, the chain read back and compared with what was answered, the page."""

from __future__ import annotations

import contextlib
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from harness.prove.dry_run import document, left, work
from harness.prove.dry_run.accounts import Accounts
from harness.prove.dry_run.callers import Callers
from harness.prove.dry_run.reading import TARGETS, clock
from harness.prove.dry_run.steps import STEPS
from harness.prove.dry_run.story import Story, table
from harness.prove.dry_run.subject import RECORD, checkout, versions
from harness.prove.dry_run.work import Document, relative
from harness.stack import Stack, StackError, run_stack

LAST = "Read it back from ops.* alone"
TITLES = (*(title for title, _ in STEPS), LAST)


def _read_back(story: Story) -> document.DryRunRecord:
    """The chain as `ops.*` has it, compared with what was seen and sent; StackError where they differ."""
    chain, reading = story.reading.chain(), story.reading
    replayed = [reading.at(stage.at) for stage in story.stages]
    record = document.DryRunRecord(
        story.subject, story.callers.run_id, story.stages, replayed, story.asked, story.found, chain, story.documents,
        story.signed_in,
    )  # fmt: skip
    _show_chain(story, record)
    for stage, then in zip(story.stages, replayed, strict=True):
        if then != stage.live:
            raise StackError(f"replay differs from what was answered when {stage.title}: {then}, not {stage.live}")
    story.say(f"replayed {len(replayed)} moments: every verdict and answer is the one given live")
    hashes = chain.hashes()
    for name, file in story.documents.items():
        if hashes.get(name) != Document.of(file.path).sha256:
            raise StackError(f"the hash of {name} is not the one on record", checked=relative(file.path))
    story.say(f"hashed {len(story.documents)} files again: each is the one on record")
    if [row["sha256"] for row in chain.built] != [wheel.sha256 for wheel in story.built]:
        raise StackError("the wheels on record are not those that were built")
    if chain.release["status"] != "promoted" or any(gate["status"] != "passed" for gate in chain.gates):
        raise StackError("the release did not come through all its gates")
    return record


def _show_chain(story: Story, record: document.DryRunRecord) -> None:
    chain = record.chain
    # Without the names, which the steps have said: it fits a terminal of 80 columns.
    gates = ("gate", "status", "checks", "approved by", "evidence", "since", "by")
    story.console.print(table(gates, ((gate, *others) for gate, _, *others in document.gates_of(chain))))
    deployed = ("deployed to", "target", "ref", "status", "health", "was eligible", "by")
    story.console.print(table(deployed, document.deployments_of(chain)))
    rows = (
        (stage.title, clock(stage.at), *map(document.may, then.eligible.values()))
        for stage, then in zip(record.stages, record.replayed, strict=True)
    )
    story.console.print(table(("eligible, as replay has it", "at", *TARGETS), rows))


def write(story: Story, record: document.DryRunRecord, to: Path, took: float) -> None:
    """Write the record; a checkout that cannot be written to is no reason to fail."""
    try:
        document.write(record, to, took, versions(story.stack))
    except OSError as error:
        story.say(f"{relative(to)} cannot be written ({error.strerror}): the record of this run is what stands above")
        return
    story.say(f"written to {relative(to)}, its files kept in {relative(story.folder.parent)}")


def run(
    console: Console | None = None,
    *,
    record: Path | None = None,
    stack: Stack | None = None,
    suites: work.Suites = work.suites,
    keep: Path = work.KEPT,
) -> None:
    """Take a release of this checkout through every gate; StackError if it does not come through.

    On a stack of its own unless one is given, where releases are left to decide on. Writes the page `record`
    (docs/reports/dry-run.md), and keeps its files under `keep`.
    """
    # A log has no width of its own; a table should still not wrap in it.
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console = Console(file=console.file, highlight=False, width=120)
    began, run_id = time.monotonic(), datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")[:-3]
    if stack is None:
        console.print("Starting Postgres, PostgREST, the edge function and the gateway …")
    with (
        contextlib.nullcontext(stack) if stack else run_stack() as project,
        work.workspace(run_id, keep) as folder,
        tempfile.TemporaryDirectory(prefix="ops-gates.homes-") as homes,
    ):
        if stack is None:
            console.print(f"  up after {time.monotonic() - began:.1f} s at {project.url}")
        subject = checkout()
        callers = Callers(project, subject, folder, run_id, Accounts(project, Path(homes)))
        story = Story(project, console, subject, callers, folder, suites, len(TITLES))
        for title, step in STEPS:
            with story.telling(title):
                step(story)
        with story.telling(LAST):
            made = _read_back(story)
        took = time.monotonic() - began
        counts = made.counts
        console.print(
            f"\n  The release is [bold]{made.chain.release['status']}[/]: {counts['accepted']} events accepted,"
            f" {counts['duplicate']} duplicate, {counts['rejected']} refused, {took:.1f} s in all."
        )
        write(story, made, record or RECORD, took)
        if stack is None:
            story.say("make demo ARGS=--keep does the same on a stack that stays, and leaves releases to decide on")
        else:
            left.leave(story)
