"""What `show`, `status` and `releases` say of one release, and that they say the same."""

from __future__ import annotations

import re
import uuid

import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.tests.terminal import RISK, Terminal, failed, named, service, somebody
from ops_gates.exit_codes import Code

BYPASS = ("exception", "open", "RELEASE", "--gate", "G2", *RISK, "--until", "4h")
SHA = "a" * 64


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


def part(shown: str, name: str) -> str:
    """The lines under a heading of `show`, without what is below them."""
    found = re.search(rf"^{name}:\n(.*?)(?=^[a-z][a-z ]*:|\Z)", shown, re.MULTILINE | re.DOTALL)
    assert found, shown
    return found[1]


def test_a_decision_says_what_it_is_about_and_why(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    decided = world.signoff("G2", "qa-1")
    world.emit({**decided, "payload": {**decided["payload"], "rationale_structured": {"open_defects": 1}}})
    manager = somebody(stack, "release_manager", "rm-1")
    excepted = gates(*(named(world) if word == "RELEASE" else word for word in BYPASS)).stdout.strip()
    for about in ((), ("--exception", excepted)):
        done = manager("decide", named(world), "--decision", "rejected", "--reason", "the outage is over", *about)
        assert done.exit_code == 0, done.output
    auditor = somebody(stack, "audit_reader", "auditor-1")
    decisions = part(auditor("show", named(world)).stdout, "decisions").splitlines()
    for named_there, why in (("G2", '{"open_defects": 1}'), ("release", "over"), (f"exception {excepted}", "over")):
        assert [line for line in decisions if f"  {named_there}  " in line and why in line], decisions
    said = auditor.json("show", named(world))["decisions"]
    assert [d["scope"] for d in said] == ["exception", "release", "gate"]
    assert said[-1]["rationale_structured"] == {"open_defects": 1}


def test_an_exception_says_its_state_and_until_when_it_was_one(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    excepted = gates(*(named(world) if word == "RELEASE" else word for word in BYPASS)).stdout.strip()
    assert "  active  " in part(gates("show", named(world)).stdout, "exceptions")
    assert gates("exception", "revoke", excepted).exit_code == 0
    shown = part(gates("show", named(world)).stdout, "exceptions")
    [row] = gates.json("exception", "list", named(world))
    assert row["state"] == "revoked"
    assert "  revoked  " in shown
    assert excepted in shown
    [until] = re.findall(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d", gates("exception", "list", named(world)).stdout
    )
    assert until in shown


def test_a_target_that_was_taken_out_is_shown_with_who_did_it_and_why(stack: Stack, gates: Terminal) -> None:
    world, region = World(stack), uuid.uuid4().hex
    world.emit(world.deployment("dev", "d-1", "in_progress", target=region))
    manager = somebody(stack, "release_manager", "rm-2")
    retire = ("retire", "acme/shop", "--environment", "dev", "--target", region, "--reason", "shut down for good")
    assert manager(*retire).exit_code == 0
    for who in (gates, somebody(stack, "sre", "sre-1")):
        shown = part(who("show", named(world)).stdout, "retirements")
        assert all(word in shown for word in (region, "rm-2", "shut down for good"))
        [deployment] = who.json("show", named(world))["deployments"]
        assert deployment["target_retired_at"] is not None
    assert "retirements: not for your role" in somebody(stack, "qa_tester", "qa-1")("show", named(world)).stdout
    [out] = [moment for moment in gates.json("history", named(world)) if moment["kind"] == "retirement"]
    assert (out["who"], out["note"]) == ("rm-2", "shut down for good")


@pytest.mark.parametrize(
    ("role", "subject"), [("developer", "dev-1"), ("qa_tester", "qa-1"), ("release_manager", "rm-1"), ("sre", "sre-1")]
)
@pytest.mark.parametrize("built", [False, True])
def test_no_two_lines_of_show_have_one_name(stack: Stack, role: str, subject: str, built: bool) -> None:
    world = World(stack)
    world.emit(world.build(artifacts=[{"name": "app", "sha256": SHA}]) if built else world.build())
    shown = somebody(stack, role, subject)("show", named(world)).stdout
    names = re.findall(r"^([a-z][a-z ]*):", shown, re.MULTILINE)
    assert sorted(names) == sorted(set(names))
    assert "none on record" not in shown


@pytest.mark.parametrize("command", ["show", "status"])
def test_whose_verdict_it_is_is_no_column_for_who_may_not_know(stack: Stack, command: str) -> None:
    world = World(stack)
    world.emit(*world.until_gate(2))
    testers, managers = (
        somebody(stack, role, subject)(command, named(world)).stdout
        for role, subject in (("qa_tester", "qa-1"), ("release_manager", "rm-1"))
    )
    header = next(line for line in testers.splitlines() if line.startswith("gate "))
    assert "by" not in header.split()
    assert "by" in next(line for line in managers.splitlines() if line.startswith("gate ")).split()


def test_a_closed_release_is_closed_everywhere_and_waits_for_nothing(stack: Stack, gates: Terminal) -> None:
    world, other = World(stack), World(stack)
    for each in (world, other):
        each.emit(each.build())
    assert gates("close", named(world), "--reason", "cancelled").exit_code == 0

    def listed(*statuses: str) -> list[str]:
        wanted = [word for status in statuses for word in ("--status", status)]
        return [row["release_name"] for row in gates.json("releases", "--text", world.name, *wanted)]

    assert listed() == listed("closed") == listed("draft", "closed") == [world.name]
    assert listed("in_progress") == listed("draft", "promoted", "failed", "rolled_back", "in_progress") == []
    assert "closed" in failed(gates("releases", "--status", "shut"), Code.USAGE)
    row = next(line for line in gates("releases").stdout.splitlines() if named(world) in line)
    assert row.split()[1] == "closed"
    for who in (gates, somebody(stack, "qa_tester", "qa-1"), somebody(stack, "developer", "dev-1")):
        for command in ("show", "status"):
            shown = who(command, named(world)).stdout
            assert shown.splitlines()[0] == f"{named(world)} is closed"
            assert "qa_tester" not in shown
            assert "qa_tester" in who(command, named(other)).stdout
