"""The release under way: what is said about it while it happens, and what is kept for the record."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from harness.prove.dry_run import document, work
from harness.prove.dry_run.accounts import PEOPLE, SignedIn
from harness.prove.dry_run.callers import Callers
from harness.prove.dry_run.reading import Reading, Stage, Standing
from harness.prove.dry_run.subject import Subject
from harness.prove.dry_run.work import Counts, Document, Ran
from harness.stack import Stack, StackError
from ops_gates.rows import GateFinding

MARKS = {"passed": "green", "bypassed": "yellow", "failed": "red", "in_progress": "cyan", "pending": "dim"}
BLOCKERS = ("gate", "requirement", "found", "who can")
# A finding without its words: gate, kind, subject and state.
Code = tuple[str | None, str | None, str | None, str | None]


@dataclass
class Story:
    """The release under way, its callers, and what is kept for the record."""

    stack: Stack
    console: Console
    subject: Subject
    callers: Callers
    folder: Path
    suites: work.Suites
    steps: int
    release_id: str = ""
    signed_in: list[SignedIn] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    asked: list[document.Asked] = field(default_factory=list)
    found: list[tuple[int, GateFinding]] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    built: list[Document] = field(default_factory=list)
    tests: tuple[Sequence[Ran], Counts] = ((), Counts())
    step: int = 0

    @property
    def reading(self) -> Reading:
        """The release, as the schema has it."""
        return Reading(self.stack, self.release_id)

    @contextlib.contextmanager
    def telling(self, title: str) -> Iterator[None]:
        """A step: its number and what happens, and in the end how long it took."""
        self.step += 1
        began = time.monotonic()
        self.console.print(f"\n[bold]{self.step}/{self.steps} {title}[/]")
        yield
        self.say(f"[dim]this step took {time.monotonic() - began:.1f} s[/]")

    def say(self, text: str) -> None:
        """One line of the story."""
        self.console.print(f"  {text}")

    def keep(self, file: Document) -> None:
        """Remember a file whose hash is sent, to look at it again in the end."""
        self.documents[file.name] = file

    def write(self, name: str, text: str) -> Document:
        """A file of this run, kept."""
        (self.folder / name).write_text(text, encoding="utf-8")
        written = Document.of(self.folder / name)
        self.keep(written)
        return written

    def stage(self, title: str) -> Standing:
        """Show where the release stands now, and keep it for comparison with replay."""
        stage = self.reading.stage(title)
        self.stages.append(stage)
        gates = "  ".join(f"{gate} [{MARKS[status]}]{status}[/]" for gate, status in stage.live.gates.items())
        targets = ", ".join(target for target, eligible in stage.live.eligible.items() if eligible)
        self.say(f"{gates}  may go to: {targets or 'nowhere'}")
        return stage.live

    def reached(self, title: str, release: str | None = None, **gates: str) -> Standing:
        """Show a stage; StackError unless the release and these gates are there what they should be."""
        standing = self.stage(title)
        found = {"the release": self.stages[-1].status, **standing.gates}
        due = {"the release": release or found["the release"], **gates}
        for what, status in due.items():
            if found[what] != status:
                raise StackError(f"{title}: {what} is {found[what]}, and should be {status}")
        return standing

    def sign_in(self) -> None:
        """Sign everybody in, and say who acts as what."""
        self.signed_in = self.callers.sign_in()
        for one in self.signed_in:
            self.say(f"{one.subject} signed in ({document.HOW[one.by]}), and acts as {one.role}")

    def waits(self, role: str, gate: str) -> None:
        """Say what waits for somebody; StackError unless the sign-off of this gate does."""
        items = self.callers.type(role, "inbox")["items"]
        self.say(f"{PEOPLE[role]} asks ops-gates inbox: {len(items)} waiting")
        if (self.release_id, gate) not in {(item["release_id"], item["gate_code"]) for item in items}:
            raise StackError(f"the inbox of {PEOPLE[role]} does not name {gate}")

    def guard(self, target: str, expect: bool, *because: Code) -> None:
        """Ask as a pipeline does before it deploys; StackError unless the answer is the one that is due.

        `because` are the blockers as gate, kind, subject and state, where they are told.
        """
        step = self.callers.ask(self.release_id, target)
        if step.code not in (0, 1) or "blockers" not in step.outputs:
            raise StackError(f"ops-gate could not tell (exit code {step.code}): {step.said.strip()}")
        blockers: list[dict[str, Any]] = json.loads(step.outputs["blockers"])
        self.asked.append(document.Asked(self.step, target, step.code, blockers))
        verdict = "[green]eligible[/]" if step.code == 0 else "[red]not eligible[/], missing:"
        self.say(f"ops-gate asks for {target} → exit code {step.code}, {verdict}")
        if blockers:
            rows = ((b["gate_code"] or "release", b["requirement"], b["detail"], b["who"]) for b in blockers)
            self.console.print(table(BLOCKERS, rows))
        if (step.code == 0) is not expect:
            raise StackError(f"ops-gate let {target} {'through' if step.code == 0 else 'wait'}, and should not have")
        if because:
            found = self.reading.service.blockers(self.release_id, target)
            _require_codes(f"what keeps the release out of {target}", found, because)

    def needs(self, gate: str, *because: Code) -> list[GateFinding]:
        """Show what a gate still needs; StackError unless that is as told, by gate, kind, subject and state."""
        findings = self.reading.open_findings(gate)
        self.say(f"what {gate} needs, as ops.gate_findings says:")
        self.console.print(
            table(BLOCKERS, ((f["gate_code"], f["requirement"], f["detail"], f["who"]) for f in findings))
        )
        _require_codes(f"what {gate} needs", findings, because)
        self.found += [(self.step, finding) for finding in findings]
        return findings

    def heard(self, who: str, event: str, status: str, expect: str = "accepted") -> None:
        """Say what an event was answered; StackError unless that was due."""
        self.say(f"{who} sends [bold]{event}[/] → {status}")
        if status != expect:
            raise StackError(f"{event} of {who} was answered {status}, not {expect}")


def _require_codes(what: str, findings: Sequence[GateFinding], expect: Sequence[Code]) -> None:
    found = {(f["gate_code"], f["kind"], f["subject"], f["state"]) for f in findings}
    if found != set(expect):
        raise StackError(f"{what} is {sorted(map(str, found))}, not {sorted(map(str, expect))}")


def table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Padding:
    """Rows under a header, indented; it stays readable without colour."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in header:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    return Padding(grid, (0, 0, 0, 4), expand=False)
