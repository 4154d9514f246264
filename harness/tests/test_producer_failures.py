"""What goes wrong around an action is tried again, or is one sentence and a code; nothing doubles, no secret shows."""

from __future__ import annotations

import json
import subprocess
import uuid
from pathlib import Path

import pytest

from harness.prove.world import World
from harness.stack.parts import ROOT
from harness.tests.flaky import BOT, Action, Flaky
from harness.tests.pipeline import (
    BARE_PYTHON,
    EVENT,
    GATE,
    Job,
    caller,
    log_of,
    report,
    secrets,
)
from ops_gates.exit_codes import Code

pytest_plugins = ("harness.tests.pipeline_fixtures",)


# Retries


@pytest.mark.parametrize("failures", [["busy", "500"], ["drop", "busy"], ["429", "drop"]])
def test_a_fault_is_tried_again_with_the_same_event(
    world: World, job: Job, front: Flaky, failures: list[Action]
) -> None:
    job.environment["SUPABASE_URL"] = front.url
    front.actions = list(failures)
    step = report(job, world)
    assert (step.code, step.outputs["status"]) == (Code.DONE, "accepted"), step.log
    sent = [json.loads(body) for body in front.bodies]
    assert (len(sent), len({body.pop("sent_at") for body in sent})) == (3, 3)
    assert sent[0] == sent[1] == sent[2]


def test_an_answer_that_was_lost_costs_nothing_and_doubles_nothing(world: World, job: Job, front: Flaky) -> None:
    job.environment["SUPABASE_URL"] = front.url
    front.actions = ["drop_after"]
    step = report(job, world)
    assert (step.code, step.outputs["status"]) == (Code.DONE, "duplicate"), step.log
    assert log_of(world, f"github_actions/{job.run_id}/build_complete") == ["accepted", "duplicate"]
    assert len(world.facts("gate_checks")) == 2


def test_a_refusal_is_not_tried_again(job: Job, front: Flaky) -> None:
    job.environment["SUPABASE_URL"] = front.url
    step = job.run(EVENT, status="success", release_id=str(uuid.uuid4()))
    assert (step.code, len(front.bodies)) == (Code.NOT_FOUND, 1)
    assert step.errors[0].startswith("unknown_release: ")


@pytest.mark.parametrize("action", [EVENT, GATE])
def test_a_project_that_never_answers_fails_the_step_in_one_sentence(
    world: World, job: Job, front: Flaky, action: Path
) -> None:
    job.environment |= {"SUPABASE_URL": front.url}
    front.actions = ["busy"] * 99
    inputs = {"status": "success"} if action == EVENT else {"environment": "staging"}
    step = job.run(action, release_id=str(world.release_id), retry_seconds="1", **inputs)
    assert step.code == Code.UNREACHABLE
    assert len(front.bodies) > 1
    [error] = step.errors
    assert error == step.log.partition("::")[2].partition("::")[2]
    assert error.startswith("http_503: ")
    assert step.outputs.get("eligible") in (None, "false")


# Refusals: one sentence each, and no secret in it


@pytest.mark.parametrize("action", [EVENT, GATE])
@pytest.mark.parametrize("wrong", ["secret key", "token", "expired token", "bot password"])
def test_wrong_credentials_are_one_sentence_without_them(
    world: World, job: Job, front: Flaky, action: Path, wrong: str
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
    assert step.code == Code.NOT_ALLOWED, step.log
    assert len(step.errors) == 1
    for secret in secrets(job):
        assert secret not in step.log + step.summary + json.dumps(step.outputs)


@pytest.mark.parametrize("action", [EVENT, GATE])
def test_a_mistake_is_one_annotation_and_the_code_of_wrong_usage(job: Job, action: Path) -> None:
    """Every mistake is in test_wrong_inputs.py; this one is made through the action itself."""
    job.environment["SUPABASE_URL"] = "http://shop.example"
    inputs = {"status": "success"} if action == EVENT else {"environment": "staging"}
    step = job.run(action, release_id=str(uuid.uuid4()), **inputs)
    assert (step.code, len(step.errors)) == (Code.USAGE, 1)
    assert "SUPABASE_URL" in step.errors[0]
    assert "Traceback" not in step.log


@pytest.mark.parametrize("password", ["false", "e", "eligible", "blockers", "requirement"])
def test_a_password_that_is_a_word_changes_no_output(world: World, job: Job, front: Flaky, password: str) -> None:
    front.bot = {**BOT, "password": password}
    job.environment = {**caller(world.stack, "bot user"), "SUPABASE_URL": front.url, "OPS_BOT_PASSWORD": password}
    step = job.run(GATE, environment="production", release_id=str(world.release_id))
    assert (step.code, step.outputs["eligible"]) == (Code.NOT_ELIGIBLE, "false"), step.log
    assert step.outputs["release-id"] == str(world.release_id)
    assert {"gate_code", "requirement", "detail", "remedy", "who"} == json.loads(step.outputs["blockers"])[0].keys()
    assert len(password) >= 8 or "***" not in step.log


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
