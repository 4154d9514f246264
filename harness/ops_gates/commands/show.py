"""What is printed: tables for people, with colour on a terminal alone, and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

COLOURS = {
    "passed": "green", "accepted": "green", "succeeded": "green", "approved": "green", "promoted": "green",
    "bypassed": "yellow", "active": "yellow", "rejected": "red", "failed": "red", "error": "red", "yes": "green",
    "no": "red", "request_changes": "yellow", "in_progress": "cyan", "pending": "dim", "draft": "dim",
    "duplicate": "dim", "expired": "dim", "revoked": "dim", "rolled_back": "red",
}  # fmt: skip
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def as_json(value: Any) -> None:
    """Print a value as JSON; dates and ids as text."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def console() -> Console:
    """Standard output. A log has no width of its own; a table should still not wrap in it."""
    at = Console(highlight=False)
    return at if at.is_terminal else Console(highlight=False, width=160)


def text(value: Any) -> Text:
    """A value as it may be shown: never markup, and no control character of a stranger's reaches the terminal."""
    match value:
        case None:
            shown = ""
        case bool():
            shown = "yes" if value else "no"
        case list() | tuple():
            shown = ", ".join(map(str, value))
        case _:
            shown = str(value)
    shown = "".join(character if character.isprintable() else " " for character in shown)
    return Text(shown, style=COLOURS.get(shown, ""))


def line(*parts: Any) -> None:
    """Print values side by side, coloured where they are states."""
    console().print(Text(" ").join(text(part) for part in parts), soft_wrap=True)


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under a header; nothing but the header's names where there are none."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    cells = [[text(cell) for cell in row] for row in rows]
    for place, name in enumerate(header):
        # The first column names the row: it stays in one piece, to be copied, however wide the others are.
        whole = max((len(str(row[0])) for row in cells), default=0) if place == 0 else None
        grid.add_column(name, overflow="fold", no_wrap=place == 0, min_width=whole)
    for row in cells:
        grid.add_row(*row)
    console().print(grid)


def moment(value: str | None) -> str:
    """A time of the server's, to the second."""
    return "" if value is None else value[:19].replace("T", " ")
