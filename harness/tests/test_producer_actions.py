"""The actions, as they run: their own steps on a GitHub-shaped environment."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest

from harness.prove.world import COMMIT, World
from harness.tests.flaky import Flaky
from harness.tests.pipeline import (
    CREDENTIALS,
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


# The check that the step adds, named after workflow and job.
LEG = "Release events / report"


# T7: the CI event producer.


def test_real_ci_merge_populates_g1_gate_check_record(world: World, job: Job) -> None:
    step = report(job, world, checks='{"lint": "success"}', artifact_ref="oci://registry.example/shop@sha256:1")
    assert (step.code, step.errors) == (0, [])
    run_url = f"https://github.com/acme/shop/actions/runs/{job.run_id}/attempts/1"
    checks = sorted(world.facts("gate_checks"), key=lambda check: str(check["check_name"]))
    assert [(c["check_name"], c["status"], c["source_system"]) for c in checks] == [
        (LEG, "pass", "github_actions"),
        ("build", "pass", "github_actions"),
        ("lint", "pass", "github_actions"),
    ]
    build = checks[1]
    assert build["artifact_ref"] == "oci://registry.example/shop@sha256:1"
    assert build["created_by"] == "ci-bot"
    assert build["metadata"] == {
        "part": LEG,
        "outcome": "success",
        "run_url": run_url,
        "workflow": "Release events",
        "ref": "refs/heads/main",
        "actor": "dev-1-login",
    }
    [artifact] = world.facts("evidence_artifacts")
    assert (artifact["artifact_type"], artifact["artifact_url"]) == ("build_log", run_url)
    assert artifact["check_id"] == build["check_id"]
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
    checks = {c["check_name"]: c for c in world.facts("gate_checks")}
    assert {name: check["status"] for name, check in checks.items()} == {"build": recorded, LEG: recorded}
    assert checks["build"]["metadata"]["outcome"] == status
    assert world.gates()["G1"] == step.outputs["gate-status"] == gate


def test_a_failed_build_says_in_the_summary_what_is_missing(world: World, job: Job) -> None:
    step = report(job, world, "failure", checks='{"lint": "failure", "test": "skipped", "verify": ""}')
    assert "G1 Build Integrity is failed" in step.summary
    assert "| requirement | found | remedy | who can |" in step.summary
    statuses = {c["check_name"]: c["status"] for c in world.facts("gate_checks")}
    assert statuses == {"build": "fail", LEG: "fail", "lint": "fail", "test": "skipped", "verify": "skipped"}


def test_a_repeated_step_is_a_duplicate_and_adds_nothing(world: World, job: Job) -> None:
    first, again = report(job, world), report(job, world)
    assert (first.outputs["status"], again.outputs["status"]) == ("accepted", "duplicate")
    assert (again.code, again.outputs["ingest-id"]) == (0, first.outputs["ingest-id"])
    assert len(world.facts("gate_checks")) == 2
    assert log_of(world, f"github_actions/{job.run_id}/build_complete") == ["accepted", "duplicate"]


def test_a_second_outcome_of_one_attempt_is_refused(world: World, job: Job) -> None:
    report(job, world, "failure")
    step = report(job, world, "success")
    assert step.code == Code.REFUSED
    [error] = step.errors
    assert error.startswith("idempotency_key_reused: ")
    assert world.gates()["G1"] == "failed"


def test_a_rerun_is_a_new_event_and_heals_the_first(world: World, job: Job) -> None:
    report(job, world, "failure", checks='{"test": "failure"}')
    assert world.gates()["G1"] == "failed"
    job.run_attempt = 2
    step = report(job, world, checks='{"test": "success"}')
    assert step.outputs["status"] == "accepted"
    assert world.gates()["G1"] == "passed"
    assert log_of(world, f"github_actions/{job.run_id}/build_complete/~2") == ["accepted"]
    assert len(world.facts("gate_checks")) == 6


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_each_way_to_authenticate_reports_and_asks(world: World, job: Job, front: Flaky, kind: str) -> None:
    job.environment = {**caller(world.stack, kind), "SUPABASE_URL": front.url}
    step = report(job, world)
    assert step.code == 0, step.log
    caller_role = "service_role" if kind == "secret key" else "ci_service_role"
    [row] = world.log({"idempotency_key": f"github_actions/{job.run_id}/build_complete"})
    assert row["caller_role"] == caller_role
    asked = job.run(GATE, environment="staging", release_id=str(world.release_id))
    assert (asked.code, asked.outputs["eligible"]) == (Code.NOT_ELIGIBLE, "false"), asked.log
    for secret in secrets(job):
        assert secret not in step.log + step.summary + asked.log + asked.summary


def test_inputs_come_before_the_environment(world: World, job: Job) -> None:
    job.environment = {"SUPABASE_URL": "https://wrong.invalid", "OPS_TOKEN": "wrong-token", "OPS_RETRY_SECONDS": "0"}
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
    assert step.code == Code.REFUSED
    [error] = step.errors
    assert error.startswith("OPS06: ")
    assert all(name in error for name in ("'stranger'", "`ops-gates roles grant ", "ops.grant_membership"))


def test_a_build_of_another_commit_does_not_count(world: World, job: Job) -> None:
    job.sha = "0" * 40
    step = report(job, world)
    assert step.code == Code.REFUSED
    assert step.errors[0].startswith("source_ref_mismatch: ")
    assert world.facts("gate_checks") == []


# The guard of a deployment.


def test_the_gate_stops_an_ineligible_promotion_and_says_why(world: World, job: Job) -> None:
    world.emit(world.build())
    step = job.run(GATE, environment="production", release_id=str(world.release_id))
    assert (step.code, step.outputs["eligible"]) == (Code.NOT_ELIGIBLE, "false")
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
        assert job.run(GATE, environment="production", release_id=str(world.release_id)).code == Code.NOT_ELIGIBLE


def test_the_gate_finds_a_release_by_name_and_passes_no_other_commit(world: World, job: Job) -> None:
    world.emit(*world.until_gate(2))
    named = {"environment": "staging", "release_name": world.name}
    assert job.run(GATE, **named).outputs["release-id"] == str(world.release_id)
    job.sha = "0" * 40
    step = job.run(GATE, **named)
    assert (step.code, step.outputs["eligible"]) == (Code.NOT_ELIGIBLE, "false")
    assert COMMIT in step.errors[0]
    assert job.run(GATE, **named, source_ref="any").code == 0


@pytest.mark.parametrize("commit", ["", " "])
def test_the_gate_does_not_leave_the_comparison_out_because_a_commit_is_empty(
    world: World, job: Job, commit: str
) -> None:
    world.emit(*world.until_gate(2))
    job.sha = "0" * 40
    step = job.run(GATE, environment="staging", release_name=world.name, source_ref=commit)
    assert (step.code, step.outputs["eligible"]) == (Code.USAGE, "false")
    assert "OPS_SOURCE_REF" in step.errors[0]


def test_the_gate_does_not_pass_what_it_does_not_know(job: Job) -> None:
    for named in ({"release_name": uuid.uuid4().hex}, {"release_id": str(uuid.uuid4())}):
        step = job.run(GATE, environment="dev", **named)
        assert (step.code, step.outputs["eligible"]) == (Code.NOT_FOUND, "false")
        assert step.errors[0].startswith("unknown_release: ")


@pytest.mark.parametrize(
    ("between", "kept"),
    [(" ", True), *((character, False) for character in ("\n", "\r", "\t", "\x1b", "\u2028", "\u202e"))],
    ids=ascii,
)
def test_names_from_outside_stay_text(world: World, job: Job, between: str, kept: bool) -> None:
    hostile = f"x|<img src=x>{between}::stop-commands::off ##[error]`*"
    # A name that is none is refused, and its failure holds the release up all the same.
    answer = world.service.emit(world.build(checks=[{"check_name": hostile, "status": "fail"}]))
    assert (answer.kept, answer.error) == (kept, None if kept else "invalid_payload")
    assert bool(answer.detail.get("contested")) is not kept
    step = job.run(GATE, environment="staging", release_id=str(world.release_id))
    assert step.code == Code.NOT_ELIGIBLE
    assert len(step.errors) == 1
    assert "<img" not in step.summary
    assert "::stop-commands" not in step.log
    assert "##[error]" not in step.log
    rows = [line for line in step.summary.splitlines() if line.startswith("| G")]
    assert rows
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)
