"""What each command does to a real project, and what a role may not."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any, get_args

import psycopg
import pytest
import yaml

from harness.prove.world import COMMIT, World
from harness.stack import Stack, projects
from harness.stack.parts import ROOT
from harness.tests.flaky import flaky
from harness.tests.terminal import RISK, Terminal, failed, named, service, somebody
from ops_gates import refusals, rows
from ops_gates.client import Gates
from ops_gates.commands import exceptions, target
from ops_gates.commands.roles import Role
from ops_gates.exit_codes import Code


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


# Asking


def test_guard_stops_a_release_with_reasons_and_lets_the_eligible_one_through(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    stopped = gates("guard", named(world), "--to", "production")
    assert (stopped.exit_code, stopped.stderr) == (Code.NOT_ELIGIBLE, "")
    assert all(word in stopped.stdout for word in ("G1", "G2", "G3", "qa_tester", "release_manager"))
    world.emit(*world.until_gate(2))
    assert gates("guard", named(world), "--to", "staging").exit_code == Code.DONE
    assert gates("guard", named(world), "--to", "production").exit_code == Code.NOT_ELIGIBLE
    world.emit(*world.until_gate(3)[2:])
    passed = gates("guard", str(world.release_id))
    assert (passed.exit_code, passed.stderr) == (Code.DONE, "")


def test_guard_is_for_pipelines_and_their_tokens(stack: Stack) -> None:
    world = World(stack)
    done = somebody(stack, "ci_service_role", "ci-bot")("guard", named(world), "--json")
    said = json.loads(done.stdout)
    assert (done.exit_code, done.stderr) == (Code.NOT_ELIGIBLE, "")
    assert list(said) == ["release_id", "project", "release_name", "target", "eligible", "blockers"]
    assert (said["release_id"], said["target"], said["eligible"]) == (str(world.release_id), "production", False)
    assert set(said["blockers"][0]) == set(rows.GateFinding.__annotations__)


def test_guard_lets_nothing_through_on_less_than_the_projects_own_yes(
    stack: Stack, gates: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(stack)
    monkeypatch.setattr(Gates, "blockers", lambda *_: [])
    assert gates("guard", named(world)).exit_code == Code.NOT_ELIGIBLE
    with flaky(stack, "pass", "page") as front:
        assert gates("guard", named(world), SUPABASE_URL=front.url).exit_code == Code.UNREACHABLE


def test_why_says_what_to_do_and_who_can_whether_or_not_there_is_anything(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    said = gates.json("why", named(world), "--to", "staging")
    assert {(b["gate_code"], b["who"]) for b in said["blockers"]} == {
        ("G1", "ci_service_role"),
        ("G2", "ci_service_role"),
        ("G2", "qa_tester"),
    }
    assert all(b["remedy"] for b in said["blockers"])
    assert gates.json("why", named(world), "--to", "dev")["eligible"] is True


def test_status_shows_the_chain_of_a_release(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    world.emit(*world.until_gate(2))
    said = gates.json("status", named(world))
    assert list(said) == ["release", "gates", "eligibility", "advice"]
    assert [(g["gate_code"], g["status"]) for g in said["gates"]] == [
        ("G1", "passed"),
        ("G2", "passed"),
        ("G3", "pending"),
        ("G4", "pending"),
    ]
    assert [said["eligibility"][f"eligible_for_{name}"] for name in ("staging", "production")] == [True, False]
    shown = gates("status", str(world.release_id))
    assert shown.exit_code == 0
    assert all(word in shown.stdout for word in ("Build Integrity", "passed", "pending", "staging: eligible"))
    assert "\x1b" not in shown.stdout


def test_history_lists_what_was_recorded(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    world.emit(*world.until_gate(2), world.deployment("staging"))
    said = gates.json("history", named(world))
    assert [moment["kind"] for moment in said] == ["event", "event", "decision", "event", "deployment"]
    assert all(list(moment) == ["at", "kind", "what", "outcome", "who", "note", "until", "fact"] for moment in said)
    assert "gate_signoff" in gates("history", named(world)).stdout


@pytest.mark.parametrize("status", ["in_progress", "succeeded", "failed"])
def test_history_says_that_a_target_was_taken_out_however_its_deployment_stood(
    stack: Stack, gates: Terminal, status: str
) -> None:
    world, region = World(stack), uuid.uuid4().hex
    deployed = ("--ref", "d-1", "--status", status, "--source-ref", COMMIT, "--run", region, "--target", region)
    gates("emit", "deployment_event", named(world), "--environment", "dev", *deployed)
    manager = somebody(stack, "release_manager", "rm-1")
    assert "retirement" not in {moment["kind"] for moment in gates.json("history", named(world))}
    retire = ("retire", "acme/shop", "--environment", "dev", "--target", region, "--reason", "gone")
    assert manager(*retire).exit_code == 0
    [out] = [moment for moment in gates.json("history", named(world)) if moment["kind"] == "retirement"]
    assert (out["what"], out["outcome"]) == (f"dev {region}", "taken out")


def test_a_role_that_may_not_read_is_told_so(stack: Stack) -> None:
    world = World(stack)
    refused = somebody(stack, "developer", "dev-1")("history", named(world))
    assert failed(refused, Code.NOT_ALLOWED).startswith("42501: ")
    assert somebody(stack, "audit_reader", "auditor-1")("history", named(world)).exit_code == 0


# Telling


def test_open_prints_one_id_for_one_release(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    again = ("open", "acme/shop", world.name, "--source-ref", COMMIT, "--initiator", "dev-1-login")
    assert gates(*again).stdout == f"{world.release_id}\n"
    assert gates.json(*again)["release_id"] == str(world.release_id)
    assert failed(gates(*again[:3], "--source-ref", "another"), Code.REFUSED).startswith("OPS09: ")
    assert failed(gates("open", "acme/shop", "v", "--source-ref", "c"), Code.REFUSED).startswith("OPS06: ")


def test_events_from_flags_move_a_release_through_its_gates(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    ref, run = named(world), uuid.uuid4().hex
    release = (ref, "--run", run)
    build = ("emit", "build_complete", *release, "--status", "pass", "--check", "lint=pass", "--source-ref", COMMIT)
    assert gates.json(*build, "--evidence", "build_log=https://ci.example/1")["status"] == "accepted"
    for gate, approver, persona, artifact in (
        ("G2", "qa-1", "qa_tester", "test_result=https://ci.example/2"),
        (
            "G3",
            "rm-1",
            "release_manager",
            json.dumps({"artifact_type": "rollback_plan", "artifact_url": "https://ci.example/3"}),
        ),
    ):
        who = ("--approver", approver, "--persona", persona)
        decision = ("--gate", gate, "--decision", "approved", "--rationale", '{"ok": true}', "--evidence", artifact)
        signoff = gates("emit", "gate_signoff", *release, *who, *decision)
        assert (signoff.exit_code, signoff.stderr) == (0, "")
        assert f"{gate} pending → passed" in signoff.stdout
    where = ("--environment", "production", "--ref", "d-1")
    deployed = ("emit", "deployment_event", *release, *where, "--status", "succeeded", "--source-ref", COMMIT)
    assert re.search(r"^G4 needs: .*; who can: \w+$", gates(*deployed).stdout, re.MULTILINE)
    health = ("emit", "health_check", *release, *where, "--status", "pass", "--report", "https://monitoring.example/1")
    assert gates(*health).exit_code == 0
    assert world.status() == "promoted"
    assert set(world.gates().values()) == {"passed"}
    assert (
        gates("emit", "environment_event", *where[:2], "--kind", "scaled", "--run", run, "--data", "{}").exit_code == 0
    )


def test_a_command_typed_again_is_a_duplicate_and_a_rerun_of_the_pipeline_is_not(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    build = ("emit", "build_complete", str(world.release_id), "--status", "fail")
    pipeline = {"GITHUB_RUN_ID": uuid.uuid4().hex, "GITHUB_RUN_ATTEMPT": "1"}
    first = gates.json(*build, **pipeline)
    again = gates.json(*build, **pipeline)
    assert (first["status"], again["status"], again["ingest_id"]) == ("accepted", "duplicate", first["ingest_id"])
    rerun = gates.json(*build[:-1], "pass", **{**pipeline, "GITHUB_RUN_ATTEMPT": "2"})
    assert (rerun["status"], world.gates()["G1"]) == ("accepted", "passed")


def test_a_duplicate_says_where_its_gate_is_now_and_not_how_it_moved_then(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    build = ("emit", "build_complete", named(world), "--run")
    run = uuid.uuid4().hex
    first, again = (gates(*build, run, "--status", "pass").stdout for _ in range(2))
    assert ("G1 pending → passed" in first, "→" in again, "G1 is now passed" in again) == (True, False, True)
    assert gates(*build, uuid.uuid4().hex, "--status", "fail").exit_code == 0
    assert "G1 is now failed" in gates(*build, run, "--status", "pass").stdout


def test_a_part_of_a_build_is_reported_and_heals_itself_alone(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    build = ("emit", "build_complete", named(world), "--run", uuid.uuid4().hex, "--status")
    for part in ("linux", "mac"):
        assert gates(*build, "pass", "--part", part, "--check", f"{part}-unit=pass").exit_code == 0
    assert {row["part"] for row in world.facts("gate_checks", "part")} == {"linux", "mac"}
    keys = [row["idempotency_key"] for row in world.facts("event_ingest_log", "idempotency_key")]
    assert sorted(key.rpartition("/")[2] for key in keys) == ["build~linux", "build~mac"]


def test_an_event_of_a_machine_needs_a_run_and_one_of_a_person_needs_none(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    signoff = (
        *("emit", "gate_signoff", named(world), "--gate", "G2", "--decision", "rejected", "--approver", "qa-1"),
        *("--persona", "qa_tester", "--rationale", '{"defects": 1}'),
    )
    said = failed(gates(*signoff), Code.USAGE)
    assert all(word in said for word in ("--run", "agent", "manual"))
    deployed = (
        *("emit", "deployment_event", named(world), "--environment", "dev", "--ref", "d-1", "--status", "succeeded"),
        *("--source-ref", COMMIT),
    )
    engineer = somebody(stack, "sre", "sre-1")
    done = engineer(*deployed)
    assert done.exit_code == 0, done.stderr
    check = ("emit", "health_check", *deployed[2:7], "--status", "pass", "--report", "https://h.example/1")
    assert "monitoring" in failed(engineer(*check, "--source", "monitoring"), Code.USAGE)
    done = somebody(stack, "qa_tester", "qa-1")(*signoff)
    assert done.exit_code == 0, done.stderr


def test_a_payload_has_fields_that_no_option_sets_whatever_their_names(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    # Among them the names of what a builder takes beside the payload.
    more = {"run_id": "of-ours", "emitted_at": "of-ours", "release_id": "of-ours", "checks": [], "colour": "red"}
    build = ("emit", "build_complete", named(world), "--run", uuid.uuid4().hex, "--status", "pass")
    assert gates.json(*build, "--payload", json.dumps(more))["status"] == "accepted"
    [logged] = world.facts("event_ingest_log", "content")
    assert logged["content"]["payload"] == {"status": "pass", **more}


def test_an_event_from_a_file_or_a_pipe_is_sent_as_it_stands(stack: Stack, gates: Terminal, tmp_path: Path) -> None:
    world = World(stack)
    event = json.dumps(world.build())
    (tmp_path / "event.json").write_text(event)
    assert gates.json("emit", "file", str(tmp_path / "event.json"))["status"] == "accepted"
    assert gates.json("emit", "file", "-", stdin=event)["status"] == "duplicate"


def test_a_refused_event_is_a_sentence_with_its_faults_and_6(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    event = {**world.build(), "payload": {"status": "maybe"}}
    said = failed(gates("emit", "file", "-", stdin=json.dumps(event)), Code.REFUSED)
    assert said.startswith("invalid_payload: payload.status ")
    machine = gates("emit", "file", "-", "--json", stdin=json.dumps(event))
    assert (machine.exit_code, json.loads(machine.stdout)["error"]) == (Code.REFUSED, "invalid_payload")


def test_an_event_that_a_role_may_not_send_is_4(stack: Stack) -> None:
    build = ("emit", "build_complete", str(World(stack).release_id), "--run", "1", "--status", "pass")
    assert failed(somebody(stack, "qa_tester", "qa-1")(*build), Code.NOT_ALLOWED).startswith("forbidden_event: ")


@pytest.mark.parametrize(
    ("role", "subject", "gate"),
    [("release_manager", "rm-1", "G2"), ("qa_tester", "qa-1", "G3"), ("sre", "sre-1", "G2")],
)
def test_a_sign_off_of_a_gate_that_somebody_else_decides_says_who_does(
    stack: Stack, role: str, subject: str, gate: str
) -> None:
    signoff = ("emit", "gate_signoff", str(World(stack).release_id), "--gate", gate, "--run", "1")
    decided = ("--decision", "approved", "--approver", subject, "--rationale", '{"met": 1}')
    said = failed(somebody(stack, role, subject)(*signoff, *decided), Code.NOT_ALLOWED)
    assert said.startswith("forbidden_event: ")
    assert all(f"{code} is decided by a {decider}" in said for code, decider in refusals.DECIDERS.items())


def test_who_decides_a_gate_is_what_the_schema_says(db: psycopg.Connection[Any]) -> None:
    found = db.execute("select prosrc from pg_proc where oid = 'ops_private.may_send(jsonb)'::regprocedure").fetchone()
    assert found is not None
    assert {gate: role for role, gate in re.findall(r"\('(\w+)', '(G\d)'\)", found[0])} == refusals.DECIDERS


def test_a_person_who_is_not_known_is_named_with_the_command_that_registers_people(
    stack: Stack, gates: Terminal
) -> None:
    release = named(World(stack))
    opened = gates("open", "acme/shop", uuid.uuid4().hex, "--source-ref", "c", "--initiator", "stranger-7")
    excepted = gates(
        "exception", "open", release, "--gate", "G2", *RISK[:4], "--approver", "stranger-7", "--until", "1h"
    )
    signed = gates(
        *("emit", "gate_signoff", release, "--gate", "G2", "--run", "1", "--decision", "approved"),
        *("--approver", "stranger-7", "--persona", "qa_tester", "--rationale", '{"met": 1}'),
    )
    ended = [(opened, Code.REFUSED, "OPS06"), (excepted, Code.REFUSED, "OPS06")]
    for done, code, begins in [*ended, (signed, Code.NOT_ALLOWED, "forbidden_event")]:
        said = failed(done, code)
        assert said.startswith(f"{begins}: ")
        assert "'stranger-7'" in said
        assert "`ops-gates roles grant SUBJECT ROLE`" in said


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
    assert manager("exception", "revoke", row["exception_id"]).exit_code == 0
    assert gates("guard", named(world)).exit_code == Code.NOT_ELIGIBLE
    assert manager.json("exception", "list", named(world), "--active") == []
    assert failed(manager("exception", "revoke", row["exception_id"]), Code.REFUSED).startswith("OPS07: ")
    assert failed(manager("exception", "revoke", str(uuid.uuid4())), Code.NOT_FOUND).startswith("unknown_exception: ")
    assert failed(manager(*bypass, "--until", "31d"), Code.REFUSED).startswith("23514: ")
    failed(somebody(stack, "qa_tester", "qa-1")(*bypass, "--until", "4h"), Code.NOT_ALLOWED)


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
    assert said.stdout.partition("effect: ")[2].startswith("no")
    assert gates("guard", named(world)).exit_code == Code.NOT_ELIGIBLE
    said = manager(*decide, "approved")
    assert said.stdout.partition("effect: ")[2].startswith("yes")
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


READING = [
    ("history RELEASE", "event_ingest_log"),
    ("exception list RELEASE", "v_exception_status"),
    ("policy show", "gate_requirements"),
    ("roles list", "v_memberships"),
    ("roles list --changes", "memberships"),
]


@pytest.mark.parametrize(("command", "reads"), READING)
def test_who_may_not_read_what_a_command_shows_is_told_who_may_and_what_to_ask_instead(
    stack: Stack, command: str, reads: str
) -> None:
    world = World(stack)
    access = yaml.safe_load((ROOT / "harness" / "check" / "access.yaml").read_text())
    readers = (access["views"] | {name: table["select"] for name, table in access["tables"].items()})[reads]
    for role in get_args(Role):
        done = somebody(stack, role, f"reads-as-{role}")(*command.replace("RELEASE", named(world)).split())
        if role in readers:
            assert (done.exit_code, done.stderr) == (0, "")
            continue
        said = failed(done, Code.NOT_ALLOWED)
        assert said.startswith(f"42501: this is for {target.READERS} alone")
        assert "permission denied" not in said
        assert command.startswith("roles") or "`ops-gates why`" in said
    assert {name for name in get_args(Role) if name in target.READERS} == set(readers) - {"service_role"}


@pytest.mark.parametrize(
    ("first", "late", "code"),
    [
        (("--status", "pass"), ("--status", "fail"), Code.NOT_ELIGIBLE),
        (("--status", "pass"), ("--status", "pass"), Code.DONE),
        (("--status", "pass", "--check", "lint=pass"), ("--status", "pass", "--check", "lint=fail"), Code.NOT_ELIGIBLE),
        (("--status", "fail"), ("--status", "pass"), Code.DONE),
        (("--status", "pass"), ("--status", "pass", "--check", "lint=fail"), Code.DONE),  # lint counts
    ],
)
def test_a_stop_that_changed_nothing_is_a_sentence_and_1(
    stack: Stack, gates: Terminal, first: tuple[str, ...], late: tuple[str, ...], code: Code
) -> None:
    world = World(stack)
    call = ("emit", "build_complete", named(world), "--run")
    assert gates(*call, uuid.uuid4().hex, *first).exit_code == 0
    done = gates(*call, uuid.uuid4().hex, *late, "--at", "1h")
    if code is Code.DONE:
        assert (done.exit_code, done.stderr) == (0, "")
    else:
        assert failed(done, Code.NOT_ELIGIBLE).startswith("superseded: ")


@pytest.mark.parametrize("role", get_args(Role))
def test_every_role_may_ask_why_and_guard(stack: Stack, role: str) -> None:
    world = World(stack)
    mine = somebody(stack, role, f"{role}-asks")
    assert (mine("why", named(world)).exit_code, mine("guard", named(world)).exit_code) == (0, Code.NOT_ELIGIBLE)


@pytest.mark.parametrize(
    ("command", "who"),
    [
        ("open acme/shop new --source-ref c", "release_manager, ci_service_role and the secret key"),
        ("exception open RELEASE --gate G2 --until 1h --reason r --risk k --approver rm-1", exceptions.DECIDERS),
        (f"exception revoke {uuid.UUID(int=7)}", exceptions.DECIDERS),
        (f"exception review {uuid.UUID(int=7)} complete", exceptions.DECIDERS),
        ("decide RELEASE --decision rejected --reason r", exceptions.DECIDERS),
        (f"decide RELEASE --decision rejected --reason r --exception {uuid.UUID(int=7)}", exceptions.DECIDERS),
        ("projects register a/b --on-behalf-of rm-1 --reason r", "the secret key"),
        ("roles grant x-1 sre --on-behalf-of rm-1 --reason r", "the secret key"),
        ("roles revoke x-1 --on-behalf-of rm-1 --reason r", "the secret key"),
        ("policy set G1 -", "the secret key"),
    ],
)
def test_who_may_not_do_what_a_command_does_is_told_who_may(stack: Stack, command: str, who: str) -> None:
    developer = somebody(stack, "developer", "dev-1")
    done = developer(*command.replace("RELEASE", named(World(stack))).split(), stdin="[]")
    assert failed(done, Code.NOT_ALLOWED) == f"42501: this is for {who} alone\n"


def test_roles_are_granted_listed_and_revoked_and_every_change_is_kept(stack: Stack, gates: Terminal) -> None:
    subject = uuid.uuid4().hex
    wanted = ("--on-behalf-of", "rm-1", "--reason", "works here")
    assert gates("roles", "grant", subject, "sre", "--handle", f"{subject}-login", *wanted).exit_code == 0
    assert gates("roles", "grant", subject, "qa_tester", *wanted).exit_code == 0
    project = f"acme/{uuid.uuid4().hex}"
    projects.register(stack.client(), project)
    assert gates("roles", "grant", subject, "qa_tester", "--project", project, *wanted).exit_code == 0
    held = [m for m in gates.json("roles", "list") if m["subject"] == subject]
    assert {m["handle"] for m in held} == {f"{subject}-login"}
    assert [(m["role"], m["project"]) for m in held] == [("qa_tester", None), ("qa_tester", project), ("sre", None)]
    assert subject in gates("roles", "list").stdout
    assert failed(gates("roles", "grant", subject, "sre", *wanted), Code.REFUSED).startswith("OPS13: ")
    one = gates("roles", "revoke", subject, "--role", "qa_tester", "--project", project, *wanted)
    assert one.stdout == f"{subject} is no qa_tester in {project} any more\n"
    assert gates("roles", "revoke", subject, *wanted).exit_code == 0
    assert gates("roles", "revoke", subject, *wanted).stdout.startswith("nothing was ended: ")
    changes = [c for c in gates.json("roles", "list", "--changes") if c["subject"] == subject]
    assert [(c["role"], c["project"], c["granted"]) for c in changes] == [
        ("sre", None, True),
        ("qa_tester", None, True),
        ("qa_tester", project, True),
        ("qa_tester", project, False),
        ("sre", None, False),
        ("qa_tester", None, False),
    ]
    assert {(c["on_behalf_of"], c["reason"]) for c in changes} == {("rm-1", "works here")}
    assert subject in gates("roles", "list", "--changes").stdout
    assert failed(gates("roles", "revoke", "nobody", *wanted), Code.REFUSED).startswith("OPS06: ")
    assert failed(gates("roles", "grant", f"{subject}-login", "sre", *wanted), Code.REFUSED).startswith("23505: ")
    failed(somebody(stack, "release_manager", "rm-1")("roles", "grant", "x", "sre", *wanted), Code.NOT_ALLOWED)


def test_a_project_is_registered_once_and_a_release_gets_its_spelling(stack: Stack, gates: Terminal) -> None:
    project, wanted = f"Acme/{uuid.uuid4().hex}", ("--on-behalf-of", "rm-1", "--reason", "is released here")
    release = ("open", project.lower(), "v1", "--source-ref", COMMIT, "--initiator", "dev-1")
    assert failed(gates(*release), Code.NOT_FOUND).startswith("OPS04: ")
    pipeline = somebody(stack, "ci_service_role", "ci-bot")
    failed(pipeline(*release), Code.NOT_ALLOWED)
    assert gates("projects", "register", project, *wanted, "--description", "a shop").exit_code == 0
    assert gates("projects", "register", project.upper(), *wanted).stdout == f"{project} is registered\n"
    [row] = [row for row in gates.json("projects", "list") if row["project"].lower() == project.lower()]
    assert (row["project"], row["description"], row["reason"]) == (project, "a shop", "is released here")
    assert project in gates("projects", "list").stdout
    opened = pipeline.json(*release)
    assert Gates(stack.client()).release(opened["release_id"])["project"] == project
    assert failed(gates("projects", "register", "a\u00e9", *wanted), Code.REFUSED).startswith("23514: ")


def test_a_projects_policy_is_set_shown_and_given_back(stack: Stack, gates: Terminal, tmp_path: Path) -> None:
    project = f"acme/{uuid.uuid4().hex}"
    projects.register(stack.client(), project)
    release = Gates(stack.client()).open_release(project, "v1", "production", COMMIT, initiating_actor="dev-1")
    needs = [{"kind": "check", "subject": "build"}, {"kind": "check", "subject": "audit", "enforcement": "advisory"}]
    (tmp_path / "g1.json").write_text(json.dumps(needs))
    [concerned] = gates.json("policy", "set", "G1", str(tmp_path / "g1.json"), "--project", project)
    assert (concerned["release_id"], concerned["touched"]) == (str(release), False)
    shown = gates.json("policy", "show", "--project", project)
    assert [(r["subject"], r["enforcement"]) for r in shown if r["gate_code"] == "G1"] == [
        ("build", "blocking"),
        ("audit", "advisory"),
    ]
    assert {r["project"] for r in shown if r["gate_code"] != "G1"} == {None}
    assert {r["project"] for r in gates.json("policy", "show", "G1")} == {None}
    assert project in gates("policy", "show", "G1", "--project", project).stdout
    back = gates("policy", "set", "G1", "-", "--project", project, stdin="[]")
    assert (back.exit_code, "v1" in back.stdout) == (0, True)
    assert gates.json("policy", "show", "G1", "--project", project) == gates.json("policy", "show", "G1")
    assert failed(gates("policy", "set", "G1", "-", stdin="[]"), Code.REFUSED).startswith("OPS10: ")
    assert failed(gates("policy", "set", "G1", "-", stdin='[{"kind": "vibes"}]'), Code.REFUSED).startswith("OPS10: ")
    failed(gates("policy", "set", "G1", "-", stdin="{}"), Code.USAGE)
