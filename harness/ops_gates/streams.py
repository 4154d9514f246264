"""Output on any encoding: a character that a pipe's encoding lacks is written as its escape, as JSON has it."""

from __future__ import annotations

import codecs
import io
import json
import sys


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("ops_gates.escaped", _escaped)


def never_fail() -> None:
    """Have standard output and error escape what they cannot encode; JSON stays the same value."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="ops_gates.escaped")
