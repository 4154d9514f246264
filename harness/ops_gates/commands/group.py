"""How every command ends: done, or with one sentence on stderr and an exit code for the kind of failure."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer
import typer.core

from ops_gates import settings, streams
from ops_gates.errors import GatesError, Unwritable, UsageFault, one_line
from ops_gates.exit_codes import Code as Code
from ops_gates.exit_codes import end

# What a command opened, closed when it ends.
AT_THE_END = contextlib.ExitStack()


def say(sentence: str) -> None:
    """Say on standard error how a command ends, without the secrets of the environment."""
    said = "\n".join(map(streams.escaped, sentence.split("\n")))
    typer.echo(streams.shortened(settings.redact(said, settings.secrets_of(os.environ))), err=True)


def _refuse_placeholders(arguments: Sequence[str]) -> None:
    """UsageFault for a remedy that was copied before it said anything: nobody can edit what is recorded."""
    for before, argument in zip(("", *arguments), arguments, strict=False):
        if argument == "…" or argument.endswith("=…") or re.search(r'"\s*…\s*"', argument):
            where = f"{before} {argument}" if before.startswith("-") else argument
            raise UsageFault(f"{where}: … stands for what you have to say; write that instead")


class Ending:
    """The top of a command line: turns whatever happens into one sentence and an exit code."""

    @property
    def program(self) -> str:
        """What the person typed to start this."""
        return "ops-gates"

    def invoke(self, ctx: Any) -> Any:
        """Run the command; Exit with the code of what went wrong."""
        try:
            with AT_THE_END:
                return super().invoke(ctx)  # type: ignore[misc] # of the class beside this one
        except (GatesError, UsageFault, Unwritable, KeyboardInterrupt) as error:
            raise typer.Exit(end(error, say, os.environ)) from None
        except OSError as error:
            # typer would end with 1 without a word.
            if not streams.is_lost_output(error):
                raise
            raise typer.Exit(end(streams.unwritable(error), say, os.environ)) from None

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
            _refuse_placeholders(readable)
        except UsageFault as error:
            say(str(error))
            sys.exit(Code.USAGE)
        # What is to be expanded on Windows is read by the library itself.
        args = None if args is None and readable == sys.argv[1:] else readable
        try:
            result = super().main(  # type: ignore[misc]
                args, self.program, complete_var, False, windows_expand_args, **extra
            )
        except typer.TyperException as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                say(error.format_message())
            else:
                context = getattr(error, "ctx", None)
                command = context.command_path if context else self.program
                # Choices come one to a line, and with the word of who checked them.
                said = _in_our_words(one_line(error.format_message())).rstrip(".")
                if type(error).__name__ == "MissingParameter" and context and said.startswith("Missing argument"):
                    places = [given for given in context.command.params if isinstance(given, typer.core.TyperArgument)]
                    said += (
                        f"; its arguments are {' '.join(str(given.metavar or given.name).upper() for given in places)}"
                    )
                say(f"{said}; see {command} --help")
            sys.exit(Code.USAGE)
        except typer.Abort:
            sys.exit(Code.INTERRUPTED)
        except Exception as error:
            sys.exit(end(error, say, os.environ))
        sys.exit(result if isinstance(result, int) else Code.DONE)


def _in_our_words(said: str) -> str:
    """What was wrong with a value, without the words of the library that checked it."""
    said = said.replace("Value error, ", "").replace("extra argument(s) ()", "extra argument(s): an empty one")
    said = re.sub(r"Input should be a valid UUID\b.*", "an id has the form 01a21ee9-1df1-7073-b533-24406e697ba5", said)
    return said.replace("Input should be", "it must be")


class Group(Ending, typer.core.TyperGroup):
    """A command line with commands."""


class Command(typer.core.TyperCommand):
    """A command that refuses each value that is given and empty.

    A shell makes `""` of a variable that is not set. What the value would have asked for must not go unasked.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; BadParameter for an empty one. An empty variable is one that is left out."""
        # As they were typed: a value of another type than text would first be refused for its form.
        typed, _, _ = self.make_parser(ctx).parse_args(args=[*args])
        parameter: Any
        for parameter in [] if typed.get("help") else self.params:
            value = typed.get(parameter.name)
            values = value if isinstance(value, list | tuple) else [value]
            if any(isinstance(each, str) and not each.strip() for each in values):
                what = "is empty: give a value" if parameter.required else "is empty: give a value, or leave it out"
                raise typer.BadParameter(what, ctx=ctx, param=parameter)
        return super().parse_args(ctx, args)


class Commands(typer.Typer):
    """Commands of a kind that refuses empty values."""

    def command(self, name: str | None = None, **given: Any) -> Callable[[Any], Any]:
        """Register a function as a command."""
        return super().command(name, **{"cls": Command, **given})
