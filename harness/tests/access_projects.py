"""What the tests of two projects share: what may be asked of a project, and what a caller is told without its names."""

from __future__ import annotations

import re
import uuid
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import COMMIT, PROJECTS, Facts, Row
from harness.prove.access_scene import Outcome, Scene, done
from ops_gates import events
from ops_gates.events import Envelope

SHOP, OTHER = PROJECTS
NOWHERE = "acme/nowhere"
ABSENT = {"project": NOWHERE, "hash": "0" * 64}
# Columns and arguments that name something of a project.
IDS = ("release_id", "gate_id", "deployment_id", "evidence_artifact_id", "exception_id", "fact")

CHANGED = [
    (role, table) for table, given in ACCESS.tables.items() for role in given.rights["update"] if role in ACCESS.roles
]
INSERTED = [
    (role, table)
    for table, given in ACCESS.tables.items()
    for role in given.rights["insert"]
    if role in ACCESS.roles and (role, table) != ("developer", "gate_checks")
]
# They name nothing of a project, or say so in an event: see below.
OF_NO_PROJECT = {
    *("ingest_event", "ingest_events", "record_refusal", "act_as", "my_memberships", "inbox", "my_releases", "version"),
}
# Views of no release.
OF_NO_RELEASE = ("v_memberships", "v_policy_changes", "v_delivery_metrics", "v_gate_durations")
# Nothing that the scene deploys succeeds.
OF_WHAT_SUCCEEDED = ("v_live", "v_delivery_metrics")
# They list what the caller may know of.
LISTS = ("inbox", "my_releases")
CALLED = [
    (function, role)
    for function, callers in ACCESS.functions.items()
    for role in callers
    if role in ACCESS.roles and function not in OF_NO_PROJECT
]
SENT = [(event, role) for event, senders in ACCESS.events.items() for role in senders if role in ACCESS.roles]


def unknown(row: Row) -> Row:
    """The same row or arguments, with ids and projects that do not exist."""
    return {
        name: str(uuid.uuid4()) if name in IDS and value else ABSENT.get(name, value) for name, value in row.items()
    }


def new_row(facts: Facts, role: str, table: str, who: str) -> Row:
    """A row for the first project by this person."""
    row = facts.row(role, table, who)
    if table == "incidents":
        row["deployment_id"] = facts.scoped["deployments"][0]
    elif "release_id" not in row:
        row["project"] = PROJECTS[SHOP]
    elif table == "gate_checks":
        row |= {"release_id": facts.mine, "gate_id": facts.gates["G1"]}
    return row


def without_names(text: str) -> str:
    """A text without ids and names of projects."""
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|acme/\w+", "…", text)


def told(answer: Row) -> str:
    """An answer to an event without what is different each time."""
    return without_names(str(answer | {"ingest_id": None}))


def event_of(facts: Facts, event: str, role: str, who: str, project: str) -> Envelope:
    """An event of a release, or of a project where it names no release, as this person would send it."""
    made = facts.event(event, role, who)
    if "release_id" not in made:
        made["payload"] = made["payload"] | {"project": project}
    return made


def said(outcome: Outcome) -> tuple[str | None, int, str]:
    """What a caller is told: the code, the number of rows, and the message without ids and names of projects.

    The context of an error, which PostgREST tells nobody, says also whether a statement was prepared before.
    """
    told = outcome.message.partition("\nCONTEXT:")[0]
    return outcome.sqlstate, outcome.count, without_names(told)


def moved(scene: Scene, role: str) -> str:
    """Somebody of the first project who is now of the second; until the scene is undone."""
    person = f"{role}-{SHOP}"
    scene.become("service_role")
    for statement in ("revoke_membership(%s, %s, %s,", "grant_membership(%s, %s, %s, null,"):
        project = PROJECTS[SHOP if statement.startswith("revoke") else OTHER]
        query = f"select ops.{statement} 'release_manager-a', 'moved')"
        assert scene.run(query.encode(), [person, role, project]).sqlstate is None
    scene.become(None)
    return person


def calling(function: str, arguments: Row) -> tuple[sql.Composed, list[Any]]:
    """A call by name."""
    named = sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(name)) for name in arguments)
    return sql.SQL("select from ops.{}({})").format(sql.Identifier(function), named), [*arguments.values()]


def deploy(scene: Scene) -> None:
    """Let a deployment of the first release to production succeed."""
    scene.become("service_role")
    succeeded = events.deployment_event(
        scene.facts.mine,
        environment="production",
        deployment_ref="live",
        status="succeeded",
        source_ref=COMMIT,
        run_id="live",
    )
    assert done(scene.run("select ops.ingest_event(%s)", [Jsonb(succeeded)])).value["status"] == "accepted"
    scene.become(None)
