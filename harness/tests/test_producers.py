"""Producers, as they run: the actions' own steps on a GitHub-shaped environment, the agent, the n8n workflow."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from harness.prove.world import COMMIT, World
from harness.stack import Stack
from harness.stack.parts import ROOT
from ops_gates.producers import agent
from ops_gates.producers.wire import MisconfiguredError

EVENT, GATE = (ROOT / ".github" / "actions" / name for name in ("ops-event", "ops-gate"))
N8N = json.loads((ROOT / "harness" / "ops_gates" / "producers" / "n8n_qa_signoff.json").read_text())
CREDENTIALS = ("ci token", "secret key", "bot user")
# The interpreter below the virtual environment, which has no packages of ours: producers run on bare runners.
BARE_PYTHON = getattr(sys, "_base_executable", sys.executable)


@pytest.fixture
def world(stack: Stack) -> World:
    return World(stack)


# A runner, as far as an action sees one.


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
                "GITHUB_WORKFLOW": "Release events",
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


@pytest.fixture
def job(stack: Stack, tmp_path: Path) -> Job:
    """A job whose caller is a CI bot with a token."""
    return Job(tmp_path, environment=caller(stack, "ci token"))


def caller(stack: Stack, kind: str) -> dict[str, str]:
    """What a workflow has in its environment for one of the ways to authenticate."""
    project = {"SUPABASE_URL": stack.url, "OPS_ATTEMPTS": "3"}
    if kind == "secret key":
        return {**project, "SUPABASE_SECRET_KEY": stack.secret_key}
    project["SUPABASE_PUBLISHABLE_KEY"] = stack.publishable_key
    if kind == "bot user":
        return {**project, "OPS_BOT_EMAIL": "ci-bot@example.com", "OPS_BOT_PASSWORD": "correct-horse"}
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


# A project in front of which things go wrong.


class Front:
    """Passes requests on to the stack, except for what is planned: each entry of `plan` spoils one request."""

    def __init__(self, stack: Stack, password: str = "correct-horse") -> None:
        self.plan: list[str] = []
        self.seen: list[tuple[str, str, bytes]] = []
        front, upstream = self, urlsplit(stack.url)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                front.seen.append((self.command, self.path, body))
                planned = front.plan.pop(0) if front.plan else ""
                if planned == "dropped":
                    return self.hang_up()
                if planned.isdigit():
                    return self.answer(int(planned), b'{"message": "not now"}', **{"retry-after": "0"})
                if planned == "moved":
                    return self.answer(307, b"", location=f"{stack.url}{self.path}")
                if self.path == "/auth/v1/token?grant_type=password":
                    good = json.loads(body) == {"email": "ci-bot@example.com", "password": password}
                    token = stack.token("ci_service_role", "ci-bot")
                    reply = {"access_token": token} if good else {"error_code": "invalid_credentials"}
                    return self.answer(200 if good else 400, json.dumps(reply).encode())
                connection = http.client.HTTPConnection(str(upstream.hostname), upstream.port, timeout=30)
                with contextlib.closing(connection):
                    headers = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "connection")}
                    connection.request(self.command, self.path, body, headers)
                    reply_ = connection.getresponse()
                    content = reply_.read()
                if planned == "lost":
                    return self.hang_up()
                return self.answer(reply_.status, content)

            def do_GET(self) -> None:
                self.do_POST()

            def hang_up(self) -> None:
                self.close_connection = True
                self.connection.close()

            def answer(self, code: int, content: bytes, **headers: str) -> None:
                self.send_response(code)
                for name, value in {"content-length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def front(stack: Stack) -> Iterator[Front]:
    with contextlib.closing(Front(stack)) as front:
        yield front


# T7: the CI event producer.


def test_real_ci_merge_populates_g1_gate_check_record(world: World, job: Job) -> None:
    step = report(job, world, checks='{"lint": "success"}', artifact_ref="oci://registry.example/shop@sha256:1")
    assert (step.code, step.errors) == (0, [])
    run_url = f"https://github.com/acme/shop/actions/runs/{job.run_id}/attempts/1"
    checks = sorted(world.facts("gate_checks"), key=lambda check: str(check["check_name"]))
    assert [(c["check_name"], c["status"], c["source_system"]) for c in checks] == [
        ("build", "pass", "github_actions"),
        ("lint", "pass", "github_actions"),
    ]
    assert checks[0]["artifact_ref"] == "oci://registry.example/shop@sha256:1"
    assert checks[0]["created_by"] == "ci-bot"
    assert checks[0]["metadata"] == {
        "outcome": "success",
        "run_url": run_url,
        "workflow": "Release events",
        "ref": "refs/heads/main",
        "actor": "dev-1-login",
    }
    [artifact] = world.facts("evidence_artifacts")
    assert (artifact["artifact_type"], artifact["artifact_url"]) == ("build_log", run_url)
    assert artifact["check_id"] == checks[0]["check_id"]
    assert world.gates()["G1"] == "passed"
    assert step.outputs["gate-status"] == "passed"
    assert "G1 Build Integrity is passed" in step.summary


def test_verify_ops_event_ingest_log_shows_processing_status_accepted(world: World, job: Job) -> None:
    step = report(job, world)
    rows = world.service.rows(
        "event_ingest_log",
        "ingest_id,idempotency_key,processing_status,event_type,source_system,caller_role",
        idempotency_key=f"github_actions/{job.run_id}/build_complete",
    )
    assert rows == [
        {
            "ingest_id": step.outputs["ingest-id"],
            "idempotency_key": f"github_actions/{job.run_id}/build_complete",
            "processing_status": "accepted",
            "event_type": "build_complete",
            "source_system": "github_actions",
            "caller_role": "ci_service_role",
        }
    ]


@pytest.mark.parametrize(
    ("status", "recorded", "gate"),
    [
        ("success", "pass", "passed"),
        ("pass", "pass", "passed"),
        ("failure", "fail", "failed"),
        ("cancelled", "fail", "failed"),
    ],
)
def test_every_end_of_a_build_is_reported(world: World, job: Job, status: str, recorded: str, gate: str) -> None:
    step = report(job, world, status)
    assert step.code == 0, step.log
    assert [(c["status"], c["metadata"]["outcome"]) for c in world.facts("gate_checks")] == [(recorded, status)]
    assert world.gates()["G1"] == step.outputs["gate-status"] == gate


def test_a_failed_build_says_in_the_summary_what_is_missing(world: World, job: Job) -> None:
    step = report(job, world, "failure", checks='{"lint": "failure", "test": "skipped", "verify": ""}')
    assert "G1 Build Integrity is failed" in step.summary
    assert "| requirement | found | remedy | who can |" in step.summary
    statuses = {c["check_name"]: c["status"] for c in world.facts("gate_checks")}
    assert statuses == {"build": "fail", "lint": "fail", "test": "skipped", "verify": "skipped"}


def test_a_repeated_step_is_a_duplicate_and_adds_nothing(world: World, job: Job) -> None:
    first, again = report(job, world), report(job, world)
    assert (first.outputs["status"], again.outputs["status"]) == ("accepted", "duplicate")
    assert (again.code, again.outputs["ingest-id"]) == (0, first.outputs["ingest-id"])
    assert len(world.facts("gate_checks")) == 1
    assert log_of(world, f"github_actions/{job.run_id}/build_complete") == ["accepted", "duplicate"]


def test_a_second_outcome_of_one_attempt_is_refused(world: World, job: Job) -> None:
    report(job, world, "failure")
    step = report(job, world, "success")
    assert step.code == 1
    [error] = step.errors
    assert "idempotency_key_reused" in error
    assert world.gates()["G1"] == "failed"


def test_a_rerun_is_a_new_event_and_heals_the_first(world: World, job: Job) -> None:
    report(job, world, "failure", checks='{"test": "failure"}')
    assert world.gates()["G1"] == "failed"
    job.run_attempt = 2
    step = report(job, world, checks='{"test": "success"}')
    assert step.outputs["status"] == "accepted"
    assert world.gates()["G1"] == "passed"
    assert log_of(world, f"github_actions/{job.run_id}/build_complete/2") == ["accepted"]
    assert len(world.facts("gate_checks")) == 4


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_each_way_to_authenticate_reports_and_asks(world: World, job: Job, front: Front, kind: str) -> None:
    job.environment = {**caller(world.stack, kind), "SUPABASE_URL": front.url}
    step = report(job, world)
    assert step.code == 0, step.log
    caller_role = "service_role" if kind == "secret key" else "ci_service_role"
    [row] = world.log({"idempotency_key": f"github_actions/{job.run_id}/build_complete"})
    assert row["caller_role"] == caller_role
    asked = job.run(GATE, environment="staging", release_id=str(world.release_id))
    assert (asked.code, asked.outputs["eligible"]) == (1, "false"), asked.log
    for secret in secrets(job):
        assert secret not in step.log + step.summary + asked.log + asked.summary


def test_inputs_come_before_the_environment(world: World, job: Job) -> None:
    job.environment = {"SUPABASE_URL": "https://wrong.invalid", "OPS_TOKEN": "wrong", "OPS_ATTEMPTS": "1"}
    given = caller(world.stack, "ci token")
    step = report(
        job,
        world,
        supabase_url=given["SUPABASE_URL"],
        publishable_key=given["SUPABASE_PUBLISHABLE_KEY"],
        token=given["OPS_TOKEN"],
    )
    assert step.code == 0, step.log


def test_a_merge_opens_the_release_of_its_commit_for_its_author(world: World, job: Job) -> None:
    named = {"release_name": uuid.uuid4().hex, "status": "success"}
    first = job.run(EVENT, **named)
    assert first.code == 0, first.log
    [release] = world.service.rows("releases", "*", release_id=first.outputs["release-id"])
    assert (release["project"], release["release_name"]) == ("acme/shop", named["release_name"])
    assert (release["source_ref"], release["environment_target"]) == (COMMIT, "production")
    assert (release["initiating_actor"], release["created_by"]) == ("dev-1", "ci-bot")
    job.run_attempt = 2
    assert job.run(EVENT, **named).outputs["release-id"] == first.outputs["release-id"]


def test_a_merge_by_somebody_unknown_is_refused_with_what_to_do(job: Job) -> None:
    job.actor = "stranger"
    step = job.run(EVENT, status="success", release_name=uuid.uuid4().hex)
    assert step.code == 1
    [error] = step.errors
    assert "grant_membership" in error
    assert "OPS06" in error


def test_a_build_of_another_commit_does_not_count(world: World, job: Job) -> None:
    job.sha = "0" * 40
    step = report(job, world)
    assert step.code == 1
    assert "source_ref_mismatch" in step.errors[0]
    assert world.facts("gate_checks") == []


# Retries.


@pytest.mark.parametrize("plan", [["503", "500"], ["dropped", "503"], ["429", "dropped"]])
def test_a_fault_is_tried_again_with_the_same_event(world: World, job: Job, front: Front, plan: list[str]) -> None:
    job.environment["SUPABASE_URL"] = front.url
    front.plan = list(plan)
    step = report(job, world)
    assert (step.code, step.outputs["status"]) == (0, "accepted"), step.log
    assert len(front.seen) == 3
    assert len({body for _, _, body in front.seen}) == 1


def test_an_answer_that_was_lost_costs_nothing_and_doubles_nothing(world: World, job: Job, front: Front) -> None:
    job.environment["SUPABASE_URL"] = front.url
    front.plan = ["lost"]
    step = report(job, world)
    assert (step.code, step.outputs["status"]) == (0, "duplicate"), step.log
    assert log_of(world, f"github_actions/{job.run_id}/build_complete") == ["accepted", "duplicate"]
    assert len(world.facts("gate_checks")) == 1


def test_a_refusal_is_not_tried_again(job: Job, front: Front) -> None:
    job.environment["SUPABASE_URL"] = front.url
    step = job.run(EVENT, status="success", release_id=str(uuid.uuid4()))
    assert (step.code, len(front.seen)) == (1, 1)
    assert "unknown_release" in step.errors[0]


def test_a_redirect_does_not_get_the_key(world: World, job: Job, front: Front) -> None:
    job.environment["SUPABASE_URL"] = front.url
    front.plan = ["moved"]
    step = report(job, world)
    assert step.code == 1
    assert "HTTP 307" in step.errors[0]
    assert world.facts("gate_checks") == []


@pytest.mark.parametrize("action", [EVENT, GATE])
def test_a_project_that_never_answers_fails_the_step_in_one_sentence(
    world: World, job: Job, front: Front, action: Path
) -> None:
    job.environment |= {"SUPABASE_URL": front.url}
    front.plan = ["503"] * 9
    inputs = {"status": "success"} if action == EVENT else {"environment": "staging"}
    step = job.run(action, release_id=str(world.release_id), attempts="2", **inputs)
    assert (step.code, len(front.seen)) == (3, 2)
    [error] = step.errors
    assert error == step.log.partition("::")[2].partition("::")[2]
    assert "2 attempts" in error
    assert step.outputs.get("eligible") in (None, "false")


# Refusals and mistakes: one sentence each, and no secret in it.


@pytest.mark.parametrize("action", [EVENT, GATE])
@pytest.mark.parametrize("wrong", ["secret key", "token", "expired token", "bot password"])
def test_wrong_credentials_are_one_sentence_without_them(
    world: World, job: Job, front: Front, action: Path, wrong: str
) -> None:
    stack, bad = world.stack, f"sb_secret_{uuid.uuid4().hex}"
    forged = stack.token("ci_service_role", "ci-bot")[:-9] + "AAAAAAAAA"
    expired = stack.token("ci_service_role", "ci-bot", ttl=-99)
    job.environment = {
        "secret key": {**caller(stack, "secret key"), "SUPABASE_SECRET_KEY": bad},
        "token": {**caller(stack, "ci token"), "OPS_TOKEN": forged},
        "expired token": {**caller(stack, "ci token"), "OPS_TOKEN": expired},
        "bot password": {**caller(stack, "bot user"), "OPS_BOT_PASSWORD": "wrong-horse"},
    }[wrong]
    if wrong == "bot password":
        job.environment["SUPABASE_URL"] = front.url
    inputs = {"status": "success"} if action == EVENT else {"environment": "staging"}
    step = job.run(action, release_id=str(world.release_id), **inputs)
    assert step.code == 1, step.log
    [error] = step.errors
    assert re.search(r"check |could not sign in", error)
    for secret in secrets(job):
        assert secret not in step.log + step.summary + json.dumps(step.outputs)


MISTAKES: dict[str, tuple[dict[str, str | None], dict[str, str], str]] = {
    "no url": ({"SUPABASE_URL": None}, {}, "Supabase URL"),
    "no address": ({"SUPABASE_URL": "shop"}, {}, "not an address"),
    "no tls": ({"SUPABASE_URL": "http://shop.example"}, {}, "https"),
    "no credentials": ({"OPS_TOKEN": None}, {}, "no credentials"),
    "no publishable key": ({"SUPABASE_PUBLISHABLE_KEY": None}, {}, "publishable key"),
    "a secret key in the wrong place": ({"SUPABASE_PUBLISHABLE_KEY": "sb_secret_x"}, {}, "publishable key"),
    "an api key as token": ({"OPS_TOKEN": "sb_secret_x"}, {}, "the token is an API key"),
    "a legacy key": ({"OPS_TOKEN": None, "SUPABASE_SECRET_KEY": "eyJhbGciOi"}, {}, "legacy"),
    "a key with a line break": ({"OPS_TOKEN": "abc\ndef"}, {}, "paste the key alone"),
    "half a bot": ({"OPS_BOT_EMAIL": "ci-bot@example.com"}, {}, "password"),
    "no release": ({}, {"release_id": ""}, "no release"),
    "no uuid": ({}, {"release_id": "v1"}, "UUID"),
    "no attempts": ({}, {"attempts": "many"}, "attempts"),
}
EVENT_MISTAKES: dict[str, tuple[dict[str, str | None], dict[str, str], str]] = {
    **MISTAKES,
    "no status": ({}, {"status": ""}, "status is 'missing'"),
    "a skipped build": ({}, {"status": "skipped"}, "it is one of success"),
    "checks are not json": ({}, {"checks": "lint"}, "checks is not JSON"),
    "a check's status": ({}, {"checks": '{"lint": "ok"}'}, "status 'ok'"),
    "the target": ({}, {"release_id": "", "release_name": "x", "environment_target": "prod"}, "environment-target"),
}
GATE_MISTAKES = {**MISTAKES, "the environment": ({}, {"environment": "prod"}, "environment is 'prod'")}


@pytest.mark.parametrize(
    ("action", "mistake"),
    [
        *(pytest.param(EVENT, m, id=f"event, {n}") for n, m in EVENT_MISTAKES.items()),
        *(pytest.param(GATE, m, id=f"gate, {n}") for n, m in GATE_MISTAKES.items()),
    ],
)
def test_a_mistake_is_one_sentence_and_sends_nothing(
    job: Job, action: Path, mistake: tuple[dict[str, str | None], dict[str, str], str]
) -> None:
    changed, inputs, said = mistake
    environment: dict[str, str | None] = {**job.environment, **changed}
    job.environment = {name: value for name, value in environment.items() if value is not None}
    defaults = {"status": "success"} if action == EVENT else {"environment": "staging"}
    step = job.run(action, **{**defaults, "release_id": str(uuid.uuid4()), **inputs})
    assert step.code == 2, step.log
    [error] = step.errors
    assert said in error
    assert step.outputs.get("eligible") in (None, "false")
    assert "Traceback" not in step.log


def test_secrets_are_given_to_the_runner_to_mask_and_otherwise_never_printed(world: World, job: Job) -> None:
    job.environment = caller(world.stack, "secret key")
    environment = {**job.environment, "PYTHONPATH": str(ROOT / "harness"), "OPS_STATUS": "success"}
    command = [BARE_PYTHON, "-m", "ops_gates.producers.github_actions", "event"]
    on_runner, elsewhere = (
        subprocess.run(command, env={**environment, **more}, capture_output=True, text=True, check=False, cwd=ROOT)
        for more in ({"GITHUB_ACTIONS": "true"}, {})
    )
    [secret] = secrets(job)
    assert on_runner.stdout.splitlines()[0] == f"::add-mask::{secret}"
    assert secret not in "".join(on_runner.stdout.splitlines()[1:]) + on_runner.stderr
    assert secret not in elsewhere.stdout + elsewhere.stderr
    assert (on_runner.returncode, elsewhere.returncode) == (2, 2)


# The guard of a deployment.


def test_the_gate_stops_an_ineligible_promotion_and_says_why(world: World, job: Job) -> None:
    world.emit(world.build())
    step = job.run(GATE, environment="production", release_id=str(world.release_id))
    assert (step.code, step.outputs["eligible"]) == (1, "false")
    blockers = json.loads(step.outputs["blockers"])
    asked = {"release_id": str(world.release_id), "target_env": "production"}
    expected: Any = world.stack.client().rpc("promotion_blockers", asked).execute().data
    columns = ("gate_code", "requirement", "detail", "remedy", "who")
    assert blockers == [{column: row[column] for column in columns} for row in expected]
    assert "| gate | requirement | found | remedy | who can |" in step.summary
    assert "| G2 | approved by a qa_tester | 0 of 1 approvals |" in step.summary
    assert "| release_manager |" in step.summary
    [error] = step.errors
    assert error == (
        f"{world.name} may not go to production: {len(blockers)} requirements are open,"
        " which need qa_tester, release_manager"
    )


@pytest.mark.parametrize(("environment", "gates"), [("dev", 0), ("staging", 2), ("production", 3)])
def test_the_gate_passes_an_eligible_promotion(world: World, job: Job, environment: str, gates: int) -> None:
    world.emit(*world.until_gate(gates)) if gates else None
    step = job.run(GATE, environment=environment, release_id=str(world.release_id))
    assert (step.code, step.errors) == (0, []), step.log
    assert (step.outputs["eligible"], step.outputs["blockers"]) == ("true", "[]")
    assert f"may go to {environment}" in step.summary
    if gates == 2:
        assert job.run(GATE, environment="production", release_id=str(world.release_id)).code == 1


def test_the_gate_finds_a_release_by_name_and_passes_no_other_commit(world: World, job: Job) -> None:
    world.emit(*world.until_gate(2))
    named = {"environment": "staging", "release_name": world.name}
    assert job.run(GATE, **named).outputs["release-id"] == str(world.release_id)
    job.sha = "0" * 40
    step = job.run(GATE, **named)
    assert (step.code, step.outputs["eligible"]) == (1, "false")
    assert COMMIT in step.errors[0]
    assert job.run(GATE, **named, source_ref="").code == 0


def test_the_gate_does_not_pass_what_it_does_not_know(job: Job) -> None:
    for named in ({"release_name": uuid.uuid4().hex}, {"release_id": str(uuid.uuid4())}):
        step = job.run(GATE, environment="dev", **named)
        assert (step.code, step.outputs["eligible"]) == (1, "false")
        assert "no such release" in step.errors[0]


def test_names_from_outside_stay_text(world: World, job: Job) -> None:
    hostile = "x|<img src=x>\n::stop-commands::off ##[error]`*"
    world.emit(world.build(checks=[{"check_name": hostile, "status": "fail"}]))
    step = job.run(GATE, environment="staging", release_id=str(world.release_id))
    assert step.code == 1
    assert len(step.errors) == 1
    assert "<img" not in step.summary
    assert "::stop-commands" not in step.log
    assert "##[error]" not in step.log
    rows = [line for line in step.summary.splitlines() if line.startswith("| G")]
    assert rows
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)


# T8: the agent event producer.


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


@pytest.fixture
def report_file(tmp_path: Path) -> Path:
    path = tmp_path / "report.xml"
    path.write_text('<testsuite tests="12" failures="0"/>')
    return path


def decision(world: World, session: str, report_file: Path, *more: str) -> list[str]:
    return [
        *(str(world.release_id), "--session", session, "--approver", "qa-1-login"),
        *("--rationale", '{"criteria_met": 12, "defects_open": 0}', "--text", "all criteria met"),
        *("--evidence", "test_result", "https://ci.example/7/report.xml", str(report_file), *more),
    ]


def test_execute_qa_signoff_verify_release_gates_g2_status_transitions_to_passed(
    world: World, report_file: Path
) -> None:
    world.emit(world.build())
    assert world.gates()["G2"] != "passed"
    session = f"qa-{uuid.uuid4().hex}"
    done = run_agent(world.stack, *decision(world, session, report_file))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"accepted: G2 is passed \[ingest_id \S+\]\n", done.stdout)
    assert world.gates()["G2"] == "passed"
    assert log_of(world, f"agent/{session}/gate_signoff/G2") == ["accepted"]


def test_verify_ops_approvals_record_created_with_correct_fields(world: World, report_file: Path) -> None:
    world.emit(world.build())
    session = f"qa-{uuid.uuid4().hex}"
    run_agent(world.stack, *decision(world, session, report_file))
    again = run_agent(world.stack, *decision(world, session, report_file))
    assert again.stdout.startswith("duplicate: G2 is passed")
    assert_signed_off(world, hashlib.sha256(report_file.read_bytes()).hexdigest(), "all criteria met")


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


def test_a_qa_tester_signs_with_their_own_token_and_only_as_themselves(world: World, report_file: Path) -> None:
    world.emit(world.build())
    stack = world.stack
    for subject, code in (("qa-2", 1), ("qa-1", 0)):
        done = run_agent(
            stack,
            *decision(world, f"qa-{uuid.uuid4().hex}", report_file),
            SUPABASE_SECRET_KEY="",
            SUPABASE_PUBLISHABLE_KEY=stack.publishable_key,
            OPS_TOKEN=stack.token("qa_tester", subject),
        )
        assert done.returncode == code, done.stderr
    assert world.gates()["G2"] == "passed"


def test_a_rejection_without_evidence_is_a_decision_too(world: World) -> None:
    world.emit(world.build())
    arguments = [str(world.release_id), "--session", uuid.uuid4().hex, "--approver", "qa-1"]
    done = run_agent(world.stack, *arguments, "--rationale", '{"defects_open": 3}', "--decision", "rejected", "--json")
    assert json.loads(done.stdout)["status"] == "accepted"
    assert world.gates()["G2"] == "failed"


def test_the_agents_events_are_as_published(world: World, report_file: Path) -> None:
    for gate in ("G2", "G3"):
        done = run_agent(world.stack, *decision(world, "s-1", report_file, "--gate", gate, "--dry-run"))
        event = json.loads(done.stdout)
        schema = json.loads((ROOT / "docs" / "events" / "gate_signoff.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(event)
        assert event["idempotency_key"] == f"agent/s-1/gate_signoff/{gate}"
    assert world.facts("approvals") == []


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (lambda a: [*a, "--rationale", "[]"], 2, "not a JSON object"),
        (lambda a: [*a, "--rationale", "@/nowhere.json"], 2, "cannot be read"),
        (lambda a: [*a, "--rationale", "{}"], 2, "rationale is empty"),
        (lambda a: [*a, "--session", "a b"], 2, "visible ASCII"),
        (lambda a: [*a, "--evidence", "test_result", "https://ci.example/1", "/nowhere.xml"], 2, "cannot be read"),
        (lambda a: [*a, "--evidence", "selfie", "https://ci.example/1", __file__], 2, "'selfie' is not known"),
        (lambda a: [*a, "--evidence", "test_result", "report.xml", __file__], 2, "not a URL"),
        (lambda a: [*a, "--approver", "stranger"], 1, "not an active member"),
        (lambda a: [str(uuid.uuid4()), *a[1:]], 1, "unknown_release"),
    ],
)
def test_the_agents_mistakes_are_one_sentence(
    world: World, report_file: Path, change: Callable[[list[str]], list[str]], code: int, said: str
) -> None:
    done = run_agent(world.stack, *change(decision(world, uuid.uuid4().hex, report_file)))
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert world.facts("approvals") == []


def test_the_agent_explains_itself_and_refuses_a_session_that_breaks_the_key(stack: Stack) -> None:
    done = run_agent(stack, "--help")
    assert done.returncode == 0
    assert "example:" in done.stdout
    assert run_agent(stack, "v1").returncode == 2
    with pytest.raises(MisconfiguredError):
        agent.signoff(uuid.uuid4(), session_id="a/b", approver_id="qa-1", rationale_structured={"met": True})


def test_producers_need_the_standard_library_alone() -> None:
    modules = ("wire", "agent", "github_actions")
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'harness')!r}); " + "; ".join(
        f"import ops_gates.producers.{m}" for m in modules
    )
    done = subprocess.run([BARE_PYTHON, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# T8 by n8n: the workflow's expressions are evaluated by a JavaScript engine, as n8n does.


def node_named(name: str) -> dict[str, Any]:
    [found] = [node for node in N8N["nodes"] if node["name"] == name]
    return dict(found)


def n8n_filled(value: Any, item: Any) -> Any:
    """A parameter with its expressions filled in for one item; a lone expression keeps its type."""
    script = """
      const [value, $json] = JSON.parse(require("fs").readFileSync(0, "utf8"));
      const run = (code) => new Function("$json", `return (${code})`)($json);
      const fill = (v) => {
        if (Array.isArray(v)) return v.map(fill);
        if (v && typeof v === "object") return Object.fromEntries(Object.entries(v).map(([k, w]) => [k, fill(w)]));
        if (typeof v !== "string" || !v.startsWith("=")) return v;
        const alone = v.match(/^=\\s*\\{\\{((?:(?!\\}\\}).)*)\\}\\}\\s*$/s);
        return alone ? run(alone[1]) : v.slice(1).replace(/\\{\\{(.*?)\\}\\}/gs, (_, code) => String(run(code)));
      };
      console.log(JSON.stringify(fill(value)));
    """
    done = subprocess.run(
        ["node", "-e", script], input=json.dumps([value, item]), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def n8n_signoff(body: Any, supabase_url: str) -> dict[str, Any]:
    """What the node `Sign-off` hands on for a call with this body, its one setting edited."""
    assignments = node_named("Sign-off")["parameters"]["assignments"]["assignments"]
    item = n8n_filled({given["name"]: given["value"] for given in assignments}, {"body": body})
    assert item["supabase_url"].startswith("https://your-project-ref")
    return {**item, "supabase_url": supabase_url}


def n8n_request(stack: Stack, item: dict[str, Any]) -> Any:
    """Send what the HTTP Request node would: method, address, credential and body as the workflow has them."""
    node = node_named("Send gate_signoff")
    parameters = n8n_filled(node["parameters"], item)
    assert (parameters["specifyBody"], parameters["genericAuthType"]) == ("json", "httpHeaderAuth")
    return stack.http.request(
        parameters["method"],
        parameters["url"],
        headers={"content-type": "application/json", "apikey": stack.secret_key},
        content=json.dumps(parameters["jsonBody"]),
    )


def n8n_body(world: World, **more: Any) -> dict[str, Any]:
    return {
        "release_id": str(world.release_id),
        "session_id": uuid.uuid4().hex,
        "approver_id": "qa-1",
        "decision": "approved",
        "rationale_structured": {"criteria_met": 12, "defects_open": 0},
        "rationale_text": "by way of n8n",
        "evidence": [{"artifact_type": "test_result", "artifact_url": "https://ci.example/7", "sha256": "ab" * 32}],
        **more,
    }


def test_the_n8n_workflow_signs_off_g2_with_the_right_fields(world: World) -> None:
    world.emit(world.build())
    item = n8n_signoff(n8n_body(world), world.stack.url)
    assert item["problem"] == ""
    first, again = (n8n_request(world.stack, item) for _ in range(2))
    assert (first.status_code, first.json()["status"]) == (200, "accepted"), first.text
    assert (again.json()["status"], again.json()["ingest_id"]) == ("duplicate", first.json()["ingest_id"])
    assert world.gates()["G2"] == "passed"
    assert log_of(world, f"agent/{item['signoff']['session_id']}/gate_signoff/G2") == ["accepted", "duplicate"]
    assert_signed_off(world, "ab" * 32, "by way of n8n")
    said = n8n_filled(node_named("On record")["parameters"]["responseBody"], first.json())
    assert (said["status"], said["gate"]["status_after"]) == ("accepted", "passed")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"release_id": "v1"}, "release_id"),
        ({"session_id": "a b"}, "session_id"),
        ({"approver_id": None}, "approver_id"),
        ({"decision": "fine"}, "decision"),
        ({"rationale_structured": {}}, "rationale_structured"),
        ({"evidence": [{"artifact_type": "test_result"}]}, "sha256"),
        (None, "release_id"),
    ],
)
def test_the_n8n_workflow_sends_nothing_that_is_incomplete(stack: Stack, body: Any, said: str) -> None:
    whole = n8n_body(World(stack))
    item = n8n_signoff(None if body is None else {**whole, **body}, stack.url)
    assert said in item["problem"]
    [condition] = node_named("Complete?")["parameters"]["conditions"]["conditions"]
    assert n8n_filled(condition["leftValue"], item) != condition["rightValue"]
    answer = n8n_filled(node_named("Say what is missing")["parameters"]["responseBody"], item)
    assert answer == {"status": "not sent", "error": item["problem"]}


def test_the_n8n_workflow_is_whole_and_carries_no_secret() -> None:
    names = [node["name"] for node in N8N["nodes"]]
    assert len(set(names)) == len({node["id"] for node in N8N["nodes"]}) == len(names)
    targets = [t["node"] for out in N8N["connections"].values() for branch in out["main"] for t in branch]
    assert N8N["connections"].keys() <= set(names)
    assert set(targets) <= set(names)
    triggers = {"QA has decided", "Try it by hand"}
    assert set(names) - set(targets) == triggers
    sender = node_named("Send gate_signoff")
    assert (sender["retryOnFail"], sender["onError"]) == (True, "continueErrorOutput")
    assert len(N8N["connections"]["Send gate_signoff"]["main"]) == 2
    for node in N8N["nodes"]:
        for credential in node.get("credentials", {}).values():
            assert credential.keys() == {"id", "name"}
    assert "sb_secret_" not in json.dumps(N8N)
    # n8n ends an expression at the first pair of closing braces.
    for value in re.findall(r'"(=(?:[^"\\]|\\.)*)"', json.dumps(N8N)):
        assert value.count("{{") == value.count("}}")
