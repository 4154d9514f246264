"""How every command ends: done, or with one sentence on stderr and an exit code for the kind of failure."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

import typer
import typer.core

from ops_gates.errors import EventRefused, GatesError, NotAllowed, NotFound, Unreachable

# What a command opened, closed when it ends.
AT_THE_END = contextlib.ExitStack()


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
    "Exit codes: 0 done, or eligible; 1 not eligible, or a check or the local stack failed; 2 wrong usage; "
    "3 no such release; 4 not allowed, or a wrong key; 5 unreachable; 6 refused by a rule; 70 a fault of this "
    "program; 130 interrupted."
)


class UsageFault(Exception):  # noqa: N818 - no fault of the program
    """What was given cannot be used: one sentence, which quotes no secret."""


def code_of(error: GatesError) -> Code:
    """The exit code for what a project said."""
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
        case _:
            return Code.REFUSED


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"


class Ending:
    """The top of a command line: turns whatever happens into one sentence and an exit code."""

    program = "ops-gates"
    failures: tuple[type[Exception], ...] = ()
    """Exceptions of whoever builds on this group. Each is one sentence, and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; Exit with the code of what went wrong."""
        try:
            with AT_THE_END:
                return super().invoke(ctx)  # type: ignore[misc] # of the class beside this one
        except self.failures as error:
            _say(str(error))
            raise typer.Exit(Code.NOT_ELIGIBLE) from None
        except GatesError as error:
            _say(str(error))
            raise typer.Exit(code_of(error)) from None
        except UsageFault as error:
            _say(str(error))
            raise typer.Exit(Code.USAGE) from None
        except KeyboardInterrupt:
            _say("stopped")
            raise typer.Exit(Code.INTERRUPTED) from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run to the end of the process, unless another program asked for the result."""
        if not standalone_mode:
            return super().main(  # type: ignore[misc]
                args, prog_name, complete_var, False, windows_expand_args, **extra
            )
        try:
            result = super().main(  # type: ignore[misc]
                args, self.program, complete_var, False, windows_expand_args, **extra
            )
        except typer.TyperException as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                _say(error.format_message())
            else:
                context = getattr(error, "ctx", None)
                command = context.command_path if context else self.program
                # Choices come one to a line, and with the word of who checked them.
                said = " ".join(error.format_message().split()).replace("Value error, ", "")
                _say(f"{said.rstrip('.')}; see {command} --help")
            sys.exit(Code.USAGE)
        except typer.Abort:
            sys.exit(Code.INTERRUPTED)
        except Exception as error:
            if os.environ.get("OPS_DEBUG"):
                raise
            # Its text may quote what was sent, keys included.
            _say(f"unexpected: {type(error).__name__} at {_place(error)}; OPS_DEBUG=1 shows the traceback")
            sys.exit(Code.UNEXPECTED)
        sys.exit(result if isinstance(result, int) else Code.DONE)


class Group(Ending, typer.core.TyperGroup):
    """A command line with commands."""
