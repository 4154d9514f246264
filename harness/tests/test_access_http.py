"""Every cell of `harness/check/access.yaml` once more, over HTTP with tokens: tables, functions, events and views."""

from __future__ import annotations

import json
import uuid

import pytest

from harness.check.access import ACCESS, Cell
from harness.prove.access_facts import WANTED, Facts, Row
from harness.prove.access_tables import CHANGES, KEYS
from harness.prove.effort import NIGHTLY
from harness.prove.world import post
from harness.stack import Stack, members
from harness.tests.access_calls import ask, headers_of
from harness.tests.access_projects import OF_NO_RELEASE
from ops_gates.client import Gates

pytest_plugins = ("harness.tests.access_fixtures",)

CELLS = list(ACCESS.cells())


def asked() -> list[Cell]:
    """At night each cell. In every run what is allowed, and refusals of each role and of each table with each verb.

    `test_access.py` asks all of them in SQL, and PostgREST hands on what SQL says.
    """
    chosen = [cell for cell in CELLS if NIGHTLY or not cell.outcome]
    places = {name: place for names in (ACCESS.nine, [*ACCESS.tables]) for place, name in enumerate(names)}
    met: set[tuple[str, str]] = set()
    # Of each table another role first.
    for cell in sorted(CELLS, key=lambda cell: (places[cell.role] - places[cell.table]) % len(ACCESS.nine)):
        pairs = {(cell.role, cell.verb), (cell.table, cell.verb)}
        if cell.outcome and not pairs <= met and not NIGHTLY:
            met |= pairs
            chosen.append(cell)
    return chosen


STATUS = {"42501": 403, "23505": 409}


def refused(role: str, sqlstate: str | None) -> int | None:
    """The HTTP status of a refusal: who is anonymous is asked to say who they are."""
    return 401 if role == "anon" and sqlstate == "42501" else STATUS.get(sqlstate or "")


@pytest.mark.parametrize("cell", asked(), ids=str)
def test_a_role_does_over_http_what_the_page_says_and_nothing_else(
    stack: Stack, scene_facts: Facts, cell: Cell
) -> None:
    role, table = cell.role, cell.table
    one = f"{table}?{KEYS[table]}=eq.{scene_facts.key(table, role)}"
    if cell.verb == "select":
        answer = ask(stack, role, "GET", f"{table}?limit=1")
    elif cell.verb == "insert":
        answer = ask(stack, role, "POST", table, scene_facts.row(role, table))
    elif cell.verb == "update":
        answer = ask(stack, role, "PATCH", one, CHANGES[table], prefer="return=minimal,count=exact")
    else:
        answer = ask(stack, role, "DELETE", one)
    if cell.outcome:
        assert (answer.status_code, answer.json()["code"]) == (refused(role, cell.outcome), cell.outcome)
        return
    assert answer.status_code == {"select": 200, "insert": 201, "update": 204}[cell.verb], answer.text
    if cell.verb == "select":
        assert len(answer.json()) == 1
    elif cell.verb == "update":
        assert answer.headers["content-range"].endswith("/1")


INSERTS = [cell for cell in CELLS if cell.verb == "insert" and cell.outcome is None]


@pytest.mark.parametrize("cell", [cell for cell in INSERTS if cell.role in ACCESS.roles], ids=str)
def test_upserts_are_refused(stack: Stack, scene_facts: Facts, cell: Cell) -> None:
    role, table = cell.role, cell.table
    key = {KEYS[table]: scene_facts.key(table, role)}
    row = scene_facts.row(role, table) | key
    merge = "return=minimal,resolution=merge-duplicates"
    for answer in (
        ask(stack, role, "POST", table, row, prefer=merge),
        ask(stack, role, "PUT", f"{table}?{KEYS[table]}=eq.{key[KEYS[table]]}", row),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "42501"), answer.text
    may_see = ACCESS.tables[table].right(role, "select")
    ignore = ask(stack, role, "POST", table, row, prefer="return=minimal,resolution=ignore-duplicates")
    # Nothing is written either way; who may not read the key may not even ask whether it is there.
    assert ignore.status_code in ((201, 200, 403, 409) if may_see else (403,)), ignore.text


@pytest.mark.parametrize("cell", [cell for cell in INSERTS if cell.role in ACCESS.roles], ids=str)
def test_the_row_comes_back_only_to_those_who_may_read_it(stack: Stack, scene_facts: Facts, cell: Cell) -> None:
    row = scene_facts.row(cell.role, cell.table)
    answer = ask(stack, cell.role, "POST", cell.table, row, prefer="return=representation")
    readable = ACCESS.tables[cell.table].right(cell.role, "select")
    assert answer.status_code == (201 if readable else 403), answer.text


@pytest.mark.parametrize(
    ("role", "table", "row"),
    [
        ("sre", "deployments", {"status": "failed"}),
        ("sre", "incidents", {"root_cause": "theirs"}),
    ],
)
def test_over_http_nobody_changes_the_rows_of_another(
    stack: Stack, scene_facts: Facts, role: str, table: str, row: Row
) -> None:
    theirs = scene_facts.key(table, role, "b")
    path = f"{table}?{KEYS[table]}=eq.{theirs}"
    before = ask(stack, "service_role", "GET", path).json()
    answer = ask(stack, role, "PATCH", path, row, prefer="return=minimal,count=exact")
    assert (answer.status_code, answer.headers["content-range"]) == (204, "*/0")
    assert ask(stack, "service_role", "GET", path).json() == before


@pytest.mark.parametrize("who", ["a", "b"])
def test_over_http_a_developer_sees_the_checks_of_own_releases_alone(
    stack: Stack, scene_facts: Facts, who: str
) -> None:
    answer = stack.http.get(
        f"{stack.rest_url}/gate_checks?select=release_id", headers=headers_of(stack, "developer", who)
    )
    own = scene_facts.mine if who == "a" else scene_facts.theirs
    assert {row["release_id"] for row in answer.json()} == {own}


def test_what_a_role_may_not_read_cannot_be_reached_through_what_it_may(stack: Stack) -> None:
    for role, path in (
        ("developer", "releases?select=release_id,approvals(*)"),
        ("qa_tester", "releases?select=release_id,exceptions(*)"),
        ("sre", "deployments?select=deployment_id,gate_checks(*)"),
        ("ci_service_role", "releases?select=release_id,evidence_artifacts(*)"),
    ):
        answer = ask(stack, role, "GET", f"{path}&limit=1")
        assert (answer.status_code, answer.json()["code"]) == (403, "42501"), path
    filtered = ask(stack, "ci_service_role", "GET", "event_ingest_log?error_code=eq.x&select=ingest_id")
    assert filtered.status_code == 403


@pytest.mark.parametrize("role", ACCESS.nine)
@pytest.mark.parametrize("view", ACCESS.views)
def test_over_http_a_view_answers_the_roles_of_the_page(stack: Stack, scene_facts: Facts, view: str, role: str) -> None:
    of = "" if view in OF_NO_RELEASE else f"&release_id=eq.{scene_facts.mine}"
    answer = ask(stack, role, "GET", f"{view}?limit=1{of}")
    assert answer.status_code == (200 if role in ACCESS.views[view] else refused(role, "42501"))


def proposed_by_another(stack: Stack) -> str:
    """The hash of a proposal of the second release manager, for a gate that no other test proposes anything for."""
    needs = [{"kind": "deployment_health"}, {"kind": "evidence", "subject": "health_check"}]
    body = {"project": "acme/other", "gate_code": "G4", "reason": "r"}
    answer = stack.http.post(
        f"{stack.rest_url}/rpc/propose_gate_policy",
        json=body
        | {"requirements": [*needs, {"kind": "check", "subject": uuid.uuid4().hex, "enforcement": "advisory"}]},
        headers=headers_of(stack, "release_manager", "b"),
    )
    return str(answer.json()["hash"])


@pytest.mark.parametrize(("function", "role", "allowed"), list(ACCESS.calls()))
def test_over_http_a_function_answers_those_who_may_call_it(
    stack: Stack, scene_facts: Facts, function: str, role: str, allowed: bool
) -> None:
    if function == "revoke_membership":
        leaving = f"leaving-{uuid.uuid4().hex}"
        members.grant(stack.client(), leaving, "developer")
        arguments: Row = {"subject": leaving, **WANTED}
    elif function == "replace_subject":
        anew = f"anew-{uuid.uuid4().hex}"
        members.grant(stack.client(), anew, "developer")
        arguments = {"handle": anew, "subject": f"{anew}-2", **WANTED}
    elif function == "confirm_gate_policy":
        arguments = {"hash": proposed_by_another(stack)}
    else:
        arguments = scene_facts.arguments(function, role)
    answer = ask(stack, role, "POST", f"rpc/{function}", arguments)
    if allowed:
        assert answer.status_code in (200, 204), answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (refused(role, "42501"), "42501")


@pytest.mark.parametrize("role", ACCESS.nine)
@pytest.mark.parametrize("hook", ACCESS.others["supabase_auth_admin"].functions)
def test_over_http_the_token_hook_can_be_called_by_nobody(stack: Stack, hook: str, role: str) -> None:
    answer = ask(stack, role, "POST", f"rpc/{hook}", {"event": {"user_id": "x", "claims": {}}})
    assert answer.status_code == refused(role, "42501")


@pytest.mark.parametrize(("event", "role", "allowed"), list(ACCESS.sendings()))
def test_over_http_an_event_is_taken_from_those_who_may_send_it(
    stack: Stack, scene_facts: Facts, event: str, role: str, allowed: bool
) -> None:
    body = scene_facts.event(event, role)
    given = headers_of(stack, role)
    token = given.get("authorization", "").removeprefix("Bearer ")
    answer = post(stack, json.dumps(body).encode(), key=given["apikey"], token=token or None)
    if allowed:
        assert (answer.status_code, answer.json()["status"]) == (200, "accepted"), answer.text
    elif role in ("anon", "authenticated"):
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    else:
        assert (answer.status_code, answer.json()["error"]) == (403, "forbidden_event")


def test_supabase_py_is_refused_and_let_in_alike(stack: Stack, scene_facts: Facts) -> None:
    manager = stack.client("release_manager", "release_manager-a")
    row = scene_facts.row("release_manager", "approvals")
    assert len(manager.table("approvals").insert(row).execute().data) == 1
    assert Gates(manager).rows("approvals", "approver_id", release_id=scene_facts.mine)
    quality = stack.client("qa_tester", "qa_tester-a")
    row = scene_facts.row("qa_tester", "approvals")
    from postgrest.exceptions import APIError
    from postgrest.types import ReturnMethod

    with pytest.raises(APIError) as asked_back:
        quality.table("approvals").insert(row).execute()
    assert asked_back.value.code == "42501"
    quality.table("approvals").insert(row, returning=ReturnMethod.minimal).execute()
