"""Which project a command talks to: what the environment names, or the stack of the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.tests.terminal import Terminal, failed, named, service
from ops_gates import local
from ops_gates.exit_codes import Code


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


@pytest.mark.parametrize(
    "env",
    [
        {"SUPABASE_URL": "no address at all"},
        {"SUPABASE_URL": "ftp://project.example"},
        {"SUPABASE_URL": "https://?"},
        {"SUPABASE_URL": "http://127.0.0.1:99999"},
        {"SUPABASE_URL": "https://me:pass@project.example"},
        {"SUPABASE_SECRET_KEY": ""},
        {"SUPABASE_SECRET_KEY": "sb_secret_with\nnewline"},
        {"SUPABASE_SECRET_KEY": "sb_secret_ключ"},
        {"OPS_TOKEN": "token.without.publishable"},
        {"OPS_RETRY_SECONDS": "long"},
    ],
    ids=str,
)
def test_an_environment_that_cannot_be_used_is_a_sentence_and_2_and_quotes_nothing(
    gates: Terminal, env: dict[str, str]
) -> None:
    [(name, value)] = env.items()
    said = failed(gates("guard", "a/b", **env), Code.USAGE)
    assert name in said
    assert not value or value not in said


@pytest.mark.parametrize("command", [("guard", "a/b"), ("preflight",)], ids=" ".join)
def test_a_secret_key_that_is_set_to_nothing_is_told_as_every_other_variable(
    gates: Terminal, command: tuple[str, ...]
) -> None:
    assert "SUPABASE_SECRET_KEY is set but empty" in failed(gates(*command, SUPABASE_SECRET_KEY=" "), Code.USAGE)


def test_a_publishable_key_that_is_set_to_nothing_is_told_so(gates: Terminal) -> None:
    said = failed(gates("guard", "a/b", OPS_TOKEN="aaaa.bbbb.cccc", SUPABASE_PUBLISHABLE_KEY=""), Code.USAGE)
    assert "SUPABASE_PUBLISHABLE_KEY, which is set but empty" in said


def test_without_a_project_and_without_a_stack_a_command_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "SUPABASE_URL" in failed(Terminal({})("guard", "a/b"), Code.USAGE)


def project_file(folder: Path, stack: Stack, mode: int = 0o600) -> Path:
    """The file by which a running stack of a checkout in `folder` says where it is."""
    file = folder / local.FILE
    file.parent.mkdir(exist_ok=True)
    named = {"URL": stack.url, "PUBLISHABLE_KEY": stack.publishable_key, "SECRET_KEY": stack.secret_key}
    file.write_text("".join(f"SUPABASE_{name}={value}\n" for name, value in named.items()))
    file.chmod(mode)
    return file


def test_without_a_url_the_stack_of_the_checkout_is_asked(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = World(stack)
    project_file(tmp_path, stack)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    done = Terminal({})("why", named(world))
    assert (done.exit_code, done.stderr) == (0, "")
    person = Terminal({"OPS_TOKEN": stack.token("developer", "dev-1")})("roles", "list")
    failed(person, Code.NOT_ALLOWED)
    auditor = Terminal({"OPS_TOKEN": stack.token("audit_reader", "auditor-1")})
    assert auditor("roles", "list").exit_code == 0


@pytest.mark.parametrize(
    "how",
    ["readable by others", "a link", "a folder that is a link", "without a key", "a folder", "a pipe", "no key at all"],
)
def test_a_project_file_that_is_not_ours_alone_is_not_read(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str
) -> None:
    file = project_file(tmp_path, stack, 0o644 if how == "readable by others" else 0o600)
    if how == "a link":
        file.rename(tmp_path / "kept")
        file.symlink_to(tmp_path / "kept")
    elif how == "without a key":
        file.write_text(f"SUPABASE_URL={stack.url}\n")
    elif how == "a folder":
        file.unlink()
        file.mkdir()
    elif how == "a pipe":
        file.unlink()
        os.mkfifo(file, 0o600)
    elif how == "a folder that is a link":
        file.parent.rename(tmp_path / "kept")
        file.parent.symlink_to(tmp_path / "kept")
    elif how == "no key at all":
        file.write_text(file.read_text().replace(stack.secret_key, "ключ-который-не-ключ"))
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert "SUPABASE_" in failed(Terminal({})("guard", "a/b"), Code.USAGE)


@pytest.mark.parametrize("mode", [0o644, 0o620])
def test_a_project_file_that_is_not_ours_alone_ends_the_search(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: int
) -> None:
    project_file(tmp_path, stack)
    (tmp_path / "below").mkdir()
    project_file(tmp_path / "below", stack, mode)
    monkeypatch.chdir(tmp_path / "below")
    assert "SUPABASE_URL" in failed(Terminal({})("guard", "a/b"), Code.USAGE)
