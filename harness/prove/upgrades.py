"""What an upgrade may not change: a database of the older version with a history, before and after the step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.check import drift
from harness.prove import access_rows
from harness.prove.bench import stencils
from ops_gates.installing.package import Package

SCHEMAS = ["ops", "ops_private"]
# Every question that a release can be asked, now and at each moment at which something was recorded. The remedy is no
# part of the answer: a newer version may word better what to do.
QUESTIONS = {
    "eligibility and blockers": "select concat_ws(' ', r.release_id, t.target),"
    " jsonb_build_array(ops.is_eligible_for_promotion(r.release_id, t.target), array("
    "  select to_jsonb(b) - 'remedy' from ops.promotion_blockers(r.release_id, t.target) as b))"
    " from ops.releases as r cross join unnest(array['dev', 'staging', 'production']) as t (target)",
    "findings": "select g.gate_id::text, to_jsonb(array("
    "  select to_jsonb(f) - 'remedy' from ops.gate_findings(g.gate_id) as f))"
    " from ops.release_gates as g",
    "replay": "select concat_ws(' ', r.release_id, m.moment), jsonb_build_array("
    "  array(select ops.gate_status_at(g.gate_id, m.moment) from ops.release_gates as g"
    "   where g.release_id = r.release_id order by g.gate_code),"
    "  array(select ops.was_eligible_for_promotion(r.release_id, t.target, m.moment)"
    "   from unnest(array['staging', 'production']) as t (target)))"
    " from ops.releases as r cross join lateral ("
    "  select r.created_at union select l.created_at from ops.event_ingest_log as l where l.release_id = r.release_id"
    "  union select x.created_at from ops.exceptions as x where x.release_id = r.release_id) as m (moment)",
}


def _every_row(table: str) -> sql.Composed:
    return sql.SQL("select to_jsonb(t) from {} as t").format(sql.Identifier(*table.split(".")))


def _text(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True)


def answers(url: str) -> dict[str, dict[str, Any]]:
    """What the database answers about every release, by question and subject; `url` is that of the owner."""
    with psycopg.connect(url) as connection:
        connection.execute("set role service_role")
        return {name: dict(connection.execute(query.encode()).fetchall()) for name, query in QUESTIONS.items()}


@dataclass(frozen=True)
class Recorded:
    """What a database holds and answers."""

    rows: Mapping[str, list[dict[str, Any]]]
    """Every row by table."""
    answers: Mapping[str, Mapping[str, Any]]
    """By question and subject."""

    @classmethod
    def of(cls, url: str) -> Recorded:
        """Read all of a database; `url` is that of the owner."""
        with psycopg.connect(url) as connection:
            tables = connection.execute(
                "select schemaname || '.' || tablename from pg_tables where schemaname = any (%s) order by 1",
                [SCHEMAS],
            ).fetchall()
            rows = {table: [row for (row,) in connection.execute(_every_row(table))] for (table,) in tables}
        return cls(rows, answers(url))


def differences(before: Recorded, after: Recorded) -> Iterator[str]:
    """What an upgrade changed of what was recorded. It may add tables, columns and rows."""
    for table, rows in before.rows.items():
        if table not in after.rows:
            yield f"table {table} is gone"
            continue
        columns = {*rows[0]} if rows else set()
        kept = {_text({name: row[name] for name in columns & {*row}}) for row in after.rows[table]}
        lost = [row for row in rows if _text(row) not in kept]
        if lost:
            yield f"{len(lost)} of {len(rows)} rows of {table} are gone or differ, the first of them {lost[0]}"
    for question, answers in before.answers.items():
        now = after.answers[question]
        changed = [subject for subject, answer in answers.items() if now.get(subject) != answer]
        if changed:
            first = changed[0]
            yield (
                f"{len(changed)} of {len(answers)} answers differ ({question}), the first of them for {first}:"
                f" {answers[first]} is {now.get(first)}"
            )


def upgrade(url: str, package: Package, installed: str, fresh: str) -> list[str]:
    """Upgrade a database to the package's version; every difference in a sentence.

    `installed` is the version that the database has, and `fresh` the address of a new installation of the package.
    """
    before = Recorded.of(url)
    for step in package.steps(installed):
        apply(url, step.sql)
    found = list(differences(before, Recorded.of(url)))
    if drifted := drift.report(url, reference=fresh).sql:
        found.append(f"the schema differs from that of a new installation:\n{drifted}")
    with psycopg.connect(url) as connection:
        [(version,)] = connection.execute("select ops.version()").fetchall()
        if version != package.version:
            found.append(f"ops.version() is {version}, and the package is {package.version}")
        found += _goes_on(connection)
    return found


def load_history(url: str) -> None:
    """Releases of every shape by the real functions, and people of every role with rows that each of them wrote."""
    with psycopg.connect(url, autocommit=True) as connection:
        stencils.register_people(connection)
        for _ in stencils.play_all(connection):
            pass
    access_rows.commit_rows(url)


def apply(url: str, statements: str) -> None:
    """Apply a migration in one transaction, as `supabase db push` does."""
    with psycopg.connect(url) as connection:
        connection.execute(statements.encode())


def _goes_on(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Whether the upgraded database records an event and knows it when it is sent again."""
    connection.execute("set local role service_role")
    [(release,)] = connection.execute(
        "select release_id from ops.releases where status = 'in_progress' order by created_at limit 1"
    ).fetchall()
    event = Jsonb(stencils.build_event(release, "after-the-upgrade"))
    for wanted in ("accepted", "duplicate"):
        [(answer,)] = connection.execute("select ops.ingest_event(%s)", [event]).fetchall()
        if answer["status"] != wanted:
            yield f"an event after the upgrade is {answer}, and not {wanted}"
    connection.rollback()
