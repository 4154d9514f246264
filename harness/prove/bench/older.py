"""The schema of an earlier commit in the same cluster, so that one run measures both."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from harness.prove.bench.cluster import BenchCluster
from harness.prove.bench.errors import BenchError
from harness.stack import SupabaseCli
from harness.stack.parts import ROOT
from harness.stack.postgres import create_database, drop_database


@contextlib.contextmanager
def older(place: BenchCluster, commit: str, size: int) -> Iterator[BenchCluster]:
    """A place with the migrations, the configuration and the function of a commit; its databases are dropped."""
    server = place.cluster.server
    name = f"{place.prefix}_{commit[:12]}"
    databases = (name, f"{name}_{size}", f"{name}_{size}_new")
    with tempfile.TemporaryDirectory() as directory:
        _unpack(commit, Path(directory))
        try:
            drop_database(server, name)
            create_database(server, name)
            with psycopg.connect(server.admin_url(name)) as connection:
                baseline: Any = (ROOT / "harness/stack/baseline.sql").read_text()
                connection.execute(baseline)
            SupabaseCli(Path(directory)).push(server.url("postgres", name))
            cluster = replace(place.cluster, workdir=Path(directory), template=name)
            yield BenchCluster(cluster, place.progress, prefix=name)
        finally:
            for database in databases:
                drop_database(server, database)


def resolved(commit: str) -> str:
    """The whole name of a commit of this checkout; BenchError when there is none of that name."""
    return _git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", otherwise=f"there is no commit {commit}")


def subject(commit: str) -> str:
    """Its short name and its first line."""
    return _git("log", "-1", "--format=%h %s", commit, otherwise=f"there is no commit {commit}")


def _git(*arguments: str, otherwise: str) -> str:
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(otherwise)
    return done.stdout.strip()


def _unpack(commit: str, directory: Path) -> None:
    packed = subprocess.run(["git", "-C", ROOT, "archive", commit, "supabase"], capture_output=True, check=False)
    if packed.returncode != 0:
        raise BenchError(f"commit {commit} has no supabase/: {packed.stderr.decode(errors='replace').strip()}")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(directory)  # noqa: S202 - it is our own repository
