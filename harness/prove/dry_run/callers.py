"""The producers that report the release: steps of the actions, the agent and the command line, each signed in."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from harness.prove.dry_run.accounts import PEOPLE, Accounts, SignedIn, terminal
from harness.prove.dry_run.subject import Subject
from harness.prove.dry_run.work import Command, Document, run
from harness.stack import Stack, StackError
from harness.stack.parts import ROOT, environment

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
    accounts: Accounts
    _calls: int = field(default=0, init=False)

    def sign_in(self) -> list[SignedIn]:
        """Sign everybody in, and ask each who they are; StackError unless they act in their role."""
        signed = []
        for role in PEOPLE:
            typed = self.accounts.typed_to_sign_in(role)
            if typed:
                self._typed(role, ("login",), typed)
            shown = self.type(role, "whoami")
            signed.append(SignedIn(shown["subject"], shown["role"], shown["by"]))
            if signed[-1].role != role:
                raise StackError(f"{PEOPLE[role]} signed in, and acts as {signed[-1].role}, not {role}")
        return signed

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
        """The step of `ops-event` in a leg of a matrix, as the bot that signs in."""
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
        env = environment(**runner, **path, **self.accounts.variables("ci_service_role"), **inputs)
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
        seen: str | None = None,
    ) -> Mapping[str, Any]:
        """The agent, which hashes the evidence, where the person has signed in: it has no key of its own.

        `seen` is what the person looked at; what is there now if left out.
        """
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
        command = Command("agent", arguments, ROOT, environment(**self.accounts.variables(role)))
        ran = run(command, self.folder, f"-{self._next()}")
        said = ran.log.path.read_text()
        if ran.code:
            raise _failed("the agent", ran.code, said)
        answered: Mapping[str, Any] = json.loads(said)
        return answered

    def post(self, role: str, event: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """An event as it is, sent by HTTP as any program can, by a person's token: the status and the answer."""
        headers = {"Authorization": f"Bearer {self.accounts.token(role)}", "apikey": self.stack.publishable_key}
        answer = httpx.post(f"{self.stack.functions_url}/ops-event-ingest", json=event, headers=headers, timeout=30)
        return answer.status_code, answer.json()

    def decide(self, role: str, release_id: str, decision: str, rationale: Mapping[str, Any], text: str) -> None:
        """A decision on the release as a whole: sign-offs are about one gate."""
        given = ("--decision", decision, "--rationale", json.dumps(rationale), "--reason", text)
        self.type(role, "decide", release_id, *given)

    def type(self, role: str, *arguments: str) -> Mapping[str, Any]:
        """A line of `ops-gates`, as a person or a bot types it, and what it answers."""
        answered: Mapping[str, Any] = json.loads(self._typed(role, (*arguments, "--json")))
        return answered

    def _typed(self, role: str, arguments: tuple[str, ...], typed: str = "") -> str:
        """What a line of `ops-gates` says: a program in a program, to start Python once; StackError if it fails."""
        from ops_gates.cli import app

        said = io.StringIO()
        with (
            terminal(self.accounts.variables(role), typed),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            code = app([*arguments], standalone_mode=False) or 0
        if code == 130:
            raise KeyboardInterrupt
        if code:
            raise _failed(f"ops-gates {' '.join(arguments[:2])}", code, said.getvalue())
        return said.getvalue()

    def _next(self) -> int:
        self._calls += 1
        return self._calls


def _failed(who: str, code: int, said: str) -> StackError:
    return StackError(f"{who} ended with exit code {code}: {said.strip()[-2000:]}")


def _outputs(text: str) -> dict[str, str]:
    return {n: v for n, _, v in re.findall(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)}
