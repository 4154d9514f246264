"""One run: a stack of its own, kills under load, outages, and what is stored after all that."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.prove.chaos import outages
from harness.prove.chaos.campaign import Told, strike_all
from harness.prove.chaos.compare import compare
from harness.prove.chaos.faults import kills, schedule
from harness.prove.chaos.journal import Journal, read
from harness.prove.chaos.load import Load
from harness.prove.chaos.outages import OUTAGES, Outage, go_through
from harness.prove.chaos.result import ChaosResult
from harness.prove.chaos.stored import look
from harness.prove.machine import describe
from harness.prove.world import settle
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


def run(profile: ChaosProfile, seed: int, directory: Path, told: Told) -> ChaosResult:
    """Break, and compare; StackError if something does not come back. The journal stays in `directory`."""
    draw = random.Random(seed)  # noqa: S311
    told("starting a stack", 0, 1)
    with contextlib.ExitStack() as closing:
        cluster = closing.enter_context(run_cluster(kind="embedded", fast=not profile.durable, settings=SETTINGS))
        stack = closing.enter_context(cluster.stack("postgres"))
        machine = describe(cluster, SHOWN)
        settle(stack)
        told("starting a stack", 1, 1)
        journal = closing.enter_context(contextlib.closing(Journal(directory / "journal.jsonl")))
        load = closing.enter_context(contextlib.closing(Load(stack, journal, seed)))
        order = schedule(kills(stack, profile.postgres, profile.postgrest, profile.function), draw)
        with load.running():
            struck = strike_all(load, order, draw, told)
        survived = []
        for number, outage in enumerate(profile.outages):
            told("outages", number, len(profile.outages))
            survived.append(go_through(outage, stack, load, f"outage-{number}"))
        told("outages", len(profile.outages), len(profile.outages))
        told("comparing acknowledged with stored", 0, 1)
        compared = compare(read(journal.path), look(stack.db_url))
        told("comparing acknowledged with stored", 1, 1)
        tally = load.tally
        return ChaosResult(seed, struck, survived, tally.counts, tally.answers, tally.strange, compared, [], machine)
