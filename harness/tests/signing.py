"""Somebody who signs in from a terminal of their own: what tests of sessions begin with."""

from __future__ import annotations

import copy
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

from harness.stack import Stack, members
from harness.stack.people import Login
from harness.tests.terminal import Terminal
from ops_gates import sessions, settings
from ops_gates.client import Gates


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


def environment(one: Person) -> dict[str, str]:
    """For a process of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **one.env, "PYTHONPATH": "harness"}


COMMAND = [sys.executable, "-m", "ops_gates"]
