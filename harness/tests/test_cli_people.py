"""People, projects and policies at a terminal."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.prove.world import COMMIT, World
from harness.stack import Stack, projects
from harness.tests.terminal import RISK, Terminal, failed, named, service, somebody
from ops_gates.client import Gates
from ops_gates.exit_codes import Code

WANTED = ("--on-behalf-of", "rm-1", "--reason", "a test")


def without(select: Callable[..., Any], *relations: str) -> Callable[..., Any]:
    """The same way to read, by somebody for whom these have no rows."""

    def selected(self: Gates, relation: str, *given: Any, **named: Any) -> Any:
        return [] if relation in relations else select(self, relation, *given, **named)

    return selected


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


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
        assert "`ops-gates roles grant SUBJECT ROLE " in said


def test_of_two_people_the_one_who_is_not_known_is_named(stack: Stack, gates: Terminal) -> None:
    subject, project = f"dev-{uuid.uuid4().hex}", f"acme/{uuid.uuid4().hex}"
    somebody(stack, "developer", subject)
    new = f"{subject}-2"
    for right, changed, wanted_by in [
        (subject, ("roles", "replace", subject, new), "stranger-7"),
        (subject, ("roles", "revoke", subject), "stranger-7"),
        (subject, ("roles", "grant", subject, "sre"), "stranger-7"),
        (project, ("projects", "register", project), "stranger-7"),
        ("rm-1", ("roles", "replace", "stranger-7", new), "rm-1"),
        ("rm-1", ("roles", "revoke", "stranger-7"), "rm-1"),
    ]:
        said = failed(gates(*changed, "--on-behalf-of", wanted_by, "--reason", "works here"), Code.REFUSED)
        assert said.startswith("OPS06: ")
        assert "'stranger-7'" in said
        assert repr(right) not in said
        assert ("`ops-gates roles grant SUBJECT ROLE " in said) == (wanted_by == "stranger-7")


def test_roles_are_granted_listed_and_revoked_and_every_change_is_kept(stack: Stack, gates: Terminal) -> None:
    subject = uuid.uuid4().hex
    wanted = ("--on-behalf-of", "rm-1", "--reason", "works here")
    assert gates("roles", "grant", subject, "sre", "--handle", f"{subject}-login", *wanted).exit_code == 0
    given = gates.json("roles", "grant", subject, "qa_tester", *wanted)
    project = f"acme/{uuid.uuid4().hex}"
    projects.register(stack.client(), project)
    assert gates("roles", "grant", subject, "qa_tester", "--project", project, *wanted).exit_code == 0
    held = [m for m in gates.json("roles", "list") if m["subject"] == subject]
    assert {(m["handle"], m["member_id"]) for m in held} == {(f"{subject}-login", given["member_id"])}
    assert [(m["role"], m["project"]) for m in held] == [("qa_tester", None), ("qa_tester", project), ("sre", None)]
    assert subject in gates("roles", "list", "--limit", "0").stdout
    again = failed(gates("roles", "grant", subject, "sre", *wanted), Code.REFUSED)
    assert again.startswith("OPS16: ")
    assert "ops-gates roles revoke" in again
    one = gates("roles", "revoke", subject, "--role", "qa_tester", "--project", project, *wanted)
    assert one.exit_code == 0
    assert one.stdout.splitlines()[0] == f"ended: {subject} as qa_tester in {project}"
    assert "sre for every project" in one.stdout.splitlines()[1]
    anew = f"{subject}-2"
    assert gates.json("roles", "replace", f"{subject}-Login", anew, *wanted)["subject"] == anew
    assert {m["subject"] for m in gates.json("roles", "list") if m["recorded_as"] == subject} == {anew}
    assert failed(gates("roles", "replace", f"{subject}-login", subject, *wanted), Code.REFUSED).startswith("OPS15: ")
    part = gates.json("roles", "revoke", f"{subject}-LOGIN", "--role", "qa_tester", *wanted)
    assert [(m["role"], m["project"]) for m in part["held"]] == [("sre", None)]
    ended = gates.json("roles", "revoke", subject, *wanted)
    assert {(m["role"], m["project"]) for m in ended["ended"]} == {("sre", None)}
    assert ended["held"] == []
    assert failed(gates("roles", "revoke", subject, *wanted), Code.REFUSED).startswith("nothing_ended: ")
    changes = [c for c in gates.json("roles", "list", "--changes") if c["subject"] == anew]
    assert [c.pop("old_subject") for c in changes if "old_subject" in c] == [subject]
    assert [(c["role"], c["project"], c["granted"]) for c in changes if "role" in c] == [
        ("sre", None, True),
        ("qa_tester", None, True),
        ("qa_tester", project, True),
        ("qa_tester", project, False),
        ("qa_tester", None, False),
        ("sre", None, False),
    ]
    assert {(c["on_behalf_of"], c["reason"]) for c in changes} == {("rm-1", "works here")}
    assert subject in gates("roles", "list", "--changes", "--limit", "0").stdout
    assert failed(gates("roles", "revoke", "nobody", *wanted), Code.REFUSED).startswith("OPS06: ")
    assert failed(gates("roles", "grant", f"{subject}-login", "sre", *wanted), Code.REFUSED).startswith("OPS15: ")
    failed(somebody(stack, "release_manager", "rm-1")("roles", "grant", "x", "sre", *wanted), Code.NOT_ALLOWED)


def test_what_went_meanwhile_is_no_fault_of_the_command_that_had_its_effect(
    stack: Stack, gates: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, project = uuid.uuid4().hex, f"acme/{uuid.uuid4().hex}"
    wanted = ("--on-behalf-of", "rm-1", "--reason", "works here")
    world = World(stack)
    world.emit(*world.until_gate(3), world.deployment("production", target=subject))
    gone = ("acme/shop", "--environment", "production", "--target", subject, "--reason", "the region is gone")
    assert somebody(stack, "release_manager", "rm-2")("retire", *gone).exit_code == Code.DONE
    assert "taken out" in gates("history", named(world)).stdout
    monkeypatch.setattr(Gates, "select", without(Gates.select, "v_memberships", "projects", "retired_targets"))
    assert gates.json("roles", "grant", subject, "sre", *wanted)["subject"] == subject
    assert gates("roles", "grant", subject, "qa_tester", *wanted).exit_code == Code.DONE
    assert gates.json("projects", "register", project, *wanted) == {"project": project}
    assert gates("history", named(world)).exit_code == Code.DONE


def test_after_a_replacement_the_name_that_records_have_is_taken_as_ones_own(stack: Stack, gates: Terminal) -> None:
    world, old, new = World(stack), f"rm-{uuid.uuid4().hex}", f"rm-{uuid.uuid4().hex}"
    wanted = ("--on-behalf-of", "rm-1", "--reason", "a new account")
    somebody(stack, "release_manager", old)
    assert gates("roles", "replace", old, new, *wanted).exit_code == 0
    decided = ("--decision", "approved", "--reason", "looked at it", "--approver")
    person = Terminal({**somebody(stack, "sre", "sre-1").env, "OPS_TOKEN": stack.token("release_manager", new)})
    failed(person("decide", named(world), *decided, "rm-1"), Code.USAGE)
    for name in (old.upper(), new):
        assert person("decide", named(world), *decided, name).exit_code == 0


@pytest.mark.parametrize("role", ["qa_tester", "sre", "release_manager"])
def test_nobody_decides_as_somebody_else(stack: Stack, role: str) -> None:
    world, subject = World(stack), {"qa_tester": "qa-1", "sre": "sre-1", "release_manager": "rm-1"}[role]
    decided = ("--gate", "G2", "--decision", "approved", "--rationale", '{"met": 1}', "--approver", "qa-2")
    failed(somebody(stack, role, subject)("emit", "gate_signoff", named(world), *decided), Code.USAGE)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("--role", "sre"), Code.REFUSED),  # the one for every project, which they do not hold
        (("--role", "qa_tester", "--project", "PROJECT"), Code.REFUSED),
        (("--role", "qa_tester"), Code.REFUSED),
        (("--role", "sre", "--project", "PROJECT"), Code.DONE),
        ((), Code.DONE),
    ],
)
def test_a_revocation_that_ends_nothing_says_so_and_what_they_hold(
    stack: Stack, gates: Terminal, asked: tuple[str, ...], code: Code
) -> None:
    subject, project = uuid.uuid4().hex, f"acme/{uuid.uuid4().hex}"
    World(stack)  # registers the people
    projects.register(stack.client(), project)
    wanted = ("--on-behalf-of", "rm-1", "--reason", "works here")
    # As it is spelled, however it was typed.
    granted = gates("roles", "grant", subject, "sre", "--project", project.upper(), *wanted)
    assert granted.stdout == f"{subject} is sre in {project}\n"
    named_there = [project if word == "PROJECT" else word for word in asked]
    done = gates("roles", "revoke", subject, *named_there, *wanted)
    held = [m for m in gates.json("roles", "list") if m["subject"] == subject]
    if code is Code.DONE:
        assert (done.exit_code, held) == (0, [])
    else:
        said = failed(done, code)
        assert said.startswith("nothing_ended: ")
        assert f"sre in {project}" in said
        assert len(held) == 1


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
    assert project in gates("projects", "list", "--limit", "0").stdout
    opened = pipeline.json(*release)
    assert Gates(stack.client()).release(opened["release_id"])["project"] == project
    assert failed(gates("projects", "register", "a\u00e9", *wanted), Code.REFUSED).startswith("23514: ")


def test_a_policy_of_named_people_and_second_factors_is_set_and_shown(stack: Stack, gates: Terminal) -> None:
    project = f"acme/{uuid.uuid4().hex}"
    projects.register(stack.client(), project)
    need = {"kind": "approval", "subject": "release_manager", "approvers": ["rm-2", "RM-1"], "own_token": True}
    needs = json.dumps([{**need, "aal2": True, "accept_sso": True}])
    gates.json("policy", "set", *WANTED, "G3", "-", "--project", project, stdin=needs)
    [shown] = gates.json("policy", "show", "G3", "--project", project)
    assert (shown["approvers"], shown["own_token"], shown["aal2"], shown["accept_sso"]) == (
        ["rm-1", "rm-2"], True, True, True,
    )  # fmt: skip
    said = gates("policy", "show", "G3", "--project", project).stdout
    assert "rm-1" in said
    assert "rm-2" in said
    half = json.dumps([{**need, "approvers": ["rm-1", "qa-1", "dev-1"]}])
    warned = gates("policy", "set", *WANTED, "G3", "-", "--project", project.upper(), stdin=half)
    assert (warned.exit_code, re.findall(r"do not count: ([\w, -]+) \(", warned.stderr)) == (0, ["dev-1, qa-1"])
    # Records know somebody whose subject was replaced by the name that they had before.
    old, wanted = f"rm-{uuid.uuid4().hex}", ("--on-behalf-of", "rm-1", "--reason", "a new user")
    assert gates("roles", "grant", old, "release_manager", "--handle", f"{old}-login", *wanted).exit_code == 0
    assert gates("roles", "replace", f"{old}-login", f"{old}-anew", *wanted).exit_code == 0
    anew = json.dumps([{**need, "approvers": ["rm-1", f"{old}-anew"]}])
    silent = gates("policy", "set", *WANTED, "G3", "-", "--project", project, "--json", stdin=anew)
    assert (silent.exit_code, silent.stderr) == (0, "")
    wrongs: tuple[tuple[list[str], str], ...] = (
        (["rm-1", "nobody"], "OPS06"),
        (["qa-1"], "OPS06"),
        (["rm-1", "rm-1"], "OPS10"),
        ([], "OPS10"),
    )
    for approvers, code in wrongs:
        wrong = json.dumps([{**need, "approvers": approvers}])
        refused = failed(gates("policy", "set", *WANTED, "G3", "-", "--project", project, stdin=wrong), Code.REFUSED)
        assert refused.startswith(f"{code}: ")


def test_a_projects_policy_is_set_shown_and_given_back(stack: Stack, gates: Terminal, tmp_path: Path) -> None:
    project = f"acme/{uuid.uuid4().hex}"
    projects.register(stack.client(), project)
    release = Gates(stack.client()).open_release(project, "v1", "production", COMMIT, initiating_actor="dev-1")
    needs = [{"kind": "check", "subject": "build"}, {"kind": "check", "subject": "audit", "enforcement": "advisory"}]
    (tmp_path / "g1.json").write_text(json.dumps(needs))
    [concerned] = gates.json("policy", "set", *WANTED, "G1", str(tmp_path / "g1.json"), "--project", project)
    assert concerned == {"release_id": str(release), "release_project": project, "release_name": "v1"}
    shown = gates.json("policy", "show", "--project", project)
    assert [(r["subject"], r["enforcement"]) for r in shown if r["gate_code"] == "G1"] == [
        ("build", "blocking"),
        ("audit", "advisory"),
    ]
    assert {r["project"] for r in shown if r["gate_code"] != "G1"} == {None}
    assert {r["project"] for r in gates.json("policy", "show", "G1")} == {None}
    assert project in gates("policy", "show", "G1", "--project", project).stdout
    back = gates("policy", "set", *WANTED, "G1", "-", "--project", project, stdin="[]")
    assert (back.exit_code, "v1" in back.stdout, "the defaults" in back.stderr) == (0, True, True)
    assert gates.json("policy", "show", "G1", "--project", project) == gates.json("policy", "show", "G1")
    assert failed(gates("policy", "set", *WANTED, "G1", "-", stdin="[]"), Code.REFUSED).startswith("OPS10: ")
    assert failed(gates("policy", "set", *WANTED, "G1", "-", stdin='[{"kind": "vibes"}]'), Code.REFUSED).startswith(
        "OPS10: "
    )
    failed(gates("policy", "set", *WANTED, "G1", "-", stdin="{}"), Code.USAGE)
