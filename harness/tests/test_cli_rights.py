"""What a role may not do at a terminal, and what it is told."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any, get_args

import psycopg
import pytest
import yaml

from harness.prove.world import World
from harness.stack import Stack, members, projects
from harness.stack.parts import ROOT
from harness.tests.terminal import Terminal, failed, named, service, somebody
from ops_gates import refusals
from ops_gates.client import Gates
from ops_gates.commands import exceptions, target
from ops_gates.commands.roles import Role
from ops_gates.exit_codes import Code

SIGNOFF = 'emit gate_signoff RELEASE --gate {} --run 1 --decision approved --rationale {{"met":1}}'


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


def test_a_role_that_may_not_read_is_told_so(stack: Stack) -> None:
    world = World(stack)
    refused = somebody(stack, "developer", "dev-1")("history", named(world))
    assert failed(refused, Code.NOT_ALLOWED).startswith("42501: ")
    assert somebody(stack, "audit_reader", "auditor-1")("history", named(world)).exit_code == 0


def test_an_event_that_a_role_may_not_send_is_4(stack: Stack) -> None:
    build = ("emit", "build_complete", str(World(stack).release_id), "--run", "1", "--status", "pass")
    assert failed(somebody(stack, "qa_tester", "qa-1")(*build), Code.NOT_ALLOWED).startswith("forbidden_event: ")


@pytest.mark.parametrize(
    ("role", "subject", "gate"),
    [
        ("release_manager", "rm-1", "G2"),
        ("qa_tester", "qa-1", "G3"),
        ("sre", "sre-1", "G2"),
        ("developer", "dev-1", "G2"),
        ("audit_reader", "auditor-1", "G3"),
    ],
)
def test_a_sign_off_of_a_gate_that_somebody_else_decides_says_who_does(
    stack: Stack, role: str, subject: str, gate: str
) -> None:
    signoff = ("emit", "gate_signoff", str(World(stack).release_id), "--gate", gate, "--run", "1")
    decided = ("--decision", "approved", "--approver", subject, "--rationale", '{"met": 1}')
    said = failed(somebody(stack, role, subject)(*signoff, *decided), Code.NOT_ALLOWED)
    assert said.startswith("forbidden_event: ")
    assert dict(re.findall(r"(G\d)\b[^;,]*?\b(\w+_\w+|sre|developer)\b", said)).items() >= refusals.DECIDERS.items(), (
        said
    )


@pytest.mark.parametrize("role", ["developer", "audit_reader"])
def test_who_may_send_no_event_is_told_who_may(stack: Stack, role: str) -> None:
    build = ("emit", "build_complete", str(World(stack).release_id), "--run", "1", "--status", "pass")
    said = failed(somebody(stack, role, f"{role}-sends")(*build), Code.NOT_ALLOWED)
    assert said.startswith("forbidden_event: ")
    assert {"service_role", "ci_service_role"} <= set(re.findall(r"\w+", said))
    assert "act-as" not in said


@pytest.fixture
def several(stack: Stack) -> Callable[[str], Terminal]:
    """Somebody who holds four roles, two of them in acme/shop alone, by a token of the role given."""
    World(stack)  # registers acme/shop
    subject = f"several-{uuid.uuid4().hex[:8]}"
    for role, project in (
        ("developer", None),
        ("qa_tester", "acme/shop"),
        ("release_manager", "acme/shop"),
        ("audit_reader", "acme/shop"),
    ):
        members.grant(stack.client(), subject, role, project=project)
    bare = somebody(stack, "developer", subject)
    return lambda role: Terminal({**bare.env, "OPS_TOKEN": stack.token(role, subject)})


@pytest.mark.parametrize(
    ("role", "command", "others"),
    [
        ("developer", "history RELEASE", {"release_manager", "audit_reader"}),
        ("developer", "policy show", {"release_manager", "audit_reader"}),
        ("qa_tester", "decide RELEASE --decision rejected --reason r", {"release_manager"}),
        ("audit_reader", "open acme/shop new --source-ref c", {"release_manager"}),
        ("qa_tester", "policy show --project acme/shop", {"release_manager", "audit_reader"}),
        ("developer", "policy set G1 - --on-behalf-of rm-1 --reason r", set()),
        ("developer", "policy propose G1 - --reason r", {"release_manager"}),
        ("audit_reader", f"policy confirm {'0' * 64}", {"release_manager"}),
        ("developer", "policy proposals", {"release_manager", "audit_reader"}),
        ("developer", SIGNOFF.format("G2"), {"qa_tester"}),
        ("audit_reader", SIGNOFF.format("G3"), {"release_manager"}),
        ("release_manager", SIGNOFF.format("G2"), {"qa_tester"}),
        (
            "audit_reader",
            "emit deployment_event RELEASE --environment dev --ref d --status failed --source-ref c",
            set(),
        ),
    ],
)
def test_who_holds_another_role_that_may_is_told_to_act_in_it(
    stack: Stack, several: Callable[[str], Terminal], role: str, command: str, others: set[str]
) -> None:
    said = failed(several(role)(*command.replace("RELEASE", named(World(stack))).split(), stdin="[]"), Code.NOT_ALLOWED)
    chosen = re.findall(r"ops-gates act-as (\w+)", said)
    assert (set(chosen) <= others, bool(chosen)) == (True, bool(others)), said


def test_no_role_is_named_for_a_release_that_no_role_of_ones_own_sees(
    stack: Stack, several: Callable[[str], Terminal]
) -> None:
    elsewhere = f"acme/{uuid.uuid4().hex}"
    projects.register(stack.client(), elsewhere)
    foreign = Gates(stack.client()).open_release(elsewhere, "v1", "dev", "commit-1", initiating_actor="dev-1")
    told = {
        re.sub(
            r"\(ingest_id .*?\)",
            "",
            failed(several("audit_reader")(*SIGNOFF.format("G2").replace("RELEASE", ref).split()), Code.NOT_ALLOWED),
        )
        for ref in (str(foreign), str(uuid.uuid4()))
    }
    assert len(told) == 1
    assert "act-as" not in told.pop()


def test_a_project_that_is_not_there_and_one_of_others_are_answered_alike_and_truly(
    stack: Stack, several: Callable[[str], Terminal]
) -> None:
    elsewhere = f"acme/{uuid.uuid4().hex}"
    projects.register(stack.client(), elsewhere)
    manager = several("release_manager")
    for command in ("policy show --project", "retire --environment dev --target t --reason r"):
        told = {
            failed(manager(*command.split(), project), Code.NOT_FOUND).replace(project, "…")
            for project in (elsewhere, f"acme/{uuid.uuid4().hex}")
        }
        assert len(told) == 1
        said = told.pop()
        assert said.startswith("unknown_project: ")
        assert "registered" not in said
    # Who holds a role there that may is told so: that they know already.
    subject = manager.json("whoami")["subject"]
    members.grant(stack.client(), subject, "audit_reader", project=elsewhere)
    assert "ops-gates act-as audit_reader" in failed(manager("policy", "show", "--project", elsewhere), Code.NOT_FOUND)


def test_who_decides_a_gate_is_what_the_schema_says(db: psycopg.Connection[Any]) -> None:
    found = db.execute("select prosrc from pg_proc where oid = 'ops_private.may_send(jsonb)'::regprocedure").fetchone()
    assert found is not None
    assert {gate: role for role, gate in re.findall(r"\('(\w+)', '(G\d)'\)", found[0])} == refusals.DECIDERS


READING = [
    ("history RELEASE", "event_ingest_log"),
    ("exception list RELEASE", "v_exception_status"),
    ("policy show", "gate_requirements"),
    ("policy proposals", "v_policy_changes"),
    ("waiting", "v_waiting"),
    ("metrics", "v_delivery_metrics"),
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
        assert command.startswith(("roles", "policy proposals", "waiting", "metrics")) or "`ops-gates why`" in said
    assert set(target.READERS.roles) == set(readers) - {"service_role"}


@pytest.mark.parametrize("role", get_args(Role))
def test_every_role_may_ask_why_and_guard(stack: Stack, role: str) -> None:
    world = World(stack)
    mine = somebody(stack, role, f"{role}-asks")
    assert (mine("why", named(world)).exit_code, mine("guard", named(world)).exit_code) == (0, Code.NOT_ELIGIBLE)


@pytest.mark.parametrize(
    ("command", "who"),
    [
        ("open acme/shop new --source-ref c", "release_manager, ci_service_role and the secret key"),
        ("exception open RELEASE --gate G2 --until 1h --reason r --risk k", exceptions.DECIDERS),
        (f"exception revoke {uuid.UUID(int=7)}", exceptions.DECIDERS),
        (f"exception review {uuid.UUID(int=7)} complete", exceptions.DECIDERS),
        ("decide RELEASE --decision rejected --reason r", exceptions.DECIDERS),
        (f"decide RELEASE --decision rejected --reason r --exception {uuid.UUID(int=7)}", exceptions.DECIDERS),
        ("projects register a/b --on-behalf-of rm-1 --reason r", "the secret key"),
        ("roles grant x-1 sre --on-behalf-of rm-1 --reason r", "the secret key"),
        ("roles revoke x-1 --on-behalf-of rm-1 --reason r", "the secret key"),
        ("policy set G1 - --on-behalf-of rm-1 --reason r", "the secret key"),
        ("policy propose G1 - --reason r", target.MANAGER),
        (f"policy confirm {'0' * 64}", target.MANAGER),
    ],
)
def test_who_may_not_do_what_a_command_does_is_told_who_may(stack: Stack, command: str, who: str | target.Who) -> None:
    developer = somebody(stack, "developer", "dev-1")
    done = developer(*command.replace("RELEASE", named(World(stack))).split(), stdin="[]")
    assert failed(done, Code.NOT_ALLOWED) == f"42501: this is for {who} alone\n"
