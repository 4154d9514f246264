"""Over HTTP, too, a member of one project reads, writes, changes and learns nothing of another."""

from __future__ import annotations

import itertools
import json
import uuid
from dataclasses import replace
from typing import Any

import httpx
import pytest

from harness.check.access import ACCESS
from harness.prove.access_facts import PROJECTS, Facts
from harness.prove.access_tables import CHANGES, KEYS
from harness.prove.world import post
from harness.stack import Stack
from harness.tests.access_calls import headers_of, plain
from harness.tests.access_projects import (
    CALLED,
    CHANGED,
    INSERTED,
    NOWHERE,
    OTHER,
    SENT,
    SHOP,
    event_of,
    new_row,
    told,
    unknown,
    without_names,
)

pytest_plugins = ("harness.tests.access_fixtures",)

# The scene has one of each for all tests; a member of the project uses it up in SQL, where it is undone.
ONCE = {"dismiss", "retire_target", "close_release", "confirm_gate_policy"}


def asked(
    stack: Stack, role: str, who: str, method: str, path: str, body: Any = None, prefer: str = ""
) -> httpx.Response:
    """A request to the API as this person of a role."""
    return stack.http.request(
        method,
        f"{stack.rest_url}/{path}",
        json=None if body is None else plain(body),
        headers=headers_of(stack, role, who) | {"prefer": prefer or "return=minimal"},
    )


def said(answer: httpx.Response) -> tuple[int, str | None, str]:
    """Status, number of rows and text of an answer, without ids and names of projects."""
    return answer.status_code, answer.headers.get("content-range"), without_names(answer.text)


@pytest.mark.parametrize("table", ACCESS.tables)
def test_a_row_of_a_project_is_read_counted_and_changed_by_its_members_alone(
    stack: Stack, scene_facts: Facts, table: str
) -> None:
    key, project = scene_facts.scoped[table]
    inside, outside = (SHOP, OTHER) if project == PROJECTS[SHOP] else (OTHER, SHOP)
    exact = "return=minimal,count=exact"
    for role, right in ACCESS.tables[table].rights["select"].items():
        if role not in ACCESS.roles or right.rows != "all":
            continue
        one, nothing = (f"{table}?{KEYS[table]}=eq.{found}" for found in (key, "0" if key.isdigit() else uuid.uuid4()))
        assert len(asked(stack, role, inside, "GET", one).json()) == 1
        for method in ("GET", "HEAD"):
            foreign, missing = (
                said(asked(stack, role, outside, method, path, prefer=exact)) for path in (one, nothing)
            )
            assert foreign == missing
            assert foreign[1] == "*/0"
        if table not in ("members", "replaced_subjects"):  # whose rows are of a person
            counted = asked(stack, role, outside, "GET", f"{table}?project=eq.{project}&limit=1", prefer=exact)
            assert (counted.json(), counted.headers["content-range"]) == ([], "*/0")
        if (role, table) in CHANGED:
            paths = [(one, CHANGES[table]), (nothing, CHANGES[table])]
            foreign, missing = (said(asked(stack, role, outside, "PATCH", *path, prefer=exact)) for path in paths)
            assert foreign == missing == (204, "*/0", "")


# Each asks PostgREST for an estimate: headers of this name in this order. PostgREST shows a function of the request the
# last of several headers alone, and obeys the first that names a count.
ESTIMATED = [
    ["count=planned"],
    ["count=planned", "return=minimal"],
    ["return=minimal", "count=planned"],
    ["count=planned", "count=exact"],
    ["return=minimal,count=planned"],
    ["handling=lenient,\tcount=planned \t,return=minimal"],
    ["count=planned,count=exact", "timezone=UTC"],
]
# What is no preference to PostgREST, or does not ask for a count.
NOT_COUNTED = [["COUNT=planned"], ['count="planned"'], ["count = planned"], ["count=planned;x=y"], ["count"], []]


@pytest.mark.usefixtures("scene_facts")
@pytest.mark.parametrize("path", ["releases?project=eq.{}", "approvals?project=eq.{}&select=*,releases!inner(*)"])
def test_no_count_is_an_estimate_for_a_member(stack: Stack, path: str) -> None:
    """Postgres estimates from the rows of all projects, whatever the policies say."""
    at = [stack.rest_url, *([stack.postgrest.url] if stack.postgrest else [])]  # the gateway joins headers of one name

    def counted(url: str, role: str, who: str, project: str, method: str, prefer: list[str]) -> httpx.Response:
        # PostgREST sends the body of an error in answer to HEAD too, so that the connection is of no use afterwards.
        headers = [*headers_of(stack, role, who).items(), ("accept-profile", "ops"), ("connection", "close")]
        if role == "service_role":
            headers.append(("authorization", f"Bearer {stack.token('service_role', None)}"))
        given = [*headers, *(("Prefer", value) for value in prefer)]
        return stack.http.request(method, f"{url}/{path.format(project)}&limit=1", headers=given)

    for url, role, method in itertools.product(at, ("release_manager", "audit_reader"), ("GET", "HEAD")):
        for project in (*PROJECTS.values(), NOWHERE):
            for prefer in ESTIMATED:
                refused = counted(url, role, OTHER, project, method, prefer)
                assert refused.status_code == 400, (prefer, refused.headers)
                assert method == "HEAD" or refused.json()["code"] == "OPS14", prefer
            for prefer in NOT_COUNTED:
                answer = counted(url, role, OTHER, project, method, prefer)
                assert answer.headers["content-range"].endswith("/*"), prefer
        # What is counted is counted exactly, and whoever sees every row anyway may have an estimate.
        exact = [counted(url, role, OTHER, p, method, ["count=exact"]) for p in (PROJECTS[SHOP], NOWHERE)]
        assert [answer.headers["content-range"] for answer in exact] == ["*/0", "*/0"]
        planned = counted(url, "service_role", OTHER, PROJECTS[SHOP], method, ["count=planned"])
        assert planned.headers["content-range"].rpartition("/")[2].isdigit(), planned.text
    small = [counted(at[0], role, OTHER, p, "GET", ["count=estimated"]) for p in (PROJECTS[SHOP], NOWHERE)]
    assert said(small[0]) == said(small[1])


@pytest.mark.parametrize(
    "path",
    [
        "releases?select=*,release_gates(*),approvals(*),deployments(*),exceptions(*)",
        "release_gates?select=*,releases!inner(*)",
        "gate_checks?select=*,release_gates(*,releases(*))",
        "deployments?select=*,releases(*,approvals(*)),incidents(*)",
        "evidence_artifacts?select=*,releases(release_name)",
        "projects?select=*,releases(*),memberships(*)",
        "members?select=*,memberships(*)",
        "v_release_gate_summary",
        "v_deployment_history",
        "v_memberships",
        "v_policy_changes",
        "v_live",
        "v_waiting",
        "v_gate_durations",
    ],
)
@pytest.mark.parametrize("role", ["release_manager", "audit_reader"])
def test_nothing_of_another_project_is_reached_by_embedding_or_by_a_view(
    stack: Stack, scene_facts: Facts, role: str, path: str
) -> None:
    inside, outside = (asked(stack, role, who, "GET", path) for who in (SHOP, OTHER))
    assert (inside.status_code, outside.status_code) == (200, 200), inside.text
    for foreign in (PROJECTS[SHOP], scene_facts.mine, scene_facts.theirs, f"developer-{SHOP}"):
        assert foreign not in outside.text
    assert any(own in inside.text for own in (PROJECTS[SHOP], scene_facts.mine, f"developer-{SHOP}"))


@pytest.mark.parametrize(("role", "table"), INSERTED)
def test_a_row_for_a_project_is_inserted_by_its_members_alone(
    stack: Stack, scene_facts: Facts, role: str, table: str
) -> None:
    own = new_row(scene_facts, role, table, SHOP)
    assert asked(stack, role, SHOP, "POST", table, own).status_code == 201
    theirs = new_row(scene_facts, role, table, OTHER)
    key = {KEYS[table]: scene_facts.scoped[table][0]}
    for prefer, named, absent in (
        ("return=minimal", {}, {}),
        ("return=representation", {}, {}),
        ("return=minimal,resolution=merge-duplicates", key, {KEYS[table]: str(uuid.uuid4())}),
        ("return=minimal,resolution=ignore-duplicates", key, {KEYS[table]: str(uuid.uuid4())}),
    ):
        rows = (theirs | named, unknown(theirs) | absent)
        foreign, missing = (said(asked(stack, role, OTHER, "POST", table, row, prefer=prefer)) for row in rows)
        assert foreign == missing, prefer
        assert foreign[0] >= 400, prefer


@pytest.mark.parametrize(("function", "role"), CALLED)
def test_a_function_tells_of_a_project_its_members_alone(
    stack: Stack, scene_facts: Facts, function: str, role: str
) -> None:
    arguments = scene_facts.arguments(function, role)
    for who in (SHOP, OTHER):
        if "initiating_actor" in arguments:
            arguments["initiating_actor"] = f"{role if role == 'release_manager' else 'developer'}-{who}"
        if who == SHOP and function not in ONCE:
            answer = asked(stack, role, SHOP, "POST", f"rpc/{function}", arguments)
            assert answer.status_code in (200, 204), answer.text
    given = (arguments, unknown(arguments))
    foreign, missing = (said(asked(stack, role, OTHER, "POST", f"rpc/{function}", one)) for one in given)
    assert foreign == missing
    assert foreign[0] >= 400


@pytest.mark.parametrize(("event", "role"), SENT)
def test_the_function_takes_an_event_of_a_project_from_its_members_alone(
    stack: Stack, scene_facts: Facts, event: str, role: str
) -> None:
    def answered(who: str, facts: Facts, project: str) -> httpx.Response:
        given = headers_of(stack, role, who)
        token = given["authorization"].removeprefix("Bearer ")
        return post(stack, json.dumps(event_of(facts, event, role, who, project)).encode(), token=token)

    assert answered(SHOP, scene_facts, PROJECTS[SHOP]).json()["status"] == "accepted"
    foreign = answered(OTHER, scene_facts, PROJECTS[SHOP])
    missing = answered(OTHER, replace(scene_facts, mine=str(uuid.uuid4())), NOWHERE)
    assert (foreign.status_code, told(foreign.json())) == (missing.status_code, told(missing.json()))
    assert foreign.status_code >= 400
