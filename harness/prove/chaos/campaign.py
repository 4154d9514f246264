"""Kills parts under load, one after another, and waits after each until events are accepted again."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from harness.prove.chaos.faults import Kill
from harness.prove.chaos.load import MANNERS, Load
from harness.prove.progress import Told
from harness.stack import StackError, wait_until

# How many events must be acknowledged after a kill before the next one: at least and at most.
BETWEEN = (5, 60)
# Seconds: how long a part is left dead at most, and how long it may take to come back.
LEFT_DOWN, BACK_WITHIN = 0.5, 60.0
# Seconds that all kills may take: some minutes on two cores that have nothing else to do.
AT_MOST = 1_800.0
MET_A_BATCH = "kills while a batch was on its way"


@dataclass(frozen=True)
class Struck:
    """One kill: what, and how many seconds passed until an event that was sent after it was acknowledged."""

    kill: Kill
    back_after: float


def _on_their_way(load: Load, wanted: int) -> bool:
    return load.tally.acknowledged >= wanted and load.tally.in_flight > 0


def strike_all(load: Load, order: list[Kill], draw: random.Random, told: Told) -> list[Struck]:
    """Every kill of the schedule; StackError if a part does not come back."""
    done: list[Struck] = []
    began = time.monotonic()
    for number, kill in enumerate(order):
        told("kill -9 under load", number, len(order))
        if time.monotonic() - began > AT_MOST:
            raise StackError(f"{number} of {len(order)} kills took more than {AT_MOST / 60:.0f} minutes")
        wanted = load.tally.acknowledged + draw.randint(*BETWEEN)
        wait_until(lambda wanted=wanted: _on_their_way(load, wanted), BACK_WITHIN, "events to be on their way")  # type: ignore[misc]
        if load.besides and number % 2 == 0:
            wait_until(lambda: load.tally.batches_in_flight > 0, BACK_WITHIN, "a batch to be on its way")
        load.tally.count(MET_A_BATCH, int(load.tally.batches_in_flight > 0))
        restore = kill.strike()
        at = time.monotonic()
        back_from = at + draw.uniform(0, LEFT_DOWN)
        wait_until(lambda moment=back_from: time.monotonic() >= moment, 5)  # type: ignore[misc]
        restore()
        wait_until(
            lambda at=at: load.tally.serves_since(at),  # type: ignore[misc]
            BACK_WITHIN,
            f"events to get through after {kill.part} was killed",
        )
        done.append(Struck(kill, time.monotonic() - at))
    # In a short run some of these may not have happened yet.
    wait_until(
        lambda: not load.clients or all(load.tally.counts[manner] for manner in MANNERS),
        BACK_WITHIN,
        "clients that hang up, send twice at once and send again",
    )
    told("kill -9 under load", len(order), len(order))
    return done
