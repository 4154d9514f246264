"""A pipeline's runner, as far as the actions and other producers see one; and what becomes of what they send."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from harness.prove.world import COMMIT, World
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.flaky import BOT
from ops_gates.answers import Answer
from ops_gates.core import Overview
from ops_gates.events import Envelope

EVENT, GATE = (ROOT / ".github" / "actions" / name for name in ("ops-event", "ops-gate"))
CREDENTIALS = ("ci token", "secret key", "bot user")
# The interpreter below the virtual environment, which has no packages of ours: producers run on bare runners.
BARE_PYTHON = getattr(sys, "_base_executable", sys.executable)


class Caught:
    """A project that keeps what is sent, and answers nothing of use."""

    person: str | None = None

    def __init__(self, looked_at: Overview | None = None) -> None:
        self.sent: list[Envelope] = []
        self._looked_at = looked_at

    def looked_at(self, _: object) -> Overview | None:
        return self._looked_at

    def emit(self, event: Envelope) -> Answer:
        self.sent.append(event)
        return Answer(200, str(uuid.UUID(int=9)), "accepted", None, {})

    send = emit

    def __getattr__(self, _: str) -> Any:
        return lambda *_, **__: SimpleNamespace()


@dataclass
class Step:
    """What a step left behind: its exit code, its log after the runner's commands, outputs and summary."""

    code: int
    log: str
    errors: list[str]
    outputs: dict[str, str]
    summary: str


@dataclass
class Job:
    """One attempt of a run; its steps share a workspace whose modules must not be picked up."""

    folder: Path
    run_id: str = field(default_factory=lambda: str(uuid.uuid4().int)[:10])
    run_attempt: int = 1
    sha: str = COMMIT
    actor: str = "dev-1-login"
    workflow: str = "Release events"
    name: str = "report"
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, action: Path, **inputs: str) -> Step:
        """Run the action's one step: its `run` by its shell, in the environment that its mapping gives."""
        definition = yaml.safe_load((action / "action.yml").read_text())
        [step] = definition["runs"]["steps"]
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= definition["inputs"].keys()
        github = {"sha": self.sha, "actor": self.actor, "repository": "acme/shop"}
        values = {
            f"inputs.{name}": given.get(name, _filled(str(about.get("default", "")), {"github": github}))
            for name, about in definition["inputs"].items()
        }
        contexts = {"inputs": {n.partition(".")[2]: v for n, v in values.items()}, "env": self.environment}
        workspace, out, summary, bin_ = (self.folder / name for name in ("workspace", "output", "summary.md", "bin"))
        for folder in (workspace / "ops_gates", bin_):
            folder.mkdir(parents=True, exist_ok=True)
        for module in ("json.py", "ops_gates/__init__.py"):
            (workspace / module).write_text("raise SystemExit('a module of the workspace was imported')\n")
        (bin_ / "python3").unlink(missing_ok=True)
        (bin_ / "python3").symlink_to(BARE_PYTHON)
        out.write_text("")
        summary.write_text("")
        (self.folder / "step.sh").write_text(step["run"])
        assert step["shell"] == "bash"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(self.folder / "step.sh")],
            cwd=workspace,
            env={
                "PATH": f"{bin_}:{os.environ['PATH']}",
                "HOME": str(self.folder),
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(action),
                "GITHUB_ACTOR": self.actor,
                "GITHUB_TRIGGERING_ACTOR": "somebody-else",
                "GITHUB_EVENT_NAME": "push",
                "GITHUB_OUTPUT": str(out),
                "GITHUB_REF": "refs/heads/main",
                "GITHUB_REPOSITORY": "acme/shop",
                "GITHUB_RUN_ATTEMPT": str(self.run_attempt),
                "GITHUB_RUN_ID": self.run_id,
                "GITHUB_SERVER_URL": "https://github.com",
                "GITHUB_SHA": self.sha,
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_JOB": self.name,
                "GITHUB_WORKFLOW": self.workflow,
                "GITHUB_WORKSPACE": str(workspace),
                **self.environment,
                **{name: _filled(str(value), contexts) for name, value in step["env"].items()},
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = done.stdout + done.stderr
        log = "\n".join(line for line in said.splitlines() if not line.startswith("::add-mask::"))
        errors = re.findall(r"^::error title=[^:]*::(.*)$", log, re.MULTILINE)
        return Step(done.returncode, log, errors, _outputs(out.read_text()), summary.read_text())


def _filled(text: str, contexts: Mapping[str, Mapping[str, str]]) -> str:
    """`${{ a.b || c.d }}` as GitHub evaluates it; an unknown context is a mistake in the action."""

    def evaluated(match: re.Match[str]) -> str:
        values = []
        for term in match[1].split("||"):
            context, _, name = term.strip().partition(".")
            values.append(contexts[context].get(name, ""))
        return next(filter(None, values), "")

    return re.sub(r"\$\{\{(.*?)\}\}", evaluated, text)


def _outputs(text: str) -> dict[str, str]:
    return {n: v for n, _, v in re.findall(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)}


def caller(stack: Stack, kind: str) -> dict[str, str]:
    """What a workflow has in its environment for one of the ways to authenticate."""
    project = {"SUPABASE_URL": stack.url, "OPS_RETRY_SECONDS": "10"}
    if kind == "secret key":
        return {**project, "SUPABASE_SECRET_KEY": stack.secret_key}
    project["SUPABASE_PUBLISHABLE_KEY"] = stack.publishable_key
    if kind == "bot user":
        return {**project, "OPS_BOT_EMAIL": BOT["email"], "OPS_BOT_PASSWORD": BOT["password"]}
    return {**project, "OPS_TOKEN": stack.token("ci_service_role", "ci-bot")}


def secrets(job: Job) -> list[str]:
    return [
        job.environment[n] for n in ("OPS_TOKEN", "SUPABASE_SECRET_KEY", "OPS_BOT_PASSWORD") if n in job.environment
    ]


def report(job: Job, world: World, status: str = "success", **inputs: str) -> Step:
    return job.run(EVENT, status=status, release_id=str(world.release_id), **inputs)


def log_of(world: World, key: str) -> list[str]:
    """What became of each submission under a key, oldest first."""
    return [row["processing_status"] for row in world.log({"idempotency_key": key})]


def assert_signed_off(world: World, sha256: str, text: str) -> None:
    """One approval of G2 by qa-1, with its reasons and its evidence."""
    [g2] = world.service.rows("release_gates", "gate_id", release_id=world.release_id, gate_code="G2")
    [approval] = world.facts("approvals")
    kept = {"approver_id": "qa-1", "persona_role": "qa_tester", "decision": "approved", "scope": "gate"}
    assert {name: approval[name] for name in kept} == kept
    assert approval["gate_id"] == g2["gate_id"]
    assert approval["rationale_structured"] == {"criteria_met": 12, "defects_open": 0}
    assert approval["rationale_text"] == text
    [artifact] = [a for a in world.facts("evidence_artifacts") if a["gate_id"] == g2["gate_id"]]
    assert (artifact["artifact_type"], artifact["sha256"]) == ("test_result", sha256)
    assert artifact["source_system"] == "agent"


def run_agent(stack: Stack, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The agent as a process without any of our packages."""
    return subprocess.run(
        [BARE_PYTHON, "-m", "ops_gates.producers.agent", *arguments],
        cwd=ROOT / "harness",
        env={"PATH": os.environ["PATH"], **caller(stack, "secret key"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
