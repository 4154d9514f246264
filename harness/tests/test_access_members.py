"""A role in a token gives nothing: whoever acts in one of the six roles is an active member with it, or nobody."""

from __future__ import annotations

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check.access import ACCESS
from harness.prove.access_facts import subject
from harness.prove.access_scene import Scene, change, claims_of, insertion
from harness.prove.access_tables import CHANGES
from harness.stack.members import GRANT, REVOKE, WANTING
from harness.tests.access_calls import call

pytest_plugins = ("harness.tests.access_fixtures",)

# How somebody comes to hold a token of a role without an active membership in it.
STRANGERS = (
    "never a member",
    "revoked",
    "of another role",
    "of another role since a revocation",
    "a handle",
    "without a subject",
)

# What these answer to who holds a role, and not that of their token.
OF_ANY_ROLE = {"act_as": "OPS13", "my_memberships": None}
HOLD_ANOTHER = {
    *(("of another role", role) for role in ACCESS.roles),
    *(("of another role since a revocation", role) for role in ACCESS.roles if role != "ci_service_role"),
}
SENDINGS = [(event, role) for event, senders in ACCESS.events.items() for role in senders if role in ACCESS.roles]


def become_a_stranger(scene: Scene, role: str, how: str) -> str | None:
    """Make the first person of a role one without membership in it, and say by which subject they come."""
    person = subject(role)
    scene.become("service_role")
    if how == "revoked":
        assert scene.run(REVOKE, [person]).sqlstate is None
    elif how == "of another role since a revocation":
        other = "developer" if role == "audit_reader" else "audit_reader"
        granted = scene.run(GRANT, [person, other, None]).sqlstate
        assert granted == ("OPS13" if role == "ci_service_role" else None)  # a bot holds its role alone
        ended = f"select ops.revoke_membership(%s, %s, null, {WANTING}, 'moved')"
        assert scene.run(ended.encode(), [person, role]).sqlstate is None
    scene.become(None)
    return {
        "never a member": "somebody-else",
        "of another role": subject("audit_reader" if role == "developer" else "developer"),
        "a handle": f"{person}-login",
        "without a subject": None,
    }.get(how, person)


@pytest.mark.parametrize("how", STRANGERS)
@pytest.mark.parametrize("role", ACCESS.roles)
def test_who_is_no_member_reads_and_changes_no_row(scene: Scene, role: str, how: str) -> None:
    stranger = become_a_stranger(scene, role, how)
    claims = claims_of(role, stranger)
    for name, table in ACCESS.tables.items():
        if table.right(role, "select"):
            outcome = scene.attempt(role, sql.SQL("select from ops.{}").format(sql.Identifier(name)), claims=claims)
            assert outcome.sqlstate == "42501" or (outcome.sqlstate, outcome.count) == (None, 0), (name, outcome)
        if table.right(role, "insert"):
            row = {
                column: stranger if value == subject(role) and stranger else value
                for column, value in scene.facts.row(role, name).items()
            }
            outcome = scene.attempt(role, insertion(name, row), [*row.values()], claims=claims)
            assert outcome.sqlstate == "42501", (name, outcome)
        if table.right(role, "update"):
            statement, values = change(name, scene.facts.key(name, role), CHANGES[name])
            outcome = scene.attempt(role, statement, values, claims=claims)
            assert outcome.sqlstate == "42501" or outcome.count == 0, (name, outcome)


@pytest.mark.parametrize("how", STRANGERS)
@pytest.mark.parametrize("role", ACCESS.roles)
def test_who_is_no_member_sees_nothing_in_a_view_and_calls_no_function(scene: Scene, role: str, how: str) -> None:
    stranger = become_a_stranger(scene, role, how)
    claims = claims_of(role, stranger)
    for name, readers in ACCESS.views.items():
        if role in readers:
            outcome = scene.attempt(role, sql.SQL("select * from ops.{}").format(sql.Identifier(name)), claims=claims)
            assert outcome.sqlstate == "42501" or (outcome.sqlstate, outcome.count) == (None, 0), (name, outcome)
    for name in ACCESS.asking:
        if role in ACCESS.functions[name] and name != "ingest_event":
            # Who holds another role than that of their token is told which, and may choose it.
            helped = OF_ANY_ROLE.get(name, "42501") if (how, role) in HOLD_ANOTHER else "42501"
            assert scene.attempt(role, *call(scene, name, role), claims=claims).sqlstate == helped, name


@pytest.mark.parametrize("how", STRANGERS)
@pytest.mark.parametrize(("event", "role"), SENDINGS)
def test_who_is_no_member_sends_no_event(scene: Scene, event: str, role: str, how: str) -> None:
    stranger = become_a_stranger(scene, role, how)
    envelope = scene.facts.event(event, role)
    claims = claims_of(role, stranger)
    with scene.undone():
        scene.become(role, stranger, claims)
        outcome = scene.run("select ops.ingest_event(%s)", [Jsonb(envelope)])
    assert outcome.sqlstate == "42501" or outcome.value["error"] == "forbidden_event", outcome


@pytest.mark.parametrize("role", ACCESS.roles)
def test_the_case_of_a_subject_is_no_difference(scene: Scene, role: str) -> None:
    person = subject(role)
    assert person
    outcome = scene.attempt(role, "select from ops.releases", sub=person.upper())
    assert (outcome.sqlstate, outcome.count > 0) == (None, True)
