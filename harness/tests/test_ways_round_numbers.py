"""Numbers and documents that would take the database long to read. None is accepted."""

from __future__ import annotations

import json

import pytest
from psycopg import sql

from harness.prove.access_scene import Scene
from harness.prove.access_tables import KEYS

pytest_plugins = ("harness.tests.access_fixtures",)


BOMBS = ["1e130000", "-1e130000", "1e-16000", "0e-16383", "-0e-16383", "0.0e-16000", "9007199254740993", "1e308"]
WEIGHTY = [
    ("ci_service_role", "gate_checks", "metadata"),
    ("developer", "gate_checks", "metadata"),
    ("qa_tester", "approvals", "rationale_structured"),
    ("qa_tester", "evidence_artifacts", "metadata"),
    ("release_manager", "exceptions", "compensating_controls"),
    ("ci_service_role", "environment_events", "payload"),
    ("ci_service_role", "event_ingest_log", "error_detail"),
    ("ci_service_role", "event_ingest_log", "result"),
    ("sre", "incidents", "timeline"),
    ("service_role", "releases", "scope_metadata"),
]


@pytest.mark.parametrize(("role", "table", "column"), WEIGHTY)
def test_a_number_that_is_short_to_write_and_long_to_read(scene: Scene, role: str, table: str, column: str) -> None:
    for bomb in BOMBS:
        document = f'[{{"a": {bomb}}}]' if column == "timeline" else f'{{"a": [{{"b": {bomb}}}]}}'
        row = scene.facts.row(role, table) | {column: document}
        assert scene.try_insert(role, table, row).sqlstate == "23514", bomb
    assert scene.try_insert(role, table, scene.facts.row(role, table)).sqlstate is None


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_event_with_a_number_that_is_long_to_read(scene: Scene, bomb: str) -> None:
    event = json.dumps(scene.facts.build()).replace('"pass"', f'"pass", "n": {bomb}')
    answer = scene.attempt("ci_service_role", "select ops.ingest_event(%s::jsonb)", [event])
    assert answer.value["error"] == "invalid_json"
    refusal = f'{{"error": "invalid_json", "detail": {{"n": {bomb}}}}}'
    answer = scene.attempt("ci_service_role", "select ops.record_refusal(%s::jsonb)", [refusal])
    assert answer.value["detail"] == {}


@pytest.mark.parametrize(("role", "table", "column"), WEIGHTY)
def test_a_document_larger_than_its_bound(scene: Scene, role: str, table: str, column: str) -> None:
    long = "x" * 600_000
    document = json.dumps([long] if column == "timeline" else {"a": long})
    row = scene.facts.row(role, table) | {column: document}
    assert scene.try_insert(role, table, row).sqlstate == "23514"


# Columns that keep a document, and those of them that an update may name.
DOCUMENTS = {
    "releases": "scope_metadata",
    "exceptions": "compensating_controls",
    "deployments": "blockers_at_deploy",
    "gate_checks": "metadata",
    "approvals": "rationale_structured",
    "evidence_artifacts": "metadata",
    "environment_events": "payload",
    "incidents": "timeline",
}


@pytest.mark.parametrize(("table", "column"), DOCUMENTS.items())
def test_a_document_that_cannot_be_kept_is_refused_without_writing_out_its_row(
    scene: Scene, table: str, column: str
) -> None:
    sent = sql.Literal('[{"n": 1e400}]' if column == "timeline" else '{"n": 1e400}')
    row = {name: value for name, value in scene.facts.row("service_role", table).items() if name != column}
    statement = sql.SQL("insert into ops.{} ({}) values ({}, {}::jsonb)").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, [*row, column])),
        sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        sent,
    )
    outcome = scene.attempt("service_role", statement, [*row.values()])
    assert outcome.sqlstate == "23514", outcome
    assert "Failing row" not in outcome.message
    if table in ("releases", "exceptions", "deployments", "incidents"):
        update = sql.SQL("update ops.{} set {} = {}::jsonb where {} = %s").format(
            sql.Identifier(table), sql.Identifier(column), sent, sql.Identifier(KEYS[table])
        )
        outcome = scene.attempt("service_role", update, [scene.facts.key(table, "service_role")])
        assert outcome.sqlstate == "23514", outcome
        assert "Failing row" not in outcome.message
