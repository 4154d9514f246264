"""How every program of this package ends: one sentence on stderr, and an exit code for the kind of failure."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from enum import IntEnum
from pathlib import Path

from ops_gates.errors import (
    EventRefused,
    GatesError,
    NotAllowed,
    NotFound,
    Unreachable,
    Unwritable,
    UsageFault,
    one_line,
)


class Code(IntEnum):
    """Exit codes, for pipelines to tell apart."""

    DONE = 0
    NOT_ELIGIBLE = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    UNREACHABLE = 5
    REFUSED = 6
    UNEXPECTED = 70
    INTERRUPTED = 130


EXIT_CODES = (
    "Exit codes: 0 done, or eligible; 1 not eligible, or of `emit` recorded and not eligible; 2 wrong usage; "
    "3 no such release, exception, project or target; 4 not allowed, or a wrong key; 5 unreachable; 6 refused by a "
    "rule; 70 a fault of this program, or its output could not be written; 130 interrupted."
)


def code_of(error: BaseException) -> Code:
    """The exit code for what went wrong."""
    match error:
        case Unreachable():
            return Code.UNREACHABLE
        case NotFound():
            return Code.NOT_FOUND
        case NotAllowed():
            return Code.NOT_ALLOWED
        case EventRefused(http_status=401 | 403):
            return Code.NOT_ALLOWED
        case EventRefused(code="unknown_release"):
            return Code.NOT_FOUND
        case EventRefused(code="unreadable_answer"):
            return Code.UNREACHABLE
        case GatesError():
            return Code.REFUSED
        case UsageFault():
            return Code.USAGE
        case KeyboardInterrupt():
            return Code.INTERRUPTED
        case _:
            return Code.UNEXPECTED


def sentence_of(error: BaseException) -> str:
    """The one sentence for what went wrong. The text of an unexpected error may quote a key and is left out."""
    match error:
        case GatesError() | UsageFault() | Unwritable():
            return one_line(str(error))
        case KeyboardInterrupt():
            return "stopped"
        case _:
            return f"unexpected: {type(error).__name__} at {_place(error)}; OPS_DEBUG=1 shows the traceback"


def end(error: BaseException, say: Callable[[str], object], environment: Mapping[str, str]) -> Code:
    """Say what went wrong and give the exit code; with OPS_DEBUG a fault of the program is raised again."""
    code = code_of(error)
    if code == Code.UNEXPECTED and environment.get("OPS_DEBUG") and not isinstance(error, Unwritable):
        raise error
    say(sentence_of(error))
    return code


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
