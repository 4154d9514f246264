"""The main job, told on the real stack: one release from commit to production, and why it was let through."""

from __future__ import annotations

import hashlib
import subprocess
import time
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import UUID

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from harness import events
from harness.client import Answer, Gates
from harness.stack import Stack, StackError, run_stack
from harness.stack.parts import ROOT

# One name for each role: no person is meant.
PEOPLE = {"developer": "dev-1", "qa_tester": "qa-1", "release_manager": "rm-1", "sre": "sre-1"}
MARKS = {"passed": "green", "bypassed": "yellow", "failed": "red", "in_progress": "cyan", "pending": "dim"}
STEPS = 9


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def checkout() -> tuple[str, str]:
    """Project and commit of this checkout; without a remote, the package's own name is the project."""
    remote = _git("remote", "get-url", "origin").removesuffix("/").removesuffix(".git")
    # The last two parts of an address, with neither host nor credentials.
    named = "/".join(remote.replace(":", "/").split("/")[-2:]).strip("/")
    package = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
    return named or package, _git("rev-parse", "HEAD") or "unversioned"


@dataclass
class Story:
    """The release under way, and who is on stage."""

    stack: Stack
    console: Console
    project: str
    source_ref: str
    service: Gates = field(init=False)
    release_id: UUID = field(init=False)
    step: int = 0
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.service = Gates(self.stack.client())

    def act(self, title: str) -> None:
        """Begin a step: its number, the time gone by, and what happens."""
        self.step += 1
        elapsed = time.monotonic() - self.began
        self.console.print(f"\n[bold]{self.step}/{STEPS} {title}[/] [dim]{elapsed:.1f} s[/]")

    def as_role(self, role: str) -> Gates:
        """A caller with a token of that role: the bot for CI, the one person of each other role."""
        return Gates(self.stack.client(role, PEOPLE.get(role, "ci-bot")))

    def send(self, role: str, event: events.Envelope, expect: str = "accepted") -> Answer:
        """Send an event as a role and say what it was answered; StackError unless that was expected."""
        answer = self.as_role(role).emit(event)
        said = answer.error or answer.status
        self.console.print(f"  {role} sends [bold]{event['event_type']}[/] → {answer.http_status} {said}")
        if said != expect:
            raise StackError(f"{event['event_type']} was answered {said}, not {expect}: {dict(answer.detail)}")
        self._tell_deployment(answer.detail)
        return answer

    def _tell_deployment(self, detail: Mapping[str, Any]) -> None:
        if detail.get("was_eligible") is not None:
            verdict = "[green]was eligible[/]" if detail["was_eligible"] else "[red]was not eligible[/]"
            self.console.print(f"  recorded: the release {verdict}, and is now {detail['release_status']}")

    def show(self, ask: str | None = None) -> None:
        """The four gates, and what still keeps the release from an environment."""
        gates = sorted(
            self.service.rows("release_gates", "gate_code,status", release_id=self.release_id),
            key=lambda gate: str(gate["gate_code"]),
        )
        line = "  ".join(f"{g['gate_code']} [{MARKS[g['status']]}]{g['status']}[/]" for g in gates)
        self.console.print(f"  {line}")
        if ask:
            self.tell_blockers(ask)

    def tell_blockers(self, target: str) -> None:
        """May the release go there, and if not: what is missing, and who can supply it."""
        blockers = self.service.blockers(self.release_id, target)
        if self.service.eligible(self.release_id, target) is not (not blockers):
            raise StackError("eligibility and its reasons disagree")
        if not blockers:
            self.console.print(f"  [green]{target}: eligible[/]")
            return
        self.console.print(f"  [red]{target}: not eligible[/], missing:")
        self.console.print(
            _table(
                ("gate", "requirement", "found", "who can"),
                ((b["gate_code"], b["requirement"], b["detail"], b["who"]) for b in blockers),
            )
        )


def _table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Padding:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    return Padding(table, (0, 0, 0, 4), expand=False)


def _artifact(artifact_type: str, text: str) -> dict[str, Any]:
    """Evidence that carries its own content, so that its hash can be checked by anybody."""
    return events.evidence(artifact_type, f"data:text/plain,{quote(text)}", hashlib.sha256(text.encode()).hexdigest())


def _open(story: Story) -> None:
    story.act("Open a release")
    for role, subject in PEOPLE.items():
        story.stack.client().rpc("grant_membership", {"subject": subject, "role": role, "handle": None}).execute()
    name = f"demo-{story.source_ref[:12]}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    story.release_id = story.as_role("ci_service_role").open_release(
        story.project, name, "production", story.source_ref, initiating_actor=PEOPLE["developer"]
    )
    story.console.print(f"  {story.project} {name}, opened by CI for {PEOPLE['developer']}")
    story.show()


def _too_early(story: Story) -> None:
    story.act("Ask for production too early")
    story.tell_blockers("production")


def _build(story: Story) -> None:
    run = f"run-{story.release_id}"
    story.act("G1 Build Integrity: the pipeline reports, and retries")
    build = events.build_complete(
        story.release_id,
        run_id=run,
        status="pass",
        source_ref=story.source_ref,
        checks=[{"check_name": "unit_tests", "status": "fail"}, {"check_name": "lint", "status": "pass"}],
        evidence=[_artifact("build_log", f"{run}: build ok, 1 unit test failed")],
    )
    first = story.send("ci_service_role", build)
    story.show("staging")
    again = story.send("ci_service_role", build, expect="duplicate")
    if again.ingest_id != first.ingest_id or again.detail != first.detail:
        raise StackError("the retry was answered differently from the first time")
    story.console.print("  the same event again changed nothing: same ingest_id, same answer")
    story.send(
        "ci_service_role",
        events.build_complete(
            story.release_id,
            run_id=run,
            run_attempt=2,
            status="pass",
            source_ref=story.source_ref,
            checks=[{"check_name": "unit_tests", "status": "pass"}],
        ),
    )
    story.console.print("  the rerun healed the failed check")
    story.show("staging")


def _signoff(story: Story, gate: str, role: str, artifact: dict[str, Any], reasons: dict[str, Any]) -> None:
    story.send(
        role,
        events.gate_signoff(
            story.release_id,
            gate,
            session_id=f"session-{story.release_id}",
            decision="approved",
            approver_id=PEOPLE[role],
            persona_role=role,
            rationale_structured=reasons,
            evidence=[artifact],
        ),
    )


def _validate(story: Story) -> None:
    story.act("G2 Validation Readiness: QA signs off, with evidence")
    report = _artifact("test_result", "12 of 12 acceptance criteria met, no open defect")
    _signoff(story, "G2", "qa_tester", report, {"criteria_met": 12, "defects_open": 0})
    story.show("production")


def _approve(story: Story) -> None:
    story.act("G3 Promotion Readiness: the release manager decides")
    plan = _artifact("rollback_plan", "redeploy the release before; owner: release_manager")
    _signoff(story, "G3", "release_manager", plan, {"go": True, "rollback": "redeploy the release before"})
    story.show("production")


def _deploy(story: Story, environment: str) -> None:
    run = f"deploy-{story.release_id}"
    ref = f"{environment}-1"
    for status in ("in_progress", "succeeded"):
        story.send(
            "ci_service_role",
            events.deployment_event(
                story.release_id,
                environment=environment,
                deployment_ref=ref,
                status=status,
                source_ref=story.source_ref,
                run_id=run,
            ),
        )
    story.show()


def _confirm(story: Story, environment: str) -> None:
    story.send(
        "sre",
        events.health_check(
            story.release_id,
            environment=environment,
            deployment_ref=f"{environment}-1",
            status="pass",
            artifact_ref=f"https://monitoring.example/{environment}/{story.release_id}",
            run_id=f"probe-{story.release_id}",
        ),
    )
    story.show()


def _read_back(story: Story) -> None:
    story.act("Read it back from ops.* alone")
    release = {"release_id": story.release_id}
    rows = story.service.rows
    gates = rows("release_gates", "gate_id,gate_code,gate_name,status,resolved_at,resolved_by", **release)
    checks = rows("gate_checks", "gate_id", **release)
    approvals = rows("approvals", "gate_id,approver_id", **release)
    artifacts = rows("evidence_artifacts", "gate_id", **release)

    def count(facts: list[dict[str, Any]], gate: Mapping[str, Any]) -> int:
        return sum(fact["gate_id"] == gate["gate_id"] for fact in facts)

    story.console.print(
        _table(
            ("gate", "name", "status", "checks", "approved by", "evidence", "resolved at", "resolved by"),
            (
                (
                    gate["gate_code"],
                    gate["gate_name"],
                    gate["status"],
                    count(checks, gate),
                    ", ".join(a["approver_id"] for a in approvals if a["gate_id"] == gate["gate_id"]),
                    count(artifacts, gate),
                    str(gate["resolved_at"])[11:23],
                    gate["resolved_by"],
                )
                for gate in sorted(gates, key=lambda gate: str(gate["gate_code"]))
            ),
        )
    )
    deployments = rows(
        "deployments",
        "environment,deployment_ref,status,g4_status,was_eligible,deployed_by,deployed_at",
        **release,
    )
    story.console.print(
        _table(
            ("deployed to", "ref", "status", "health", "was eligible", "by"),
            (
                (
                    d["environment"],
                    d["deployment_ref"],
                    d["status"],
                    d["g4_status"],
                    d["was_eligible"],
                    d["deployed_by"],
                )
                for d in sorted(deployments, key=lambda d: str(d["deployed_at"]))
            ),
        )
    )
    log = rows("event_ingest_log", "processing_status", **release)
    counts = {status: sum(r["processing_status"] == status for r in log) for status in ("accepted", "duplicate")}
    [final] = rows("releases", "status", **release)
    story.console.print(
        f"\n  The release is [bold]{final['status']}[/]: {counts['accepted']} events accepted,"
        f" {counts['duplicate']} duplicate, {time.monotonic() - story.began:.1f} s."
    )
    if final["status"] != "promoted" or any(gate["status"] != "passed" for gate in gates):
        raise StackError("the release did not come through all its gates")


def run(console: Console | None = None) -> None:
    """Start the stack, drive one release through the whole chain, and stop it again."""
    # A log has no width of its own; a table should still not wrap in it.
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=110)
    console.print("Starting Postgres, PostgREST, the edge function and the gateway …")
    began = time.monotonic()
    with run_stack() as stack:
        console.print(f"  up after {time.monotonic() - began:.1f} s at {stack.url}")
        story = Story(stack, console, *checkout())
        _open(story)
        _too_early(story)
        _build(story)
        _validate(story)
        _approve(story)
        story.act("Deploy to staging")
        _deploy(story, "staging")
        story.act("G4 Post-Deploy Operational Confirmation in staging")
        _confirm(story, "staging")
        story.act("Deploy to production, and confirm")
        _deploy(story, "production")
        _confirm(story, "production")
        _read_back(story)
