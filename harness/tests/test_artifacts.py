"""Approvals are of what was built: two people decide while a build lands, and programs say what was looked at."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.prove.effort import times
from harness.prove.world import World, sql_session
from harness.stack import Stack
from harness.tests.flaky import flaky
from harness.tests.pipeline import run_agent
from harness.tests.terminal import Terminal, named, service, somebody
from ops_gates.answers import Answer
from ops_gates.client import Gates
from ops_gates.exit_codes import Code

FIRST, SECOND = ({"name": "shop.tar.gz", "sha256": digit * 64} for digit in "ab")


def digest_of(*artifacts: dict[str, str]) -> str:
    """The digest of a set, made as the page says."""
    lines = sorted(f"{one['name']}\t{one['sha256']}\n" for one in artifacts)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def kept(answers: Sequence[Answer]) -> Counter[str]:
    """How many of each status or error there are."""
    return Counter(answer.error or answer.status for answer in answers)


def test_of_two_people_who_saw_the_same_release_one_decides_and_neither_approves_a_build_that_lands(
    stack: Stack,
) -> None:
    ends: Counter[bool] = Counter()
    with (
        sql_session(stack) as one,
        sql_session(stack) as two,
        sql_session(stack) as pipeline,
        ThreadPoolExecutor(3) as pool,
    ):
        for _ in range(times(15, 1_000)):
            world = World(stack, over=one)
            world.emit(world.build(artifacts=[FIRST]))
            seen = one.overview(world.release_id)
            assert seen.artifacts_digest == digest_of(FIRST)
            people = [
                pool.submit(session.emit, world.signoff("G2", who, seen=seen.seen))
                for session, who in ((one, "qa-1"), (two, "qa-2"))
            ]
            built = pool.submit(pipeline.emit, world.build(artifacts=[SECOND])).result()
            answers = kept([future.result() for future in people])
            assert built.status == "accepted"
            assert answers["accepted"] <= 1, answers
            assert answers["accepted"] + answers["changed_since_seen"] == 2, answers
            decided = world.facts("approvals", "artifacts_digest")
            assert [row["artifacts_digest"] for row in decided] == [digest_of(FIRST)] * answers["accepted"]
            assert world.gates()["G2"] != "passed"
            ends[answers["accepted"] == 1] += 1
    assert sum(ends.values()) == times(15, 1_000)


def test_without_seen_an_approval_is_of_what_is_on_record_when_it_is_recorded(stack: Stack) -> None:
    with sql_session(stack) as one, sql_session(stack) as pipeline, ThreadPoolExecutor(2) as pool:
        for _ in range(times(15, 1_000)):
            world = World(stack, over=one)
            world.emit(world.build(artifacts=[FIRST]))
            racing = [
                pool.submit(one.emit, world.signoff("G2", "qa-1")),
                pool.submit(pipeline.emit, world.build(artifacts=[SECOND])),
            ]
            assert {future.result().status for future in racing} == {"accepted"}
            [approval] = world.facts("approvals", "artifacts_digest")
            counts = approval["artifacts_digest"] == digest_of(SECOND)
            assert counts or approval["artifacts_digest"] == digest_of(FIRST)
            assert world.gates()["G2"] == ("passed" if counts else "in_progress")


# The programs


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


SIGN = ("--gate", "G2", "--decision", "approved", "--approver", "qa-1", "--persona", "qa_tester")
WHY = ("--rationale", '{"met": 1}', "--evidence", "test_result=https://ci.example/1")


def test_why_shows_what_a_signoff_sends_and_a_session_approves_each_build_once(stack: Stack, gates: Terminal) -> None:
    world, session = World(stack), uuid.uuid4().hex
    sign = ("emit", "gate_signoff", named(world), "--run", session, *SIGN, *WHY)
    build = ("emit", "build_complete", named(world), "--status", "pass", "--run")
    assert gates(*build, uuid.uuid4().hex, "--built", f"shop.tar.gz={'a' * 64}").exit_code == Code.DONE
    said = gates.json("why", named(world))
    assert said["artifacts_digest"] == digest_of(FIRST)
    assert said["seen"] == world.caller("qa-1").overview(world.release_id).seen
    assert said["seen"] in gates("why", named(world)).stdout
    assert gates.json(*sign)["status"] == "accepted"
    assert gates.json(*sign)["status"] == "duplicate"
    assert gates(*build, uuid.uuid4().hex, "--built", f"shop.tar.gz={'b' * 64}").exit_code == Code.DONE
    assert world.gates()["G2"] == "in_progress"
    assert gates.json(*sign)["status"] == "accepted"
    assert world.gates()["G2"] == "passed"
    logged = [row["idempotency_key"] for row in world.facts("event_ingest_log", "idempotency_key")]
    for built in (FIRST, SECOND):
        assert f"agent/{session}/gate_signoff/G2/~d{digest_of(built)[:12]}" in logged
    # The first build is back, and this session approved it once: but its newest decision is of the other.
    assert gates(*build, uuid.uuid4().hex, "--built", f"shop.tar.gz={'a' * 64}").exit_code == Code.DONE
    again = gates(*sign)
    assert (again.exit_code, world.gates()["G2"]) == (Code.NOT_ELIGIBLE, "in_progress")
    assert again.stderr


def test_a_signoff_of_what_was_seen_before_is_refused(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    seen = gates.json("why", named(world))["seen"]
    world.emit(world.build())
    sign = ("emit", "gate_signoff", named(world), "--run", uuid.uuid4().hex, *SIGN, *WHY)
    done = gates(*sign, "--seen", seen)
    assert (done.exit_code, done.stderr.partition(":")[0]) == (Code.REFUSED, "changed_since_seen")
    assert world.facts("approvals", "approval_id") == []
    # What says nothing of what was looked at asks for no less.
    for nothing, code in (("", Code.USAGE), (" ", Code.USAGE)):
        assert gates(*sign, "--seen", nothing).exit_code == code
    assert gates(*sign, "--payload", '{"seen": ""}').stderr.partition(":")[0] == "invalid_payload"
    assert world.facts("approvals", "approval_id") == []
    assert gates(*sign).exit_code == Code.DONE


def test_a_null_in_the_payload_is_no_choice_to_send_nothing_that_was_looked_at(
    stack: Stack, gates: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(stack)
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(Gates, "_submit", lambda _, event: sent.append(event))
    sign = ("emit", "gate_signoff", named(world), "--run", uuid.uuid4().hex, *SIGN, *WHY)
    gates(*sign, "--payload", '{"seen": null}')
    assert sent[0]["payload"]["seen"] == world.caller("qa-1").overview(world.release_id).seen


def test_the_command_line_says_what_it_looked_at_without_being_asked_to(stack: Stack) -> None:
    world = World(stack)
    world.emit(world.build(artifacts=[FIRST]))
    seen = world.caller("qa-1").overview(world.release_id).seen
    with flaky(stack) as front:
        gates = Terminal({**service(stack).env, "SUPABASE_URL": front.url})
        signed = gates("emit", "gate_signoff", named(world), "--run", uuid.uuid4().hex, *SIGN, *WHY)
    assert signed.exit_code == Code.DONE
    sent = [json.loads(body)["payload"] for body in front.bodies if b"gate_signoff" in body]
    assert [payload["seen"] for payload in sent] == [seen]


def test_people_sign_with_their_own_token_under_a_key_with_the_digest(stack: Stack) -> None:
    world = World(stack)
    world.emit(world.build(artifacts=[FIRST]))
    person = somebody(stack, "qa_tester", "qa-1")
    done = person("emit", "gate_signoff", str(world.release_id), "--run", "s-1", *SIGN, *WHY)
    assert (done.exit_code, done.stderr) == (0, "")
    keys = [row["idempotency_key"] for row in world.facts("event_ingest_log", "idempotency_key")]
    assert f"manual/qa-1/gate_signoff/G2/~d{digest_of(FIRST)[:12]}/{world.release_id}/s-1" in keys


@pytest.mark.parametrize("role", ["ci_service_role", "sre", "developer", "audit_reader"])
def test_who_may_not_decide_is_not_shown_what_a_decision_needs(stack: Stack, role: str) -> None:
    world = World(stack)
    subject = {"ci_service_role": "ci-bot", "sre": "sre-1", "developer": "dev-1", "audit_reader": "auditor-1"}[role]
    said = json.loads(somebody(stack, role, subject)("why", str(world.release_id), "--json").stdout)
    assert "seen" not in said
    assert "blockers" in said


def test_an_agent_says_what_it_looked_at_and_ends_with_1_where_its_approval_no_longer_counts(
    world: World, tmp_path: Path
) -> None:
    world.emit(world.build(artifacts=[FIRST]))
    report = tmp_path / "report.xml"
    report.write_text("<testsuite/>")
    session = f"qa-{uuid.uuid4().hex}"
    arguments = [
        *(str(world.release_id), "--session", session, "--approver", "qa-1", "--rationale", '{"met": 1}'),
        *("--evidence", "test_result", "https://ci.example/1", str(report)),
    ]
    done = run_agent(world.stack, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    keys = [row["idempotency_key"] for row in world.facts("event_ingest_log", "idempotency_key")]
    assert f"agent/{session}/gate_signoff/G2/~d{digest_of(FIRST)[:12]}" in keys
    world.emit(world.signoff("G2", "qa-1", "rejected"))
    again = run_agent(world.stack, *arguments)
    assert again.returncode == Code.NOT_ELIGIBLE
    assert again.stderr
    seen = run_agent(world.stack, *arguments, "--seen", "0" * 64, "--text", "once more")
    assert seen.returncode != 0
