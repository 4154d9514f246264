"""Signing in and out from a terminal: who does is asked once, and nobody else reads what is kept."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.prove.world import World
from harness.tests.flaky import flaky
from harness.tests.signing import COMMAND, Person, environment
from harness.tests.terminal import Terminal, failed
from ops_gates import sessions, settings
from ops_gates.errors import UsageFault
from ops_gates.exit_codes import Code
from ops_gates.producers import wire

pytest_plugins = ("harness.tests.signing_fixtures",)
pytestmark = pytest.mark.usefixtures("embedded_only")


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
    who = one.terminal("whoami", "--json")
    assert (who.exit_code, json.loads(who.stdout)["role"]) == (Code.NOT_ALLOWED, "authenticated")
    assert who.stderr.startswith("no_membership: ")


def test_who_signs_in_in_the_place_of_somebody_else_is_told_whose(person: Callable[..., Person]) -> None:
    one, other = person().signs_in(), person("qa_tester")
    typed = f"{other.login.email}\n{other.login.password}\n"
    assert one.subject in other.terminal("login", stdin=typed).stderr
    # Again as the same person: nothing to say.
    done = other.terminal("login", "--json", stdin=typed)
    assert (done.exit_code, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["subject"], said["role"]) == (other.subject, "qa_tester")
    assert [m["role"] for m in said["memberships"]] == ["qa_tester"]
    assert other.terminal.json("logout") == {"signed_out": True, "url": other.stack.url}
    assert other.terminal.json("logout") == {"signed_out": False, "url": other.stack.url}


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
    said = failed(one.terminal("logout"), Code.USAGE)
    assert "is removed" in said
    assert "remove it" not in said
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
