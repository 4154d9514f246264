"""A name is the same in SQL, in TypeScript and in Python, over all of Unicode; and every column of names keeps it."""

from __future__ import annotations

import json
import subprocess
import unicodedata
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from harness.prove import names
from harness.prove.effort import NIGHTLY
from harness.prove.world import World
from harness.stack import Stack
from harness.stack.members import GRANT
from harness.stack.parts import ROOT, deno_binary, deno_environment
from harness.stack.projects import REGISTER
from ops_gates import events

FUNCTIONS = ROOT / "supabase" / "functions"
LAST = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)
TEXTS = (
    "", " ", "a", "a b", "a  b", " a", "a ", "\u00a0a", "a\u3000", "a\u3000b", "\t", "a\tb", "a\n", "é", "e\u0301",
    "\u212b", "\u1100\u1161", "\uac00", "\u0301", "a\u034f", "\u115f", "\u2800", "\u3164", "\uffa0", "a\ufe0f",
    "a\U000e0100", "\u200b", "a\u200db", "\u202eabc", "\ufeff", "a\u2028b", "\ue000", "\U000f0000", "\u0378",
    "x" * 255, "x" * 256, "é" * 127, "é" * 127 + "x", "é" * 128, "\U0001f600" * 63, "\U0001f600" * 64, "\u200b" * 9000,
)  # fmt: skip
FAULTS = (
    "", " ", " sha", "sha ", "sha\u00a0", "a\u200bb", "a\nb", "e\u0301", "\u3164", "a\u202eb", "a\ufe0fb", "\U000e0041",
    "x" * 256, "é" * 128,
)  # fmt: skip
"""One or more of each kind of what is no name."""


def by_typescript(texts: list[str]) -> list[list[bool]]:
    """Whether the function takes each text as a name, and as a text that says something."""
    run = subprocess.run(
        [deno_binary(), "run", "--cached-only", "--no-prompt", "--quiet", FUNCTIONS / "tests" / "texts_of.ts"],
        input=json.dumps(texts), env=deno_environment(), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    said: list[list[bool]] = json.loads(run.stdout)
    return said


def test_the_tables_are_those_of_the_version_that_they_name() -> None:
    assert unicodedata.unidata_version >= names.UNICODE
    for path in ("supabase/migrations/20261126100050_names.sql", "supabase/functions/ops-event-ingest/names.ts"):
        assert "Unicode 14.0" in (ROOT / path).read_text(), path


def looked_at() -> list[int]:
    """At night every character. Otherwise those where a range may end, and one in ten of the others."""
    points = [point for point in range(1, LAST + 1) if point not in SURROGATES]
    if NIGHTLY:
        return points
    kinds = [(unicodedata.category(chr(point)), unicodedata.combining(chr(point)) > 0) for point in points]
    ends = {at for at in range(1, len(points)) if kinds[at - 1] != kinds[at]}
    return [point for at, point in enumerate(points) if at % 10 == 0 or not ends.isdisjoint((at, at + 1))]


def test_every_character_is_visible_or_hidden_alike_in_sql_typescript_and_python(
    db: psycopg.Connection[Any],
) -> None:
    points = looked_at()
    is_named = dict(zip(points, (named for named, _ in by_typescript([f"a{chr(p)}b" for p in points])), strict=True))
    expected = {point: names.is_name(f"a{chr(point)}b") for point in points}
    if unicodedata.unidata_version == names.UNICODE:  # a later version knows more characters
        assert is_named == expected
    visible = [point for point in points if is_named[point]]
    assert len(visible) > len(points) // 20
    # What nobody can see is asked by the thousand: nothing is said by such a text.
    hidden = [chr(p) for p in points if names.is_hidden(chr(p)) or names.is_blank(chr(p))]
    chunks = ["".join(hidden[start : start + 2000]) for start in range(0, len(hidden), 2000)]
    assert not any(stated for _, stated in by_typescript(chunks))
    query = "select n from unnest(%s::int[]) as n where not ops_private.is_name('a' || chr(n) || 'b')"
    assert db.execute(query, [visible]).fetchall() == []
    query = "select left(t, 9) from unnest(%s::text[]) as t where ops_private.is_stated(t) or octet_length(t) > 8192"
    assert db.execute(query, [chunks]).fetchall() == []
    others = [p for p in points if not is_named[p] and not names.is_hidden(chr(p)) and not names.is_blank(chr(p))]
    assert 100 < len(others) < 3000  # which NFC writes in another way
    query = "select n from unnest(%s::int[]) as n where ops_private.is_name('a' || chr(n) || 'b')"
    assert db.execute(query, [others]).fetchall() == []


def test_texts_are_names_or_not_alike_in_sql_typescript_and_python(db: psycopg.Connection[Any]) -> None:
    ends = [f"{end}{inner}{end}" for end in map(chr, range(1, 0x3100)) if unicodedata.category(end) == "Zs"
            for inner in ("", "a")]  # fmt: skip
    texts = [*TEXTS, *ends, *map(chr, range(1, 0x3100))]
    in_sql = db.execute(
        "select ops_private.is_name(t.text), ops_private.is_stated(t.text) from unnest(%s::text[]) with ordinality as t"
        " (text, place) order by t.place",
        [texts],
    ).fetchall()
    for text, sql, typescript in zip(texts, in_sql, by_typescript(texts), strict=True):
        stated = names.is_stated(text) and len(text.encode()) <= 8192
        assert (names.is_name(text), stated) == sql == tuple(typescript), ascii(text[:20])


def columns(db: psycopg.Connection[Any]) -> Iterator[tuple[str, str]]:
    """Every column of a table of `ops` that holds a name."""
    yield from db.execute(
        "select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and a.attnum > 0"
        " and a.atttypid in ('ops.name'::regtype, 'ops.source_ref'::regtype) order by 1, 2"
    ).fetchall()


def test_every_column_of_names_has_the_type_of_names(db: psycopg.Connection[Any]) -> None:
    found = set(columns(db))
    named = {
        ("releases", "release_name"), ("releases", "source_ref"), ("gate_checks", "check_name"),
        ("deployments", "deployment_ref"), ("deployments", "source_ref"), ("deployments", "target"),
        ("contested_reports", "check_name"), ("contested_reports", "deployment_ref"), ("contested_reports", "target"),
        ("gate_requirements", "subject"), ("build_artifacts", "name"), ("retired_targets", "target"),
    }  # fmt: skip
    assert named <= found
    for type_name in ("ops.name", "ops.source_ref"):
        for fault in FAULTS:
            with pytest.raises(psycopg.errors.CheckViolation), db.transaction():
                db.execute(f"select %s::{type_name}".encode(), [fault])


@pytest.fixture
def release(db: psycopg.Connection[Any]) -> str:
    """A release that the events name."""
    db.execute("set local role service_role")
    db.execute(GRANT, ["dev-1", "developer", None])
    db.execute(REGISTER, ["acme/names"])
    [opened] = db.execute(
        "select ops.open_release('acme/names', %s, 'staging', 'sha', initiating_actor => 'dev-1')", [str(uuid4())]
    ).fetchone() or [None]
    return str(opened)


def refused_everywhere(db: psycopg.Connection[Any], release: str, fault: str) -> None:
    """Try what is no name as each argument and each field; an event's failure counts all the same."""
    for arguments in ((fault, "sha"), ("n", fault)):
        with pytest.raises(psycopg.errors.CheckViolation), db.transaction():
            db.execute(
                "select ops.open_release('acme/names', %s, 'dev', %s, initiating_actor => 'dev-1')", list(arguments)
            )
    run = str(uuid4())
    deployment = {"environment": "staging", "deployment_ref": "d1", "status": "failed", "source_ref": "sha"}
    for event in (
        events.build_complete(release, run_id=run, status="pass", check_name=fault or "\t"),
        *(
            events.envelope(
                "deployment_event", deployment | {field: fault}, source_system="github_actions", run=run,
                release_id=release, gate_code="G4",
            )
            for field in ("deployment_ref", "source_ref", "target", "rollback_of_ref")
        ),
    ):  # fmt: skip
        [answer] = db.execute("select ops.ingest_event(%s)", [Jsonb(event)]).fetchone() or [{}]
        assert answer.get("error") == "invalid_payload", event


def test_what_is_no_name_is_refused_by_every_function_and_event(db: psycopg.Connection[Any], release: str) -> None:
    for fault in FAULTS:
        refused_everywhere(db, release, fault)
    # The failures stand, and what is no name is unreadable in them.
    db.execute("reset role")
    rows = db.execute(
        "select deployment_ref::text, target::text from ops.contested_reports where release_id = %s", [release]
    ).fetchall()
    assert {ref for ref, _ in rows} == {None, "d1"}
    assert {target for _, target in rows} == {None, "default"}


STATED = {
    "reason of an exception": "insert into ops.exceptions (release_id, exception_type, impacted_gates, reason,"
    " risk_statement, approver_id, expires_at) values (%(r)s, 'gate_bypass', '{G1}', %(s)s, 'r', 'rm-1',"
    " clock_timestamp() + interval '1 hour')",
    "risk of an exception": "insert into ops.exceptions (release_id, exception_type, impacted_gates, reason,"
    " risk_statement, approver_id, expires_at) values (%(r)s, 'gate_bypass', '{G1}', 'r', %(s)s, 'rm-1',"
    " clock_timestamp() + interval '1 hour')",
    "rationale": "insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope,"
    " rationale_structured, rationale_text) select release_id, gate_id, 'qa-1', 'qa_tester', 'approved', 'gate',"
    """ '{"a": 1}', %(s)s from ops.release_gates where gate_code = 'G2' and release_id = %(r)s""",
    "reason of a membership": "select ops.grant_membership('x-1', 'sre', null, null, 'rm-1', %(s)s)",
    "reason of a project": "select ops.register_project('x', null, 'rm-1', %(s)s)",
}


@pytest.mark.parametrize("write", STATED.values(), ids=STATED)
def test_what_a_person_must_state_has_a_visible_character(
    db: psycopg.Connection[Any], release: str, write: str
) -> None:
    for person, role in (("rm-1", "release_manager"), ("qa-1", "qa_tester")):
        db.execute(GRANT, [person, role, None])
    for blank in ("", " \n", "\u00a0\u3000", "\u200b\u200d\ufeff", "\u3164\u2800", "\U000e0020" * 9):
        with pytest.raises(psycopg.errors.CheckViolation), db.transaction():
            db.execute(write.encode(), {"s": blank, "r": release})
    for text in ("x", "\u00a0\u6f22", "e\u0301 "):
        with db.transaction(force_rollback=True):
            db.execute(write.encode(), {"s": text, "r": release})


@pytest.mark.parametrize("fault", ["a\u200bb", " a", "e\u0301", "x" * 256], ids=ascii)
def test_over_http_the_same_is_refused(stack: Stack, fault: str) -> None:
    world = World(stack)
    event = world.build(check_name=fault)
    answer = world.service.emit(event)
    assert (answer.http_status, answer.error) == (400, "invalid_payload")
    assert answer.detail["issues"][0]["path"] == ["payload", "check_name"]
