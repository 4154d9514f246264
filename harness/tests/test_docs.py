"""The commands of the pages are run, so that they cannot rot."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.client import Gates
from harness.dry_run import TITLES
from harness.stack import Stack
from harness.stack.cli_tool import SupabaseCli
from harness.stack.parts import ROOT
from harness.tests.world import COMMIT, settle

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
README = (ROOT / "README.md").read_text()
EXPECTED = re.compile(r"#\s*exit code (\d+)")


def blocks_of(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    blocks = blocks_of(page, "sh")
    return [line for block in blocks for line in block.splitlines() if line.strip() and not line.startswith("#")]


def run(line: str, environment: dict[str, str]) -> int:
    """Run one line of a page: `ops-gates …`, perhaps with what is echoed into it; its exit code."""
    echoed, _, called = line.rpartition(" | ")
    program, *arguments = shlex.split(called, comments=True)
    assert program == "ops-gates", line
    given = shlex.split(echoed)[1] if echoed else None
    return CliRunner().invoke(app, arguments, input=given, env=environment).exit_code


def test_every_command_of_the_runbook_does_what_the_page_says(fresh_stack: Callable[[], Stack]) -> None:
    own = fresh_stack()
    environment = {"SUPABASE_URL": own.url, "SUPABASE_SECRET_KEY": own.secret_key}
    ran = commands(RUNBOOK)
    assert len(ran) > 25
    for line in ran:
        wanted = EXPECTED.search(line)
        asked = line.replace("<exception>", newest_exception(own)) if "<exception>" in line else line
        assert run(asked, environment) == (int(wanted[1]) if wanted else 0), line
    with own.connect() as sre:
        sre.execute("set role sre")
        sre.execute("select set_config('request.jwt.claims', '{\"sub\": \"sre-1\"}', true)")
        [block] = blocks_of(RUNBOOK, "sql")
        sre.execute(block.encode())


def newest_exception(stack: Stack) -> str:
    """The id that a reader of the runbook copies from what the command before printed."""
    with stack.connect() as connection:
        [row] = connection.execute("select exception_id from ops.exceptions order by created_at desc limit 1")
    return str(row[0])


def test_what_the_readme_asks_and_sends_is_answered_as_it_says(fresh_stack: Callable[[], Stack]) -> None:
    own = fresh_stack()
    environment = {"SUPABASE_URL": own.url, "SUPABASE_SECRET_KEY": own.secret_key}
    settle(own)
    release_id = Gates(own.client()).open_release("acme/shop", "v1.4.0", "production", COMMIT, initiating_actor="dev-1")
    [sending] = blocks_of(README, "python")
    given = f"url, key, release_id = {own.url!r}, {own.secret_key!r}, {str(release_id)!r}\n"
    # A program of the reader's own: supabase-py leaves its connection open.
    subprocess.run([sys.executable, "-"], input=given + sending, text=True, timeout=60, check=True)
    asked = [line for line in commands(README) if line.startswith("ops-gates")]
    assert [line.split()[1] for line in asked] == ["status", "why", "guard"]
    assert [run(line, environment) for line in asked] == [0, 0, 1]
    [questions] = blocks_of(README, "sql")
    with own.connect() as connection:
        for statement in questions.replace("…", str(release_id)).split(";"):
            if statement.strip():
                answer = connection.execute(statement.encode())
    # G1 is passed by the event above, and what is left is G2's and G3's.
    assert {str(row[0]) for row in answer} == {"G2", "G3"}


@pytest.mark.parametrize("page", [README, RUNBOOK], ids=["README", "runbook"])
def test_every_command_of_the_supabase_cli_that_a_page_names_is_one(page: str) -> None:
    named = re.findall(r"npx supabase ([a-z]+(?: (?:push|set|deploy))?)((?: --[a-z-]+)?)", page)
    assert ("db push", "") in named
    for command, flag in named:
        said = SupabaseCli().run(*command.split(), "--help")
        assert re.search(rf"USAGE\s+supabase {command}\b", said), command
        assert flag.strip() in said, (command, flag)


@pytest.mark.parametrize("page", [README, RUNBOOK], ids=["README", "runbook"])
def test_every_make_target_that_a_page_names_is_there(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        word
        for line in re.findall(r"`make ([a-z ]+)`|^make ([a-z]+)", page, re.MULTILINE)
        for word in " ".join(line).split()
    }
    assert named
    assert named <= targets


def test_what_the_readme_prints_is_what_the_demo_says() -> None:
    """Step titles only: ids and times differ from run to run."""
    printed = re.findall(rf"^\d/{len(TITLES)} (.*?) \d+\.\d s$", README, re.MULTILINE)
    assert printed == list(TITLES)
