"""Any number of releases by COPY, each a copy of one that the real functions made.

Ids, names, keys, digests and times are each copy's own; everything else, the verdicts among it, is what the functions
decided. Times of a copy, those in its ids too, are all moved back by the same amount, so whatever held between them
still holds.
"""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from harness.prove.bench.copies import Table, Template, columns, names_of
from harness.prove.bench.stencils import BESIDE, PROJECTS, SHAPES, register_people

LOG_ROWS_PER_RELEASE = 10
BATCH = 1_000
_SEED = 20261123
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Plan:
    """Which shapes are copied and how often, the oldest release first."""

    made: Sequence[Template]
    releases: int
    log_rows: int

    def copies(self, dice: random.Random) -> list[tuple[timedelta, Template]]:
        """What is to be copied, and how far back in time."""
        named = {template.shape.name: template for template in self.made}
        chosen = [named[shape.name] for shape in SHAPES for _ in range(round(self.releases * shape.weight / 100))]
        promoted = named["promoted"]
        chosen = (chosen + [promoted] * self.releases)[: self.releases]
        missing = self.log_rows - sum(template.log_rows for template in chosen)
        beside = [named[shape.name] for shape in BESIDE]
        chosen += dice.choices(beside, [shape.weight for shape in BESIDE], k=max(missing, 0))
        aged = [(timedelta(days=dice.uniform(*template.shape.age)), template) for template in chosen]
        return sorted(aged, key=lambda pair: pair[0], reverse=True)


def load(
    connection: psycopg.Connection[Any],
    made: Sequence[Template],
    releases: int,
    *,
    log_rows: int | None = None,
    progress: Progress = lambda _: None,
) -> None:
    """Fill an empty migrated database as superuser; `progress` is told how many of `releases` were added."""
    with connection.transaction():
        register_people(connection, PROJECTS)
        connection.execute("reset role")
    dice = random.Random(_SEED)  # noqa: S311
    plan = Plan(made, releases, LOG_ROWS_PER_RELEASE * releases if log_rows is None else log_rows)
    _copy_in(connection, plan.copies(dice), dice, 0, progress)


def add_fresh(
    connection: psycopg.Connection[Any], made: Sequence[Template], count: int, progress: Progress = lambda _: None
) -> None:
    """More releases that were opened today and have no facts yet, named `v1000000000` and up."""
    [fresh] = [template for template in made if template.shape.name == "fresh"]
    dice = random.Random(_SEED + 1)  # noqa: S311
    ages = sorted((timedelta(seconds=dice.uniform(60, 3_600)) for _ in range(count)), reverse=True)
    _copy_in(connection, [(age, fresh) for age in ages], dice, FRESH_FROM, progress)


FRESH_FROM = 1_000_000_000
FRESH = r"^v\d{10}$"


def _copy_in(
    connection: psycopg.Connection[Any],
    copies: Sequence[tuple[timedelta, Template]],
    dice: random.Random,
    first: int,
    progress: Progress,
) -> None:
    """Rendering in a thread of its own, while the database takes in what was rendered before."""
    filled = columns(connection)
    rendered: queue.Queue[tuple[int, dict[Table, str]] | BaseException | None] = queue.Queue(maxsize=3)
    stopped = threading.Event()

    def render() -> None:
        try:
            for start in range(0, len(copies), BATCH):
                batch = copies[start : start + BATCH]
                rows: dict[Table, list[str]] = {}
                for number, (shift, template) in enumerate(batch, first + start):
                    for table, text in template.copy(number, shift, dice):
                        rows.setdefault(table, []).append(text)
                opened = sum(template.shape.opens for _, template in batch)
                rendered.put((opened, {table: "".join(texts) for table, texts in rows.items()}))
                if stopped.is_set():
                    return
            rendered.put(None)
        except BaseException as error:  # the waiting thread raises it
            rendered.put(error)

    renderer = threading.Thread(target=render, daemon=True)
    renderer.start()
    try:
        connection.execute("set session_replication_role = replica")  # no trigger fires: what they decided is copied
        connection.execute("set synchronous_commit = off")
        while (batch := rendered.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            opened, texts = batch
            with connection.transaction(), connection.cursor() as cursor:
                for table, text in texts.items():
                    query = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(*table), names_of(filled[table]))
                    with cursor.copy(query) as copy:
                        copy.write(text.encode())
            progress(opened)
        connection.execute("reset session_replication_role")
        connection.execute("reset synchronous_commit")
    finally:
        stopped.set()
        while renderer.is_alive():
            try:
                rendered.get(timeout=0.05)
            except queue.Empty:
                continue
