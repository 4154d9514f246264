"""What a run says in the end on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.prove.chaos.report import client_lines, kill_lines, outage_lines, tried_line, verdict
from harness.prove.chaos.result import ChaosResult


def show(findings: ChaosResult, console: Console) -> None:
    """The tables of the page, and what is wrong."""
    _print(console, ("what was tried", "how often", "failed"), map(tried_line, findings.tried()))
    _print(console, ("part", "killed is", "times", "median", "longest"), kill_lines(findings))
    _print(console, ("cause", "answers", "slowest", "limit", "all through after"), outage_lines(findings))
    _print(console, ("clients", "times"), client_lines(findings))
    for problem in findings.problems:
        console.print(f"wrong: {problem}", markup=False, style="red")
    console.print(_plain(verdict(findings)))


def _print(console: Console, head: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    table = Table(*head)
    for line in lines:
        table.add_row(*map(_plain, line))
    console.print(table)


def _plain(text: str) -> Text:
    """Without Markdown; bold is what fails."""
    return Text(text.strip("*").replace("**", "").replace("`", ""), style="red" if "**" in text else "")
