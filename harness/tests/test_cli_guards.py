"""Guards stop a pipeline where they must, and say why."""

from __future__ import annotations

import json

import pytest

from harness.prove.world import COMMIT, World
from harness.stack import Stack
from harness.tests.terminal import Terminal, failed, named, service, somebody
from ops_gates.exit_codes import Code


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack, which is the one that Postgres shows whole rows."""
    return service(stack)


def test_guard_stops_a_pipeline_that_would_deploy_another_commit(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    world.emit(*world.until_gate(3))
    asked = ("guard", named(world), "--to", "production", "--source-ref")
    assert gates(*asked, COMMIT).exit_code == Code.DONE
    stopped = gates(*asked, "another")
    assert (stopped.exit_code, stopped.stderr, stopped.stdout.count("\n")) == (Code.NOT_ELIGIBLE, "", 1)
    assert COMMIT in stopped.stdout
    step = ("--environment", "production", "--release-id", str(world.release_id), "--source-ref", "another")
    assert gates("gate", *step).output == stopped.stdout
    machine = gates(*asked, "another", "--json")
    said = json.loads(machine.stdout)
    assert (machine.exit_code, said["eligible"]) == (Code.NOT_ELIGIBLE, False)
    assert said["other_source"] == {"source_ref": COMMIT, "asked": "another"}


def test_a_deployment_that_was_not_eligible_is_recorded_and_is_1(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    deployed = ("emit", "deployment_event", named(world), "--ref", "d-1", "--source-ref", COMMIT, "--run", world.name)
    early = ("--environment", "production", "--status", "in_progress")
    for status in ("accepted", "duplicate"):
        done = gates(*deployed, *early)
        assert failed(done, Code.NOT_ELIGIBLE).startswith("not_eligible: ")
        assert done.stdout.startswith(status)
    machine = gates(*deployed, *early, "--json")
    assert (machine.exit_code, json.loads(machine.stdout)["detail"]["was_eligible"]) == (Code.NOT_ELIGIBLE, False)
    assert [row["was_eligible"] for row in world.facts("deployments", "was_eligible")] == [False]
    world.emit(*world.until_gate(2))
    assert gates(*deployed, "--environment", "staging", "--status", "in_progress").exit_code == Code.DONE


def test_a_rollback_to_nothing_known_is_judged_as_a_deployment(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    deployed = ("emit", "deployment_event", named(world), "--environment", "production", "--source-ref", COMMIT)
    ends = ("--status", "succeeded", "--run", world.name)
    assert gates(*deployed, "--ref", "d-1", *ends).exit_code == Code.NOT_ELIGIBLE
    # No other test deploys this commit.
    elsewhere = ("--source-ref", f"nothing-known-{world.name}")
    back = gates(*deployed[:-2], *elsewhere, "--ref", "r-1", "--rollback-of", "d-1", *ends)
    assert back.exit_code == Code.NOT_ELIGIBLE
    assert [line.partition(": ")[0] for line in back.stderr.splitlines()] == ["rollback_to_unknown", "not_eligible"]
    assert [row["was_eligible"] for row in world.facts("deployments", "was_eligible")] == [False, False]


def test_a_sign_off_that_does_not_count_is_recorded_and_is_1(stack: Stack) -> None:
    world = World(stack, initiator="rm-1")
    world.emit(*world.until_gate(2))
    signoff = (
        *("emit", "gate_signoff", named(world), "--gate", "G3", "--decision", "approved"),
        *("--rationale", '{"met": 1}', "--evidence", "rollback_plan=https://plans.example/1"),
    )
    # Their own release.
    done = somebody(stack, "release_manager", "rm-1")(*signoff)
    assert (done.exit_code, done.stderr.count("\n")) == (Code.NOT_ELIGIBLE, 1)
    assert done.stderr.startswith("does_not_count: ")
    assert "accepted" in done.stdout
    assert len(world.facts("approvals")) == 2
    done = somebody(stack, "release_manager", "rm-2")(*signoff)
    assert (done.exit_code, done.stderr) == (Code.DONE, "")
    assert world.gates()["G3"] == "passed"


@pytest.mark.parametrize("events", [0, 1])
def test_a_sign_off_before_its_turn_or_without_evidence_counts(stack: Stack, events: int) -> None:
    world = World(stack)
    for event in world.until_gate(events):
        world.emit(event)
    signoff = ("emit", "gate_signoff", named(world), "--gate", "G2", "--decision", "approved")
    done = somebody(stack, "qa_tester", "qa-1")(*signoff, "--rationale", '{"met": 1}')
    assert (done.exit_code, done.stderr) == (Code.DONE, "")
    assert world.gates()["G2"] == "in_progress"
