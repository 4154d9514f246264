"""The statements of this folder's SQL files, each with the question that a comment in it asks."""

from __future__ import annotations

import re
from pathlib import Path

_QUESTION = re.compile(r"^-- question: (.+)$", re.MULTILINE)


def of(file: str) -> list[tuple[str, bytes]]:
    """Question and SQL of each statement, in order; the question is empty for one that answers none."""
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    statements = filter(str.strip, text.split(";\n"))
    return [(found[1] if (found := _QUESTION.search(each)) else "", each.encode()) for each in statements]
