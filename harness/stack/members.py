"""Memberships as tools and tests change them: on behalf of a member who is active then."""

from __future__ import annotations

from typing import LiteralString

from supabase import Client

WANTING: LiteralString = (
    "coalesce((select m.subject from ops.v_memberships m where m.kind = 'person'"
    " order by m.role = 'release_manager' desc, m.project is null desc, m.subject limit 1), 'the operator')"
)
GRANT: LiteralString = (
    f"select ops.grant_membership(a.subject, a.role, null, a.handle, {WANTING}, 'set-up')"  # noqa: S608 - nothing of a user
    " from (select %s::text, %s::text, %s::text) as a (subject, role, handle) where not exists ("
    "select from ops.v_memberships m where (m.subject, m.role) = (a.subject, a.role) and m.project is null"
    " and coalesce(m.handle = a.handle, a.handle is null))"
)
"""Takes subject, role and handle (or None). Grants for every project, unless that stands already."""
REVOKE: LiteralString = f"select ops.revoke_membership(%s, null, null, {WANTING}, 'set-up')"
"""Takes the subject."""
SET_POLICY: LiteralString = f"select from ops.set_gate_policy(%s, %s, %s, {WANTING}, 'set-up')"
"""Takes the gate, its requirements as JSON, and a project (or None)."""


def wanting(client: Client) -> str:
    """The subject of a member who is active now: a release manager first, and of every project."""
    members = client.table("v_memberships").select("subject,role,project").execute().data
    people = [m for m in members if isinstance(m, dict) and m["role"] != "ci_service_role"]
    people.sort(key=lambda m: (m["role"] != "release_manager", m["project"] is not None, m["subject"]))
    return str(people[0]["subject"]) if people else "the operator"


def grant(client: Client, subject: str, role: str, handle: str | None = None, project: str | None = None) -> None:
    """Grant a membership over HTTP, with the secret key, unless it stands already."""
    known = (
        client.table("v_memberships").select("project,handle").eq("subject", subject).eq("role", role).execute().data
    )
    if any(isinstance(m, dict) and m["project"] == project and handle in (None, m["handle"]) for m in known):
        return
    member = {"subject": subject, "role": role, "project": project, "handle": handle}
    client.rpc("grant_membership", member | {"on_behalf_of": wanting(client), "reason": "set-up"}).execute()


def revoke(client: Client, subject: str) -> None:
    """Revoke a membership over HTTP, with the secret key."""
    asked = {"subject": subject, "on_behalf_of": wanting(client), "reason": "set-up"}
    client.rpc("revoke_membership", asked).execute()
