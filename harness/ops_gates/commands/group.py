"""How every command ends: done, or with one sentence on stderr and an exit code for the kind of failure."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import typer
import typer.core

from ops_gates import settings, streams
from ops_gates.errors import GatesError, UsageFault, one_line
from ops_gates.exit_codes import Code as Code
from ops_gates.exit_codes import code_of, sentence_of

# What a command opened, closed when it ends.
AT_THE_END = contextlib.ExitStack()


def _say(sentence: str) -> None:
    typer.echo(settings.redact(sentence, settings.secrets_of(os.environ)), err=True)


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
        except (GatesError, UsageFault, KeyboardInterrupt) as error:
            _say(sentence_of(error))
            raise typer.Exit(code_of(error)) from None

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
        streams.never_fail()
        try:
            readable = [streams.as_utf8(argument) for argument in (sys.argv[1:] if args is None else args)]
        except UsageFault as error:
            _say(str(error))
            sys.exit(Code.USAGE)
        # What is to be expanded on Windows is read by the library itself.
        args = None if args is None and readable == sys.argv[1:] else readable
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
                said = one_line(error.format_message()).replace("Value error, ", "")
                _say(f"{said.rstrip('.')}; see {command} --help")
            sys.exit(Code.USAGE)
        except typer.Abort:
            sys.exit(Code.INTERRUPTED)
        except Exception as error:
            if os.environ.get("OPS_DEBUG"):
                raise
            _say(sentence_of(error))
            sys.exit(Code.UNEXPECTED)
        sys.exit(result if isinstance(result, int) else Code.DONE)


class Group(Ending, typer.core.TyperGroup):
    """A command line with commands."""
