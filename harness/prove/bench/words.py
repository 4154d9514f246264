"""How figures, goals and headings are written."""

from __future__ import annotations

import re

from harness.prove.bench.bars import BarOutcome


def number(value: float) -> str:
    """Three digits that matter, with separators."""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"


def unit(outcome: BarOutcome) -> str:
    """A ratio has none."""
    return " ×" if outcome.bar.held_against or outcome.bar.growth else f" {outcome.row.unit}"  # noqa: RUF001


def goal(outcome: BarOutcome) -> str:
    """At least or at most so much, in the unit of the row."""
    bar = outcome.bar
    enough = "" if bar.or_at_most is None else f" or {number(bar.or_at_most)} {outcome.row.unit}"
    return f"{'≤' if bar.at_most else '≥'} {number(bar.goal)}{unit(outcome)}{enough}"


def measured(outcome: BarOutcome) -> str:
    """The median; beside a ratio that has a second goal, the figure of that."""
    own = "" if outcome.bar.or_at_most is None else f" and {number(outcome.own)} {outcome.row.unit}"
    return f"{number(outcome.measured)}{unit(outcome)}{own}"


def verdict(outcome: BarOutcome) -> str:
    """Met or missed, and by how much of the goal."""
    return f"{'met' if outcome.met else '**missed**'} by {abs(outcome.margin):.0%}"


def anchor(title: str) -> str:
    """The end of a link to a heading, as the usual renderers make it."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
