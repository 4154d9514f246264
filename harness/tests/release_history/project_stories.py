"""Stories of two projects: in each, one rule on projects and memberships decides."""

from __future__ import annotations

from collections.abc import Iterator

from harness.prove.model_events import PIPELINE, SENDERS
from harness.prove.model_people import MANAGER
from harness.tests.release_history import decided
from harness.tests.release_history.drawn import SOURCE_REF, STRICT
from harness.tests.release_history.people_rules import QUESTIONS
from harness.tests.release_history.stories import STORIES, Drawn, Stories, told

BEFORE = frozenset(STORIES)
KINDS = tuple(SENDERS)
PLACES = ("here", "next door")
# Who asks in the stories of memberships, and in which role.
WHO = {"build_complete": ("bot-1", PIPELINE), "gate_signoff": ("qa-4", "qa_tester")}
WHO |= {"deployment_event": ("bot-1", PIPELINE), "health_check": ("sre-2", "sre")}


def surfaces(rule: str) -> list[str]:
    """The rules that count this one, each on one surface."""
    return [name for name in decided.OF_PEOPLE if name.startswith(f"{rule} (")]


def everything_as(m: Stories, person: str, role: str) -> None:
    """Somebody tries everything in a role, here and next door."""
    for place in PLACES:
        for kind in KINDS:
            if role in SENDERS[kind]:
                m.send_as(person, role, kind, place, True)
        for function in QUESTIONS[:3]:
            m.call_as(person, role, function, place)
    m.read_as(person, role)


@told(*surfaces("a membership holds in its project alone"))
def _in_one(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(2 if v.flag else 1)
    with m.next_door():
        m.passes("unit_tests")
        m.passes("build")
    for person, role in (*WHO.values(), ("rm-2", MANAGER)):
        m.employ(person, role, PLACES[v.flag])
        everything_as(m, person, role)
        m.look_as(person, 0)
    yield


@told(*surfaces("a membership of every project holds in each"))
def _in_every(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(2 if v.flag else 1)
    m.scope("next door")
    for person, role in (("bot-3", PIPELINE), ("sre-1", "sre"), ("rm-3", MANAGER), ("qa-3", "qa_tester")):
        m.employ(person, role, "everywhere")
        everything_as(m, person, role)
        m.look_as(person, 0)
    yield


@told(*surfaces("a membership that was revoked gives nothing"))
def _revoked(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(2 if v.flag else 1)
    for person, role in (*WHO.values(), ("rm-2", MANAGER)):
        m.employ(person, role, "here")
        m.employ(person, role, "next door")
        m.revoke(person, role, "here", "lead")
        everything_as(m, person, role)
        m.look_as(person, 0)
    yield


@told(*surfaces("a role in a token gives nothing alone"))
def _token_alone(m: Stories, v: Drawn) -> Iterator[None]:
    for number, (person, own, claimed) in enumerate(
        (("rm-2", MANAGER, "qa_tester"), ("qa-1", "qa_tester", "sre"), ("sre-2", "sre", MANAGER)), v.flag
    ):
        m.employ(person, own, ("everywhere", "here")[number % 2])
        everything_as(m, person, claimed)
        # A role that they hold for every project gives no other one a wider scope.
        m.employ(person, claimed, "here")
        everything_as(m, person, claimed)
    yield


@told("whoever a machine names as approver has that role in the project")
def _named(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes()
    m.employ("rm-2", MANAGER, PLACES[v.flag])
    for place in PLACES:
        m.send_as("rm-2", "service_role", "gate_signoff", place, v.fresh)
        yield


@told("whoever a machine names as initiator is of the project")
def _initiator(m: Stories, v: Drawn) -> Iterator[None]:
    m.employ("dev-2", "developer", PLACES[v.flag])
    m.employ("bot-2", PIPELINE, "here")
    m.employ("bot-2", PIPELINE, "next door")
    for place in PLACES:
        m.open_as("bot-2", PIPELINE, place, "dev-2", same=False)
        m.open_as("bot-2", PIPELINE, place, "dev-2", same=True)
    yield


@told("a session acts in the role that was chosen while it is held")
def _session(m: Stories, v: Drawn) -> Iterator[None]:
    for role in ("qa_tester", "sre", MANAGER):
        m.employ("rm-2", role, PLACES[v.flag])
    m.choose_role("rm-2", "qa_tester", MANAGER, "a")
    m.choose_role("rm-2", "qa_tester", "sre", "b")
    m.choose_role("rm-2", "qa_tester", "developer", "b")
    m.revoke("rm-2", MANAGER, PLACES[v.flag], "lead")
    m.choose_role("rm-2", MANAGER, MANAGER, "a")
    m.choose_role("rm-2", "sre", "sre", "b")
    yield


@told("who wants a membership in a project is of that project")
def _wanted(m: Stories, v: Drawn) -> Iterator[None]:
    m.employ("qa-1", "qa_tester", PLACES[v.flag])
    for number, place in enumerate((*PLACES, "everywhere")):
        m.grant(f"new-{number}", "developer", place, "qa-1")
    m.grant("new-3", "developer", "here", "nobody")
    yield


@told("a bot is no person")
def _bot(m: Stories, v: Drawn) -> Iterator[None]:
    m.employ("bot-2", PIPELINE, PLACES[v.flag])
    m.grant("bot-2", MANAGER, "here", "lead")
    m.grant("rm-1", PIPELINE, "next door", "lead")
    m.grant("bot-2", PIPELINE, PLACES[v.flag], "lead")
    # It wants no membership, and initiates no release.
    m.grant("new-4", "developer", PLACES[v.flag], "bot-2")
    m.open_as("bot-2", PIPELINE, PLACES[v.flag], "bot-2", same=False)
    yield


@told("a decision is written for a project of one's own")
def _by_row(m: Stories, v: Drawn) -> Iterator[None]:
    m.employ("qa-1", "qa_tester", PLACES[v.flag])
    for place in (*PLACES, "nowhere"):
        m.decide_by_row("qa-1", "qa_tester", place, "qa-1")
        m.decide_by_row("qa-1", "qa_tester", place, "rm-1")
    yield


@told(decided.ALL_ROLES)
def _all_roles(m: Stories, v: Drawn) -> Iterator[None]:
    m.employ("rm-2", MANAGER, PLACES[v.flag])
    m.employ("rm-2", "qa_tester", PLACES[not v.flag])
    with m.next_door():
        m.passes("unit_tests")
        m.passes("build")
    m.passes()
    m.look_as("rm-2", 0)
    m.look_as("rm-2", 1)
    m.approves("G2", "qa-1", "test_result")
    with m.next_door():
        m.approves("G2", "qa-1")
    m.look_as("rm-2", 0)
    m.look_as("rm-2", 1)
    yield


@told("a revocation withdraws no decision")
def _stays_decided(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(3)
    yield
    person, role = ("qa-1", "qa_tester") if v.flag else ("rm-1", MANAGER)
    m.revoke(person, None if v.fresh else role, "here", "lead")
    m.look_as("lead", 0)
    yield


@told("a target is retired in its project alone")
def _retired_next_door(m: Stories, v: Drawn) -> Iterator[None]:
    m.deploys_one((v.environment, v.region, m.ref()), "failed")
    yield
    with m.next_door():
        m.deploys_one((v.environment, v.region, m.ref()), "succeeded")
        there = sorted({r.place.where for r in m.model.reports})
        m.retire_target(there.index((v.environment, v.region)))
    yield


@told("what stops a release elsewhere is of its project", policy=STRICT)
def _objected_next_door(m: Stories, v: Drawn) -> Iterator[None]:
    m.go(4)
    with m.next_door():
        m.passes(v.check)
    yield
    with m.next_door():
        m.passes(v.check, status="fail")
    m.look_as("lead", 0)
    yield


@told("a rollback goes to a deployment of its project")
def _rolled_back_next_door(m: Stories, v: Drawn) -> Iterator[None]:
    with m.next_door():
        m.deploys_one(("dev", v.region, m.ref()), "succeeded")
    m.roll_back("dev", v.region, [], "pass", SOURCE_REF, "in_progress" if v.flag else None)
    yield


@told("a project has a policy of its own")
def _own_policy(m: Stories, v: Drawn) -> Iterator[None]:
    with m.next_door():
        m.passes()
    m.passes()
    if v.flag:
        m.approves("G2", "qa-1", "test_result")
    yield


TOLD = frozenset(STORIES) - BEFORE
