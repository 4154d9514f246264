"""What is live, what waits and the figures of delivery, at a terminal."""

from __future__ import annotations

import re

import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.tests.terminal import Terminal, failed, named, service, somebody
from ops_gates import rows
from ops_gates.commands import delivery
from ops_gates.exit_codes import Code


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


def test_a_gate_waits_for_a_role_until_it_is_passed(stack: Stack, gates: Terminal) -> None:
    world = World(stack)

    def waits() -> list[tuple[str, list[str]]]:
        said = gates.json("waiting", "--project", "ACME/shop")
        return [(row["gate_code"], row["who"]) for row in said if row["release_id"] == str(world.release_id)]

    assert waits() == [("G1", ["ci_service_role"])]
    world.emit(*world.until_gate(1))
    assert waits() == [("G2", ["qa_tester"])]
    shown = gates("waiting", "--limit", "1")
    assert shown.exit_code == 0
    assert named(world) in shown.stdout, "the newest release is shown last"
    assert "qa_tester" in shown.stdout
    world.emit(*world.until_gate(2)[1:])
    assert waits() == [("G3", ["release_manager"])]


def test_what_is_live_is_shown_with_what_was_deployed_after_it(stack: Stack, gates: Terminal) -> None:
    world, sre = World(stack), somebody(stack, "sre", "sre-1")
    world.emit(*world.until_gate(3), world.deployment("production", "d-1", target="live-test"))
    world.emit(world.deployment("production", "d-2", "in_progress", target="live-test"))
    for who in (sre, gates):
        [row] = [row for row in who.json("live", "--project", "ACME/Shop") if row["target"] == "live-test"]
        assert {*row} == {*rows.VLive.__annotations__}
        assert (row["release_id"], row["deployment_ref"]) == (str(world.release_id), "d-1")
        assert (row["newer_deployment"]["deployment_ref"], row["newer_deployment"]["status"]) == ("d-2", "in_progress")
    shown = sre("live", COLUMNS="80").stdout
    assert "acme/shop production live-test" in re.sub(r"\s+", " ", shown)
    assert "d-2 (in_progress)" in shown
    assert "live-test" not in gates("live", "--project", "acme/chaos").stdout
    # A slip in the name of a project is no empty list.
    for command in ("live", "waiting", "metrics", "releases"):
        assert failed(gates(command, "--project", "acme/shpo"), Code.NOT_FOUND).startswith("unknown_project:"), command
    assert sre("live", "--project", "acme/shpo").exit_code == 0  # an SRE may not read which projects there are
    assert failed(somebody(stack, "qa_tester", "qa-1")("live"), Code.NOT_ALLOWED).startswith(
        f"42501: this is for {delivery.LIVE_READERS} alone"
    )


def test_the_figures_count_what_was_deployed_and_how_long_gates_took(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    world.emit(*world.until_gate(3), world.deployment("production", "d-1", target="figures-test"))
    said = gates.json("metrics", "--project", "acme/shop")
    assert {*said["delivery"][-1]} == {*rows.VDeliveryMetrics.__annotations__}
    assert {*said["gates"][-1]} == {*rows.VGateDurations.__annotations__}
    assert said["delivery"][-1]["deployments"] >= 1
    assert {row["gate_code"] for row in said["gates"]} >= {"G1", "G2", "G3"}
    shown = gates("metrics", "--project", "acme/shop", COLUMNS="80")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert said["delivery"][-1]["month"][:7] in shown.stdout
    assert failed(gates("metrics", "--project", "acme/nowhere"), Code.NOT_FOUND).startswith("unknown_project: ")


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, ""), (0, "0 s"), (59.6, "1 min"), (3661, "1 h 1 min"), (2 * 86400 + 3600, "2 d 1 h")]
)
def test_a_duration_is_said_by_its_two_greatest_units(seconds: float | None, said: str) -> None:
    assert delivery.duration(seconds) == said
