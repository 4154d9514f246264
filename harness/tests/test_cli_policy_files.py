"""A policy in a file: written from what is in force, compared with it, judged by past releases, and proposed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.prove.world import World
from harness.stack import Stack, members, projects
from harness.tests.terminal import Terminal, failed, service, somebody
from ops_gates.commands.policy_files import warnings_that_stay
from ops_gates.exit_codes import Code


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    return service(stack)


@pytest.fixture
def project(stack: Stack) -> str:
    name = f"acme/{uuid.uuid4().hex}"
    projects.register(stack.client(), name)
    return name


@pytest.fixture
def managers(stack: Stack, project: str) -> tuple[Terminal, Terminal]:
    """Two release managers of the project alone."""

    def manager(subject: str) -> Terminal:
        members.grant(stack.client(), subject, "release_manager", project=project)
        token = stack.token("release_manager", subject)
        return Terminal(
            {"SUPABASE_URL": stack.url, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key, "OPS_TOKEN": token,
             "OPS_RETRY_SECONDS": "0"}
        )  # fmt: skip

    return manager(f"rm-{uuid.uuid4().hex}"), manager(f"rm-{uuid.uuid4().hex}")


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[str], str]:
    def save(text: str) -> str:
        path = tmp_path / f"{uuid.uuid4().hex}.yaml"
        path.write_text(text)
        return str(path)

    return save


def test_a_policy_goes_from_a_file_into_force_and_back(
    managers: tuple[Terminal, Terminal], project: str, saved: Callable[[str], str]
) -> None:
    author, other = managers
    for arguments in (["--project", project], ["--project", project, "G3"]):
        shown = author("policy", "show", "--yaml", *arguments)
        same = author("policy", "diff", saved(shown.stdout))
        assert (shown.exit_code, same.exit_code) == (0, 0), same.output
    preset = saved(author("policy", "preset", "solo", "--project", project.upper()).stdout)
    differs = author("policy", "diff", preset, "--json")
    assert differs.exit_code == Code.NOT_ELIGIBLE
    assert {(c["gate"], c["change"], c["kind"]) for c in json.loads(differs.stdout)} == {
        *((gate, "added", "alone") for gate in ("G1", "G2", "G3", "G4")),
        ("G2", "dropped", "approval"),
        ("G3", "dropped", "approval"),
    }
    proposed = author.json("policy", "propose", preset, "--reason", "one person")
    assert [(p["gate_code"], p["project"]) for p in proposed] == [(f"G{n}", project) for n in (1, 2, 3, 4)]
    for one in proposed:
        assert other("policy", "confirm", one["hash"]).exit_code == 0
    assert author("policy", "diff", preset).exit_code == 0
    shown = author("policy", "show", "--yaml", "--project", project)
    assert "drop:\n      - {kind: approval, subject: qa_tester}" in shown.stdout
    assert author("policy", "diff", saved(shown.stdout)).exit_code == 0
    assert author("policy", "propose", preset, "--reason", "once more").exit_code == 0
    back = saved(f"project: {project}\ngates: {{G2: {{require: []}}}}")
    dropped = json.loads(author("policy", "diff", back, "--json").stdout)
    assert {(c["change"], c["kind"]) for c in dropped} == {("dropped", "alone"), ("added", "approval")}


def test_the_impact_of_a_file_names_the_releases_that_would_have_come_out_otherwise(
    stack: Stack, gates: Terminal, saved: Callable[[str], str]
) -> None:
    world = World(stack)
    world.emit(*world.until_gate(1))
    lint = "gates: {G1: {require: [{kind: check, subject: build}, {kind: check, subject: lint}]}}"
    said = gates.json("policy", "impact", saved(lint), "--project", "acme/shop", "--last", "50")
    [impact] = said["impact"]
    [found] = [row for row in impact["changed"] if row["release_name"] == world.name]
    assert (impact["gate"], found["gate_statuses"][0], found["proposed_gate_statuses"][0]) == (
        "G1", "passed", "in_progress",
    )  # fmt: skip
    rows = '[{"kind": "check", "subject": "build"}, {"kind": "check", "subject": "lint"}]'
    alike = gates.json("policy", "impact", "G1", saved(rows), "--project", "acme/shop", "--last", "50")
    assert alike["impact"] == said["impact"]
    for more in ([], ["--markdown"]):
        assert "lint" in gates("policy", "impact", saved(lint), "--project", "acme/shop", *more).stdout
    same = gates("policy", "show", "--yaml", "--project", "acme/shop").stdout
    assert gates.json("policy", "impact", saved(same)) == {"changes": [], "impact": []}


def test_what_cannot_be_compared_is_a_sentence(
    managers: tuple[Terminal, Terminal], stack: Stack, project: str, saved: Callable[[str], str]
) -> None:
    author, _ = managers
    bank = saved(author("policy", "preset", "bank", "--project", project).stdout)
    for command in (["diff", bank], ["impact", bank], ["propose", bank, "--reason", "r"]):
        assert "G3, row 2: approvers names nobody yet" in failed(author("policy", *command), Code.USAGE)
    elsewhere = saved("project: a/b\ngates: {G1: {require: [{kind: alone}]}}")
    assert "--project names another" in failed(author("policy", "diff", elsewhere, "--project", project), Code.USAGE)
    failed(author("policy", "diff", elsewhere), Code.NOT_FOUND)
    developer = somebody(stack, "developer", "dev-1")
    failed(developer("policy", "diff", saved("gates: {G1: {require: [{kind: alone}]}}")), Code.NOT_ALLOWED)
    assert "fill in the names" in author("policy", "preset", "bank").stderr
    unnamed = saved(f"project: {project}\ngates: {{G2: {{require: [{{kind: check, subject: build}}]}}}}")
    assert "OPS10" in failed(author("policy", "propose", unnamed, "--reason", "r"), Code.REFUSED)


def test_approvers_are_compared_by_who_they_are(
    gates: Terminal, project: str, stack: Stack, saved: Callable[[str], str]
) -> None:
    login = uuid.uuid4().hex
    members.grant(stack.client(), f"rm-{login}", "release_manager", handle=login)
    row = f"{{kind: approval, subject: release_manager, approvers: [rm-1, {login.upper()}]}}"
    file = saved(f"project: {project}\ngates: {{G3: {{require: [{row}]}}}}")
    needs = json.dumps([{"kind": "approval", "subject": "release_manager", "approvers": [f"rm-{login}", "rm-1"]}])
    wanted = ("--project", project, "--on-behalf-of", "rm-1", "--reason", "named")
    assert gates("policy", "set", "G3", "-", *wanted, stdin=needs).exit_code == 0
    assert gates("policy", "diff", file).exit_code == 0


def test_of_a_whole_policy_only_what_stays_is_warned_of_and_once() -> None:
    def warning(code: str, about: str | None, message: str, names: list[str] | None = None) -> dict[str, object]:
        return {"code": code, "gate_code": about, "names": names, "message": message}

    mended = warning("too_few_people", "G2", "G2 asks for 1 approval")
    mended_too = warning("too_few_signers", None, "G2 and G3 take 2", ["G2", "G3"])
    stays = [
        warning("too_few_people", "G3", "G3 asks for 2 approvals"),
        warning("too_few_signers", None, "G2 and G3 take 3", ["G2", "G3"]),
        warning("too_few_people", "G4", "G4 asks for 1 approval"),
        warning("idle_approvers", "G3", "G3 names qa-1", ["qa-1"]),
        warning("too_few_managers", None, "one release manager is active"),
    ]
    answers = [
        {"gate_code": "G1", "warnings": [mended, mended_too, *stays[2:3], stays[4]]},
        {"gate_code": "G2", "warnings": [*stays[2:3], stays[4]]},
        {"gate_code": "G3", "warnings": [mended, *stays]},
    ]
    assert sorted(w["message"] for w in warnings_that_stay(answers)) == sorted(str(w["message"]) for w in stays)
    assert warnings_that_stay(answers[:1]) == answers[0]["warnings"]
