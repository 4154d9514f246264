"""Several jobs report one release: no leg's pass hides another leg's failure, in whatever order they arrive."""

from __future__ import annotations

import itertools
import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.prove.world import COMMIT, World
from harness.tests.pipeline import EVENT, Caught, Job, log_of, report
from ops_gates.answers import Answer
from ops_gates.events import Envelope
from ops_gates.exit_codes import Code
from ops_gates.producers import github_actions

pytest_plugins = ("harness.tests.pipeline_fixtures",)

BEGAN = datetime.now(UTC) - timedelta(hours=10)
COUNT = itertools.count()


@dataclass(frozen=True)
class Leg:
    """One job that reports: of a workflow, as a part of a matrix or alone."""

    part: str = ""
    workflow: str = "CI"
    job: str = "test"
    check: str = ""


LEGS = [Leg(f"{system}/{python}") for system in ("linux", "macos", "windows") for python in ("3.11", "3.14")]


@dataclass(frozen=True)
class Word:
    """What a leg said in an attempt."""

    leg: Leg
    status: str
    attempt: int = 1


def said(word: Word, world: World, run: str, monkeypatch: pytest.MonkeyPatch) -> Envelope:
    """What the action sends for it, each a second after the one before."""
    caught = Caught()
    monkeypatch.setattr(github_actions, "project_of", lambda _: caught)
    variables = {
        "OPS_STATUS": word.status,
        "OPS_RELEASE_ID": str(world.release_id),
        "OPS_PART": word.leg.part,
        "OPS_CHECK_NAME": word.leg.check,
        "GITHUB_SHA": COMMIT,
        "GITHUB_RUN_ID": run,
        "GITHUB_RUN_ATTEMPT": str(word.attempt),
        "GITHUB_WORKFLOW": word.leg.workflow,
        "GITHUB_JOB": word.leg.job,
        "SUPABASE_URL": world.stack.url,
        "SUPABASE_SECRET_KEY": world.stack.secret_key,
    }
    assert github_actions.run("event", variables) == 0
    at = BEGAN + timedelta(seconds=next(COUNT))
    return {**caught.sent[0], "emitted_at": at.isoformat()}


def arrive(world: World, words: Sequence[Word], order: Sequence[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the words in an order; G1 is never green while the last word of a leg that arrived is a failure."""
    run = uuid.uuid4().hex
    sent = [said(word, world, run, monkeypatch) for word in words]
    arrived: set[int] = set()
    for place in order:
        assert world.service.emit(sent[place]).kept
        arrived.add(place)
        last = {words[one].leg: words[one].status for one in sorted(arrived)}
        green = world.gates()["G1"] == "passed"
        assert green == (set(last.values()) == {"success"}), (last, order)


def orders(count: int, tries: int) -> list[list[int]]:
    """The order of emission, its reverse, and others."""
    draw = random.Random(count)
    return [list(range(count)), list(range(count))[::-1], *(draw.sample(range(count), count) for _ in range(tries))]


@pytest.mark.parametrize("bad", [0, 3, 5])
def test_one_failing_leg_of_a_matrix_of_six_keeps_g1_failed(
    stack: Any, bad: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [Word(leg, "failure" if place == bad else "success") for place, leg in enumerate(LEGS)]
    for order in orders(6, 3):
        arrive(World(stack), words, order, monkeypatch)


def test_three_attempts_end_as_the_last_word_of_each_leg(stack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = {LEGS[0]: "success failure success", LEGS[1]: "failure success failure", LEGS[2]: "success"}
    words = [
        Word(leg, status, attempt + 1)
        for attempt in range(3)
        for leg, told in outcomes.items()
        for status in told.split()[attempt : attempt + 1]
    ]
    for order in orders(len(words), 4):
        arrive(World(stack), words, order, monkeypatch)


@pytest.mark.parametrize("statuses", list(itertools.product(("success", "failure"), repeat=2)))
def test_two_workflows_in_one_run_are_both_on_record_although_neither_names_a_part(
    stack: Any, statuses: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    legs = [Leg(workflow="CI"), Leg(workflow="Nightly")]
    words = [Word(leg, status, attempt) for attempt in (1, 2) for leg, status in zip(legs, statuses, strict=True)]
    words += [Word(leg, "success", 3) for leg in legs]
    for order in orders(len(words), 2):
        arrive(World(stack), words, order, monkeypatch)


def test_two_jobs_that_report_checks_of_their_own_have_keys_of_their_own(
    stack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [Word(Leg(job="build"), "success"), Word(Leg(job="scan", check="scan"), "failure")]
    for order in orders(2, 0):
        arrive(World(stack), words, order, monkeypatch)


# The step itself


def test_legs_report_under_keys_with_their_part_and_add_a_check_named_after_them(world: World, job: Job) -> None:
    assert report(job, world, "success", part="linux", check_name="unit").code == 0
    assert report(job, world, "failure", part="macos").code == 0
    assert log_of(world, f"github_actions/{job.run_id}/build_complete/unit~linux") == ["accepted"]
    assert log_of(world, f"github_actions/{job.run_id}/build_complete/build~macos") == ["accepted"]
    assert {row["check_name"]: row["status"] for row in world.facts("gate_checks")} == {
        "unit": "pass",
        "Release events / report / linux": "pass",
        "build": "fail",
        "Release events / report / macos": "fail",
    }


def test_a_check_that_is_given_under_the_name_of_the_leg_is_not_reported_twice(world: World, job: Job) -> None:
    step = report(job, world, checks='{"Release events / report": "failure", "lint": "success"}')
    assert step.code == 0, step.log
    statuses = {row["check_name"]: row["status"] for row in world.facts("gate_checks")}
    assert statuses == {"build": "pass", "lint": "pass", "Release events / report": "fail"}


def test_a_failure_that_changes_nothing_because_a_newer_report_stands_fails_the_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = Answer(200, str(uuid.uuid4()), "accepted", None, {"superseded_by": {"build": str(uuid.uuid4())}})
    monkeypatch.setattr(github_actions, "project_of", lambda _: SimpleNamespace(send=lambda _: answer))
    given = {
        "OPS_RELEASE_ID": str(uuid.uuid4()),
        "GITHUB_SHA": COMMIT,
        "GITHUB_RUN_ID": "7",
        "SUPABASE_URL": "http://127.0.0.1:1",
        "SUPABASE_SECRET_KEY": "sb_secret_none",
    }
    assert github_actions.run("event", {**given, "OPS_STATUS": "failure"}) == Code.NOT_ELIGIBLE
    assert "superseded: " in capsys.readouterr().err
    assert github_actions.run("event", {**given, "OPS_STATUS": "success"}) == Code.DONE


FORK = {"pull_request": {"head": {"repo": {"full_name": "somebody/shop"}}}}
OWN = {"pull_request": {"head": {"repo": {"full_name": "Acme/shop"}}}}


@pytest.mark.parametrize(
    ("event", "name", "skips"),
    [
        (FORK, "pull_request", True),
        (OWN, "pull_request", False),
        (FORK, "pull_request_target", False),
        (FORK, "push", False),
        ({"pull_request": {"head": {"repo": None}}}, "pull_request", False),
        (None, "pull_request", False),
    ],
)
def test_missing_secrets_are_skipped_for_a_pull_request_from_a_fork_alone(
    job: Job, tmp_path: Path, event: Any, name: str, skips: bool
) -> None:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))
    job.environment = {
        "SUPABASE_URL": job.environment["SUPABASE_URL"],
        "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_x",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(path),
    }
    told = {"status": "failure", "release_name": "v1"}
    step = job.run(EVENT, **told, skip_without_secrets="true")
    assert (step.code, step.outputs.get("status")) == ((Code.DONE, "skipped") if skips else (Code.USAGE, None)), (
        step.log
    )
    assert job.run(EVENT, **told).code == Code.USAGE
    assert job.run(EVENT, **told, skip_without_secrets="yes").code == Code.USAGE


def test_a_fork_that_has_secrets_reports(world: World, job: Job, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(FORK))
    job.environment |= {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(path)}
    step = report(job, world, "failure", skip_without_secrets="true")
    assert (step.code, world.gates()["G1"]) == (Code.DONE, "failed"), step.log
