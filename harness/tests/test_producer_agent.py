"""An agent signs off a gate as a process without any of our packages."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.pipeline import (
    BARE_PYTHON,
    assert_signed_off,
    log_of,
    run_agent,
)
from harness.tests.special_files import KINDS, special
from ops_gates.errors import UsageFault
from ops_gates.exit_codes import Code
from ops_gates.producers import agent

# T8: the agent event producer.


@pytest.fixture
def report_file(tmp_path: Path) -> Path:
    path = tmp_path / "report.xml"
    path.write_text('<testsuite tests="12" failures="0"/>')
    return path


def decision(world: World, session: str, report_file: Path, *more: str) -> list[str]:
    return [
        *(str(world.release_id), "--session", session, "--approver", "qa-1-login"),
        *("--rationale", '{"criteria_met": 12, "defects_open": 0}', "--text", "all criteria met"),
        *("--evidence", "test_result", "https://ci.example/7/report.xml", str(report_file), *more),
    ]


def test_execute_qa_signoff_verify_release_gates_g2_status_transitions_to_passed(
    world: World, report_file: Path
) -> None:
    world.emit(world.build())
    assert world.gates()["G2"] != "passed"
    session = f"qa-{uuid.uuid4().hex}"
    done = run_agent(world.stack, *decision(world, session, report_file))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"accepted: G2 is passed \[ingest_id \S+\]\n", done.stdout)
    assert world.gates()["G2"] == "passed"
    assert log_of(world, f"agent/{session}/gate_signoff/G2") == ["accepted"]


def test_verify_ops_approvals_record_created_with_correct_fields(world: World, report_file: Path) -> None:
    world.emit(world.build())
    session = f"qa-{uuid.uuid4().hex}"
    run_agent(world.stack, *decision(world, session, report_file))
    again = run_agent(world.stack, *decision(world, session, report_file))
    assert again.stdout.startswith("duplicate: G2 is passed")
    assert_signed_off(world, hashlib.sha256(report_file.read_bytes()).hexdigest(), "all criteria met")


def test_a_qa_tester_signs_with_their_own_token_and_only_as_themselves(world: World, report_file: Path) -> None:
    world.emit(world.build())
    stack = world.stack
    for subject, code in (("qa-2", Code.NOT_ALLOWED), ("qa-1", Code.DONE)):
        done = run_agent(
            stack,
            *decision(world, f"qa-{uuid.uuid4().hex}", report_file),
            SUPABASE_SECRET_KEY="",
            SUPABASE_PUBLISHABLE_KEY=stack.publishable_key,
            OPS_TOKEN=stack.token("qa_tester", subject),
        )
        assert done.returncode == code, done.stderr
    assert world.gates()["G2"] == "passed"


def test_a_rejection_without_evidence_is_a_decision_too(world: World) -> None:
    world.emit(world.build())
    arguments = [str(world.release_id), "--session", uuid.uuid4().hex, "--approver", "qa-1"]
    done = run_agent(world.stack, *arguments, "--rationale", '{"defects_open": 3}', "--decision", "rejected", "--json")
    assert json.loads(done.stdout)["status"] == "accepted"
    assert world.gates()["G2"] == "failed"


def test_the_agents_events_are_as_published(world: World, report_file: Path) -> None:
    for gate in ("G2", "G3"):
        done = run_agent(world.stack, *decision(world, "s-1", report_file, "--gate", gate, "--dry-run"))
        event = json.loads(done.stdout)
        schema = json.loads((ROOT / "docs" / "events" / "gate_signoff.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(event)
        assert event["idempotency_key"] == f"agent/s-1/gate_signoff/{gate}"
    assert world.facts("approvals") == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda a: [*a, "--approver", "stranger"], Code.NOT_ALLOWED),
        (lambda a: [str(uuid.uuid4()), *a[1:]], Code.NOT_FOUND),
    ],
)
def test_what_the_project_refuses_an_agent_is_one_sentence(
    world: World, report_file: Path, change: Callable[[list[str]], list[str]], code: Code
) -> None:
    done = run_agent(world.stack, *change(decision(world, uuid.uuid4().hex, report_file)))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert world.facts("approvals") == []


def test_the_agent_explains_itself_and_refuses_an_empty_session(stack: Stack) -> None:
    done = run_agent(stack, "--help")
    assert done.returncode == 0
    assert "example:" in done.stdout
    assert run_agent(stack, "v1").returncode == Code.USAGE
    with pytest.raises(UsageFault):
        agent.signoff(uuid.uuid4(), session_id="", approver_id="qa-1", rationale_structured={"met": True})


@pytest.mark.parametrize("kind", KINDS)
def test_evidence_and_reasons_are_read_from_regular_files_alone(tmp_path: Path, kind: str) -> None:
    with special(kind, tmp_path, "{}") as path:
        with pytest.raises(UsageFault):
            agent.file_evidence("test_result", "https://ci.example/7", path)
        with pytest.raises(UsageFault):
            agent._rationale(f"@{path}")


def test_producers_need_the_standard_library_alone() -> None:
    modules = ("wire", "agent", "github_actions")
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'harness')!r}); " + "; ".join(
        f"import ops_gates.producers.{m}" for m in modules
    )
    done = subprocess.run([BARE_PYTHON, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
