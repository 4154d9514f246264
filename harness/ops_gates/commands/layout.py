"""How rows are laid out in so many columns: what does not fit beside the others is printed below its row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

GAP = 2
INDENT = 4


def wrapped(sentence: Text, room: int | None, indent: int = INDENT) -> list[Text]:
    """The lines of a sentence. They break at blanks only: a word that is wider than the room, as an id, stays whole."""
    if room is None or sentence.cell_len <= room:
        return [sentence]
    lines: list[Text] = []
    words = list(sentence.split(" ", allow_blank=True))
    line = words[0]
    for word in words[1:]:
        if line.cell_len + 1 + word.cell_len > room and line.plain.strip():
            lines.append(line)
            line = Text(" " * indent) + word
        else:
            line = line + Text(" ") + word
    return [*lines, line]


def _columns_beside(widths: Sequence[int], fold: Sequence[int], room: int | None) -> list[int]:
    """The columns that fit in one line. Those of `fold` go first, in that order, then the others from the right."""
    beside = list(range(len(widths)))
    others = [place for place in reversed(beside) if place not in fold]
    for place in [*fold, *others]:
        if room is None or sum(widths[at] + GAP for at in beside) - GAP <= room or len(beside) == 1:
            break
        if place != 0:  # the first column names the row
            beside.remove(place)
    return beside


def table(
    names: Sequence[Text], rows: Sequence[Sequence[Text]], fold: Sequence[int], room: int | None
) -> Iterator[Text]:
    """The lines of a table that is at most `room` wide, unless one word is wider. Nothing is cut, nothing left out."""
    widths = [max(cell.cell_len for cell in column) for column in zip(names, *rows, strict=True)]
    empty = [place for place in fold if not any(row[place].plain for row in rows)]
    beside = _columns_beside(widths, [*empty, *(place for place in fold if place not in empty)], room)
    yield _line(names, widths, beside)
    for row in rows:
        yield _line(row, widths, beside)
        for place, (name, cell) in enumerate(zip(names, row, strict=True)):
            if place not in beside and cell.plain:
                below = Text(" " * INDENT) + Text(f"{name.plain}: ", style="dim") + cell
                yield from wrapped(below, room, 2 * INDENT)


def _line(cells: Sequence[Text], widths: Sequence[int], beside: Sequence[int]) -> Text:
    line = Text()
    for place in beside:
        padding = 0 if place == beside[-1] else widths[place] - cells[place].cell_len + GAP
        line = line + cells[place] + Text(" " * padding)
    line.rstrip()
    return line
