"""Decisions at a terminal: exceptions, and objections to a release or an exception."""

from __future__ import annotations

import re
import uuid

import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.tests.terminal import RISK, Terminal, failed, named, service, somebody
from ops_gates.exit_codes import Code


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


def test_an_exception_lets_a_release_through_until_it_is_revoked(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    manager = somebody(stack, "release_manager", "rm-1")
    bypass = ("exception", "open", named(world), "--gate", "G1", "--gate", "G2", "--gate", "G3", *RISK)
    opened = manager(*bypass, "--until", "4h", "--controls", '{"watch": "closely"}')
    assert (opened.exit_code, opened.stderr) == (0, "")
    assert gates("guard", named(world)).exit_code == Code.DONE
    [row] = manager.json("exception", "list", named(world), "--active")
    assert (row["exception_id"], row["state"]) == (opened.stdout.strip(), "active")
    assert row["impacted_gates"] == ["G1", "G2", "G3"]
    assert row["exception_id"] in manager("exception", "list").stdout
    ended = manager("exception", "revoke", row["exception_id"])
    assert (ended.exit_code, f"`ops-gates why {named(world)}`" in ended.stdout) == (0, True)
    assert "G1 and G2 and G3" in ended.stdout
    assert "revoked by rm-1" in manager("exception", "list", named(world)).stdout
    assert gates("guard", named(world)).exit_code == Code.NOT_ELIGIBLE
    assert manager.json("exception", "list", named(world), "--active") == []
    assert failed(manager("exception", "revoke", row["exception_id"]), Code.REFUSED).startswith("OPS07: ")
    unknown = failed(manager("exception", "revoke", str(uuid.uuid4())), Code.NOT_FOUND)
    assert unknown.startswith("unknown_exception: ")
    assert "`ops-gates exception list`" in unknown
    assert failed(manager(*bypass, "--until", "31d"), Code.REFUSED).startswith("23514: ")
    failed(somebody(stack, "qa_tester", "qa-1")(*bypass, "--until", "4h", "--approver", "qa-1"), Code.NOT_ALLOWED)


def test_the_review_of_an_exception_is_recorded_by_a_release_manager(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    manager = somebody(stack, "release_manager", "rm-1")
    opened = manager("exception", "open", named(world), "--gate", "G2", *RISK, "--until", "4h").stdout.strip()
    other = somebody(stack, "release_manager", "rm-2")
    assert failed(other("exception", "review", opened, "complete"), Code.REFUSED).startswith("OPS07: ")
    assert manager("exception", "revoke", opened).exit_code == 0
    [row] = manager.json("exception", "list", named(world))
    assert (row["review_pending"], row["post_review_status"]) == (True, "pending")
    assert failed(manager("exception", "review", opened, "complete"), Code.REFUSED).startswith("OPS07: ")
    said = other.json("exception", "review", opened, "complete")
    assert said == {"exception_id": opened, "post_review_status": "complete"}
    assert other("exception", "review", opened, "complete").stdout == "its review is complete\n"
    [row] = gates.json("exception", "list", named(world))
    assert (row["review_pending"], row["post_review_status"]) == (False, "complete")
    assert (row["reviewed_by"], row["reviewed_at"] > row["revoked_at"]) == ("rm-2", True)
    failed(somebody(stack, "qa_tester", "qa-1")("exception", "review", opened, "waived"), Code.NOT_ALLOWED)
    assert gates.json("exception", "list", named(world)) == [row]


def test_an_objection_to_a_release_as_a_whole_keeps_it_out_until_the_same_person_lifts_it(
    stack: Stack, gates: Terminal
) -> None:
    world = World(stack)
    world.emit(*world.until_gate(3))
    manager, other = (somebody(stack, "release_manager", name) for name in ("rm-1", "rm-2"))
    decide = ("decide", named(world), "--reason", "a customer is moving", "--decision")
    for objection in ("rejected", "request_changes"):
        said = manager.json(*decide, objection)
        assert said == {
            "approval_id": said["approval_id"],
            "release_id": str(world.release_id),
            "exception_id": None,
            "decision": objection,
            "approver_id": "rm-1",
        }
        assert gates("guard", named(world)).exit_code == Code.NOT_ELIGIBLE
        assert other(*decide, "approved").exit_code == Code.DONE
        assert gates("guard", named(world)).exit_code == Code.NOT_ELIGIBLE
        lifted = manager(*decide, "approved")
        assert (lifted.exit_code, lifted.stderr) == (Code.DONE, "")
        assert gates("guard", named(world)).exit_code == Code.DONE
    # The same with the secret key, which names who decided.
    assert gates(*decide, "rejected", "--approver", "rm-1-login").exit_code == Code.DONE
    assert gates("guard", named(world)).exit_code == Code.NOT_ELIGIBLE
    columns = "decision, approver_id, persona_role, scope, rationale_structured, rationale_text"
    decided = [row for row in world.facts("approvals", columns) if row.pop("scope") == "release"]
    assert sorted((row.pop("decision"), row.pop("approver_id")) for row in decided) == [
        *[("approved", "rm-1")] * 2, *[("approved", "rm-2")] * 2, *[("rejected", "rm-1")] * 2,
        ("request_changes", "rm-1"),
    ]  # fmt: skip
    why = {"rationale_structured": {"reason": "a customer is moving"}, "rationale_text": "a customer is moving"}
    assert decided == [{"persona_role": "release_manager", **why}] * 7


def test_an_objection_to_an_exception_takes_its_effect_away_until_the_same_person_lifts_it(
    stack: Stack, gates: Terminal
) -> None:
    world = World(stack)
    manager = somebody(stack, "release_manager", "rm-2")
    bypass = ("exception", "open", named(world), "--gate", "G1", "--gate", "G2", "--gate", "G3", *RISK, "--until", "1h")
    opened = gates(*bypass).stdout.strip()
    decide = ("decide", named(world), "--exception", opened, "--reason", "too risky", "--decision")
    assert gates("guard", named(world)).exit_code == Code.DONE
    said = manager(*decide, "rejected", "--rationale", '{"risk": 9}')
    assert (said.exit_code, said.stderr) == (Code.DONE, "")
    assert " has no effect: " in said.stdout
    assert gates("guard", named(world)).exit_code == Code.NOT_ELIGIBLE
    said = manager(*decide, "approved")
    assert said.stdout.rstrip().endswith(" has an effect")
    assert gates("guard", named(world)).exit_code == Code.DONE
    decided = world.facts("approvals", "decision, scope, exception_id, rationale_structured")
    assert {(row["scope"], row["exception_id"]) for row in decided} == {("exception", opened)}
    why = {row["decision"]: row["rationale_structured"] for row in decided}
    assert why == {"rejected": {"risk": 9}, "approved": {"reason": "too risky"}}


@pytest.mark.parametrize(
    ("role", "subject", "changed", "code"),
    [
        ("release_manager", "rm-1", ("--exception", str(uuid.UUID(int=7))), Code.NOT_FOUND),
        ("release_manager", "rm-1", ("--exception", "ELSEWHERE"), Code.NOT_FOUND),
        ("release_manager", "rm-1", ("--exception", "first"), Code.USAGE),
        ("release_manager", "rm-1", ("--approver", "rm-2"), Code.USAGE),
        ("release_manager", "rm-1", ("--approver", "nobody"), Code.USAGE),
        ("release_manager", "rm-1", ("--decision", "reject"), Code.USAGE),
        ("release_manager", "rm-1", ("--reason", " "), Code.USAGE),
        ("release_manager", "rm-1", ("--reason", "\u2800"), Code.REFUSED),
        ("release_manager", "rm-1", ("--reason", "r" * 8193), Code.REFUSED),
        ("release_manager", "rm-1", ("--rationale", '{"a": 1e300}'), Code.REFUSED),
        ("release_manager", "rm-1", ("--rationale", "[]"), Code.USAGE),
        ("qa_tester", "qa-1", (), Code.NOT_ALLOWED),
        ("qa_tester", "qa-1", ("--exception", "ELSEWHERE"), Code.NOT_ALLOWED),
        ("developer", "dev-1", (), Code.NOT_ALLOWED),
        ("ci_service_role", "ci-bot", ("--approver", "rm-1"), Code.NOT_ALLOWED),
        ("ci_service_role", "ci-bot", (), Code.USAGE),
        ("audit_reader", "auditor-1", ("--approver", "rm-1"), Code.USAGE),
        ("audit_reader", "auditor-1", (), Code.NOT_ALLOWED),
        ("service_role", "", (), Code.USAGE),
        ("service_role", "", ("--approver", "nobody"), Code.REFUSED),
        ("service_role", "", ("--approver", "qa-1"), Code.REFUSED),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, tuple) else None,
)
def test_a_decision_that_cannot_be_is_a_sentence_and_nothing_is_recorded(
    stack: Stack, role: str, subject: str, changed: tuple[str, ...], code: Code
) -> None:
    world, other = World(stack), World(stack)
    bypass = ("exception", "open", named(other), "--gate", "G2", *RISK, "--until", "1h")
    elsewhere = service(stack)(*bypass).stdout.strip()
    typist = service(stack) if role == "service_role" else somebody(stack, role, subject)
    decide = ("decide", named(world), "--decision", "rejected", "--reason", "r")
    said = failed(typist(*decide, *(elsewhere if word == "ELSEWHERE" else word for word in changed)), code)
    assert not re.search("violates|row-level|permission denied|Failing row", said)
    assert world.facts("approvals", "approval_id") == other.facts("approvals", "approval_id") == []
