"""Who takes part in the release, and how each signs in: people with `ops-gates login`, the bot by itself."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.stack import Stack, StackError
from ops_gates import sessions, settings

# One name for each role: no person is meant.
CI = "ci-bot"
PEOPLE = {
    "ci_service_role": CI,
    "developer": "dev-1",
    "qa_tester": "qa-1",
    "release_manager": "rm-1",
    "sre": "sre-1",
}
_VARIABLES = (*settings.VARIABLES, "XDG_CONFIG_HOME", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT")


@dataclass(frozen=True)
class SignedIn:
    """Somebody as `ops-gates whoami` shows them: who they are, in which role they act, and what says so."""

    subject: str
    role: str
    by: str


@dataclass
class Accounts:
    """An e-mail, a password and a home for each; at a project with a sign-in of its own, a token for each."""

    stack: Stack
    home: Path
    _opened: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict, init=False)

    def variables(self, role: str) -> Mapping[str, str]:
        """What the programs of this member find in their environment."""
        return self._account(role)[1]

    def token(self, role: str) -> str:
        """The token of the session of a person, for a program that sends requests of its own."""
        variables = self.variables(role)
        if "OPS_TOKEN" in variables:
            return variables["OPS_TOKEN"]
        session = sessions.Store.at(self.stack.url, variables).read()
        if session is None:
            raise StackError(f"{PEOPLE[role]} is not signed in")
        return session.access_token

    def typed_to_sign_in(self, role: str) -> str:
        """What somebody types when asked for e-mail and password; nothing for a bot, or where a token stands for it."""
        return self._account(role)[0]

    def _account(self, role: str) -> tuple[str, dict[str, str]]:
        if role not in self._opened:
            self._opened[role] = self._open(role, PEOPLE[role])
        return self._opened[role]

    def _open(self, role: str, subject: str) -> tuple[str, dict[str, str]]:
        project = {"SUPABASE_URL": self.stack.url, "SUPABASE_PUBLISHABLE_KEY": self.stack.publishable_key}
        if self.stack.people is None:
            return "", {**project, "OPS_TOKEN": self.stack.token(role, subject)}
        login = self.stack.person(f"{subject}@local.invalid", subject=subject)
        if role == "ci_service_role":
            return "", {**project, "OPS_BOT_EMAIL": login.email, "OPS_BOT_PASSWORD": login.password}
        return f"{login.email}\n{login.password}\n", {**project, "XDG_CONFIG_HOME": str(self.home / subject)}


@contextlib.contextmanager
def terminal(variables: Mapping[str, str], typed: str = "") -> Iterator[None]:
    """The project and caller that commands find in their environment, and no other, and what is typed into them."""
    before = {name: os.environ.pop(name) for name in _VARIABLES if name in os.environ}
    usual, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(typed.encode()))
    os.environ.update(variables)
    try:
        yield
    finally:
        sys.stdin = usual
        for name in _VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(before)
