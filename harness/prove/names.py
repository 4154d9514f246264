"""What a name is, told from Python's own Unicode data: the model's rule, to which SQL and TypeScript are held."""

from __future__ import annotations

import re
import unicodedata

HIDDEN_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_VARIATIONS = (*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
HIDDEN = {*map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *_VARIATIONS))}
UNICODE = "14.0.0"
"""The version of the lists in SQL and TypeScript. A later Python knows characters that they refuse as not assigned."""


def is_hidden(character: str) -> bool:
    """Whether nobody can see a character; blanks are no such characters."""
    return unicodedata.category(character) in HIDDEN_CATEGORIES or character in HIDDEN


def is_blank(character: str) -> bool:
    """Whether a character is a space of some width."""
    return unicodedata.category(character) == "Zs"


def is_name(value: object) -> bool:
    """Whether a value can be an `ops.name`."""
    if not isinstance(value, str) or value == "" or any(map(is_hidden, value)):
        return False
    ends = is_blank(value[0]) or is_blank(value[-1])
    return not ends and len(value.encode()) <= 255 and unicodedata.is_normalized("NFC", value)


def is_stated(value: str) -> bool:
    """Whether a text of a person says something: one of its characters is visible."""
    return not all(is_hidden(character) or is_blank(character) for character in value)


def is_source_ref(value: object) -> bool:
    """Whether a value says what is released: a name, but not a short commit id."""
    short = isinstance(value, str) and re.fullmatch("[0-9a-fA-F]{7,39}", value) and not value.isdecimal()
    return is_name(value) and not short


def source_ref_of(value: str) -> str:
    """A source_ref as it is kept: a full commit id in lower case."""
    return value.lower() if re.fullmatch("([0-9a-fA-F]{24})?[0-9a-fA-F]{40}", value) else value
