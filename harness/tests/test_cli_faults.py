"""A fault in what was typed is named in the words of who typed it: the option, their own role, no type of Postgres."""

from __future__ import annotations

import re
import uuid

import pytest

from harness.prove.world import COMMIT, World
from harness.stack import Stack, members
from harness.tests.terminal import Terminal, failed, named, service, somebody
from ops_gates.exit_codes import Code

# What only Postgres says.
RAW = re.compile(r"22P02|invalid input|syntax for type|violates|permission denied")


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ("environment_event --environment dev --kind x --run 1", ["--kind"]),
        ("environment_event --environment dev --kind x --run 1 --source odd", []),
        ("build_complete RELEASE --run refused-1 --status pass --check lint=perhaps", ["--check"]),
        ("build_complete RELEASE --run refused-1 --status pass --at 2099-01-01T00:00:00Z", ["--at"]),
        ("build_complete RELEASE --run refused-1 --status pass --built app=short", ["--built"]),
        ("deployment_event RELEASE --environment dev --ref \u200b --status failed --source-ref c --run 1", ["--ref"]),
        (
            "health_check RELEASE --environment dev --ref d --target \u200b --status pass --report https://h.example/1"
            " --run 1",
            ["--target"],
        ),
    ],
)
def test_a_field_at_fault_is_named_with_its_option(
    stack: Stack, gates: Terminal, arguments: str, options: list[str]
) -> None:
    done = gates("emit", *arguments.replace("RELEASE", named(World(stack))).split())
    if not options:
        assert done.exit_code == Code.USAGE
        return
    said = failed(done, Code.REFUSED)
    assert all(f"({option}) " in said for option in options)
    assert not RAW.search(said)


def test_who_acts_for_several_projects_is_told_the_option_that_names_one(stack: Stack) -> None:
    bot = somebody(stack, "ci_service_role", "ci-bot")
    subject, gates = f"bot-{uuid.uuid4().hex[:8]}", service(stack)
    for _ in range(2):
        project = f"acme/{uuid.uuid4().hex}"
        wanted = ("--on-behalf-of", "rm-1", "--reason", "works there")
        assert gates("projects", "register", project, *wanted).exit_code == 0
        assert gates("roles", "grant", subject, "ci_service_role", "--project", project, *wanted).exit_code == 0
    several = Terminal({**bot.env, "OPS_TOKEN": stack.token("ci_service_role", subject)})
    event = ("emit", "environment_event", "--environment", "dev", "--kind", "scaled", "--run", "1")
    assert "(--project) " in failed(several(*event), Code.REFUSED)
    assert several(*event, "--project", project).exit_code == 0


@pytest.mark.parametrize("event", ["deployment_event", "environment_event", "gate_signoff"])
def test_a_sender_who_lost_their_role_is_told_so_and_nobody_is_named(stack: Stack, event: str) -> None:
    role, subject = ("qa_tester", f"qa-{uuid.uuid4().hex[:8]}")
    if event != "gate_signoff":
        role, subject = "sre", f"sre-{uuid.uuid4().hex[:8]}"
    world, who = World(stack), somebody(stack, role, subject)
    release = str(world.release_id)
    members.revoke(stack.client(), subject)
    said = failed(
        who(
            *{
                "deployment_event": (
                    *("emit", event, release, "--environment", "dev", "--ref", "d", "--status", "failed"),
                    *("--source-ref", COMMIT),
                ),
                "environment_event": ("emit", event, "--environment", "dev", "--kind", "alert_fired"),
                "gate_signoff": (
                    *("emit", event, release, "--gate", "G2", "--decision", "rejected"),
                    *("--rationale", '{"met": 0}'),
                ),
            }[event]
        ),
        Code.NOT_ALLOWED,
    )
    assert said.startswith("forbidden_event: ")
    assert "ops-gates whoami" in said
    assert "roles grant" not in said


@pytest.mark.parametrize(
    "arguments",
    [
        "releases --before x",
        "dismiss x --reason r",
        "exception revoke x",
        "exception review x complete",
        "decide RELEASE --decision rejected --reason r --exception x",
        "releases --status shut",
        "releases --environment moon",
        "status x",
        "show x/y",
        "why not-an-id",
        "event --status pass --release-id x --source-ref c --run-id 1",
        "gate --environment dev --release-id x",
        "emit build_complete x --run 1 --status pass",
        "close x --reason cancelled",
    ],
)
def test_what_is_no_id_and_no_word_of_a_list_is_refused_in_our_words(
    stack: Stack, gates: Terminal, arguments: str
) -> None:
    done = gates(*arguments.replace("RELEASE", named(World(stack))).split())
    assert done.exit_code in (Code.USAGE, Code.NOT_FOUND), done.output
    assert not RAW.search(done.output)
