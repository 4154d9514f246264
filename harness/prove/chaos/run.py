"""One run: a stack of its own, kills under load, outages, and what is stored after all that."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from harness.prove.chaos import notices, outages
from harness.prove.chaos.batches import BatchClient
from harness.prove.chaos.campaign import strike_all
from harness.prove.chaos.compare import Compared, compare
from harness.prove.chaos.compare_batches import compare_batches, compare_reads
from harness.prove.chaos.faults import kills, schedule
from harness.prove.chaos.journal import Journal, read
from harness.prove.chaos.load import Load
from harness.prove.chaos.outages import OUTAGES, Outage, go_through
from harness.prove.chaos.readers import LOG, ON_THE_PAGE, Reader
from harness.prove.chaos.result import ChaosResult
from harness.prove.chaos.stored import look
from harness.prove.machine import describe
from harness.prove.progress import Told
from harness.prove.world import register_people
from harness.stack import run_cluster

# As the platform's smallest project has it.
SETTINGS = {"max_connections": "60"}
SHOWN = ("fsync", "synchronous_commit", "full_page_writes", "restart_after_crash", *SETTINGS)


@dataclass(frozen=True)
class ChaosProfile:
    """How many kills of each part, which outages, and whether commits survive a crash of the machine too."""

    postgres: int = 25
    postgrest: int = 10
    function: int = 10
    outages: Sequence[Outage] = OUTAGES
    durable: bool = True


QUICK = ChaosProfile(3, 1, 1, outages.QUICK, durable=False)


def prepare(load: Load) -> None:
    """People and receivers, and beside the clients a sender of batches, a release manager and an auditor who read."""
    register_people(load.stack)
    notices.have_sent(load.stack)
    readers = [Reader(load, "rm-1", ON_THE_PAGE), Reader(load, "auditor-1", [LOG])]
    load.besides += [BatchClient(load).run, *(reader.run for reader in readers)]


def compare_all(journal: Path, db_url: str) -> list[Compared]:
    """Every question about a run that is over, by its journal and its database."""
    record, stored = read(journal), look(db_url)
    with psycopg.connect(db_url) as connection:
        told = notices.compare(*notices.look(connection), record.undone)
    return [*compare(record, stored), *compare_batches(record, stored), *told, *compare_reads(record, stored)]


def run(profile: ChaosProfile, seed: int, directory: Path, told: Told) -> ChaosResult:
    """Break, and compare; StackError if something does not come back. The journal stays in `directory`."""
    draw = random.Random(seed)  # noqa: S311
    told("starting a stack", 0, 1)
    with contextlib.ExitStack() as closing:
        cluster = closing.enter_context(run_cluster(kind="embedded", fast=not profile.durable, settings=SETTINGS))
        stack = closing.enter_context(cluster.stack("postgres"))
        machine = describe(cluster, SHOWN)
        told("starting a stack", 1, 1)
        journal = closing.enter_context(contextlib.closing(Journal(directory / "journal.jsonl")))
        load = closing.enter_context(contextlib.closing(Load(stack, journal, seed)))
        prepare(load)
        order = schedule(kills(stack, profile.postgres, profile.postgrest, profile.function), draw)
        with load.running():
            struck = strike_all(load, order, draw, told)
        survived = []
        for number, outage in enumerate(profile.outages):
            told("outages", number, len(profile.outages))
            survived.append(go_through(outage, stack, load, f"outage-{number}"))
        told("outages", len(profile.outages), len(profile.outages))
        told("comparing acknowledged with stored", 0, 1)
        compared = compare_all(journal.path, stack.db_url)
        told("comparing acknowledged with stored", 1, 1)
        tally = load.tally
        return ChaosResult(
            seed, struck, survived, tally.counts, tally.answers, tally.reads, tally.strange, compared, [], machine
        )
