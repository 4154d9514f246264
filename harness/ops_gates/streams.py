"""Texts in and out on any locale: input is UTF-8, and what a pipe's encoding lacks is written as its escape."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys

from ops_gates.errors import UsageFault


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


def as_utf8(text: str) -> str:
    """An argument or variable, read as UTF-8 whatever the locale is; UsageFault if it is not UTF-8."""
    if text.isascii():
        return text
    try:
        return os.fsencode(text).decode()
    except UnicodeEncodeError:
        return text  # it did not come from the system
    except UnicodeDecodeError:
        raise UsageFault("an argument or variable has bytes that are not UTF-8: write it in UTF-8") from None
