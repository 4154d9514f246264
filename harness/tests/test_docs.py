"""The commands of the pages are run, so that they cannot rot."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.dry_run import TITLES
from harness.stack import Stack
from harness.stack.parts import ROOT

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
README = (ROOT / "README.md").read_text()
EXPECTED = re.compile(r"#\s*exit code (\d+)")


def commands(page: str) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
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
        [block] = re.findall(r"^```sql\n(.*?)^```", RUNBOOK, re.MULTILINE | re.DOTALL)
        sre.execute(block.encode())


def newest_exception(stack: Stack) -> str:
    """The id that a reader of the runbook copies from what the command before printed."""
    with stack.connect() as connection:
        [row] = connection.execute("select exception_id from ops.exceptions order by created_at desc limit 1")
    return str(row[0])


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
