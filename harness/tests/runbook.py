"""The runbook as data, and its callers: each signs in with an e-mail, a password and a configuration of their own."""

from __future__ import annotations

import contextlib
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
from typer.testing import CliRunner

from harness.stack import Stack
from harness.tests.terminal import VARIABLES
from ops_gates import sessions, sources
from ops_gates.cli import app

BOT, KEY = "ci_service_role", "service_role"
# The one section in which more than one role acts: each step there names who.
SEVERAL = "What takes several people"
EXPECTED = re.compile(r"#\s*exit code (\d+)")
# What decides how a page runs: a section begins, the text names a caller, or there is a block.
STEP = re.compile(
    r"^## (?P<section>[^\n]*)$|^As `(?P<name>[\w-]+)`(?:, an? `(?P<role>\w+)`)?"
    r"|^```(?P<language>sh|bash|sql|python)\n(?P<code>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
OF_THE_KEY = re.compile(r"--approver|--persona|SECRET_KEY|OPS_TOKEN|make (?:-s )?token|set (?:local )?role")


@dataclass(frozen=True)
class Caller:
    """Who types a block, in which role."""

    role: str
    name: str

    @property
    def is_person(self) -> bool:
        """Whether they sign in at a terminal."""
        return self.role not in (BOT, KEY)


@dataclass(frozen=True)
class Block:
    """A block of a page, with its section and the caller whom the text named last."""

    section: str
    language: str
    code: str
    caller: Caller | None

    @property
    def lines(self) -> list[str]:
        """Its lines that are not empty."""
        return [line for line in self.code.splitlines() if line.strip()]


def blocks_of(page: str) -> Iterator[Block]:
    """The blocks of a page, in order."""
    section, caller = "", None
    for found in STEP.finditer(page):
        if found["language"]:
            yield Block(section, found["language"], found["code"], caller)
        elif found["name"]:
            caller = Caller(found["role"] or found["name"], found["name"])
        else:
            section, caller = found["section"], None


def faults_of(page: str) -> list[tuple[str, str]]:
    """What is wrong with a page as it stands: which rule it breaks, and in which line."""
    faults: list[tuple[str, str]] = []
    roles: dict[str, str] = {}
    met: set[str] = set()
    for block in blocks_of(page):
        first = next(iter(block.lines), "")
        if block.language == "bash":
            faults += [("token", line) for line in block.lines if re.search(r"make (?:-s )?token|OPS_TOKEN", line)]
            continue
        if block.caller is None:
            faults.append(("nobody", first))
            continue
        if block.section != SEVERAL and roles.setdefault(block.section, block.caller.role) != block.caller.role:
            faults.append(("another role", first))
        if block.caller.is_person and block.caller.name not in met and first != "ops-gates login":
            faults.append(("not signed in", first))
        met.add(block.caller.name)
        if block.caller.role != KEY:
            faults += [("of the key", line) for line in block.lines if OF_THE_KEY.search(line)]
        not_allowed = (line for line in block.lines if (code := EXPECTED.search(line)) and code[1] == "4")
        faults += [("not allowed", line) for line in not_allowed]
    return faults


@dataclass
class Terminals:
    """A terminal for each caller at a stack, and what they kept in the variables of its shell."""

    stack: Stack
    folder: Path
    kept: dict[Caller, dict[str, str]] = field(default_factory=dict)
    _opened: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    @cached_property
    def editor(self) -> psycopg.Connection[object]:
        """The SQL editor of the owner."""
        return psycopg.connect(self.stack.db_url, autocommit=True)

    def run(self, page: str) -> int:
        """Run every block of a page as its caller; how many lines. AssertionError if one ends as the page does not say.

        A person's lines run only while their session acts in the role that the page names.
        """
        ran = 0
        for block in blocks_of(page):
            if block.language == "bash":
                continue  # about the reader's machine
            assert block.caller, block.code
            if block.language == "sql":
                assert block.caller.role == KEY, block.code
                self.editor.execute(block.code.encode())
            elif block.language == "python":
                self._program(block.caller, block.code)
            for line in block.lines if block.language == "sh" else ():
                wanted = EXPECTED.search(line)
                assert self.line(block.caller, line) == (int(wanted[1]) if wanted else 0), line
                ran += 1
        return ran

    def opened(self, caller: Caller) -> tuple[str, dict[str, str]]:
        """What a caller types to sign in, and the variables of their terminal."""
        if caller.role == KEY:
            return "", {"SUPABASE_URL": self.stack.url, "SUPABASE_SECRET_KEY": self.stack.secret_key}
        if caller.name not in self._opened:
            login = self.stack.person(f"{caller.name}@local.invalid", subject=caller.name)
            variables = {"SUPABASE_URL": self.stack.url, "SUPABASE_PUBLISHABLE_KEY": self.stack.publishable_key}
            if caller.is_person:
                variables["XDG_CONFIG_HOME"] = str(self.folder / caller.name)
            else:
                variables |= {"OPS_BOT_EMAIL": login.email, "OPS_BOT_PASSWORD": login.password}
            self._opened[caller.name] = f"{login.email}\n{login.password}\n", variables
        return self._opened[caller.name]

    def acts_as(self, caller: Caller) -> str | None:
        """The role in which the session of a person acts; None without one."""
        session = sessions.Store.at(self.stack.url, self.opened(caller)[1]).read()
        return None if session is None else sources.role_of(session.access_token)

    def line(self, caller: Caller, line: str) -> int:
        """Run a line: `ops-gates …`, perhaps with what is echoed into it, or what it prints kept; its exit code."""
        typed, variables = self.opened(caller)
        kept = self.kept.setdefault(caller, {})
        assigned = re.fullmatch(r"(\w+)=\$\((.*)\)", line)
        called, _, sought = (assigned[2] if assigned else line).partition(" | awk ")
        echoed, _, called = called.rpartition(" | ")
        for name, value in kept.items():
            called = called.replace(f'"${name}"', value)
        program, *arguments = shlex.split(called.replace("|| true", ""), comments=True)
        assert program == "ops-gates", line
        written = arguments[arguments.index(">") + 1] if ">" in arguments else None
        arguments = arguments[: arguments.index(">")] if written else arguments
        assert "$" not in "".join(arguments), line
        if caller.is_person and arguments[0] not in ("login", "act-as"):
            assert self.acts_as(caller) == caller.role, line
        given = shlex.split(echoed)[1] if echoed else typed if arguments == ["login"] else None
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(app, arguments, input=given, env={**dict.fromkeys(VARIABLES), **variables})
            if written:
                Path(written).write_text(done.stdout, encoding="utf-8")
        if assigned:
            kept[assigned[1]] = _sought(done.stdout, sought)
            assert kept[assigned[1]], line
        return done.exit_code

    def _program(self, caller: Caller, code: str) -> None:
        """Run a program of Python, which sees the variables of the caller's terminal and no other."""
        assert not caller.is_person or self.acts_as(caller) == caller.role, code
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command,
            env=self.opened(caller)[1],
            cwd=self.folder,
            text=True,
            timeout=60,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def _sought(said: str, sought: str) -> str:
    """What `awk` finds in what a command said, or all of it."""
    if sought:
        [program] = shlex.split(sought)
        said = subprocess.run(["awk", program], input=said, text=True, capture_output=True, check=True).stdout
    return said.strip()
