"""Histories of two projects that are told: people and bots of one, of both and of every project."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast

import psycopg
import pytest

from harness.prove.effort import times
from harness.prove.model_events import PIPELINE, Sender
from harness.prove.model_people import MANAGER, Membership
from harness.stack import Stack
from harness.tests.release_history import ReleaseHistory, alone_stories, project_stories
from harness.tests.release_history.decided import Decisions
from harness.tests.release_history.project_stories import everything_as
from harness.tests.release_history.stories import STORIES, Drawn
from harness.tests.told_history import agree

pytest_plugins = ("harness.tests.told_fixtures",)

PLAYS = {STORIES[rule].play: rule for rule in sorted(project_stories.TOLD | alone_stories.TOLD)}


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("flag", [False, True][: times(1, 2)])
@pytest.mark.parametrize("rule", PLAYS.values())
def test_in_its_story_a_rule_on_people_decides(session: psycopg.Connection[Any], rule: str, flag: bool) -> None:
    told = tuple(name for name, story in STORIES.items() if story is STORIES[rule])
    decisions = Decisions(told, 1)
    values = Drawn("staging", "eu", "lint", "rejected", "qa_tester", timedelta(0), flag=flag, fresh=True, until=None)
    history = ReleaseHistory(session, decisions)
    history.open_release("production", 0)
    history.tell_one(rule, values)
    assert not decisions.seldom(), {name: decisions.counts[name] for name in told}


def statuses(history: ReleaseHistory) -> dict[str, str]:
    """The verdicts on the release at hand."""
    return {gate: history.model.verdict(gate, history.now()).status for gate in ("G1", "G2", "G3", "G4")}


def waits(history: ReleaseHistory, person: str) -> set[tuple[str, str | None]]:
    """What waits for a person on the release at hand, by the model; the database has been compared before."""
    history.look_as(person, 0)
    who = Sender(MANAGER, history.subject(person))
    known = {k.release_id: (k, k.model) for k in history.kept()}
    items = history.expected_items(history.people, who, known, history.now())
    return {(kind, gate) for release, kind, _, gate, _ in items if release == history.release_id}


def test_a_person_of_three_roles_in_two_projects_signs_one_gate_of_a_release(history: ReleaseHistory) -> None:
    for role, place in (("qa_tester", "here"), (MANAGER, "here"), ("sre", "next door")):
        history.employ("rm-7", role, place)
    history.passes()
    assert waits(history, "rm-7") == {("sign_off", "G2")}
    history.send_as("rm-7", "qa_tester", "gate_signoff", "here", False)
    history.insert_evidence("G2", "test_result", 0)
    agree(history)
    assert statuses(history)["G2"] == "passed"
    assert waits(history, "rm-7") == set(), "G3 waits for somebody else"
    history.sign_off("G3", "rm-7", None, "approved", ["rollback_plan"], None, True)
    agree(history)
    assert statuses(history)["G3"] != "passed", "nobody signs two gates"
    # As an sre they act next door alone.
    for kind in ("deployment_event", "health_check"):
        for place in ("next door", "here"):
            history.send_as("rm-7", "sre", kind, place, True)
    agree(history)
    assert not history.model.reports
    assert waits(history, "rm-8") == set(), "nobody"
    history.revoke("rm-7", None, "here", "lead")
    for role in ("qa_tester", MANAGER, "sre"):
        everything_as(history, "rm-7", role)
    agree(history)
    assert statuses(history)["G2"] == "passed", "a revocation withdraws no decision"


@pytest.mark.parametrize("stops", [True, False])
def test_a_bot_that_reports_for_the_other_project_changes_nothing_there(history: ReleaseHistory, stops: bool) -> None:
    history.employ("bot-1", PIPELINE, "here")
    history.employ("bot-2", PIPELINE, "here")
    history.employ("bot-2", PIPELINE, "next door")
    for kind in ("build_complete", "deployment_event", "health_check", "gate_signoff"):
        history.send_as("bot-1", PIPELINE, kind, "next door", stops)
        history.send_as("bot-1", PIPELINE, kind, "nowhere", stops)
    with history.next_door():
        assert [*history.model.checks, *history.model.reports, *history.model.contested] == []
    for place in ("here", "next door"):
        history.send_as("bot-2", PIPELINE, "build_complete", place, stops)
        history.send_as("bot-2", PIPELINE, "deployment_event", place, stops)
    agree(history)
    with history.next_door():
        assert len(history.model.checks) == len(history.model.reports) == 1
    # A key that was used next door is taken here, and the failure stands here alone.
    with history.next_door():
        [theirs, *_] = history.accepted
    own = history.envelope("build_complete", {"status": "fail", "check_name": "lint"}, history.now(), source="ci")
    with history.sending(Sender(PIPELINE, history.subject("bot-1"))):
        assert history.send(own | {"idempotency_key": theirs.envelope["idempotency_key"]}) == "idempotency_key_reused"
    agree(history)
    assert len(history.model.contested) == 1
    history.revoke("bot-2", PIPELINE, "next door", "lead")
    with history.sending(Sender(PIPELINE, history.subject("bot-2"))), history.next_door():
        assert history.send(dict(theirs.envelope)) == "unknown_release", "the first answer is not told again"
    everything_as(history, "bot-2", PIPELINE)
    agree(history)
    with history.next_door():
        assert len(history.model.checks) == 1


def test_what_was_deployed_before_its_gates_waits_for_an_sre(history: ReleaseHistory) -> None:
    history.employ("sre-7", "sre", "here")
    history.deploy("dev", "d1", "succeeded", None, None, False, 0)
    agree(history)
    assert waits(history, "sre-7") == {("missing", "G4")}


def test_a_target_that_both_projects_use_is_retired_in_one(history: ReleaseHistory) -> None:
    for _ in range(2):
        history.deploy("staging", "d1", "failed", None, None, False, 0, region="eu")
        with history.next_door():
            history.deploy("staging", "d1", "failed", None, None, False, 0, region="eu")
    agree(history)
    with history.next_door():
        history.retire_target(0)
    agree(history)
    assert history.model.standing_health("staging", history.now()) == "failed"
    with history.next_door():
        assert history.model.standing_health("staging", history.now()) is None
    history.employ("rm-7", MANAGER, "here")
    for place in ("next door", "nowhere"):
        history.call_as("rm-7", MANAGER, "retire_target", place)
    history.retire_target(0)
    agree(history)
    assert history.model.standing_health("staging", history.now()) is None


@pytest.mark.parametrize("stays", ["nowhere", "next door", "here", "everywhere"])
def test_a_stop_is_dismissed_when_its_author_moved_to_the_other_project(history: ReleaseHistory, stays: str) -> None:
    history.passes()
    history.sign_off("G2", "qa-1", None, "rejected", [], None, False)
    with history.next_door():
        history.passes()
        history.sign_off("G2", "qa-1", None, "rejected", [], None, False)
    history.revoke("qa-1", None, "here", "lead")
    if stays != "nowhere":
        history.employ("qa-1", "qa_tester", stays)
    agree(history)
    assert statuses(history)["G2"] == "failed", "it stands, whoever left"
    history.dismiss_one(history.model.approvals[-1], "rm-3")
    agree(history)
    assert bool(history.model.dismissals) == (stays in ("nowhere", "next door"))
    with history.next_door():
        assert statuses(history)["G2"] == "failed"
        history.dismiss_one(history.model.approvals[-1], "rm-4")
        assert bool(history.model.dismissals) == (stays in ("nowhere", "here"))
    agree(history)
    for place in ("here", "next door"):
        history.send_as("qa-1", "qa_tester", "gate_signoff", place, True)
    agree(history)


def test_a_role_for_every_project_is_ended_apart_from_the_same_in_one(history: ReleaseHistory) -> None:
    history.employ("sre-7", "sre", "everywhere")
    history.employ("sre-7", "sre", "next door")
    everything_as(history, "sre-7", "sre")
    history.revoke("sre-7", "sre", "everywhere", "lead")
    everything_as(history, "sre-7", "sre")
    agree(history)
    assert Membership(history.subject("sre-7"), "sre", history.project_next_door) in history.people.standing
    with history.next_door():
        before = len(history.model.reports)
        history.revoke("sre-7", "sre", "here", "lead")
        everything_as(history, "sre-7", "sre")
        assert len(history.model.reports) == before
    agree(history)


def test_what_members_of_one_project_send_over_http_is_answered_as_the_model_says(
    history: ReleaseHistory, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def over_http(envelope: dict[str, Any]) -> dict[str, Any]:
        who = history.sender
        client = stack.client() if who == Sender() else stack.client(who.role, who.subject)
        return cast(dict[str, Any], client.rpc("ingest_event", {"envelope": envelope}).execute().data)

    history.passes()
    monkeypatch.setattr(history, "ingest", over_http)
    for person, role, place in (
        ("bot-1", PIPELINE, "here"),
        ("qa-7", "qa_tester", "next door"),
        ("sre-7", "sre", "here"),
    ):
        history.employ(person, role, place)
        for kind in ("build_complete", "gate_signoff", "deployment_event", "health_check"):
            for there in ("here", "next door", "nowhere"):
                history.send_as(person, role, kind, there, True)
    agree(history)
    for name in ("inbox", "my_releases"):
        shown = json.dumps(stack.client("qa_tester", history.subject("qa-7")).rpc(name).execute().data)
        assert str(history.release_id) not in shown
    history.revoke("bot-1", PIPELINE, "here", "lead")
    history.send_as("bot-1", PIPELINE, "build_complete", "here", True)
    agree(history)
