"""Output on any encoding: a character that a pipe's encoding lacks is written as its escape, as JSON has it."""

from __future__ import annotations

import codecs
import io
import sys


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    pairs = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    units = (pairs[at : at + 2].hex() for at in range(0, len(pairs), 2))
    return "".join(f"\\u{unit}" for unit in units), error.end


codecs.register_error("ops_gates.escaped", _escaped)


def never_fail() -> None:
    """Have standard output and error escape what they cannot encode; JSON stays the same value."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="ops_gates.escaped")
