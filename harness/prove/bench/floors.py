"""The floors: simpler statements that the measured functions are compared with, installed in a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from harness.prove.bench.errors import BenchError
from harness.stack.parts import ROOT

FLOORS = (Path(__file__).parent / "floors.sql").read_text()
# A job queue of others, from its npm package. Only its SQL is run, no worker.
QUEUE = ROOT / "node_modules" / "graphile-worker" / "sql"


def install(connection: psycopg.Connection[Any]) -> None:
    """Our own floors, as `postgres`: their ids are made as the schema makes its own."""
    [(new_id,)] = connection.execute(
        "select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d join pg_attribute a"
        " on a.attrelid = d.adrelid and a.attnum = d.adnum and a.attname = 'check_id'"
        " where d.adrelid = 'ops.gate_checks'::regclass"
    ).fetchall()
    _run(connection, FLOORS.replace(":new_id", new_id))


def install_queue(connection: psycopg.Connection[Any]) -> None:
    """`graphile_worker` with its own migrations, each in a transaction, as its own command line runs them."""
    files = sorted(QUEUE.glob("*.sql"))
    if not files:
        raise BenchError(f"graphile-worker is missing (checked: {QUEUE}): make setup")
    _run(connection, "create schema graphile_worker")
    for file in files:
        _run(connection, file.read_text().replace(":GRAPHILE_WORKER_SCHEMA", "graphile_worker"))


def _run(connection: psycopg.Connection[Any], statements: Any) -> None:
    connection.execute("set role postgres")
    connection.execute(statements)
    connection.execute("reset role")
