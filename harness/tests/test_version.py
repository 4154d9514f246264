"""The schema, the package and the command line say one version, and the client says when a schema does not fit."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import psycopg
import pytest

from harness.check.access import ACCESS
from harness.prove.world import World
from harness.stack import Stack
from harness.stack.parts import ROOT
from harness.tests.terminal import Terminal, named, service, somebody
from ops_gates import versions
from ops_gates.answers import Reply
from ops_gates.commands import fitting
from ops_gates.core import Core

CLIENT = metadata.version("ops-release-gates")


def test_schema_package_and_command_line_say_the_version_of_pyproject(db: psycopg.Connection[Any]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert db.execute("select ops.version()").fetchone() == (version,)
    assert version == CLIENT


@pytest.mark.parametrize("role", [*ACCESS.roles, "service_role", None])
def test_everybody_who_may_use_the_schema_may_ask_it(db: psycopg.Connection[Any], role: str | None) -> None:
    if role:
        db.execute(f"set local role {role}".encode())
    assert db.execute("select ops.version()").fetchone() == (CLIENT,)


@pytest.mark.parametrize(
    ("client", "schema", "fits"),
    [
        ("0.9.0", "0.9.0", True),
        ("0.9.3", "0.9.0", True),
        ("0.9.0", "0.10.0", False),
        ("0.10.0", "0.9.0", False),
        ("1.0.0", "0.10.0", False),
        ("0.9.0", None, False),
        ("0.9.0", "nothing of the kind", False),
    ],
)
def test_versions_fit_when_they_differ_in_the_patch_alone(client: str, schema: str | None, fits: bool) -> None:
    assert (versions.misfit(client, schema) is None) == fits


@pytest.fixture
def misfit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has said nothing yet, of a client of another version."""
    monkeypatch.setattr(fitting, "_said", [])
    monkeypatch.setattr(metadata, "version", lambda _: "7.0.0")


@pytest.mark.usefixtures("misfit")
def test_the_client_says_once_in_a_process_on_standard_error_that_they_do_not_fit(world: World, stack: Stack) -> None:
    gates = service(stack)
    for command in (["status", named(world)], ["whoami"]):
        assert gates(*command, "--json").stderr == ""
    first, second = gates("status", named(world)), gates("whoami")
    assert (first.exit_code, first.stderr.startswith("version_misfit: "), second.stderr) == (0, True, "")
    assert "7.0.0" in first.stderr
    assert f"v{CLIENT}" in first.stderr


@pytest.mark.usefixtures("misfit")
@pytest.mark.parametrize("role", ["developer", "ci_service_role"])
def test_it_says_so_to_those_who_may_not_read_the_views_too(world: World, stack: Stack, role: str) -> None:
    who: Terminal = somebody(stack, role, "dev-1" if role == "developer" else "bot-1")
    said = who("status", named(world)) if role == "developer" else who("whoami")
    assert (said.exit_code, said.stderr.startswith("version_misfit: ")) == (0, True)


class Answering:
    """A project that gives one reply to every call."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked = 0

    def invoke(self, function: str, body: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Reply:
        raise AssertionError(function, body)

    def rows(self, query: Any) -> Reply:
        raise AssertionError(query)

    def rpc(self, function: str, arguments: Mapping[str, Any]) -> Reply:
        assert (function, dict(arguments)) == ("version", {})
        self.asked += 1
        return self.reply


@pytest.mark.parametrize(
    ("reply", "known"),
    [
        (Reply(200, "0.9.0"), (True, "0.9.0")),
        (Reply(404, {"code": "PGRST202", "message": "no such function"}), (True, None)),
        (Reply(200, 9), (False, None)),
        (Reply(403, {"code": "42501", "message": "no"}), (False, None)),
        (Reply(503, None), (False, None)),
        (Reply(401, {"code": "PGRST301", "message": "no"}), (False, None)),
    ],
)
def test_what_cannot_be_known_is_asked_once_and_not_said(reply: Reply, known: tuple[bool, str | None]) -> None:
    project = Answering(reply)
    assert Core(project).schema_version() == known
    assert project.asked == 1
