"""The cluster that is measured, and its databases: each size is loaded once and kept, and measured in a copy."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from harness.prove.bench import floors
from harness.prove.bench.copies import Template, templates
from harness.prove.bench.errors import BenchError
from harness.prove.bench.load import add_fresh, load
from harness.prove.bench.proof import problems
from harness.prove.progress import Told
from harness.stack import Cluster, SupabaseCli, run_cluster
from harness.stack.parts import CACHE, ROOT, database_user
from harness.stack.places import reachable
from harness.stack.postgres import copy_database, copy_database_rights, drop_database, passwords, run_postgres
from harness.stack.postgres_trees import DEFAULT
from harness.stack.stack import TEMPLATE

HERE = Path(__file__).parent
# What a hosted project of some size has, and initdb's defaults have not; everything that makes a commit durable is on.
SETTINGS = {"shared_buffers": "2GB", "max_wal_size": "4GB", "effective_cache_size": "4GB"}
# The settings that a reader of figures asks about.
SHOWN = (*SETTINGS, "fsync", "synchronous_commit", "full_page_writes", "wal_level", "autovacuum", "jit")
ROOM = 12 << 30
LARGE = 5_000  # releases; more are copied file by file, fewer without the checkpoints that this takes


@dataclass
class BenchCluster:
    """A cluster, the shapes to copy, and the databases that hold the copies."""

    cluster: Cluster
    progress: Told = lambda _what, _done, _all: None
    prefix: str = "bench"  # of the names of its databases
    _made: list[Template] = field(default_factory=list)

    def templates(self) -> list[Template]:
        """One release of each shape, played when first asked for."""
        if not self._made:
            with self.cluster.database() as name, self.admin(name) as connection:
                self._made += templates(connection)
        return self._made

    @contextlib.contextmanager
    def admin(self, database: str) -> Iterator[psycopg.Connection[Any]]:
        """A superuser's connection."""
        with psycopg.connect(self.cluster.server.admin_url(database), autocommit=True) as connection:
            yield connection

    def loaded(self, releases: int) -> str:
        """The name of the kept database with so many releases, loaded, checked and analysed."""
        name = f"{self.prefix}_{releases}"
        with self.admin("postgres") as connection:
            there = connection.execute("select from pg_database where datname = %s", [name]).fetchone() is not None
        if not there:
            self._load(name, releases)
        # Also in a database that was kept: what had not lapsed when it was loaded may have lapsed since.
        with self.admin(name) as connection:
            _judge_what_lapsed(connection)
        return name

    def _load(self, name: str, releases: int) -> None:
        making = f"{name}_new"
        drop_database(self.cluster.server, making)
        copy_database(self.cluster.server, making, self.cluster.template)
        done = 0

        def progress(more: int) -> None:
            nonlocal done
            done += more
            self.progress(f"loading {releases:,} releases", done, releases)

        with self.admin(making) as connection:
            load(connection, self.templates(), releases, progress=progress)
            self.progress(f"checking {releases:,} releases", releases, releases)
            connection.execute("vacuum (analyze)")
            if found := problems(connection):
                raise BenchError("the load is not what the schema would have made: " + "; ".join(found[:5]))
        with self.admin("postgres") as connection:
            connection.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(making), sql.Identifier(name))
            )

    @contextlib.contextmanager
    def measured(self, releases: int, fresh: int, *, floor: bool = False) -> Iterator[str]:
        """A copy of a loaded database with `fresh` more releases to send events to, and the floors beside them.

        With `floor`, `ops.ingest_event` itself is one: it inserts one row, for the same callers under the same name.
        """
        template, name = self.loaded(releases), f"{self.prefix}_{releases}_{'floor' if floor else 'copy'}"
        drop_database(self.cluster.server, name)
        try:
            self.progress(f"copying {releases:,} releases", 0, 1)
            with self.admin("postgres") as connection:
                connection.execute(
                    sql.SQL("create database {} owner postgres template {} strategy {}").format(
                        sql.Identifier(name),
                        sql.Identifier(template),
                        sql.SQL("file_copy" if releases > LARGE else "wal_log"),
                    )
                )
            copy_database_rights(self.cluster.server, name, template)
            with self.admin(name) as connection:
                # Plans that were made for empty tables would be kept: loaded and analysed before anybody measures.
                add_fresh(connection, self.templates(), fresh)
                floors.install(connection)
                if floor:
                    connection.execute("set role postgres")
                    connection.execute("drop function ops.ingest_event(jsonb)")
                    connection.execute("alter function bench.insert_one(jsonb) rename to ingest_event")
                    connection.execute("alter function bench.ingest_event(jsonb) set schema ops")
                    connection.execute("reset role")
                else:
                    floors.install_queue(connection)
                    floors.install_messages(connection)
                connection.execute("analyze")
            yield name
        finally:
            drop_database(self.cluster.server, name)


def _judge_what_lapsed(connection: psycopg.Connection[Any]) -> None:
    """Judges what lapsed, as a scheduler has done by the time somebody reads; by a function that 0.9.0 has too."""
    connection.execute("set role service_role")
    judged = connection.execute(
        "select count(ops.evaluate_gate(g.gate_id)) from ops.releases as r"
        " join ops.release_gates as g on g.release_id = r.release_id and g.gate_code = 'G1'"
        " where r.closed_at is null and r.judged_until <= clock_timestamp()"
    ).fetchone()
    connection.execute("reset role")
    if judged != (0,):
        connection.execute("vacuum (analyze)")


def fingerprint() -> str:
    """Of everything that a loaded database depends on."""
    digest = hashlib.sha256()
    files = [*ROOT.glob("supabase/migrations/*.sql"), *(ROOT / "harness/stack").glob("*.sql")]
    for path in (*sorted(files), *(HERE / name for name in ("stencils.py", "copies.py", "load.py"))):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def home() -> Path:
    """Where the kept cluster lives: in the cache, or elsewhere if Postgres may not enter that."""
    if reachable(CACHE / "x", database_user()):
        return CACHE / "bench"
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"ops-gates.bench-{os.getuid()}-{name}"


@contextlib.contextmanager
def kept_cluster(*, durable: bool = True) -> Iterator[Cluster]:
    """The cluster of earlier runs if the migrations are still the same, else a new one in its place."""
    directory = home()
    directory.mkdir(mode=0o711, parents=True, exist_ok=True)
    if not (directory / "state.json").exists() and shutil.disk_usage(directory).free < ROOM:
        raise BenchError(f"{directory} needs {ROOM >> 30} GB of free room, once")
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BenchError(f"another run is measuring already ({directory}/lock is held)") from None
        yield from _cluster(directory, durable=durable)


def _cluster(directory: Path, *, durable: bool) -> Iterator[Cluster]:
    state, data = directory / "state.json", directory / f"postgres-{DEFAULT}"
    known = json.loads(state.read_text()) if state.exists() else {}
    whole = known.get("fingerprint") == fingerprint() and data.exists()
    if not whole:
        state.unlink(missing_ok=True)
        shutil.rmtree(data, ignore_errors=True)
        known = {"fingerprint": fingerprint(), "passwords": passwords()}
    log = directory / "postgres.log"
    log.unlink(missing_ok=True)
    with run_postgres(
        version=DEFAULT, data=data, logs=directory, login=known["passwords"], fast=not durable
    ) as postgres:
        cluster = Cluster("embedded", postgres.server, ROOT, postgres.service)
        if not whole:
            with psycopg.connect(postgres.server.admin_url(), autocommit=True) as connection:
                for name, value in SETTINGS.items():
                    connection.execute(
                        sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value))
                    )
            postgres.service.stop()
            postgres.service.restart()
            SupabaseCli(ROOT).push(postgres.server.url())
            copy_database(postgres.server, TEMPLATE, "postgres")
            with os.fdopen(os.open(state, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(known, file)
        yield cluster


@contextlib.contextmanager
def passing_cluster() -> Iterator[Cluster]:
    """A cluster that is gone afterwards and gives up safety against a crash: for the quick profile."""
    with run_cluster(kind="embedded") as cluster:
        yield cluster


def bytes_by_table(cluster: Cluster, database: str) -> dict[str, int]:
    """What each table takes on disk with its indexes and TOAST."""
    with psycopg.connect(cluster.server.admin_url(database)) as connection:
        rows = connection.execute(
            "select relname::text, pg_total_relation_size(oid) from pg_class"
            " where relnamespace = 'ops'::regnamespace and relkind = 'r' order by relname"
        )
        return dict(rows.fetchall())
