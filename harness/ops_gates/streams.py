"""Texts in and out on any locale: input is UTF-8, and what a pipe's encoding lacks is written as its escape.

Text from elsewhere steers no terminal, and output that is lost is an error of its own.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

from ops_gates.errors import LostOutput, UsageFault

_LONGEST_SENTENCE = 2000


def _as_escapes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("ops_gates.escaped", _as_escapes)


def escaped(text: str) -> str:
    r"""A text in which nothing steers a terminal: control characters, bidi marks and the like are shown as `\x1b`."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def shortened(sentence: str) -> str:
    """A sentence without its middle, if what it repeats is very long: how it begins and what to do stay readable.

    Secrets are taken out before: a half of one could not be found any more.
    """
    if len(sentence) <= _LONGEST_SENTENCE:
        return sentence
    kept = _LONGEST_SENTENCE // 2
    return f"{sentence[:kept]} [{len(sentence) - 2 * kept} characters left out] {sentence[-kept:]}"


def parsed(text: str) -> Any:
    """The value of a JSON text; UsageFault for what is no JSON, or JSON to Python alone, which cannot be sent."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise UsageFault("the text is not JSON in UTF-8") from None
    return value


def unwritable(error: OSError) -> LostOutput:
    """The exception for output that was lost."""
    return LostOutput(f"the output could not be written: {error.strerror}")


def is_lost_output(error: OSError) -> bool:
    """Whether an error is that of a pipe that was closed, or of a device that is full or gone."""
    return error.errno in (errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EBADF, errno.ESHUTDOWN)


class _Told(io.TextIOWrapper):
    """Standard output or error whose failure is noticed at once."""

    lost: LostOutput | None = None

    def write(self, text: str, /) -> int:
        if self.lost:
            raise self.lost
        try:
            # typer tries streams with an empty text, and does not look at what comes of it.
            if text == "":
                return 0
            written = super().write(text)
            super().flush()
        except OSError as error:
            # Nothing more can be said here, not even what Python still writes when it ends.
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if self is sys.stdout:
                self.lost = unwritable(error)
                raise self.lost from None
            return len(text)
        return written


def _told(stream: Any, original: Any) -> Any:
    if stream is None:
        # Whoever closed it wants to hear nothing. Otherwise the next file or connection would get its number.
        return Path(os.devnull).open("w", encoding="utf-8")
    if stream is original and type(stream) is io.TextIOWrapper:
        encoding, buffering = stream.encoding, stream.line_buffering
        return _Told(stream.detach(), encoding, line_buffering=buffering)
    return stream


def never_fail() -> None:
    """Have standard output and error escape what they cannot encode; JSON stays the same value.

    Output that is lost raises LostOutput where it is written.
    """
    sys.stdout, sys.stderr = _told(sys.stdout, sys.__stdout__), _told(sys.stderr, sys.__stderr__)
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
