"""`ops.ingest_event` is six steps on one screen, and an event passes through few functions in few files."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from harness.prove.access_functions import Function, functions_of
from harness.stack import Stack
from harness.stack.members import GRANT
from harness.stack.parts import ROOT
from harness.stack.projects import REGISTER
from ops_gates import events

STEPS = ("admit", "dedupe", "record", "judge", "store", "answer")
SHARED = {"judge", "store"}  # direct writes, guards and the replay take the same two steps
ONE_SCREEN = 45  # lines
FUNCTIONS = 18  # half of the 37 that an event once entered
FILES = 5
# Days after the 28th do not exist in every month, so one more function reads them.
ORDINARY = datetime(2026, 11, 28, tzinfo=UTC)
LITERAL = re.compile(r"('(?:[^']|'')*')")
MATCHES = re.compile(r"(?:\blike|similar\s+to|~\*?)\s*$", re.IGNORECASE)
TEXT = r"\b(?:first_missing|requirement|detail|remedy)\b"
READS_TEXT = re.compile(
    rf"{TEXT}\)*\s*(?:(?:not\s+)?(?:i?like|similar\s+to)\b|!?~)"
    rf"|(?:regexp_\w+|substring|substr|left|right|split_part|strpos|starts_with)\s*\((?:[^()]|\([^()]*\))*{TEXT}",
    re.IGNORECASE,
)


@pytest.fixture
def functions(db: psycopg.Connection[Any]) -> list[Function]:
    """Every function of both schemas."""
    return functions_of(db, "ops", "ops_private")


@pytest.fixture
def superuser(stack: Stack, fresh_db: Callable[[], str]) -> psycopg.Connection[Any]:
    """The only one who may count the calls of functions, in a fresh database."""
    assert stack.cluster is not None
    name = psycopg.conninfo.conninfo_to_dict(fresh_db())["dbname"]
    return psycopg.connect(stack.cluster.server.admin_url(str(name)), autocommit=True)


def creators() -> dict[str, str]:
    """The migration that creates each function, by `schema.name`."""
    return {
        name: path.name
        for path in sorted((ROOT / "supabase" / "migrations").glob("*.sql"))
        for name in re.findall(r"create function ([\w.]+)\s*\(", path.read_text())
    }


def test_an_ordinary_event_enters_few_functions_in_few_files(superuser: psycopg.Connection[Any]) -> None:
    with superuser as db:
        db.execute("set role service_role")
        db.execute(GRANT, ["dev-1", "developer", None])
        db.execute(REGISTER, ["acme/flow"])
        [release] = db.execute(
            "select ops.open_release('acme/flow', 'v1', 'production', 'sha-1', initiating_actor => 'dev-1')"
        ).fetchone() or [None]
        event = events.build_complete(
            release,
            run_id="1",
            status="pass",
            checks=[{"check_name": name, "status": "pass"} for name in ("lint", "types")],
            evidence=[events.evidence("build_log", "https://ci.example/1")],
            emitted_at=ORDINARY,
        )
        db.execute("reset role")
        db.execute("set track_functions = 'all'")
        with db.transaction():
            db.execute("set local role service_role")
            [answer] = db.execute("select ops.ingest_event(%s)", [Jsonb(event)]).fetchone() or [{}]
            entered = db.execute(
                "select format('%s.%s', schemaname, funcname) from pg_stat_xact_user_functions"
                " where schemaname in ('ops', 'ops_private')"
            ).fetchall()
    assert (answer["status"], answer["detail"]["gate"]["status_after"]) == ("accepted", "passed")
    assert (answer["detail"]["checks"], answer["detail"]["evidence"]) == (3, 1)
    names = {name for (name,) in entered}
    assert {"ops.ingest_event", *(f"ops_private.{step}" for step in STEPS)} <= names
    assert len(names) <= FUNCTIONS, sorted(names)
    files = {creators()[name] for name in names}
    assert len(files) <= FILES, sorted(files)


def test_ingest_event_takes_the_six_steps_in_order_on_one_screen(functions: list[Function]) -> None:
    [ingest] = [function for function in functions if function.name == "ingest_event"]
    called = re.findall(r"ops_private\.(\w+)\(", ingest.code)
    assert [name for name in called if name in STEPS] == [*STEPS]
    assert len(ingest.source.strip().splitlines()) <= ONE_SCREEN


@pytest.mark.parametrize("step", [step for step in STEPS if step not in SHARED])
def test_a_step_is_called_from_one_place(step: str, functions: list[Function]) -> None:
    callers = [f.signature for f in functions if re.search(rf"\b{step}\s*\(", f.code)]
    assert callers == ["ops.ingest_event(jsonb)"]


def reads_words(code: str) -> bool:
    """Whether a body looks for words: by a pattern with words in it, or in a text that a finding is made of."""
    before, *rest = LITERAL.split(code)
    for literal, after in zip(rest[::2], rest[1::2], strict=True):
        if MATCHES.search(before) and re.search(r"[A-Za-z] [a-z]", literal):
            return True
        before = after
    return READS_TEXT.search(code) is not None


def test_no_function_reads_the_words_of_a_finding(functions: list[Function]) -> None:
    for code in (
        "v.first_missing like v_pattern",
        "a ~ 'G. is passed'",
        "left(f.requirement, 2) = 'G1'",
        "split_part((f).detail, ' ', 1)",
    ):
        assert reads_words(code), code
    assert len(functions) > 100
    assert [function.signature for function in functions if reads_words(function.code)] == []
