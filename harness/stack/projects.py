"""Projects as tools and tests register them: on behalf of a member who is active then."""

from __future__ import annotations

from typing import LiteralString

from supabase import Client

from harness.stack.members import WANTING, wanting

REGISTER: LiteralString = f"select ops.register_project(%s, null, {WANTING}, 'set-up')"
"""Takes the project."""


def register(client: Client, project: str) -> None:
    """Register a project over HTTP, with the secret key; again does nothing."""
    asked = {"project": project, "on_behalf_of": wanting(client), "reason": "set-up"}
    client.rpc("register_project", asked).execute()
