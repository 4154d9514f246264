"""All that one run has to say, and what of it is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from harness.prove.chaos.campaign import MET_A_BATCH, Struck
from harness.prove.chaos.compare import Compared
from harness.prove.chaos.faults import PARTS
from harness.prove.chaos.figures import Figure
from harness.prove.chaos.load import MANNERS
from harness.prove.chaos.outages import ASKED, Survived
from harness.prove.chaos.tally import STRANGE, STRANGE_READS

SHOWN_WRONG = 10


@dataclass(frozen=True)
class Tried:
    """One row of the table; `times` is None for what was left out."""

    what: str
    times: int | None
    unit: str
    failed: int


@dataclass(frozen=True)
class ChaosResult:
    """Kills, outages, what the clients saw, the comparison, the figures of the tests, and where it was."""

    seed: int
    struck: Sequence[Struck]
    survived: Sequence[Survived]
    counts: Mapping[str, int]
    answers: Mapping[str, int]
    reads: Mapping[str, int]
    strange: Sequence[str]
    compared: Sequence[Compared]
    figures: Sequence[Figure]
    machine: Mapping[str, str]

    @property
    def problems(self) -> list[str]:
        """One sentence for each thing that is wrong; none when all is well."""
        return [*self._problems()]

    def _problems(self) -> Iterator[str]:
        yield from self.strange
        if not self.counts.get(MET_A_BATCH):
            yield "nothing was killed while a batch was on its way"
        if not self.reads.get("200"):
            yield "no read was answered"
        for outage in self.survived:
            yield from (f"{outage.name}: {problem}" for problem in outage.problems)
        for compared in self.compared:
            yield from (f"{compared.question}: {wrong}" for wrong in compared.wrong[:SHOWN_WRONG])
            if more := compared.wrong[SHOWN_WRONG:]:
                yield f"{compared.question}: {len(more)} more"
            if not compared.looked_at:
                yield f"{compared.question}: there was nothing to look at"
        for figure in self.figures:
            if figure.failed:
                yield f"{figure.what}: {figure.failed} failed"

    def tried(self) -> Iterator[Tried]:
        """What was tried, how often, and how much of it failed."""
        for part in PARTS:
            times = sum(struck.kill.part == part for struck in self.struck)
            # One that does not come back ends the run.
            yield Tried(f"`kill -9` of {part} under load: it comes back by itself", times, "kills", 0)
        for manner in MANNERS:
            yield Tried(f"clients: {manner}", self.counts.get(manner, 0), "events", 0)
        unseen = self.counts.get(STRANGE, 0)
        yield Tried("answers: final, or 503 with Retry-After", sum(self.answers.values()), "answers", unseen)
        yield Tried(
            "reads of the board: 200, or busy", sum(self.reads.values()), "answers", self.counts.get(STRANGE_READS, 0)
        )
        yield Tried(f"`kill -9` {MET_A_BATCH.removeprefix('kills ')}", self.counts.get(MET_A_BATCH, 0), "kills", 0)
        for outage in self.survived:
            yield Tried(
                f"{outage.name}: 503 in time, then all get through", ASKED + 1, "requests", len(outage.problems)
            )
        for compared in self.compared:
            yield Tried(compared.question, compared.looked_at, "looked at", len(compared.wrong))
        for figure in self.figures:
            yield Tried(figure.what, figure.tried, figure.unit, figure.failed)

    def by_way(self) -> Iterator[tuple[str, str, int, float, float]]:
        """Part, way of killing it, how often, and the seconds until events got through: median and most."""
        kinds = dict.fromkeys(struck.kill for struck in self.struck)
        for kill in sorted(kinds, key=lambda kill: (PARTS.index(kill.part), -kill.times, kill.how)):
            seconds = [struck.back_after for struck in self.struck if struck.kill == kill]
            yield kill.part, kill.how, len(seconds), median(seconds), max(seconds)
