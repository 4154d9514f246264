"""Each refusal has words of our own: of events, and of the rules of tables."""

from __future__ import annotations

import re
import uuid
from typing import Any

import psycopg
import pytest

from harness.prove.world import World
from harness.stack import Stack
from harness.stack.parts import ROOT
from ops_gates import constraints, errors, refusals
from ops_gates.client import Gates
from ops_gates.errors import EventRefused

SECRET = "sb_secret_pasted_by_mistake"


@pytest.mark.parametrize(
    ("role", "subject", "changed", "field"),
    [
        ("qa_tester", "qa-1", {"event_type": "build_complete", "gate_code": "G1"}, "event_type"),
        ("qa_tester", "qa-1", {"gate_code": "G3"}, "gate_code"),
        ("qa_tester", "qa-1", {"persona_role": "release_manager"}, "payload.persona_role"),
        ("qa_tester", "qa-1", {"approver_id": "qa-2"}, "payload.approver_id"),
        ("qa_tester", "qa-1", {"source_system": "agent"}, "source_system"),
        ("service_role", "", {"approver_id": "stranger-7"}, "payload.approver_id"),
        ("sre", "sre-1", {"deployed_by": "rm-1"}, "payload.deployed_by"),
    ],
)
def test_an_event_that_its_sender_may_not_send_names_the_field(
    stack: Stack, role: str, subject: str, changed: dict[str, str], field: str
) -> None:
    world = World(stack)
    client = Gates(stack.client()) if role == "service_role" else world.caller(subject)
    event = world.deployment("dev") if role == "sre" else world.signoff("G2", "qa-1")
    if "event_type" in changed:
        event = world.build()
    payload = {name: value for name, value in changed.items() if f"payload.{name}" == field}
    event = {**event, "source_system": "agent" if role == "service_role" else "manual"}
    event |= {name: value for name, value in changed.items() if name in ("gate_code", "source_system")}
    event["payload"] = {**event["payload"], **payload}
    event["idempotency_key"] = f"{event['source_system']}/{uuid.uuid4().hex}/{event['event_type']}"
    answer = client.emit(event)
    assert (answer.error, answer.detail["field"]) == ("forbidden_event", field)


@pytest.mark.parametrize("code", refusals.SENTENCES)
def test_a_refusal_without_details_is_a_sentence_too(code: str) -> None:
    said = EventRefused(code, http_status=409, ingest_id=None, detail={})
    assert "{" not in str(said)
    assert said.hint


def test_a_sentence_with_details_has_another_for_whom_they_are_not_told() -> None:
    detailed = {code for code, words in refusals.SENTENCES.items() if "{" in "".join(words)}
    assert detailed == refusals.UNTOLD.keys()
    assert "{" not in str([*refusals.UNTOLD.values()])


@pytest.mark.parametrize("code", [*refusals.SENTENCES, "forbidden_event", "invalid_payload"])
def test_what_the_server_says_itself_is_not_replaced(code: str) -> None:
    detail = {
        "message": "said by the server",
        "hint": "done by the server",
        "role": "sre",
        "event_type": "gate_signoff",
    }
    said = EventRefused(code, http_status=409, ingest_id=None, detail=detail)
    assert (said.message, said.hint) == ("said by the server", "done by the server")


def test_every_page_that_a_sentence_names_is_there() -> None:
    sources = [path.read_text() for path in (ROOT / "harness" / "ops_gates").rglob("*.py")]
    pages = {page for text in sources for page in re.findall(r"\bdocs/[\w/.-]*\w", text)}
    assert "docs/api.md" in pages
    assert [page for page in pages if not (ROOT / page).exists()] == []


def test_every_rule_of_what_a_command_writes_has_its_sentence(db: psycopg.Connection[Any]) -> None:
    written = sorted({table for table, _ in constraints.SENTENCES})
    rules = db.execute(
        """
        select c.conrelid::regclass::text, c.conname from pg_constraint c
        where c.contype in ('c', 'u') and c.conrelid::regclass::text = any(%(tables)s)
        union
        select i.indrelid::regclass::text, i.indexrelid::regclass::text from pg_index i
        where i.indisunique and not i.indisprimary and i.indrelid::regclass::text = any(%(tables)s)
        """,
        {"tables": [f"ops.{table}" for table in written]},
    ).fetchall()
    known = {(f"ops.{table}", rule) for table, rule in constraints.SENTENCES}
    # These take an id of the server's own making.
    ids = {"exceptions_are_linked_with_their_release", "approvals_are_linked_with_their_gate"}
    unknown = {(table, rule.removeprefix("ops.")) for table, rule in rules} - known
    assert {rule for _, rule in unknown} <= ids
    assert len(rules) > len(written)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            'new row for relation "incidents" violates check constraint "sizes_are_bounded"',
            "sizes_are_bounded of incidents",
        ),
        ('insert or update on table "approvals" violates foreign key constraint "gate_is"', "gate_is of approvals"),
        ('duplicate key value violates unique constraint "one_outcome"', "one_outcome"),
        ('null value in column "kind" of relation "drills" violates not-null constraint', "kind of drills"),
        ("neue Zeile", "neue Zeile"),
    ],
)
def test_a_rule_without_a_sentence_is_named_and_its_row_is_not_shown(message: str, expected: str) -> None:
    body = {"code": "23514", "message": message, "details": f"Failing row contains (1, {SECRET}).", "hint": None}
    said = str(errors.refusal(400, body))
    assert expected in said
    assert SECRET not in said
    assert "violates" not in said
