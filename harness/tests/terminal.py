"""Somebody at a terminal who types `ops-gates …`: what tests of the command line begin with."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import typer.main
from typer import Typer
from typer.testing import CliRunner, Result

from harness.prove.world import World
from harness.stack import Stack, members
from ops_gates import cli, settings
from ops_gates.exit_codes import Code

VARIABLES = (
    *settings.VARIABLES,
    *("OPS_DEBUG", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TZ"),
    *(f"GITHUB_{name}" for name in ("ACTIONS", "ACTOR", "REF", "REPOSITORY", "RUN_ATTEMPT", "RUN_ID", "SERVER_URL")),
    *(f"GITHUB_{name}" for name in ("OUTPUT", "SHA", "STEP_SUMMARY", "WORKFLOW")),
)
RISK = ("--reason", "outage", "--risk", "untested", "--approver", "rm-1")


@dataclass
class Terminal:
    """Somebody who types commands, with nothing in their environment but what is given here."""

    env: Mapping[str, str]
    app: Typer = cli.app

    def __call__(self, *arguments: str, stdin: str | None = None, **env: str) -> Result:
        chosen: dict[str, str | None] = {**dict.fromkeys(VARIABLES), **self.env, **env}
        return CliRunner().invoke(self.app, list(arguments), input=stdin, env=chosen)

    def json(self, *arguments: str, stdin: str | None = None, **env: str) -> Any:
        """What a command that is to succeed prints with --json."""
        done = self(*arguments, "--json", stdin=stdin, **env)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


def service(stack: Stack) -> Terminal:
    """The service role at a stack."""
    return Terminal({"SUPABASE_URL": stack.url, "SUPABASE_SECRET_KEY": stack.secret_key, "OPS_RETRY_SECONDS": "0"})


def somebody(stack: Stack, role: str, subject: str) -> Terminal:
    """A person or a bot at a stack, by their token; a member with that role from then on."""
    members.grant(stack.client(), subject, role)
    return Terminal(
        {
            "SUPABASE_URL": stack.url,
            "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
            "OPS_TOKEN": stack.token(role, subject),
            "OPS_RETRY_SECONDS": "0",
        }
    )


def named(world: World) -> str:
    """The release of a world, as commands name it."""
    return f"acme/shop/{world.name}"


def failed(done: Result, code: Code) -> str:
    """The one sentence on stderr of a command that failed with a code."""
    assert (done.exit_code, done.stderr.count("\n")) == (code, 1), done.output
    assert "Traceback" not in done.output
    return done.stderr


def surrounded(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> None:
    """Set the variables of this process to these, and no other of ours."""
    for name in {*VARIABLES, *(name for name in os.environ if name.startswith("OPS_"))}:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def commands_below(command: Any, *path: str) -> Iterator[tuple[str, Any]]:
    """Every command and group below one, by its full name."""
    for name, below in getattr(command, "commands", {}).items():
        yield " ".join([*path, name]), below
        yield from commands_below(below, *path, name)


TREE = dict(commands_below(typer.main.get_command(cli.app)))
COMMANDS = [name for name, command in TREE.items() if not hasattr(command, "commands")]


def can_be_typed(words: list[str]) -> None:
    """Whether there is such a command, with these arguments and options."""
    count = max(count for count in range(1, len(words) + 1) if " ".join(words[:count]) in COMMANDS)
    TREE[" ".join(words[:count])].make_context("", words[count:])
