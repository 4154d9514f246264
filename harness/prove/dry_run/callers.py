"""The producers that report the release: steps of the actions, the agent and the command line, each in its role."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from harness.prove.dry_run.subject import Subject
from harness.prove.dry_run.work import Command, Document, run
from harness.stack import Stack, StackError
from harness.stack.parts import ROOT, environment

# One name for each role: no person is meant.
CI = "ci-bot"
PEOPLE = {
    "ci_service_role": CI,
    "developer": "dev-1",
    "qa_tester": "qa-1",
    "release_manager": "rm-1",
    "sre": "sre-1",
}
# Reserved, so that nobody takes a rehearsal's address for one that can be opened.
ELSEWHERE = "https://dry-run.invalid"


@dataclass(frozen=True)
class StepResult:
    """How a step of a workflow ended: its exit code, what it printed, and its outputs."""

    code: int
    said: str
    outputs: Mapping[str, str]


@dataclass
class Callers:
    """The producers around one release; `run_id` stands for the pipeline's run and for the sessions of people."""

    stack: Stack
    subject: Subject
    folder: Path
    run_id: str
    _calls: int = field(default=0, init=False)

    def address(self, name: str) -> str:
        """Where a file of this run would be kept by a pipeline."""
        return f"{ELSEWHERE}/{self.subject.project}/actions/runs/{self.run_id}/{name}"

    def report_build(
        self,
        release_id: str,
        leg: str,
        status: str,
        checks: list[dict[str, Any]],
        built: Document | None,
        *,
        attempt: int = 1,
    ) -> StepResult:
        """The step of `ops-event` in a leg of a matrix, as CI with a token."""
        return self._step(
            "event",
            attempt,
            OPS_RELEASE_ID=release_id,
            OPS_PART=leg,
            OPS_STATUS=status,
            OPS_CHECKS=json.dumps(checks),
            OPS_ARTIFACT_REF=self.address(built.name) if built else "",
            OPS_ARTIFACTS=json.dumps({built.name: built.sha256}) if built else "",
        )

    def ask(self, release_id: str, target: str) -> StepResult:
        """The step of `ops-gate`: exit code 0 or 1."""
        return self._step(
            "gate", 1, OPS_RELEASE_ID=release_id, OPS_ENVIRONMENT=target, OPS_SOURCE_REF=self.subject.source_ref
        )

    def _step(self, action: str, attempt: int, **inputs: str) -> StepResult:
        outputs = self.folder / f"outputs-{self._next()}"
        outputs.touch()
        runner = {
            "CI": "true",
            "GITHUB_ACTOR": PEOPLE["developer"],
            "GITHUB_JOB": "build",
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": self.subject.project,
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_RUN_ID": self.run_id,
            "GITHUB_SERVER_URL": ELSEWHERE,
            "GITHUB_SHA": self.subject.source_ref,
            "GITHUB_WORKFLOW": "Dry run",
            # Without GITHUB_ACTIONS, which would have it print its secrets for a runner to mask.
        }
        path = {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
        env = environment(**runner, **path, **self._project("ci_service_role", CI), **inputs)
        arguments = [sys.executable, "-m", "ops_gates.producers.github_actions", action]
        ran = run(Command(f"ops-{action}", arguments, self.folder, env), self.folder, f"-{self._calls}")
        return StepResult(ran.code, ran.log.path.read_text(), _outputs(outputs.read_text()))

    def sign_off(
        self,
        release_id: str,
        gate: str,
        role: str,
        decision: str,
        rationale: Mapping[str, Any],
        text: str,
        evidence: list[tuple[str, Document]],
        *,
        own_token: bool = False,
        seen: str | None = None,
    ) -> Mapping[str, Any]:
        """The agent, which hashes the evidence: with the secret key it names the person, else it has their token.

        `seen` is what the person looked at; what is there now if left out.
        """
        caller = (
            self._project(role, PEOPLE[role])
            if own_token
            else {"SUPABASE_URL": self.stack.url, "SUPABASE_SECRET_KEY": self.stack.secret_key}
        )
        given = [
            *("--gate", gate, "--decision", decision, "--session", f"{role}-{self.run_id}", "--json"),
            *("--approver", PEOPLE[role], "--rationale", json.dumps(rationale), "--text", text),
            *(("--seen", seen) if seen else ()),
            *(
                part
                for kind, file in evidence
                for part in ("--evidence", kind, self.address(file.name), str(file.path))
            ),
        ]
        arguments = [sys.executable, "-m", "ops_gates.producers.agent", release_id, *given]
        command = Command("agent", arguments, ROOT, environment(**caller))
        ran = run(command, self.folder, f"-{self._next()}")
        return _answer("the agent", ran.code, ran.log.path.read_text())

    def post(self, role: str, event: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """An event as it is, sent by HTTP as any program can: the status and the answer."""
        answer = self._post(role, "/functions/v1/ops-event-ingest", event)
        return answer.status_code, answer.json()

    def decide(self, role: str, release_id: str, decision: str, rationale: Mapping[str, Any], text: str) -> None:
        """A decision on the release as a whole. It is a row of `ops.approvals`: sign-offs are about one gate."""
        row = {
            "release_id": release_id, "scope": "release", "approver_id": PEOPLE[role], "persona_role": role,
            "decision": decision, "rationale_structured": dict(rationale), "rationale_text": text,
        }  # fmt: skip
        answer = self._post(role, "/rest/v1/approvals", row, {"Content-Profile": "ops", "Prefer": "return=minimal"})
        if answer.status_code != 201:
            raise StackError(f"the decision of {PEOPLE[role]} was answered {answer.status_code}: {answer.text}")

    def _post(
        self, role: str, path: str, body: Mapping[str, Any], more: Mapping[str, str] | None = None
    ) -> httpx.Response:
        project = self._project(role, PEOPLE[role])
        headers = {"Authorization": f"Bearer {project['OPS_TOKEN']}", "apikey": project["SUPABASE_PUBLISHABLE_KEY"]}
        return httpx.post(f"{self.stack.url}{path}", json=body, headers={**headers, **(more or {})}, timeout=30)

    def type(self, role: str, *arguments: str) -> Mapping[str, Any]:
        """A line of `ops-gates`, as a person or a bot types it; a program in a program, to start Python once."""
        from ops_gates.cli import app

        said = io.StringIO()
        with (
            _variables(self._project(role, PEOPLE[role])),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            code = app([*arguments, "--json"], standalone_mode=False) or 0
        if code == 130:
            raise KeyboardInterrupt
        return _answer(f"ops-gates {' '.join(arguments[:2])}", code, said.getvalue())

    def _project(self, role: str, subject: str) -> dict[str, str]:
        return {
            "SUPABASE_URL": self.stack.url,
            "SUPABASE_PUBLISHABLE_KEY": self.stack.publishable_key,
            "OPS_TOKEN": self.stack.token(role, subject),
        }

    def _next(self) -> int:
        self._calls += 1
        return self._calls


def _answer(who: str, code: int, said: str) -> Mapping[str, Any]:
    if code:
        raise StackError(f"{who} ended with exit code {code}: {said.strip()[-2000:]}")
    answered: Mapping[str, Any] = json.loads(said)
    return answered


def _outputs(text: str) -> dict[str, str]:
    return {n: v for n, _, v in re.findall(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)}


@contextlib.contextmanager
def _variables(given: Mapping[str, str]) -> Iterator[None]:
    """The project and the caller that commands find in their environment, and no other."""
    names = {*given, "SUPABASE_SECRET_KEY", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "OPS_RETRY_SECONDS"}
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ.update(given)
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name, None)
        os.environ.update(before)
