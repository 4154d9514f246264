"""A session at a terminal is refreshed by one program at a time, and never lost."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from harness.prove.effort import times
from harness.prove.world import World
from harness.stack import members
from harness.tests.flaky import flaky
from harness.tests.signing import COMMAND, Person, environment
from harness.tests.terminal import failed
from ops_gates import auth, sessions, settings, sources
from ops_gates.errors import NotAllowed
from ops_gates.exit_codes import Code
from ops_gates.producers import wire
from ops_gates.retry import Retry

pytest_plugins = ("harness.tests.signing_fixtures",)
pytestmark = pytest.mark.usefixtures("embedded_only")


# Refreshing


def test_a_token_that_has_ended_is_refreshed_in_the_middle_of_a_command(
    person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = person().signs_in()
    world = World(one.stack)
    for hours, project in enumerate(("client", "wire"), start=1):
        before = one.session()
        with one.gates() as gates:
            asked = gates if project == "client" else wire.project_of(settings.read(one.env))
            assert asked.release(world.release_id)
            later = hours * 7200.0
            monkeypatch.setattr(auth, "now", lambda later=later: time.time() + later)
            assert asked.release(world.release_id)
        after = one.session()
        assert after.refresh_token != before.refresh_token
    assert one.refreshed() == [2]


def test_a_token_that_the_project_refuses_is_refreshed_and_the_request_sent_again(
    person: Callable[..., Person],
) -> None:
    one = person().signs_in()
    world = World(one.stack)
    ended = one.stack.token("release_manager", one.subject, ttl=-600)
    named = str(world.release_id)
    rejected = ("emit", "gate_signoff", named, "--gate", "G3", "--decision", "rejected", "--rationale", '{"a": 1}')

    def by_rows_and_rpc() -> None:
        assert one.terminal.json("status", named)

    def by_event() -> None:
        assert one.terminal(*rejected).exit_code == 0

    def by_insert() -> None:
        assert one.terminal("decide", named, "--decision", "rejected", "--reason", "no").exit_code == 0

    def by_bare_python() -> None:
        assert wire.project_of(settings.read(one.env)).release(named)

    for used, ask in enumerate((by_rows_and_rpc, by_event, by_insert, by_bare_python), start=1):
        # By this machine's clock it is still good.
        one.change(access_token=ended, expires_at=time.time() + 3600)
        ask()
        assert one.refreshed() == [used]
        assert one.session().access_token != ended
    assert len(world.facts("approvals")) == 2


def test_programs_that_run_at_once_refresh_once_between_them(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    with flaky(one.stack) as front:
        front_door = one.through(front.url)
        for round_ in range(1, times(1, 3) + 1):
            front_door.change(expires_at=time.time() - 1)
            programs = [
                subprocess.Popen([*COMMAND, "whoami", "--json"], env=environment(front_door), stdout=-1, stderr=-1)
                for _ in range(4)
            ]
            said = [program.communicate(timeout=120) for program in programs]
            assert [program.returncode for program in programs] == [0] * 4, said
            assert {json.loads(out)["subject"] for out, _ in said} == {one.subject}
            # Supabase Auth forgives one use of a token too many, and no more.
            assert front.paths.count(auth.REFRESH) == round_
        assert front_door.terminal("whoami").exit_code == 0


@pytest.mark.parametrize(
    ("number", "ended"), [(signal.SIGINT, Code.INTERRUPTED), (signal.SIGTERM, -signal.SIGTERM)], ids=["Ctrl-C", "end"]
)
def test_ctrl_c_while_a_token_is_exchanged_loses_no_session(
    person: Callable[..., Person], number: int, ended: int
) -> None:
    one = person().signs_in()
    with flaky(one.stack, "hold_after") as front:
        front_door = one.through(front.url)
        front_door.change(expires_at=0)
        before = front_door.session()
        program = subprocess.Popen([*COMMAND, "whoami"], env=environment(front_door), stdout=-1, stderr=-1)
        assert front.hanging.wait(60)
        program.send_signal(number)
        front.ended.set()
        program.communicate(timeout=60)
        assert program.returncode == ended
        # What was exchanged is kept, and still good for the next time.
        assert front_door.session().refresh_token != before.refresh_token
        front_door.change(expires_at=0)
        assert front_door.terminal.json("whoami")["subject"] == one.subject


def test_an_answer_that_is_lost_is_asked_for_again(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    with flaky(one.stack, "drop_after", "busy") as front:
        project = wire.Wire(front.url, one.stack.publishable_key)
        kept: list[sessions.Session] = []
        token = one.session().refresh_token
        retry = Retry(base=0.0, cap=0.0)
        auth.by_refresh_token(project, token, retry, kept.append)
        assert len(front.paths) == 3
    assert len(kept) == 1
    assert one.refreshed() == [1]


def test_a_session_that_was_ended_is_said_and_nothing_else_is_used_for_it(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    assert one.stack.people is not None
    claims = sources._claims(one.session().access_token)
    one.stack.people.end(claims["session_id"], "global")
    one.change(expires_at=0)
    said = failed(one.terminal("whoami"), Code.NOT_ALLOWED)
    assert "refresh_token_not_found" in said
    assert "ops-gates login" in said


def test_who_was_revoked_meanwhile_is_nobody_with_the_next_token(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    members.revoke(one.stack.client(), one.subject)
    one.role = None
    one.change(expires_at=0)
    who = one.terminal("whoami", "--json")
    assert (who.exit_code, json.loads(who.stdout)["role"]) == (Code.NOT_ALLOWED, "authenticated")
    assert one.terminal("exception", "list").exit_code == Code.NOT_ALLOWED


def test_a_command_does_not_go_on_as_somebody_else(
    person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = person().signs_in(), person()
    world = World(one.stack)
    with one.gates() as gates:
        assert gates.release(world.release_id)
        other.signs_in()
        monkeypatch.setattr(auth, "now", lambda: time.time() + 3600)
        with pytest.raises(NotAllowed) as refused:
            gates.release(world.release_id)
    assert refused.value.code == "signed_out"


def test_a_token_that_fails_is_in_no_error_text(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    for secret in one.session().secrets():
        one.terminal("whoami")
        assert settings.redact(f"it said {secret}", settings.secrets_of({})) == "it said ***"
