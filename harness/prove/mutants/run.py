"""Tries every mutant, and reports which survived."""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import importlib
import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from harness.prove.mutants.catalogue import ROLE_KINDS, Mutant, mutants
from harness.prove.mutants.trial import MutantResult, MutantTrial
from harness.prove.progress import shown_progress
from harness.stack import Cluster, run_cluster
from harness.stack.signals import heed_signals

# Mutants that change nothing anybody could see. Pattern of the name → why.
EQUIVALENT: dict[str, str] = {}

WORKERS = 2
CHUNK = 24


_trial: MutantTrial | None = None
_database = contextlib.ExitStack()


@dataclass(frozen=True)
class Promises:
    """The modules of tests that are asked, by name: about the catalogue, and about what callers experience."""

    catalogue: tuple[str, ...]
    behaviour: tuple[str, ...]


def _set_up(cluster: dict[str, Any], promises: Promises) -> None:
    global _trial
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches workers too; the run ends them
    copied = Cluster.from_dict(cluster)
    database = _database.enter_context(copied.database())
    catalogue, behaviour = (
        [importlib.import_module(name) for name in names] for names in (promises.catalogue, promises.behaviour)
    )
    url, admin_url = copied.server.url("postgres", database), copied.server.admin_url(database)
    _trial = MutantTrial(url, catalogue, behaviour, admin_url)


def _try_out(chunk: list[Mutant]) -> tuple[list[str], list[MutantResult]]:
    if _trial is None:
        raise RuntimeError("this worker was not set up")
    return _trial.red, [_trial.try_out(mutant) for mutant in chunk]


def try_all(
    found: list[Mutant], cluster: Cluster, promises: Promises, workers: int, console: Console
) -> tuple[list[str], list[MutantResult]]:
    """Every mutant on `workers` copies; the tests that are red without any, and the verdicts."""
    # Roles belong to the cluster: theirs are tried by one worker, in one go.
    apart = [mutant for mutant in found if mutant.kind in ROLE_KINDS]
    rest = [mutant for mutant in found if mutant.kind not in ROLE_KINDS]
    chunks = [apart] if apart else []
    chunks += [rest[start : start + CHUNK] for start in range(0, len(rest), CHUNK)]
    red: list[str] = []
    verdicts: list[MutantResult] = []
    with (
        shown_progress(console) as told,
        ProcessPoolExecutor(workers, get_context("spawn"), _set_up, (cluster.as_dict(), promises)) as pool,
    ):
        try:
            trying = [pool.submit(_try_out, chunk) for chunk in chunks]
            told("mutants", 0, len(found))
            for done in as_completed(trying):
                red, tried = done.result()
                verdicts += tried
                told("mutants", len(verdicts), len(found))
        except BaseException:
            # The pool would wait for what its workers have begun.
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in active_children():
                worker.terminate()
            raise
    return red, verdicts


def report(red: list[str], verdicts: list[MutantResult], seconds: float, console: Console) -> bool:
    """Print what survived and how many there were; whether all is well."""
    table = Table("kind", "mutants", "felt by callers", "seen in the catalogue alone", "survived", "equivalent")
    totals: Counter[str] = Counter()
    lines: list[str] = []
    excused = {
        verdict.mutant.name
        for verdict in verdicts
        if verdict.survived and any(fnmatch.fnmatch(verdict.mutant.name, pattern) for pattern in EQUIVALENT)
    }
    for kind in dict.fromkeys(verdict.mutant.kind for verdict in sorted(verdicts, key=lambda v: v.mutant.kind)):
        own = [verdict for verdict in verdicts if verdict.mutant.kind == kind]
        equivalent = [verdict for verdict in own if verdict.mutant.name in excused]
        survived = [verdict for verdict in own if verdict.survived and verdict not in equivalent]
        counts = {
            "mutants": len(own),
            "felt": sum(verdict.behaviour is not None for verdict in own),
            "seen": sum(verdict.behaviour is None and verdict.catalogue is not None for verdict in own),
            "survived": len(survived),
            "equivalent": len(equivalent),
        }
        totals.update(counts)
        table.add_row(kind, *map(str, counts.values()))
        lines += [
            f"could not be tried: {kind}: {v.mutant.name}: {v.broken}"
            if v.broken
            else f"survived: {kind}: {v.mutant.name}"
            for v in survived
        ]
    table.add_section()
    table.add_row("all", *(str(totals[name]) for name in ("mutants", "felt", "seen", "survived", "equivalent")))
    console.print(table)
    for pattern, reason in EQUIVALENT.items():
        console.print(f"equivalent: {pattern}: {reason}", markup=False)
    for line in lines:
        console.print(line, markup=False)
    for name in red:
        console.print(f"red without any mutant: {name!r}", markup=False)
    console.print(f"{totals['mutants']} mutants, {totals['survived']} survived, in {seconds:.0f} s")
    return not lines and not red


def main(promises: Promises, arguments: Sequence[str] | None = None) -> int:
    """0 when every mutant was noticed, 1 when one survived or a test is red without any; 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.tests.mutants",
        description="Break every rule about access, one at a time, and ask whether the tests notice.",
    )
    parser.add_argument("--only", metavar="PATTERN", help="those whose kind or name contains or matches it")
    parser.add_argument("--workers", type=int, default=min(WORKERS, os.cpu_count() or 1))
    parser.add_argument("--list", action="store_true", help="print the mutants and try none")
    given = parser.parse_args(arguments)
    console = Console()
    heed_signals()
    try:
        return _try_wanted(promises, given, console)
    except KeyboardInterrupt:
        console.print("interrupted; nothing is left running")
        return 130


def _try_wanted(promises: Promises, given: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    with run_cluster() as cluster:
        with cluster.database() as name, psycopg.connect(cluster.server.url("postgres", name)) as db:
            found = [mutant for mutant in mutants(db) if _wanted(mutant, given.only)]
        if given.list:
            for mutant in found:
                console.print(f"{mutant.kind}: {mutant.name}", markup=False, soft_wrap=True)
            return 0
        if not found:
            console.print(f"no mutant is called {given.only}")
            return 1
        red, verdicts = try_all(found, cluster, promises, given.workers, console)
    return 0 if report(red, verdicts, time.monotonic() - started, console) else 1


def _wanted(mutant: Mutant, pattern: str | None) -> bool:
    text = f"{mutant.kind}: {mutant.name}"
    return pattern is None or pattern in text or fnmatch.fnmatch(text, pattern)
