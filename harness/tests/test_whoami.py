"""Who speaks at a terminal, in which of their roles, and in whose name they decide."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.prove.world import World
from harness.stack import Stack, members
from harness.tests.signing import Person
from harness.tests.terminal import Terminal, failed, service
from ops_gates import sessions
from ops_gates.exit_codes import Code

pytest_plugins = ("harness.tests.signing_fixtures",)
pytestmark = pytest.mark.usefixtures("embedded_only")


# Whoami


def test_whoami_knows_each_kind_of_key(person: Callable[..., Person]) -> None:
    one = person(handle=f"h-{uuid.uuid4().hex[:8]}").signs_in()
    stack = one.stack
    assert service(stack).json("whoami") == {
        "subject": "service_role", "handle": None, "role": "service_role", "by": "secret key",
        "url": stack.url, "token_ends": None,
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
    qa = person("qa_tester", handle=f"h-{uuid.uuid4().hex[:8]}").signs_in()
    assert qa.terminal.json("whoami")["handle"] is None


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
