"""Who speaks at a terminal, in which of their roles, and in whose name they decide."""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.prove.world import World
from harness.stack import Stack, members, projects
from harness.tests.signing import Person
from harness.tests.terminal import Terminal, failed, service, somebody
from ops_gates import sessions
from ops_gates.exit_codes import Code

pytest_plugins = ("harness.tests.signing_fixtures",)
pytestmark = pytest.mark.usefixtures("embedded_only")


# Whoami


def test_whoami_knows_each_kind_of_key(person: Callable[..., Person]) -> None:
    one = person(handle=f"h-{uuid.uuid4().hex[:8]}").signs_in()
    stack = one.stack
    assert service(stack).json("whoami") == {
        "subject": "service_role", "handle": None, "role": "service_role", "stands": True, "memberships": [],
        "by": "secret key", "url": stack.url, "token_ends": None,
    }  # fmt: skip
    by_session = one.terminal.json("whoami")
    assert by_session["handle"] is not None
    by_bot = one.terminal.json("whoami", OPS_BOT_EMAIL=one.login.email, OPS_BOT_PASSWORD=one.login.password)
    by_token = one.terminal.json("whoami", OPS_TOKEN=stack.token("release_manager", one.subject))
    assert [each["by"] for each in (by_session, by_bot, by_token)] == ["session", "bot", "OPS_TOKEN"]
    for each in (by_session, by_bot, by_token):
        assert (each["subject"], each["role"]) == (one.subject, "release_manager")
        assert each["token_ends"] is not None
        assert each["handle"] == by_session["handle"]
        assert each["stands"] is True
        assert [(m["role"], m["project"]) for m in each["memberships"]] == [("release_manager", None)]
    qa = person("qa_tester", handle=f"h-{uuid.uuid4().hex[:8]}").signs_in()
    assert qa.terminal.json("whoami")["handle"].startswith("h-")
    bot = somebody(stack, "ci_service_role", "ci-bot").json("whoami")
    assert (bot["stands"], [m["role"] for m in bot["memberships"]]) == (True, ["ci_service_role"])


def test_a_token_that_ended_and_is_still_read_with_is_said_to_have_ended(stack: Stack) -> None:
    """PostgREST takes it for 30 seconds more; the function takes nothing with it."""
    qa = somebody(stack, "qa_tester", "qa-1")
    late = qa("whoami", OPS_TOKEN=stack.token("qa_tester", "qa-1", ttl=-1))
    assert (late.exit_code, "the token ended at" in late.stdout) == (0, True)
    assert "the token ends at" in qa("whoami").stdout


def two_roles(one: Person) -> str:
    """Have somebody hold release_manager in acme/shop and sre in a project that nobody else has; that project."""
    client, elsewhere = one.stack.client(), f"acme/{uuid.uuid4().hex}"
    projects.register(client, elsewhere)
    gates = service(one.stack)
    wanted = ("--on-behalf-of", "rm-1", "--reason", "works there too")
    for role, project in (("release_manager", "acme/shop"), ("sre", elsewhere)):
        done = gates("roles", "grant", one.subject, role, "--project", project, *wanted)
        assert done.exit_code == 0, done.output
    one.role = "sre"  # what they hold is revoked at the end
    return elsewhere


def test_whoami_and_login_say_which_roles_somebody_holds_and_where(person: Callable[..., Person]) -> None:
    one = person(role=None)
    World(one.stack)  # registers acme/shop
    elsewhere = two_roles(one)
    done = one.terminal("login", stdin=f"{one.login.email}\n{one.login.password}\n")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "release_manager (acme/shop)" in done.stdout
    assert "sre (" not in done.stdout.splitlines()[1]  # they act in that one
    said = one.terminal.json("whoami")
    assert (said["role"], said["stands"]) == ("sre", True)
    held = [(m["role"], m["project"]) for m in said["memberships"]]
    assert held == [("sre", elsewhere), ("release_manager", "acme/shop")]
    shown = one.terminal("whoami").stdout
    assert f"sre ({elsewhere}), release_manager (acme/shop)" in shown
    # A choice that cannot be leads to those that can.
    refused = failed(one.terminal("act-as", "developer"), Code.REFUSED)
    assert "sre, release_manager" in refused


def test_who_lost_the_role_that_they_act_in_acts_in_another_one(person: Callable[..., Person]) -> None:
    one = person(role=None)
    World(one.stack)
    elsewhere = two_roles(one)
    one.signs_in()
    assert one.terminal("act-as", "release_manager").exit_code == 0
    done = service(one.stack)(
        *("roles", "revoke", one.subject, "--role", "release_manager", "--project", "acme/shop"),
        *("--on-behalf-of", "rm-1", "--reason", "moved"),
    )
    assert done.exit_code == 0, done.output
    said = one.terminal("whoami")
    assert (said.exit_code, said.stderr.count("\n")) == (Code.NOT_ALLOWED, 1)
    assert said.stderr.startswith("no_membership: ")
    assert "`ops-gates act-as sre`" in said.stderr
    told = json.loads(one.terminal("whoami", "--json").stdout)
    assert (told["role"], told["stands"]) == ("release_manager", False)
    assert [(m["role"], m["project"]) for m in told["memberships"]] == [("sre", elsewhere)]
    # Every command says the same way out, and it is one.
    lists = ("roles list", "roles list --changes", "projects list", "policy show", "exception list")
    for command in ("inbox", "releases", "show acme/shop/v", "history acme/shop/v", *lists):
        assert "ops-gates act-as sre" in failed(one.terminal(*command.split()), Code.NOT_ALLOWED)
    assert one.terminal.json("act-as", "sre") == {"subject": one.subject, "role": "sre"}
    assert one.terminal.json("whoami")["stands"] is True
    assert one.terminal("inbox").exit_code == 0


def test_a_release_that_another_role_of_mine_sees_names_that_role(person: Callable[..., Person]) -> None:
    one = person(role=None)
    world = World(one.stack)
    two_roles(one)
    one.signs_in()  # as an sre elsewhere
    ref = f"acme/shop/{world.name}"
    assert ref in one.terminal("releases").stdout
    for command in ("show", "status", "why", "guard"):
        for release in (ref, str(world.release_id)):
            said = failed(one.terminal(command, release), Code.NOT_FOUND)
            assert said.startswith("unknown_release: ")
            assert "ops-gates act-as release_manager" in said
        # One that is nowhere is as unknown as ever, also in a project of another role.
        for release in (f"acme/shop/{uuid.uuid4()}", f"acme/nowhere/{world.name}", str(uuid.uuid4())):
            assert "act-as" not in failed(one.terminal(command, release), Code.NOT_FOUND)
    assert one.terminal("act-as", "release_manager").exit_code == 0
    assert one.terminal("show", ref).exit_code == 0


def test_a_release_that_no_role_of_mine_sees_is_as_unknown_as_one_that_is_not_there(
    person: Callable[..., Person],
) -> None:
    one = person(role=None)
    elsewhere = two_roles(one)
    gates = service(one.stack)
    gates(
        "roles",
        "revoke",
        one.subject,
        "--role",
        "release_manager",
        "--project",
        "acme/shop",
        "--on-behalf-of",
        "rm-1",
        "--reason",
        "moved",
    )
    world = World(one.stack)
    one.signs_in()
    told = {
        failed(one.terminal("show", ref), Code.NOT_FOUND).replace(ref, "…")
        for ref in (f"acme/shop/{world.name}", f"acme/shop/{uuid.uuid4()}", f"{elsewhere}/v1", str(world.release_id))
    }
    assert len(told) == 1


def test_a_machine_has_no_choice_of_a_role(person: Callable[..., Person]) -> None:
    one = person("ci_service_role").signs_in()
    said = failed(one.terminal("act-as", "sre"), Code.NOT_ALLOWED)
    assert said.startswith("42501: ")
    assert "permission denied" not in said


def test_who_is_no_member_is_told_so_by_every_command(person: Callable[..., Person]) -> None:
    one = person(role=None).signs_in()
    for command in ("inbox", "releases", "roles list", "show a/b/c", "why a/b/c", "act-as sre", "exception list"):
        said = failed(one.terminal(*command.split()), Code.NOT_ALLOWED)
        assert said.startswith("no_membership: ")
        assert "permission denied" not in said


def test_a_person_chooses_one_of_their_roles_for_this_session_alone(
    person: Callable[..., Person], tmp_path: Path
) -> None:
    one = person()
    members.grant(one.stack.client(), one.subject, "qa_tester")
    one.signs_in()
    elsewhere = copy.copy(one)
    elsewhere.env = {**one.env, "XDG_CONFIG_HOME": str(tmp_path / "elsewhere")}
    elsewhere.terminal, elsewhere.store = Terminal(elsewhere.env), sessions.Store.at(one.stack.url, elsewhere.env)
    elsewhere.signs_in()
    assert one.terminal.json("whoami")["role"] == "qa_tester"
    assert one.terminal("act-as", "release_manager").stdout == f"{one.subject} acts as release_manager\n"
    assert one.terminal.json("whoami")["role"] == "release_manager"
    assert elsewhere.terminal.json("whoami")["role"] == "qa_tester"
    assert failed(one.terminal("act-as", "sre"), Code.REFUSED).startswith("OPS13: ")
    assert one.terminal.json("whoami")["role"] == "release_manager"
    one.terminal("logout")
    failed(one.terminal("act-as", "qa_tester"), Code.USAGE)


def test_whoami_believes_no_key_that_the_project_refuses(person: Callable[..., Person]) -> None:
    one = person()
    for given in (
        {"OPS_TOKEN": one.stack.token("release_manager", one.subject, ttl=-600)},
        {"OPS_TOKEN": "a.token.of-nobody"},
        {"OPS_BOT_EMAIL": one.login.email, "OPS_BOT_PASSWORD": "wrong-password"},
        {"SUPABASE_SECRET_KEY": "sb_secret_of-nobody"},
    ):
        failed(one.terminal("whoami", **given), Code.NOT_ALLOWED)


# Who decides


def test_a_person_who_signed_in_signs_off_without_saying_who_they_are(person: Callable[..., Person]) -> None:
    one = person("qa_tester").signs_in()
    world = World(one.stack)
    signoff = ("emit", "gate_signoff", str(world.release_id), "--gate", "G2", "--decision", "rejected")
    reasons = ("--rationale", '{"criteria_met": 1}')
    done = one.terminal(*signoff, *reasons)
    assert done.exit_code == 0, done.output
    [approval] = world.facts("approvals")
    assert (approval["approver_id"], approval["persona_role"]) == (one.subject, "qa_tester")
    assert one.terminal(*signoff, *reasons, "--approver", one.subject, "--persona", "qa_tester").exit_code == 0


@pytest.mark.parametrize("said", [("--approver", "rm-1"), ("--persona", "release_manager"), ("--persona", "sre")])
def test_who_is_named_and_the_token_must_agree(person: Callable[..., Person], said: tuple[str, str]) -> None:
    one = person("qa_tester").signs_in()
    world = World(one.stack)
    signoff = ("emit", "gate_signoff", str(world.release_id), "--gate", "G2", "--decision", "rejected")
    done = one.terminal(*signoff, "--rationale", '{"criteria_met": 1}', *said)
    assert done.exit_code in (Code.USAGE, Code.NOT_ALLOWED), done.output
    assert world.facts("approvals") == []


def test_a_manager_may_give_their_handle_and_nobody_elses(person: Callable[..., Person]) -> None:
    handle = f"H-{uuid.uuid4().hex[:8]}"
    one, other = person(handle=handle).signs_in(), person(handle=f"h-{uuid.uuid4().hex[:8]}")
    world = World(one.stack)
    decide = ("decide", str(world.release_id), "--decision", "rejected", "--reason", "no")
    covers = ("--gate", "G2", "--until", "1h", "--reason", "x", "--risk", "y")
    open_ = ("exception", "open", str(world.release_id), *covers)
    for command in (decide, open_):
        for named in (other.subject, "somebody-else"):
            assert "--approver" in failed(one.terminal(*command, "--approver", named), Code.USAGE)
        for mine in ((), ("--approver", one.subject.upper()), ("--approver", handle.lower())):
            done = one.terminal(*command, *mine)
            assert done.exit_code == 0, done.output
    assert {row["approver_id"] for row in world.facts("approvals")} == {one.subject}


def test_the_secret_key_still_names_who_decides(stack: Stack) -> None:
    world = World(stack)
    named = str(world.release_id)
    for command in (
        ("decide", named, "--decision", "rejected", "--reason", "no"),
        ("exception", "open", named, "--gate", "G2", "--until", "1h", "--reason", "x", "--risk", "y"),
        ("emit", "gate_signoff", named, "--gate", "G2", "--decision", "rejected", "--rationale", '{"a": 1}'),
    ):
        assert "--approver" in failed(service(stack)(*command), Code.USAGE)
    signoff = ("emit", "gate_signoff", named, "--gate", "G2", "--decision", "rejected", "--rationale", '{"a": 1}')
    assert "--persona" in failed(service(stack)(*signoff, "--approver", "qa-1"), Code.USAGE)


def test_who_is_no_member_decides_nothing(person: Callable[..., Person]) -> None:
    one = person(role=None).signs_in()
    world = World(one.stack)
    signoff = ("emit", "gate_signoff", str(world.release_id), "--gate", "G2", "--decision", "rejected")
    said = failed(one.terminal(*signoff, "--rationale", '{"a": 1}'), Code.NOT_ALLOWED)
    assert said.startswith("no_membership: ")
