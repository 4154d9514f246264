"""The spec bundles, the data and the migrations agree, and a contradiction is found wherever it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.check.bundles import Bundles, Comparison, compare
from harness.stack.parts import ROOT

pytest_plugins = ("harness.tests.preflight_fixtures",)

PERSONAS, GATES = "spec/odoo-platform-personas/personas.yaml", "spec/odoo-release-gates-control-plane/gates.yaml"
TASKS = ROOT / "spec" / "odoo-release-gates-control-plane" / "tasks.md"


@pytest.fixture
def database(reference: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(reference) as connection:
        yield connection
        connection.rollback()


def about(subject: str, root: Path, database: psycopg.Connection[Any]) -> Comparison:
    return next(one for one in compare(Bundles.read(root), database) if one.subject == subject)


def test_the_bundles_the_data_and_the_migrations_agree(database: psycopg.Connection[Any]) -> None:
    comparisons = list(compare(Bundles.read(), database))
    assert len(comparisons) >= 15
    assert [line for one in comparisons for line in one.contradictions] == []


# What is written where instead of what, the comparison that must notice, and a piece of what it says.
CONTRADICTIONS = {
    "a persona too many": (
        PERSONAS,
        "\nother_roles:",
        "\n  architect: {domains: [odoo.devx.ci_cd], signs: []}\nother_roles:",
        "personas",
        "`architect` says personas.yaml, not gates.yaml, ops.ops_persona_role",
    ),
    "a role too few": (
        PERSONAS,
        "[ci_service_role, audit_reader]",
        "[ci_service_role]",
        "roles",
        "`audit_reader` says access.yaml",
    ),
    "a domain of nobody": (
        PERSONAS,
        "[odoo.devx.ci_cd, odoo",
        "[odoo",
        "domains",
        "`odoo.devx.ci_cd` says domains of",
    ),
    "evidence of no type": (
        PERSONAS,
        "[incident_report]",
        "[postmortem]",
        "evidence",
        "`postmortem` of personas.yaml is not in",
    ),
    "a record of no table": (
        PERSONAS,
        "tables: [incidents]",
        "tables: [outages]",
        "records of activities",
        "`outages` of",
    ),
    "another approver of exceptions": (
        PERSONAS,
        "exceptions_by: [release_manager]",
        "exceptions_by: [sre]",
        "exceptions",
        "`sre`",
    ),
    "another signer": (
        PERSONAS,
        "signs: [G3]",
        "signs: [G2, G3]",
        "who signs",
        "`release_manager signs G2` says personas.yaml",
    ),
    "an enum value too many": (
        GATES,
        "[sev1, sev2",
        "[sev0, sev1, sev2",
        "enums",
        "`ops_incident_severity: sev0, sev1",
    ),
    "a table too many": (
        GATES,
        "  - incidents\n",
        "  - incidents\n  - outages\n",
        "tables",
        "`outages` says gates.yaml, not",
    ),
    "a view too few": (
        GATES,
        "  - v_exception_status\n",
        "",
        "views",
        "`v_exception_status` says access.yaml",
    ),
    "another name of a gate": (
        GATES,
        "name: Build Integrity",
        "name: Build",
        "gates",
        "`G1 Build` says gates.yaml",
    ),
    "a requirement too many": (
        GATES,
        "advisory: [[evidence, build_log]]",
        "advisory: [[evidence, build_log], [check, lint]]",
        "default requirements",
        "`G1 advisory check lint` says gates.yaml, not ops.gate_requirements",
    ),
    "a way that is shorter": (
        GATES,
        "staging: [G1, G2]",
        "staging: [G1]",
        "eligibility",
        "`staging needs G1` says gates.yaml",
    ),
    "an event too many": (
        GATES,
        "  environment_event:\n",
        "  alert: {gate: null, required: [], senders: []}\n  environment_event:\n",
        "types of event",
        "`alert` says gates.yaml, not docs/events",
    ),
    "an event about another gate": (
        GATES,
        "    gate: G1\n",
        "    gate: G2\n",
        "gates of events",
        "`build_complete is about G2`",
    ),
    "a field that is not required": (
        GATES,
        "required: [status]",
        "required: [status, artifact_ref]",
        "required fields of events",
        "`build_complete needs artifact_ref` says gates.yaml, not docs/events, ops.ingest_event",
    ),
    "a sender too many": (
        GATES,
        "G2: [service_role, qa_tester]",
        "G2: [service_role, qa_tester, ci_service_role]",
        "senders of events",
        "`ci_service_role sends gate_signoff G2` says gates.yaml, not access.yaml, ops.ingest_event",
    ),
    "a sender too many in the access page": (
        "harness/check/access.yaml",
        "build_complete: [service_role, ci_service_role]",
        "build_complete: [service_role, ci_service_role, sre]",
        "senders of events",
        "`sre sends build_complete` says access.yaml, not gates.yaml, ops.ingest_event",
    ),
    "another status of a refusal": (
        GATES,
        "try_again: 503",
        "try_again: 500",
        "refusals",
        "`500 try_again` says gates.yaml",
    ),
    "an undocumented refusal": (
        "docs/errors.md",
        "| `unauthorized`",
        "| `nobody`",
        "refusals",
        "`401 nobody` says docs/errors.md",
    ),
    "an unknown SQLSTATE": (
        GATES,
        "OPS24]",
        "OPS24, OPS99]",
        "SQLSTATEs",
        "`OPS99` says gates.yaml",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_contradiction_is_found_wherever_it_is(case: str, checkout: Path, database: psycopg.Connection[Any]) -> None:
    file, text, instead, subject, expected = CONTRADICTIONS[case]
    before = (checkout / file).read_text()
    assert text in before
    (checkout / file).write_text(before.replace(text, instead, 1))
    assert expected in "\n".join(about(subject, checkout, database).contradictions)


@pytest.mark.parametrize(
    ("statement", "subject", "expected"),
    [
        (
            "update ops.gate_requirements set valid_to = now() where gate_code = 'G3' and subject = 'rollback_plan'",
            "default requirements",
            "`G3 blocking evidence rollback_plan` says gates.yaml, not ops.gate_requirements",
        ),
        ("create role stray; comment on role stray is 'ops: nobody'", "roles", "`stray` says the migrations, not"),
        (
            "alter table ops.gate_requirements drop constraint subject_fits_the_kind, add constraint"
            " subject_fits_the_kind check (case kind when 'approval' then subject in ('qa_tester', 'stray')"
            " else true end) not valid",
            "personas",
            "`release_manager` says personas.yaml, gates.yaml, ops.ops_persona_role, not what ops.gate_requirements",
        ),
        (
            "alter table ops.gate_requirements drop constraint subject_fits_the_kind, add constraint"
            " subject_fits_the_kind check (case kind when 'approval' then"
            " subject = any (enum_range(null::ops.ops_artifact_type)::text[]) else true end) not valid",
            "personas",
            "`build_log` says what ops.gate_requirements takes, not personas.yaml",
        ),
        ("create table ops.stray ()", "tables", "`stray` says the migrations, not gates.yaml, access.yaml"),
        (
            "create or replace function ops.ingest_event(envelope jsonb) returns jsonb language sql as"
            """ 'select jsonb_build_object(''status'', ''accepted'')'""",
            "senders of events",
            "`qa_tester sends build_complete` says ops.ingest_event, not gates.yaml, access.yaml",
        ),
    ],
    ids=["a policy", "a role", "a list of personas", "another enum for personas", "a table", "an answer to everybody"],
)
def test_a_contradiction_of_the_migrations_is_found(
    statement: str, subject: str, expected: str, database: psycopg.Connection[Any]
) -> None:
    database.execute(statement)
    assert expected in "\n".join(about(subject, ROOT, database).contradictions)


def test_comparing_leaves_nothing_behind(database: psycopg.Connection[Any]) -> None:
    def rows() -> Any:
        tables = ("ops.releases", "ops.members", "ops.event_ingest_log")
        return [database.execute(f"select count(*) from {table}").fetchone() for table in tables]

    before = rows()
    list(compare(Bundles.read(), database))
    assert rows() == before


def test_the_task_list_has_every_task_and_names_tests_that_exist() -> None:
    text = TASKS.read_text()
    assert re.findall(r"^## (T\d)", text, re.MULTILINE) == [f"T{number}" for number in range(10)]
    named = set(re.findall(r"`((?:harness|supabase|docs|spec|\.github)/[^`\s]+)`", text))
    assert len(named) > 40
    for name in named:
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        assert not test or f"def {test}(" in (ROOT / path).read_text(), name
