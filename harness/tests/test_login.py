"""Signing in from a terminal: a session is read by nobody else, refreshed by one program at a time, never lost."""

from __future__ import annotations

import copy
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.prove.world import World
from harness.stack import Stack, members
from harness.stack.people import Login
from harness.tests.flaky import flaky
from harness.tests.terminal import Terminal, failed, service
from ops_gates import auth, sessions, settings, sources
from ops_gates.client import Gates
from ops_gates.errors import NotAllowed, UsageFault
from ops_gates.exit_codes import Code
from ops_gates.producers import wire
from ops_gates.retry import Retry

pytestmark = pytest.mark.usefixtures("embedded_only")


class Person:
    """Somebody at a terminal with a home of their own, who can sign in at a stack."""

    def __init__(self, stack: Stack, home: Path, role: str | None = None, handle: str | None = None) -> None:
        self.stack, self.role = stack, role
        self.login: Login = stack.person(f"{uuid.uuid4().hex}@local.invalid")
        if role is not None:
            members.grant(stack.client(), self.login.subject, role, handle)
        self.env = {
            "SUPABASE_URL": stack.url,
            "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
            "XDG_CONFIG_HOME": str(home),
            "OPS_RETRY_SECONDS": "0",
        }
        self.terminal = Terminal(self.env)
        self.store = sessions.Store.at(stack.url, self.env)

    @property
    def subject(self) -> str:
        return self.login.subject

    def signs_in(self) -> Person:
        done = self.terminal("login", stdin=f"{self.login.email}\n{self.login.password}\n")
        assert done.exit_code == 0, done.output
        return self

    def session(self) -> sessions.Session:
        session = self.store.read()
        assert session is not None
        return session

    def change(self, **fields: Any) -> None:
        """Change what is kept of the session."""
        kept = json.loads(self.store.path.read_text())
        self.store.path.write_text(json.dumps(kept | fields))

    def through(self, url: str) -> Person:
        """The same person with the same session, at an address in front of the project."""
        other = copy.copy(self)
        other.env = {**self.env, "SUPABASE_URL": url}
        other.terminal, other.store = Terminal(other.env), sessions.Store.at(url, other.env)
        other.store.write(sessions.Session(**{**json.loads(self.store.path.read_text()), "url": url}))
        return other

    def refreshed(self) -> list[int]:
        """How often each of their sessions was refreshed."""
        assert self.stack.people is not None
        return self.stack.people.refreshed(self.subject)

    def gates(self) -> Any:
        return Gates.of(settings.read(self.env))


@pytest.fixture
def person(stack: Stack, tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """A function that makes somebody who can sign in, in a home of the test."""
    made: list[Person] = []

    def make(role: str | None = "release_manager", handle: str | None = None) -> Person:
        made.append(Person(stack, tmp_path, role, handle))
        return made[-1]

    yield make
    for one in made:
        if one.role is not None:
            members.revoke(stack.client(), one.subject)


def environment(one: Person) -> dict[str, str]:
    """For a process of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **one.env, "PYTHONPATH": "harness"}


COMMAND = [sys.executable, "-m", "ops_gates"]


# Login


def test_who_signs_in_is_asked_once_and_every_command_knows_them_then(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    world = World(one.stack)
    shown = one.terminal.json("whoami")
    assert (shown["subject"], shown["role"], shown["by"]) == (one.subject, "release_manager", "session")
    assert one.terminal("why", str(world.release_id), "--to", "dev").exit_code in (0, 1)
    bare = wire.project_of(settings.read(one.env))
    assert bare.person == one.subject
    assert bare.release(world.release_id)["release_id"] == str(world.release_id)


def test_the_session_is_kept_where_nobody_else_reads_it(person: Callable[..., Person], tmp_path: Path) -> None:
    one = person().signs_in()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert one.store.path in files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert one.store.path.parent.stat().st_mode & 0o777 == 0o700
    assert not list(tmp_path.rglob("*.partial"))
    session = one.session()
    for secret in session.secrets():
        assert secret not in repr(session)
    assert one.login.password not in one.store.path.read_text()


def test_without_xdg_config_home_it_is_kept_in_the_home_directory(
    person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for given in ({}, {"XDG_CONFIG_HOME": ""}, {"XDG_CONFIG_HOME": "relative"}):
        path = sessions.Store.at(person().stack.url, given).path
        assert path.is_relative_to(tmp_path / "home" / ".config" / "ops-gates")


def test_each_project_has_a_session_of_its_own(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    elsewhere = {**one.env, "SUPABASE_URL": "https://project.example"}
    assert "login" in failed(Terminal(elsewhere)("whoami"), Code.USAGE)
    other = sessions.Store.at("https://project.example", one.env)
    other.path.write_bytes(one.store.path.read_bytes())
    other.path.chmod(0o600)
    # Tokens go to nobody but the project that gave them.
    assert str(other.path) in failed(Terminal(elsewhere)("whoami"), Code.USAGE)


def test_a_wrong_password_signs_nobody_in_and_leaves_the_session_that_is_there(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    before = one.session()
    said = failed(one.terminal("login", stdin=f"{one.login.email}\nwrong-password-1\n"), Code.NOT_ALLOWED)
    assert said.startswith("invalid_credentials: ")
    assert "wrong-password-1" not in said
    assert one.session() == before


@pytest.mark.parametrize("stdin", ["", "\n", "someone@local.invalid\n", "someone@local.invalid\n\n", " \n \n"])
def test_what_is_missing_is_said_before_anything_is_sent(person: Callable[..., Person], stdin: str) -> None:
    one = person()
    with flaky(one.stack) as front:
        failed(one.terminal("login", stdin=stdin, SUPABASE_URL=front.url), Code.USAGE)
        assert front.paths == []
    assert one.store.read() is None


def test_a_refresh_token_signs_in_too_and_is_used_up(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    token = one.session().refresh_token
    one.store.remove()
    done = one.terminal("login", "--refresh-token", stdin=f"{token}\n")
    assert done.exit_code == 0, done.output
    assert token not in done.output
    assert one.session().refresh_token != token
    assert one.terminal.json("whoami")["subject"] == one.subject


def test_no_secret_is_taken_from_an_argument(person: Callable[..., Person]) -> None:
    one = person()
    for arguments in (["--password", "a-password"], ["a-password"], ["--refresh-token=a-token"], ["--email", "a@b"]):
        assert one.terminal("login", *arguments).exit_code == Code.USAGE


def test_a_password_goes_nowhere_in_the_clear(person: Callable[..., Person]) -> None:
    one = person()
    typed = f"{one.login.email}\n{one.login.password}\n"
    said = failed(one.terminal("login", stdin=typed, SUPABASE_URL="http://project.example"), Code.USAGE)
    assert "https" in said


def test_a_redirect_is_not_followed_with_a_password(person: Callable[..., Person]) -> None:
    one = person()
    with flaky(one.stack) as elsewhere, flaky(one.stack, "307", "308", "301") as front:
        front.elsewhere = elsewhere.url
        typed = f"{one.login.email}\n{one.login.password}\n"
        for _ in range(3):
            failed(one.terminal("login", stdin=typed, SUPABASE_URL=front.url), Code.UNREACHABLE)
        assert elsewhere.paths == []


def test_a_terminal_shows_no_password(person: Callable[..., Person]) -> None:
    one = person()
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [*COMMAND, "login"], environment(one))
    shown = b""

    def until(words: bytes) -> None:
        nonlocal shown
        deadline = time.monotonic() + 60
        while words not in shown and time.monotonic() < deadline:
            if select.select([terminal], [], [], 1)[0]:
                shown += os.read(terminal, 4096)
        assert words in shown

    try:
        until(b"e-mail: ")
        os.write(terminal, f"{one.login.email}\n".encode())
        until(b"password: ")
        os.write(terminal, f"{one.login.password}\n".encode())
        until(b"signed in as")
    except BaseException:
        os.kill(child, signal.SIGKILL)  # it would wait for more
        raise
    finally:
        _, status = os.waitpid(child, 0)
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    assert one.login.password.encode() not in shown


def test_who_is_no_member_is_told_so(person: Callable[..., Person]) -> None:
    one = person(role=None)
    done = one.terminal("login", stdin=f"{one.login.email}\n{one.login.password}\n")
    assert done.exit_code == 0
    assert "no_membership" in done.stderr
    assert one.terminal.json("whoami")["role"] == "authenticated"


def test_a_key_that_comes_first_is_named(person: Callable[..., Person]) -> None:
    one = person()
    done = one.terminal(
        "login", stdin=f"{one.login.email}\n{one.login.password}\n", SUPABASE_SECRET_KEY=one.stack.secret_key
    )
    assert "SUPABASE_SECRET_KEY" in done.stderr
    assert one.terminal.json("whoami", SUPABASE_SECRET_KEY=one.stack.secret_key)["by"] == "secret key"


# The file


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", "null", '{"url": 1}', "[" * 10_000], ids=lambda text: text[:10] or "empty"
)
def test_a_damaged_file_is_said_and_logout_removes_it(person: Callable[..., Person], content: str) -> None:
    one = person().signs_in()
    one.store.path.write_text(content)
    assert str(one.store.path) in failed(one.terminal("whoami"), Code.USAGE)
    failed(one.terminal("logout"), Code.USAGE)
    assert not one.store.path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_file_that_others_can_read_is_not_used(person: Callable[..., Person], mode: int) -> None:
    one = person().signs_in()
    one.store.path.chmod(mode)
    assert str(one.store.path) in failed(one.terminal("whoami"), Code.USAGE)


def test_a_link_in_its_place_is_not_followed(person: Callable[..., Person], tmp_path: Path) -> None:
    one = person().signs_in()
    one.store.path.rename(tmp_path / "elsewhere")
    one.store.path.symlink_to(tmp_path / "elsewhere")
    failed(one.terminal("whoami"), Code.USAGE)


def test_a_folder_that_cannot_be_written_loses_no_refresh_token(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    token = one.session().refresh_token
    one.store.remove()
    one.store.path.parent.rename(one.store.path.parent.with_name("away"))
    one.store.path.parent.write_text("a file in the way")
    failed(one.terminal("login", "--refresh-token", stdin=f"{token}\n"), Code.USAGE)
    assert one.refreshed() == [0]


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
        for round_ in range(1, 4):
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
    assert one.terminal.json("whoami")["role"] == "authenticated"
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


# Logout


def test_logout_ends_the_session_at_the_project_and_forgets_it(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    for expires_at in (time.time() + 3600, 0):
        one.signs_in().change(expires_at=expires_at)
        token = one.session().refresh_token
        assert one.terminal("logout").exit_code == 0
        assert not one.store.path.exists()
        typed = one.terminal("login", "--refresh-token", stdin=f"{token}\n")
        failed(typed, Code.NOT_ALLOWED)
    assert "nobody" in one.terminal("logout").stdout
    failed(one.terminal("whoami"), Code.USAGE)


@pytest.mark.parametrize("how", ["drop", "busy", "404", "page"])
def test_logout_forgets_the_session_also_when_the_project_cannot_be_reached(
    person: Callable[..., Person], how: Any
) -> None:
    one = person().signs_in()
    with flaky(one.stack, how) as front:
        front_door = one.through(front.url)
        done = front_door.terminal("logout")
        assert done.exit_code == Code.UNREACHABLE, done.output
        assert not front_door.store.path.exists()


def test_logout_offline_says_that_the_session_goes_on(person: Callable[..., Person]) -> None:
    one = person().signs_in()
    offline = one.through("http://127.0.0.1:9")
    assert failed(offline.terminal("logout"), Code.UNREACHABLE).startswith("unreachable: ")
    assert not offline.store.path.exists()


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


# The checkout


def test_the_stack_of_the_checkout_is_one_to_sign_in_at(
    person: Callable[..., Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = person()
    folder = tmp_path / "checkout" / ".stack"
    folder.mkdir(parents=True, mode=0o700)
    lines = {
        "SUPABASE_URL": one.stack.url,
        "SUPABASE_PUBLISHABLE_KEY": one.stack.publishable_key,
        "SUPABASE_SECRET_KEY": one.stack.secret_key,
    }
    with os.fdopen(os.open(folder / "project.env", os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in lines.items())
    monkeypatch.chdir(folder.parent)
    local = Terminal({"XDG_CONFIG_HOME": one.env["XDG_CONFIG_HOME"], "OPS_RETRY_SECONDS": "0"})
    assert local.json("whoami")["by"] == "secret key"
    assert local("login", stdin=f"{one.login.email}\n{one.login.password}\n").exit_code == 0
    assert local.json("whoami")["by"] == "session"
    assert local.json("whoami", SUPABASE_SECRET_KEY=one.stack.secret_key)["by"] == "secret key"
    assert local("logout").exit_code == 0
    assert local.json("whoami")["by"] == "secret key"


def test_a_store_without_a_home_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.raises(UsageFault) as said:
        sessions.Store.at("https://project.example", {})
    assert "XDG_CONFIG_HOME" in str(said.value)
