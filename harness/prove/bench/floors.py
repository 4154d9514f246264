"""The floors: simpler statements that the measured functions are compared with, installed in a database."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from harness.prove.bench.errors import BenchError
from harness.stack.parts import ROOT

FLOORS = (Path(__file__).parent / "floors.sql").read_text()
# Queues of others, each from its package. Only their SQL is run, no worker.
QUEUE = ROOT / "node_modules" / "graphile-worker" / "sql"
MESSAGES = "pgmq"  # the client, which carries the SQL of the extension; importing it would take a second


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


def install_messages(connection: psycopg.Connection[Any]) -> None:
    """`pgmq` as its own client installs it where there is no extension, with one queue."""
    found = find_spec(MESSAGES)
    files = [Path(place) / "sql" / "pgmq.sql" for place in (found and found.submodule_search_locations) or []]
    if not any(file.exists() for file in files):
        raise BenchError(f"the SQL of {MESSAGES} is missing (checked: {files or 'the environment'}): make setup")
    _run(connection, files[0].read_text())
    _run(connection, "select pgmq.create('bench')")


def _run(connection: psycopg.Connection[Any], statements: Any) -> None:
    connection.execute("set role postgres")
    connection.execute(statements)
    connection.execute("reset role")
