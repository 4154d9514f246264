"""The checks before a release of the schema: all green on our own, and each red when what it looks at is wrong."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.check import bundles, drift, preflight
from harness.check.bundles import Bundles, Comparison, compare
from harness.check.preflight import Check
from harness.stack.errors import StackError
from harness.stack.parts import ROOT

SCHEMAS = "schemas ops and ops_private"  # the check of them
REF = "abcdefghijklmnopqrst"
PERSONAS, GATES = "spec/odoo-platform-personas/personas.yaml", "spec/odoo-release-gates-control-plane/gates.yaml"
TASKS = ROOT / "spec" / "odoo-release-gates-control-plane" / "tasks.md"


@pytest.fixture
def database(reference: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(reference) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that preflight compares, to be changed."""
    for name in ("spec", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "harness" / "check").mkdir(parents=True)
    shutil.copy(ROOT / "harness" / "check" / "access.yaml", tmp_path / "harness" / "check")
    return tmp_path


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
        "OPS20]",
        "OPS20, OPS21]",
        "SQLSTATEs",
        "`OPS21` says gates.yaml",
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
        tables = ("ops.releases", "ops.role_members", "ops.event_ingest_log")
        return [database.execute(f"select count(*) from {table}").fetchone() for table in tables]

    before = rows()
    list(compare(Bundles.read(), database))
    assert rows() == before


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Asking the CLI for its version takes a second, and one test does."""
    if "all_is_well" not in request.node.name:
        monkeypatch.setattr(preflight, "_cli", lambda: Check("Supabase CLI", True, "3"))


def by_name(checks: Iterator[Check]) -> dict[str, Check]:
    made = {check.name: check for check in checks}
    assert all("\n" not in check.line() for check in made.values())
    assert all(check.ok or check.do for check in made.values()), "a check that fails says what to do"
    return made


def test_all_is_well_with_a_project_that_the_migrations_made(clones: Callable[[], str], reference: str) -> None:
    checks = by_name(preflight.checks(clones(), reference=reference))
    assert [check.line() for check in checks.values() if not check.ok] == []
    assert checks[SCHEMAS].found == "exactly what the migrations make, without drift"
    assert all(check.line().startswith("ok      ") for check in checks.values())


def test_a_project_with_drift_is_not_ready(clones: Callable[[], str], reference: str) -> None:
    target = clones()
    with psycopg.connect(target) as connection:
        connection.execute("alter table ops.releases add column note text")
    check = by_name(preflight.checks(target, reference=reference))[SCHEMAS]
    assert not check.ok
    assert "lines of SQL away from the migrations; do: read `make drift`" in check.line()


def test_a_project_without_the_schema_is_ready_for_it(clones: Callable[[], str], reference: str) -> None:
    target = clones()
    with psycopg.connect(target) as connection:
        connection.execute("drop schema ops, ops_private cascade")
    check = by_name(preflight.checks(target, reference=reference))[SCHEMAS]
    assert (check.ok, check.found) == (True, "absent: the migrations can be pushed")


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["drop schema ops, ops_private cascade", "create schema ops_private"], "ops_private"),
        (["drop schema ops_private cascade", "create schema ops_private"], "ops_private"),
        (["drop schema ops, ops_private cascade", "create schema ops", "create table ops.releases ()"], "ops"),
    ],
    ids=["before the first push", "beside ours", "with a table that has the name of one of ours"],
)
def test_a_schema_of_somebody_else_with_one_of_our_names_is_in_the_way(
    statements: list[str], named: str, clones: Callable[[], str], reference: str
) -> None:
    target = clones()
    with psycopg.connect(target) as connection:
        for statement in statements:
            connection.execute(statement)
    check = by_name(preflight.checks(target, reference=reference))[SCHEMAS]
    assert not check.ok
    assert check.found.split()[0] == named
    assert "is not ours; do: rename or drop it" in check.line()


@pytest.mark.parametrize("target", [None, "postgresql://postgres:hunter2@127.0.0.1:1/postgres"])
def test_without_a_project_that_answers_the_rest_is_checked_all_the_same(target: str | None, reference: str) -> None:
    checks = by_name(preflight.checks(target, reference=reference))
    assert [name for name, check in checks.items() if not check.ok] == ["reachable"]
    assert "hunter2" not in checks["reachable"].line()
    assert SCHEMAS not in checks


def test_a_project_ref_asks_for_a_link_a_login_and_its_own_database(
    checkout: Path, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "_authenticated", lambda: Check("authenticated", True, "yes"))
    others = {"linked", "target"}
    checks = by_name(preflight.checks(reference, project_ref=REF, reference=reference, root=checkout))
    assert {name for name, check in checks.items() if not check.ok} == others
    assert f"link --project-ref {REF}" in checks["linked"].do
    temporary = checkout / "supabase" / ".temp"
    temporary.mkdir(parents=True)
    (temporary / "project-ref").write_text(f"{REF}\n")
    hosted = f"postgresql://postgres.{REF}:hunter2@127.0.0.1:1/postgres"
    checks = by_name(preflight.checks(hosted, project_ref=REF, reference=reference, root=checkout))
    assert all(checks[name].ok for name in others)


def test_a_cli_without_a_token_is_not_signed_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SUPABASE_ACCESS_TOKEN", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    line = preflight._authenticated().line()
    assert line == "failed  authenticated: the CLI is not signed in; do: supabase login, or set SUPABASE_ACCESS_TOKEN"


@pytest.mark.parametrize("file", bundles.FILES, ids=str)
def test_a_file_of_the_bundles_that_is_missing_is_named(file: Path, checkout: Path, reference: str) -> None:
    (checkout / file).unlink()
    checks = by_name(preflight.checks(None, reference=reference, root=checkout))
    assert str(file) in checks["spec bundles"].found
    assert ("spec and data" in checks) == (file.suffix == ".yaml")


@pytest.mark.parametrize("content", ["", "gates: [", "gates: {}", "enums: 7"])
def test_a_file_that_cannot_be_read_is_a_failed_check(content: str, checkout: Path, reference: str) -> None:
    (checkout / GATES).write_text(content)
    assert not by_name(preflight.checks(None, reference=reference, root=checkout))["spec and data"].ok


def test_migrations_that_do_not_apply_end_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_major: int) -> None:
        raise StackError("supabase db push failed:\nERROR: no such thing")

    monkeypatch.setattr(drift, "fresh", broken)
    checks = by_name(preflight.checks(None))
    assert [*checks] == ["Supabase CLI", "reachable", "spec bundles", "migrations"]
    assert "ERROR: no such thing" in checks["migrations"].found


def test_the_command_prints_a_line_per_check_and_fails_if_one_does(
    reference: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(drift, "fresh", lambda _major: contextlib.nullcontext(reference))
    monkeypatch.delenv("SUPABASE_DB_URL", raising=False)
    assert preflight.main(["--target", reference]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 20
    assert preflight.main(["--target", "postgresql://postgres@127.0.0.1:1/postgres", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told if not one["ok"]] == ["reachable"]


@pytest.mark.parametrize("arguments", [["--project-ref", "x"], ["--target", "example.com"], ["--nonsense"]])
def test_wrong_arguments_are_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        preflight.main(arguments)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_the_task_list_has_every_task_and_names_tests_that_exist() -> None:
    text = TASKS.read_text()
    assert re.findall(r"^## (T\d)", text, re.MULTILINE) == [f"T{number}" for number in range(10)]
    named = set(re.findall(r"`((?:harness|supabase|docs|spec|\.github)/[^`\s]+)`", text))
    assert len(named) > 40
    for name in named:
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        assert not test or f"def {test}(" in (ROOT / path).read_text(), name
