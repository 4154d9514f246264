"""What a project refuses is an exception with the server's code, and what it has is read whole."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from harness.prove.world import COMMIT, World, register_people
from harness.stack import Stack, projects
from harness.tests.flaky import Clock, through
from harness.tests.terminal import named, somebody
from ops_gates import core, supabase_transport
from ops_gates.answers import Reply
from ops_gates.client import Gates
from ops_gates.errors import EventRefused, GatesError, NotAllowed, NotFound, Refused, Unreachable
from ops_gates.producers.wire import Wire
from ops_gates.query import Query
from ops_gates.rows import VExceptionStatus

# Everything else that is sent


def test_a_release_opened_twice_because_the_first_answer_was_lost_is_one(stack: Stack) -> None:
    register_people(stack)
    name = uuid.uuid4().hex
    with through(stack, "drop_after") as (gates, _, clock):
        opened = gates.open_release("acme/shop", name, "production", COMMIT, initiating_actor="dev-1")
        assert gates.release(f"acme/shop/{name}")["release_id"] == str(opened)
    assert len(clock.slept) == 1


def allow(gates: Gates, release_id: Any, **chosen: Any) -> uuid.UUID:
    """An exception for G2, for an hour."""
    return gates.open_exception(
        release_id,
        **{
            "exception_type": "gate_bypass",
            "impacted_gates": ["G2"],
            "reason": "outage",
            "risk_statement": "untested with old clients",
            "approver_id": "rm-1",
            "expires_at": datetime.now(UTC) + timedelta(hours=1),
            **chosen,
        },
    )


def test_what_comes_in_pages_has_a_total_order(
    stack: Stack, db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, auditor = World(stack), somebody(stack, "audit_reader", "auditor-1")
    asked: list[Query] = []
    ask = supabase_transport.SupabaseTransport.rows

    def rows(transport: supabase_transport.SupabaseTransport, query: Query) -> Reply:
        asked.append(query)
        return ask(transport, query)

    monkeypatch.setattr(supabase_transport.SupabaseTransport, "rows", rows)
    for command in (
        "status R",
        "history R",
        "exception list",
        "roles list",
        "roles list --changes",
        "policy show",
        "policy proposals",
    ):
        assert auditor(*command.replace("R", named(world)).split()).exit_code == 0
    Gates(stack.client()).exceptions()
    # A view has the keys of the table whose rows it shows.
    shown = {"v_exception_status": "exceptions", "v_release_gate_summary": "release_gates"}
    shown |= {
        "v_promotion_eligibility": "releases",
        "v_deployment_history": "deployments",
        "v_memberships": "memberships",
        "v_policy_changes": "policy_changes",
    }
    for query in asked:
        keys = db.execute(
            "select array(select a.attname::text from pg_attribute as a"
            " where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) from pg_index as i"
            " where i.indisunique and i.indpred is null and i.indexprs is null and i.indrelid = %s::regclass",
            [f"ops.{shown.get(query.table, query.table)}"],
        ).fetchall()
        assert keys, query
        assert any(set(key) <= {*query.equal, *query.order} for (key,) in keys), query
    assert len({query.table for query in asked}) > 8


@pytest.mark.parametrize("most", [1, 3, 5])
def test_a_part_of_a_list_is_its_end_and_no_more_of_it_is_read(
    stack: Stack, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "PAGE", 2)
    world = World(stack)
    for _ in range(4):
        allow(Gates(stack.client()), world.release_id, impacted_gates=["G2"])
    order = ("effective_from", "exception_id")
    equal: dict[str, Any] = {"release_id": world.release_id, "state": ("active", 'a",b\\')}
    for gates in (Gates(stack.client()), core.Core(Wire(stack.url, stack.secret_key))):
        read: list[int] = []
        ask = gates._transport.rows

        def rows(query: Query, ask: Any = ask, read: list[int] = read) -> Reply:
            reply: Reply = ask(query)
            read.append(len(reply.body))
            return reply

        monkeypatch.setattr(gates._transport, "rows", rows)
        whole = gates.select("v_exception_status", VExceptionStatus, order=order, release_id=world.release_id)
        read.clear()
        found, total = gates.some("v_exception_status", VExceptionStatus, most, newest=True, order=order, **equal)
        assert ([row["exception_id"] for row in found], total) == ([row["exception_id"] for row in whole[-most:]], 4)
        assert (sum(read), max(read)) == (min(most, 4), min(most, 2))
        first, _ = gates.some("v_exception_status", VExceptionStatus, most, order=order, **equal)
        assert [row["exception_id"] for row in first] == [row["exception_id"] for row in whole[:most]]


def test_an_exception_is_opened_and_revoked_once_however_often_answers_are_lost(stack: Stack) -> None:
    world = World(stack)
    with through(stack, "drop_after", "busy", "drop_after") as (gates, front, _):
        opened = allow(gates, world.release_id)
        [row] = gates.exceptions(world.release_id)
        assert (row["exception_id"], row["state"]) == (str(opened), "active")
        front.actions += ["drop_after", "drop_after"]
        gates.revoke_exception(opened)
        [row] = gates.exceptions(world.release_id)
    assert (row["state"], row["revoked_by"]) == ("revoked", "service_role")
    with pytest.raises(Refused) as again:
        Gates(stack.client()).revoke_exception(opened)
    assert again.value.code == "OPS07"


@pytest.mark.parametrize("about", ["the release", "an exception"])
def test_a_decision_is_recorded_once_however_often_its_answer_is_lost(stack: Stack, about: str) -> None:
    world = World(stack)
    exception = None if about == "the release" else allow(Gates(stack.client()), world.release_id)
    with through(stack, "drop_after", "drop_after") as (gates, _, clock):
        decided = gates.decide(
            world.release_id, "rejected", approver_id="rm-1", rationale_structured={}, exception_id=exception
        )
    assert len(clock.slept) == 2
    assert [row["approval_id"] for row in world.facts("approvals", "approval_id")] == [str(decided)]


def test_reads_are_repeated_too(stack: Stack) -> None:
    world = World(stack)
    with through(stack, "busy", "drop") as (gates, _, clock):
        assert gates.eligible(world.release_id, "dev")
    assert len(clock.slept) == 2


# What is refused, typed


@pytest.mark.parametrize(
    ("ask", "kind", "code"),
    [
        (lambda g, r: g.open_release("acme/shop", r["release_name"], "production", "other"), Refused, "OPS09"),
        (
            lambda g, _: g.open_release("acme/shop", uuid.uuid4().hex, "dev", "c", initiating_actor="no"),
            Refused,
            "OPS06",
        ),
        (lambda g, _: g.eligible(uuid.uuid4(), "production"), NotFound, "OPS04"),
        (lambda g, _: g.blockers("not-an-id", "production"), NotFound, "22P02"),
        (lambda g, r: g.eligible(r["release_id"], "mars"), Refused, "22023"),
        (lambda g, _: g.release(uuid.uuid4()), NotFound, "unknown_release"),
        (lambda g, _: g.release("acme/shop/there-is-none"), NotFound, "unknown_release"),
        (lambda g, _: g.revoke_exception(uuid.uuid4()), NotFound, "unknown_exception"),
        (lambda g, r: allow(g, r["release_id"], approver_id="dev-1"), Refused, "OPS06"),
        (lambda g, r: allow(g, r["release_id"], expires_at=datetime.now(UTC) + timedelta(days=31)), Refused, "23514"),
        (lambda g, _: g.revoke_membership("nobody", on_behalf_of="rm-1", reason="r"), Refused, "OPS06"),
        (lambda g, _: g.set_policy("G1", [{"kind": "vibes"}], on_behalf_of="rm-1", reason="r"), Refused, "OPS10"),
        (lambda g, _: g.rows("no_such_table", "*"), Unreachable, "42P01"),
    ],
)
def test_a_refusal_is_an_exception_that_repeats_the_servers_code(
    stack: Stack, ask: Callable[[Gates, Any], Any], kind: type[GatesError], code: str
) -> None:
    world = World(stack)
    gates = Gates(stack.client())
    with pytest.raises(kind) as refused:
        ask(gates, gates.release(world.release_id))
    assert refused.value.code == code


def test_a_role_that_may_not_is_told_so(stack: Stack) -> None:
    world = World(stack)
    with pytest.raises(NotAllowed) as refused:
        allow(world.caller("dev-1"), world.release_id)
    assert refused.value.code == "42501"
    with pytest.raises(EventRefused) as event:
        world.caller("dev-1").send(world.build())
    assert (event.value.http_status, event.value.code) == (403, "forbidden_event")


def test_a_wrong_key_is_refused_at_once_and_never_repeated_to_anybody(stack: Stack) -> None:
    world = World(stack)
    clock = Clock()
    key = "sb_secret_this_is_not_the_one"
    with Gates.at(stack.url, key, retry=clock.retry()) as gates:
        with pytest.raises(NotAllowed) as asked:
            gates.eligible(world.release_id, "production")
        with pytest.raises(EventRefused) as sent:
            gates.send(world.build())
    assert (sent.value.http_status, sent.value.code, clock.slept) == (401, "unauthorized", [])
    assert key not in f"{asked.value}{asked.value!r}{sent.value}{sent.value!r}"


def test_an_address_that_is_no_project_is_unreachable(stack: Stack) -> None:
    with through(stack, "page", "page") as (gates, _, _):
        with pytest.raises(Unreachable) as sent:
            gates.emit(World(stack).build())
        with pytest.raises(Unreachable):
            gates.eligible(uuid.uuid4(), "production")
    assert sent.value.code == "unreadable_answer"
    with Gates.at("http://127.0.0.1:9", "sb_secret_x", retry=Clock().retry()) as nobody:
        with pytest.raises(Unreachable) as lost:
            nobody.emit(World(stack).build())
        assert lost.value.code == "unreachable"


# Reading


def test_more_rows_than_fit_on_a_page_are_all_read(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_gates.core.PAGE", 2)
    world = World(stack)
    world.emit(*(world.build() for _ in range(5)))
    assert len(Gates(stack.client()).history(world.release_id)) == 5


def test_a_release_is_found_by_a_name_with_slashes_and_an_ambiguous_one_is_not_guessed(stack: Stack) -> None:
    register_people(stack)
    gates, name = Gates(stack.client()), uuid.uuid4().hex
    for project in (name, f"{name}/shop"):
        projects.register(stack.client(), project)
    one = gates.open_release(name, "shop/v1", "dev", COMMIT, initiating_actor="dev-1")
    assert gates.release(f"{name}/shop/v1")["release_id"] == str(one)
    gates.open_release(f"{name}/shop", "v1", "dev", COMMIT, initiating_actor="dev-1")
    with pytest.raises(Refused) as refused:
        gates.release(f"{name}/shop/v1")
    assert refused.value.code == "ambiguous_release"


def test_the_history_of_a_release_tells_what_was_recorded_in_order(stack: Stack) -> None:
    world = World(stack)
    build = world.build()
    world.emit(build, build, world.signoff("G2", "qa-1"))
    gates = Gates(stack.client())
    gates.revoke_exception(allow(gates, world.release_id, impacted_gates=["G3"]))
    world.emit(world.deployment("staging", status="in_progress"), world.deployment("staging"))
    moments = gates.history(world.release_id)
    assert [(moment.kind, moment.what, moment.outcome) for moment in moments] == [
        ("event", "build_complete", "accepted"),
        ("event", "build_complete", "duplicate"),
        ("event", "gate_signoff", "accepted"),
        ("decision", "G2 as qa_tester", "approved"),
        ("exception", "gate_bypass of G3", "opened"),
        ("exception", "gate_bypass of G3", "revoked"),
        ("event", "deployment_event", "accepted"),
        ("deployment", "staging d-1", "in_progress"),
        ("event", "deployment_event", "accepted"),
        ("deployment", "staging d-1", "succeeded"),
    ]
    assert all(one.at <= next_.at for one, next_ in itertools.pairwise(moments))
    assert moments[-1].note == "eligible"
