"""Checks that a loaded database holds only what the functions of the schema would have written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql


def problems(connection: psycopg.Connection[Any], sample: int = 500) -> list[str]:
    """The faults of a load: rows with a broken link, and verdicts that the facts do not support.

    CHECK, NOT NULL and UNIQUE are kept by COPY itself.
    """
    return [*_lost_links(connection), *_wrong_verdicts(connection, sample)]


# What the log names without a foreign key.
_LOG = "ops.event_ingest_log"
_LINKS = [
    ("the link to a release", _LOG, "ops.releases", ["release_id"], ["release_id"]),
    ("the link to the accepted row", _LOG, _LOG, ["duplicate_of"], ["ingest_id"]),
]


def _lost_links(connection: psycopg.Connection[Any]) -> Iterator[str]:
    columns = (
        "(select array_agg(a.attname::text order by k.place) from unnest({}) with ordinality as k (number, place)"
        " join pg_attribute a on a.attrelid = {} and a.attnum = k.number)"
    )
    keys = connection.execute(
        sql.SQL(
            "select f.conname, f.conrelid::regclass::text, f.confrelid::regclass::text, {}, {} from pg_constraint f"
            " where f.contype = 'f' and f.connamespace = 'ops'::regnamespace order by 2, 1"
        ).format(
            sql.SQL(columns).format(sql.SQL("f.conkey"), sql.SQL("f.conrelid")),
            sql.SQL(columns).format(sql.SQL("f.confkey"), sql.SQL("f.confrelid")),
        )
    ).fetchall()
    for name, table, target, here, there in [*keys, *_LINKS]:
        pairs = list(zip(here, there, strict=True))
        query = sql.SQL("select count(*) from {} as h where {} and not exists (select from {} as t where {})").format(
            sql.SQL(table),
            sql.SQL(" and ").join(sql.SQL("h.{} is not null").format(sql.Identifier(column)) for column in here),
            sql.SQL(target),
            sql.SQL(" and ").join(
                sql.SQL("h.{} = t.{}").format(sql.Identifier(a), sql.Identifier(b)) for a, b in pairs
            ),
        )
        row = connection.execute(query).fetchone()
        if row and row[0]:
            yield f"{row[0]} rows of {table} break {name}"


def _wrong_verdicts(connection: psycopg.Connection[Any], sample: int) -> Iterator[str]:
    # Only time makes a stored verdict stale: a release with an exception is asked about while that was active.
    connection.execute("set role service_role")
    wrong = connection.execute(
        "select r.release_name, g.gate_code, g.status, said.status"
        " from (select * from ops.releases order by release_id limit %s) as r"
        " join ops.release_gates as g using (release_id)"
        " cross join lateral (select least(clock_timestamp(), (select min(x.expires_at) - interval '1 second'"
        "   from ops.exceptions as x where x.release_id = r.release_id)) as moment) as m"
        " cross join lateral (select ops.gate_status_at(g.gate_id, m.moment) as status) as said"
        " where said.status is distinct from g.status::text",
        [sample],
    ).fetchall()
    connection.execute("reset role")
    for name, gate, stored, said in wrong:
        yield f"{gate} of {name} is stored as {stored}, and its facts say {said}"
