"""What the commands that ask and tell do to a real project."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.prove.world import COMMIT, World
from harness.stack import Stack
from harness.tests.flaky import flaky
from harness.tests.terminal import Terminal, failed, named, service, somebody
from ops_gates import limits, rows
from ops_gates.client import Gates
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


def test_the_timeline_is_that_of_the_database_in_time_order_on_however_many_pages(
    stack: Stack, gates: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(stack)
    world.emit(*world.until_gate(2), world.deployment("staging"))
    with stack.connect() as db:
        db.execute("set role service_role")
        [[said]] = db.execute("select ops.timeline(%s, null, 200) -> 'entries'", [world.release_id]).fetchall()
    assert {"opened", "check", "decision", "deployment", "verdict"} <= {entry["kind"] for entry in said}
    assert gates.json("timeline", named(world)) == said[::-1]
    monkeypatch.setattr(limits, "FACTS_OF_A_TIMELINE", 1)
    assert gates.json("timeline", named(world)) == said[::-1]
    monkeypatch.undo()
    some = gates("timeline", named(world), "--limit", "2", "--json")
    assert json.loads(some.stdout) == said[1::-1]
    assert "2 shown" in some.stderr
    for limit, whole in ((len(said) - 1, False), (len(said), True), (0, True)):
        shown = gates("timeline", named(world), "--limit", str(limit))
        assert (shown.exit_code, "shown, the newest" in shown.stdout) == (Code.DONE, not whole)


def test_a_timeline_asks_for_whole_pages_whatever_the_role_sees_of_them(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(stack)
    world.emit(*world.until_gate(3))
    asked: list[Mapping[str, Any]] = []
    rpc = Gates._rpc

    def counted(gates: Gates, name: str, arguments: Mapping[str, Any]) -> Any:
        asked.append({"function": name, **arguments})
        return rpc(gates, name, arguments)

    monkeypatch.setattr(Gates, "_rpc", counted)
    assert somebody(stack, "sre", "sre-1")("timeline", named(world), "--limit", "1").exit_code == Code.DONE
    assert [a["limit"] for a in asked if a["function"] == "timeline"] == [limits.FACTS_OF_A_TIMELINE]


ENTRIES: list[tuple[dict[str, Any], list[str]]] = [
    ({"kind": "opened", "environment": "production", "source_ref": "c0"}, ["opened", "for production", "commit c0"]),
    (
        {"kind": "verdict", "gate_code": "G1", "status_before": "pending", "status": "failed", "first_missing": "a"},
        ["verdict", "G1", "pending to failed", "missing: a"],
    ),
    ({"kind": "verdict", "status_before": "failed", "status": "bypassed", "exception_id": "e0"}, ["exception e0"]),
    (
        {"kind": "contested_report", "status": "fail", "error_code": "invalid_envelope", "fact": "f0"},
        ["fail refused: invalid_envelope", "f0"],
    ),
    ({"kind": "contested_report_ended", "status": "fail", "idempotency_key": "k0"}, ["contested_report_ended", "k0"]),
    (
        {"kind": "exception_opened", "exception_type": "gate_bypass", "impacted_gates": ["G2", "G3"], "reason": "r0"},
        ["gate_bypass G2,G3", "r0"],
    ),
    ({"kind": "decision", "gate_code": "G2", "decision": "rejected", "actor": "qa-1"}, ["G2", "rejected", "qa-1"]),
    ({"kind": "closed", "close_reason": "superseded"}, ["closed", "superseded"]),
    ({"kind": "incident_resolved", "severity": "sev1", "root_cause": "c1"}, ["sev1", "c1"]),
]


@pytest.mark.parametrize(("entry", "words"), ENTRIES, ids=lambda value: str(value)[:40])
def test_a_row_of_the_timeline_says_what_the_entry_says(
    entry: dict[str, Any], words: list[str], gates: Terminal, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(stack)
    page = {"entries": [{"at": "2026-11-28T20:00:00+00:00", **entry}], "before": None}
    rpc = Gates._rpc
    monkeypatch.setattr(Gates, "_rpc", lambda *asked: page if asked[1] == "timeline" else rpc(*asked))
    shown = gates("timeline", named(world)).stdout
    assert [word for word in words if word not in shown] == []
    if entry["kind"] == "contested_report_ended":
        assert "fail" not in shown, "what was refused is no outcome of its end"


def test_why_names_the_exceptions_that_have_an_effect_to_who_may_read_them(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    world.emit(*world.until_gate(2))
    manager = somebody(stack, "release_manager", "rm-1")
    asked = ("--reason", "outage", "--risk", "untested", "--approver", "rm-1", "--until", "1h")
    opened = [
        manager("exception", "open", named(world), "--gate", "G3", *asked, *more)
        for more in ((), ("--type", "timing_override"))
    ]
    covering = opened[0].stdout.strip()
    for role, subject in (("release_manager", "rm-2"), ("audit_reader", "auditor-1")):
        person = somebody(stack, role, subject)
        said = person.json("why", named(world))
        assert [(x["exception_id"], x["approver_id"]) for x in said["exceptions"]] == [(covering, "rm-1")], role
        assert covering in person("why", named(world)).stdout
    assert [x["exception_id"] for x in gates.json("why", named(world))["exceptions"]] == [covering]
    for role, subject in (("sre", "sre-1"), ("developer", "dev-1"), ("ci_service_role", "bot-1")):
        assert "exceptions" not in somebody(stack, role, subject).json("why", named(world)), role
    effects = {row["exception_id"]: row["exception_type"] for row in gates.json("exception", "list", named(world))}
    assert effects[opened[1].stdout.strip()] == "timing_override"
    assert "on record only" in gates("exception", "list", named(world)).stdout
    assert manager("exception", "revoke", covering).exit_code == Code.DONE
    assert gates.json("why", named(world))["exceptions"] == []


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
