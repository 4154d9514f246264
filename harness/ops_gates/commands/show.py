"""What is printed: sentences and tables for people, with colour on a terminal alone, and JSON for programs."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from ops_gates import readiness
from ops_gates.commands import layout
from ops_gates.streams import escaped

COLOURS = {
    "passed": "green", "accepted": "green", "succeeded": "green", "approved": "green", "promoted": "green",
    "bypassed": "yellow", "active": "yellow", "rejected": "red", "failed": "red", "error": "red", "yes": "green",
    "no": "red", "request_changes": "yellow", "in_progress": "cyan", "pending": "dim", "draft": "dim",
    "duplicate": "dim", "expired": "dim", "revoked": "dim", "rolled_back": "red",
}  # fmt: skip
LONG_LIST = 50
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Limit = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help=f"Show N at most, 0 for all; if left out {LONG_LIST}, or all with --json."),
]
Row = TypeVar("Row")
_PLAINER = {
    "\u2192": "->", "\u2026": "...", "\u2013": "-", "\u2014": "-",
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
}  # fmt: skip


# Characters


def writable(text: str, encoding: str | None) -> str:
    r"""A text that can be written in an encoding: an arrow becomes `->`, any other character its escape, `\u4e2d`."""
    encoding = encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plainer = "".join(_PLAINER.get(character, character) for character in text)
        return plainer.encode(encoding, "backslashreplace").decode(encoding)
    return text


def _json_escape(found: re.Match[str]) -> str:
    pairs = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{pairs[at : at + 4]}" for at in range(0, len(pairs), 4))


def as_json(value: Any) -> None:
    """Print a value as JSON; dates and ids as text. None of its characters steers a terminal."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    # Not left to the stream: `echo` writes UTF-8 where it says ASCII, which whoever reads the pipe may not expect.
    if writable(text, sys.stdout.encoding) != text:
        text = json.dumps(value, indent=2, default=str)
    # Such characters stand inside of strings only, where the escape means the same.
    unseen = {character for character in text if not character.isprintable()} - {"\n"}
    if unseen:
        text = re.sub("[" + re.escape("".join(sorted(unseen))) + "]", _json_escape, text)
    typer.echo(text)


def aside(sentence: str) -> None:
    """Say a line on standard error, beside what a command prints for programs."""
    typer.echo(writable(escaped(sentence), sys.stderr.encoding), err=True)


def warnings(found: Iterable[Mapping[str, Any]]) -> None:
    """Say on standard error what the active members cannot satisfy of policy."""
    for warning in found:
        aside(f"warning: {readiness.warned(warning)}")


# Lines and tables


def room() -> int | None:
    """How many columns a line may have: COLUMNS, or what the terminal has; None in a pipe, where lines do not wrap."""
    columns = os.environ.get("COLUMNS", "")
    if re.fullmatch(r"[1-9][0-9]{0,3}", columns):
        return int(columns)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def text(value: Any) -> Text:
    """A value as it may be shown: in characters that the output has, and coloured if it is a state."""
    match value:
        case None:
            shown = ""
        case bool():
            shown = "yes" if value else "no"
        case list() | tuple():
            shown = ", ".join(map(str, value))
        case _:
            shown = str(value)
    shown = writable(escaped(shown), sys.stdout.encoding)
    return Text(shown, style=COLOURS.get(shown, ""))


def _print(lines: Iterable[Text]) -> None:
    console = Console(highlight=False)
    for each in lines:
        console.print(each, soft_wrap=True)


def line(*parts: Any) -> None:
    """Print values side by side, coloured where they are states."""
    _print(layout.wrapped(Text(" ").join(text(part) for part in parts), room()))


def command(typed: str) -> None:
    """Print a command on a line of its own, which never wraps: it can be copied."""
    _print([text(typed)])


def table(header: Sequence[str], rows: Iterable[Sequence[Any]], *, none: str, fold: Sequence[str] = ()) -> None:
    """Print rows under a header, or the sentence `none`. The columns of `fold` are the first to go below their row."""
    cells = [[text(cell) for cell in row] for row in rows]
    if not cells:
        line(none)
        return
    names = [Text(name, style="bold") for name in header]
    # A pipe has no width. Rows still are to be read, and to be found by a tool that looks at lines.
    _print(layout.table(names, cells, [header.index(name) for name in fold], room()))


@dataclass(frozen=True)
class Part(Generic[Row]):
    """As much of a list as is asked for, and how long the list is; None if it is longer, and nobody counted."""

    rows: Sequence[Row]
    total: int | None
    json: bool
    which: str

    def say_if_not_whole(self) -> None:
        """Say that there is more; beside JSON on standard error."""
        if self.total is None or len(self.rows) < self.total:
            of = "" if self.total is None else f" of {self.total}"
            sentence = f"{len(self.rows)}{of} shown, the {self.which}; --limit 0 shows all"
            aside(sentence) if self.json else line(sentence)


def most(limit: int | None, json: bool) -> int | None:
    """How many rows of a list are asked for at most; None for all."""
    return (limit if limit is not None else 0 if json else LONG_LIST) or None


def part(rows: Sequence[Row], limit: int | None, json: bool, *, newest: bool, total: int | None = None) -> Part[Row]:
    """The first rows of a list, or the last ones of a list in time order; `total` where not all of it was read."""
    wanted = most(limit, json)
    shown = rows if wanted is None else rows[-wanted:] if newest else rows[:wanted]
    return Part(shown, len(rows) if total is None else total, json, "newest" if newest else "first")


# Moments and durations


def moment(value: str | None) -> str:
    """A moment of the server's in the zone of whoever reads, to the second: `2026-11-26 19:19:28+01:00`."""
    if value is None:
        return ""
    try:
        at = datetime.fromisoformat(value)
        # A year that Python or the zone does not have is shown as the server says it, which is with its zone too.
        return at.astimezone().isoformat(" ", "seconds") if at.tzinfo else value
    except (ValueError, OverflowError, OSError):
        return value


_INTERVAL = re.compile(r"(?:(\d+) days? ?)?(?:(\d+):(\d+):(\d+)(?:\.\d+)?)?")


def duration(value: str | None) -> str:
    """An interval of the server's by its two greatest units, `3 h 59 min`; empty when nothing is left."""
    found = _INTERVAL.fullmatch(value or "")
    if not found:
        return value or ""
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    parts = [(days + hours // 24, "d"), (hours % 24, "h"), (minutes, "min"), (seconds, "s")]
    first = next((at for at, (count, _) in enumerate(parts) if count), len(parts))
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)
