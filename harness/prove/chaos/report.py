"""The chaos report: what was tried, how often, what failed; how soon all was back; where, how, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.prove.chaos.result import ChaosResult, Tried

_METHOD = (Path(__file__).parent / "method.md").read_text()


def write(findings: ChaosResult, command: str, directory: Path) -> Path:
    """The page, as this run came out; `command` is what repeats it."""
    directory.mkdir(parents=True, exist_ok=True)
    page = directory / "chaos.md"
    page.write_text("\n".join(_page(findings, command)) + "\n")
    return page


def _page(findings: ChaosResult, command: str) -> Iterator[str]:
    problems = findings.problems
    yield from ("# Chaos", "", "Written by `make chaos`, all of it, as it came out.", "")
    yield verdict(findings)
    if problems:
        yield from ("", "## What is wrong", "", *(f"- {problem}" for problem in problems))
    yield from ("", "## What was tried, how often, and what failed", "")
    yield from _table(("what was tried", "how often", "failed"), "lrr", map(tried_line, findings.tried()))
    yield from ("", "## Kills, and the time until events got through again", "")
    yield from ("Counted from the kill, the moment for which the part is left dead included.", "")
    yield from _table(("part", "killed is", "times", "median", "longest"), "llrrr", kill_lines(findings))
    yield from ("", "## Outages, and what was answered meanwhile", "")
    yield from _table(("cause", "answers", "slowest", "limit", "all through after"), "llrrr", outage_lines(findings))
    yield from ("", "## What the clients did and saw", "")
    yield from _table(("", "times"), "lr", client_lines(findings))
    yield from ("", "## Where", "")
    yield from _table(("", ""), "ll", [*findings.machine.items(), ("Seed", str(findings.seed))])
    yield from ("", "## How to repeat it", "", "```sh", command, "```", "")
    yield (
        "The seed decides what is killed in which order and what the clients send; what is on its way at that moment,"
        " the machine decides."
    )
    yield from ("", _METHOD.rstrip())


def verdict(findings: ChaosResult) -> str:
    """The run in one sentence."""
    events = f"{findings.counts.get('events', 0):,} events, {len(findings.struck)} kills"
    if findings.problems:
        return f"**{len(findings.problems)} things are wrong** after {events}."
    return (
        f"{events}: nothing lost, nothing doubled, no batch in part, every verdict as the facts and its replay have it,"
        " and people are told of each fact once."
    )


def tried_line(tried: Tried) -> tuple[str, ...]:
    """One row of the one table."""
    if tried.times is None:
        return (tried.what, "left out", "")
    return (tried.what, f"{tried.times:,} {tried.unit}", f"**{tried.failed:,}**" if tried.failed else "0")


def kill_lines(findings: ChaosResult) -> Iterator[tuple[str, ...]]:
    """Each way of killing each part."""
    for part, how, times, usual, longest in findings.by_way():
        yield part, how, str(times), f"{usual:.1f} s", f"{longest:.1f} s"


def outage_lines(findings: ChaosResult) -> Iterator[tuple[str, ...]]:
    """Each outage."""
    for outage in findings.survived:
        slowest, limit, back = (f"{seconds:.1f} s" for seconds in (outage.slowest, outage.limit, outage.back_after))
        yield outage.name, counted(outage.answers), slowest, limit, back


def client_lines(findings: ChaosResult) -> Iterator[tuple[str, ...]]:
    """Counts of the clients, then their answers, the most frequent first."""
    answers = {f"answered `{answer}`": times for answer, times in findings.answers.items()}
    reads = {f"a read was answered `{answer}`": times for answer, times in findings.reads.items()}
    for counts in (findings.counts, answers, reads):
        for what, times in sorted(counts.items(), key=lambda pair: -pair[1]):
            yield what, f"{times:,}"


def counted(answers: Mapping[str, int]) -> str:
    """Answers with their number."""
    return ", ".join(f"{times} `{answer}`" for answer, times in answers.items())


def _table(head: Sequence[str], sides: str, lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown; `sides` has l or r for each column."""
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---:' if side == 'r' else '---' for side in sides)} |"
    yield from (f"| {' | '.join(line)} |" for line in lines)
