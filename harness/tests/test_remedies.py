"""What an inbox tells a person to do, they can do: the command that it names works for them."""

from __future__ import annotations

import ast
import json
import re
import shlex
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import ops_gates
from harness.prove.world import PEOPLE, World
from harness.stack import Stack, projects
from harness.tests.terminal import RISK, TREE, Terminal, can_be_typed, named, service, somebody
from ops_gates.exit_codes import Code

# The commands that an inbox names.
NAMED = {"emit gate_signoff", "decide", "dismiss", "exception review"}
ITEM = tuple[str, dict[str, Any]]


def at(stack: Stack, subject: str) -> Terminal:
    return somebody(stack, PEOPLE[subject], subject)


def items(stack: Stack, *worlds: str) -> Iterator[ITEM]:
    """What waits for each person on these releases: the person, and the item."""
    for subject in PEOPLE:
        for item in at(stack, subject).json("inbox")["items"]:
            if item["release_id"] in worlds:
                yield subject, item


def commands(remedy: str) -> list[list[str]]:
    """The commands that a remedy names, as they stand."""
    return [shlex.split(found) for found in re.findall(r"\(ops-gates ([^)]*)\)", remedy)]


def said(command: list[str]) -> list[str]:
    """A command with something in each place that is left to the person."""
    return [re.sub("=…$", "=https://ci.example/7", word).replace("…", "met") for word in command]


def name_of(command: list[str]) -> str:
    """The longest name of a command that the words begin with."""
    names = [" ".join(command[:length]) for length in (2, 1)]
    return next(name for name in names if name in TREE)


@pytest.fixture
def waiting(stack: Stack) -> list[ITEM]:
    """Something of each kind that waits for somebody."""
    gates = service(stack)
    built, failed, objected, deployed = World(stack), World(stack), World(stack), World(stack)
    built.emit(built.build())
    failed.emit(failed.build("fail"))
    objected.emit(*objected.until_gate(1), objected.signoff("G2", "qa-1", "rejected"))
    deployed.emit(
        *deployed.until_gate(3), deployed.deployment("production"), deployed.health("production", status="fail")
    )
    bypass = ("--gate", "G2", *RISK, "--until", "4h")
    excepted, ended = (gates("exception", "open", named(objected), *bypass).stdout.strip() for _ in range(2))
    manager = at(stack, "rm-2")
    for about in ((), ("--exception", excepted)):
        assert manager("decide", named(objected), "--decision", "rejected", "--reason", "no", *about).exit_code == 0
    assert gates("exception", "revoke", ended).exit_code == 0
    # An sre recorded an incident; a second manager is wanted for an exception; somebody who left had objected.
    with psycopg.connect(stack.db_url, autocommit=True) as db:
        db.execute("select set_config('request.jwt.claims', %s, false)", [json.dumps({"sub": "sre-1", "role": "sre"})])
        db.execute("set role sre")
        [(deployment,)] = db.execute(
            "select deployment_id from ops.deployments where release_id = %s", [deployed.release_id]
        ).fetchall()
        db.execute("insert into ops.incidents (deployment_id, severity) values (%s, 'sev2')", [deployment])
    leaving = f"qa-{uuid.uuid4().hex[:8]}"
    left = World(stack)
    left.emit(left.build())
    tester = somebody(stack, "qa_tester", leaving)
    rejected = ("--decision", "rejected", "--rationale", '{"met": 0}')
    assert tester("emit", "gate_signoff", named(left), "--gate", "G2", *rejected).exit_code == 0
    wanted = ("--on-behalf-of", "rm-1", "--reason", "left")
    assert gates("roles", "revoke", leaving, *wanted).exit_code == 0
    project = f"acme/{uuid.uuid4().hex}"
    projects.register(stack.client(), project)
    needs = [
        {"kind": "prior_gate", "subject": "G2"},
        {"kind": "approval", "subject": "release_manager"},
        {"kind": "exception_approvals", "min_count": 2},
    ]
    done = gates("policy", "set", "G3", "-", "--project", project, *wanted, stdin=json.dumps(needs))
    assert done.exit_code == 0, done.output
    opened = gates.json("open", project, "v1", "--source-ref", "c", "--initiator", "dev-1")["release_id"]
    done = gates("exception", "open", opened, "--gate", "G3", *RISK, "--until", "4h")
    assert done.exit_code == 0, done.output
    worlds = (built, failed, objected, deployed, left)
    return [*items(stack, opened, *(str(world.release_id) for world in worlds))]


def test_each_command_that_a_remedy_names_works_for_whom_it_is_told(stack: Stack, waiting: list[ITEM]) -> None:
    kinds = {
        "sign_off", "failed", "objection", "dismissible", "exception_decision", "exception_review", "incident",
    }  # fmt: skip
    assert {item["kind"] for _, item in waiting} >= kinds
    tried: set[str] = set()
    worked: dict[tuple[str, str], set[bool]] = {}
    for subject, item in waiting:
        for command in commands(item["remedy"]):
            name = name_of(command)
            can_be_typed(command)
            done = at(stack, subject)(*said(command))
            # Somebody may have done it before: that is a rule's answer, and no wrong command.
            assert done.exit_code in (Code.DONE, Code.REFUSED), (subject, item, done.output)
            tried.add(name)
            worked.setdefault((shlex.join(command), item["role"]), set()).add(done.exit_code == Code.DONE)
    assert tried == NAMED
    assert [told for told, outcomes in worked.items() if True not in outcomes] == []


def test_a_sign_off_is_told_with_the_evidence_that_the_gate_misses(waiting: list[ITEM]) -> None:
    told = {" ".join(command) for _, item in waiting for command in commands(item["remedy"]) if "G2" in command}
    assert any("--evidence test_result=…" in command for command in told), told


PROGRAM = Path(ops_gates.__file__).parent


def texts() -> Iterator[str]:
    """All texts that the program can print, with … for each value; docstrings apart."""
    for path in sorted(PROGRAM.rglob("*.py")):
        nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
        docstrings = [node.value for node in nodes if isinstance(node, ast.Expr)]
        for node in nodes:
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
                yield node.value


def test_each_command_that_the_program_names_with_its_arguments_can_be_typed() -> None:
    found = {command for text in texts() for command in re.findall(r"`ops-gates ([a-z][^`]*)`", text)}
    assert len(found) > 20
    for command in sorted(found):
        words = ["qa_tester" if word in ("ROLE", "…") else word for word in shlex.split(command)]
        name = name_of(words)
        if [*name.split()] != words:
            can_be_typed(words)


def test_each_command_that_the_schema_names_is_one(stack: Stack) -> None:
    with psycopg.connect(stack.db_url) as db:
        rows = db.execute(
            "select prosrc from pg_proc where pronamespace in ('ops'::regnamespace, 'ops_private'::regnamespace)"
        ).fetchall()
    found = {command for (text,) in rows for command in re.findall(r"ops-gates ([a-z][a-z _-]*)", text)}
    assert len(found) > 8
    for command in sorted(found):
        assert name_of([*command.split(), ""]) in TREE, command


def test_a_remedy_names_no_column_and_no_event_that_the_person_may_not_send(
    waiting: list[ITEM], db: psycopg.Connection[Any]
) -> None:
    rows = db.execute("select distinct column_name from information_schema.columns where table_schema = 'ops'")
    columns = {name for (name,) in rows if "_" in name}
    may_send = {"sre": {"deployment_event", "health_check", "environment_event"}}
    events = {"build_complete", "deployment_event", "health_check", "environment_event"}
    for _, item in waiting:
        words = {*re.findall(r"\w+", re.sub(r"\(ops-gates [^)]*\)", "", item["remedy"]))}
        assert not words & columns, item
        assert not words & (events - may_send.get(item["role"], set())), item


@pytest.mark.parametrize(
    ("sent", "missing"),
    [(["in_progress"], {"succeeded"}), (["succeeded"], set()), (["in_progress", "succeeded"], set())],
)
def test_a_deployment_that_was_reported_succeeded_is_not_asked_to_be(
    stack: Stack, sent: list[str], missing: set[str]
) -> None:
    world = World(stack)
    world.emit(*world.until_gate(3), *(world.deployment("production", "d-1", status) for status in sent))
    [item] = [item for _, item in items(stack, str(world.release_id)) if item["gate_code"] == "G4"]
    assert {*re.findall("succeeded", item["remedy"])} == missing
    assert "health check" in item["remedy"]
