"""What every role may ask at a terminal: what waits for me, my releases, all about one release."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from harness.prove.world import World
from harness.stack import Stack, wait_until
from harness.tests.terminal import Terminal, failed, named, service, somebody
from ops_gates import limits, rows
from ops_gates.client import Gates
from ops_gates.commands import show
from ops_gates.exit_codes import Code

PEOPLE = {
    "release_manager": "rm-1",
    "qa_tester": "qa-1",
    "sre": "sre-1",
    "developer": "dev-1",
    "audit_reader": "auditor-1",
}
ZONED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d")


@pytest.fixture
def gates(stack: Stack) -> Terminal:
    """The service role at the stack."""
    return service(stack)


def waiting(who: Terminal, world: World) -> set[tuple[str, str | None]]:
    """What waits for somebody on the release of a world: why, and at which gate."""
    items = who.json("inbox")["items"]
    return {(item["kind"], item["gate_code"]) for item in items if item["release_id"] == str(world.release_id)}


# The inbox


def test_a_tester_finds_what_waits_for_them_and_it_goes_when_it_is_done(stack: Stack) -> None:
    world, qa = World(stack), somebody(stack, "qa_tester", "qa-1")
    assert waiting(qa, world) == set()
    world.emit(*world.until_gate(1))
    assert waiting(qa, world) == {("sign_off", "G2")}
    world.emit(*world.until_gate(2)[1:])
    assert waiting(qa, world) == set()


def test_an_sre_sees_that_g4_failed(stack: Stack) -> None:
    world, sre = World(stack), somebody(stack, "sre", "sre-1")
    world.emit(*world.until_gate(3), world.deployment("production"), world.health("production", status="fail"))
    assert waiting(sre, world) == {("failed", "G4")}
    shown = sre("inbox")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert named(world) in shown.stdout
    status = sre.json("status", named(world))
    assert [g["status"] for g in status["gates"]] == ["passed", "passed", "passed", "failed"]


def test_an_item_of_the_inbox_has_the_columns_of_its_type(stack: Stack, gates: Terminal) -> None:
    World(stack)
    said = gates.json("inbox")
    assert set(said) == {"items", "cut", "not_looked_at"}
    assert {*said["items"][0]} == {*rows.InboxItem.__annotations__}


def test_an_empty_inbox_says_so(stack: Stack) -> None:
    # Where many releases are open, a second line says which were not looked at.
    said = somebody(stack, "audit_reader", "auditor-1").json("inbox")
    shown = somebody(stack, "audit_reader", "auditor-1")("inbox")
    assert said["items"] == []
    assert (shown.exit_code, shown.stdout.count("\n")) == (0, 1 + (said["not_looked_at"] is not None) + said["cut"])


@pytest.mark.parametrize("as_json", [True, False])
def test_an_inbox_that_is_cut_says_how_to_see_the_rest(
    stack: Stack, gates: Terminal, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    World(stack)  # registers acme/shop
    said = gates.json("inbox")
    monkeypatch.setattr(Gates, "inbox", lambda _: {**said, "cut": True})
    shown = gates("inbox", *(["--json"] if as_json else []))
    assert not as_json or json.loads(shown.stdout)["cut"]
    told = " ".join((shown.stderr if as_json else shown.stdout).split())
    command = re.search(r"`ops-gates (releases --waiting) --project PROJECT`", told)
    assert command is not None
    # The command that it names is one.
    assert gates(*command[1].split(), "--project", "acme/shop").exit_code == 0


@pytest.mark.parametrize("unseen", [{"cut": True}, {"not_looked_at": "2026-11-27T10:00:00+00:00"}, {}], ids=str)
def test_releases_that_wait_say_when_not_all_were_looked_at(
    stack: Stack, gates: Terminal, monkeypatch: pytest.MonkeyPatch, unseen: dict[str, Any]
) -> None:
    World(stack)
    monkeypatch.setattr(Gates, "inbox", lambda _: {"items": [], "cut": False, "not_looked_at": None, **unseen})
    for words in (["--waiting"], ["--waiting", "--project", "acme/shop"], ["--waiting", "--json"]):
        shown = gates("releases", *words)
        told = shown.stderr if "--json" in words else shown.stdout
        assert (f"the newest {limits.RELEASES_OF_AN_INBOX}" in " ".join(told.split())) is bool(unseen)


def test_the_schema_has_the_limits_that_the_clients_name(reference: str) -> None:
    with psycopg.connect(reference) as db:
        [[page, says, timeline]] = db.execute(
            "select pg_get_functiondef('ops.my_releases'::regproc),"
            " obj_description('ops_private.inbox_of'::regproc, 'pg_proc'),"
            " pg_get_functiondef('ops.timeline'::regproc)"
        ).fetchall()
    assert f'"limit" integer DEFAULT {limits.RELEASES_OF_A_PAGE}' in page
    assert f"between 1 and {limits.RELEASES_OF_THE_LARGEST_PAGE}" in page
    assert f"between 1 and {limits.FACTS_OF_A_TIMELINE})" in timeline
    inbox = {limits.RELEASES_OF_AN_INBOX, limits.ITEMS_OF_AN_INBOX}
    assert inbox <= {int(number) for number in re.findall(r"\b\d+\b", says)}


# Releases


def test_an_empty_list_says_of_which_releases_there_is_none(stack: Stack) -> None:
    nobody = somebody(stack, "release_manager", "rm-1")
    said = nobody("releases", "--text", "no such name").stdout
    assert (said.count("\n"), "such release" in said) == (1, False)


def test_releases_are_paged_by_the_id_of_the_last_row(stack: Stack) -> None:
    worlds = [World(stack) for _ in range(3)]
    sre = somebody(stack, "sre", "sre-1")
    first = sre.json("releases", "--limit", "2")
    assert [row["release_id"] for row in first] == [str(world.release_id) for world in (worlds[2], worlds[1])]
    World(stack)  # opened meanwhile
    second = sre.json("releases", "--limit", "2", "--before", first[-1]["release_id"])
    assert second[0]["release_id"] == str(worlds[0].release_id)
    assert {*second[0]} == {*rows.MyRelease.__annotations__}
    assert first[-1]["release_id"] in sre("releases", "--limit", "2", "--before", first[0]["release_id"]).stdout


def test_releases_are_filtered(stack: Stack) -> None:
    world, dev = World(stack), somebody(stack, "developer", "dev-1")

    def found(*options: str) -> list[str]:
        return [row["release_name"] for row in dev.json("releases", "--text", world.name, *options)]

    assert (
        found() == found("--project", "acme/shop", "--status", "draft", "--environment", "production") == [world.name]
    )
    assert found("--mine") == [world.name]
    assert found("--status", "failed", "--status", "draft") == [world.name]
    for options in (("--project", "acme/none"), ("--status", "failed"), ("--environment", "dev"), ("--waiting",)):
        assert found(*options) == []
    world.emit(world.build("fail"))
    assert found("--waiting") == [world.name]


def test_a_cursor_that_is_not_there_is_refused(stack: Stack, gates: Terminal) -> None:
    before = ("releases", "--before", str(uuid.uuid4()))
    for who in (somebody(stack, "sre", "sre-1"), gates):
        assert failed(who(*before), Code.NOT_FOUND).startswith("OPS04: ")


# One release


@pytest.mark.parametrize("role", PEOPLE)
def test_show_and_status_answer_every_role_of_people(stack: Stack, role: str) -> None:
    world, who = World(stack), somebody(stack, role, PEOPLE[role])
    world.emit(*world.until_gate(2))
    said = who.json("show", named(world))
    assert [g["status"] for g in said["gates"]] == ["passed", "passed", "pending", "pending"]
    assert (said["decisions"] is None) == (role not in ("release_manager", "audit_reader"))
    status = who.json("status", named(world))
    assert list(status) == ["release", "gates", "eligibility", "advice"]
    assert [(g["gate_code"], g["status"]) for g in status["gates"]][1:3] == [("G2", "passed"), ("G3", "pending")]
    assert [status["eligibility"][f"eligible_for_{place}"] for place in ("staging", "production")] == [True, False]
    assert status["eligibility"]["production_blocker"].startswith("G3: ")
    for command in ("show", "status"):
        shown = who(command, named(world))
        assert (shown.exit_code, shown.stderr) == (0, "")
        assert "staging: eligible" in shown.stdout


def test_show_replays_the_past(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    world.emit(*world.until_gate(1))
    before = gates.json("show", named(world))
    assert before["seen"] is not None
    world.emit(*world.until_gate(2)[1:])
    then: dict[str, Any] = gates.json("show", named(world), "--as-of", before["as_of"])
    assert [g["status"] for g in then["gates"]] == [g["status"] for g in before["gates"]]
    assert (then["decisions"], then["seen"]) == ([], None)
    assert len(gates.json("show", named(world))["decisions"]) == 1
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert failed(gates("show", named(world), "--as-of", tomorrow), Code.REFUSED).startswith("22023: ")
    assert gates("show", named(world), "--as-of", "yesterday").exit_code == Code.USAGE


def test_a_moment_as_it_is_printed_shows_what_was_printed_with_it(stack: Stack, gates: Terminal) -> None:
    world = World(stack)
    world.emit(*world.until_gate(2))
    [decided] = gates.json("show", named(world))["decisions"]
    printed = show.moment(decided["created_at"])
    assert printed in gates("show", named(world)).stdout
    wait_until(lambda: datetime.now(UTC) > datetime.fromisoformat(printed) + timedelta(seconds=1), 5, "the next second")
    assert len(gates.json("show", named(world), "--as-of", printed)["decisions"]) == 1


def test_what_is_not_for_a_role_is_said_to_be_so(stack: Stack) -> None:
    world = World(stack)
    shown = somebody(stack, "sre", "sre-1")("show", named(world)).stdout
    assert "decisions: not for your role" in shown
    assert (
        "decisions: not for your role" not in somebody(stack, "audit_reader", "auditor-1")("show", named(world)).stdout
    )


# Everywhere


@pytest.mark.parametrize("command", ["inbox", "releases", "show RELEASE"])
def test_times_have_their_zone_and_a_pipeline_is_told_what_to_ask(stack: Stack, command: str) -> None:
    world = World(stack)
    world.emit(*world.until_gate(2))
    typed = command.replace("RELEASE", named(world)).split()
    shown = somebody(stack, "release_manager", "rm-1")(*typed, COLUMNS="80")
    assert ZONED.search(shown.stdout)
    # Other tests gave their releases names that fit no line.
    lines = [line for line in shown.stdout.splitlines() if line.startswith(" ") or named(world) in line]
    assert lines
    assert all(len(line) <= 80 or len(line.split()) <= 2 for line in lines)
    assert json.loads(service(stack)(*typed, "--json").stdout)
    assert failed(somebody(stack, "ci_service_role", "ci-bot")(*typed), Code.NOT_ALLOWED).startswith("42501: ")
