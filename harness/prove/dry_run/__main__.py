"""`python -m harness.prove.dry_run`, which is `make demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.prove import dry_run
from harness.prove.dry_run import work
from harness.stack import up
from harness.stack.commands import StackCommand
from harness.stack.stack import run_cluster

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(cls=StackCommand)
def demo(
    record: Annotated[
        Path | None,
        typer.Option(help="Where to write the record; docs/reports/dry-run.md if left out.", dir_okay=False),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Use the stack of `make up` and leave it, with the release, to look at.")
    ] = False,
) -> None:
    """Take a release of this checkout through G1, G2, G3, staging and production by its producers, on a real stack.

    Example: python -m harness.prove.dry_run --record dry-run.md
    """
    if not keep:
        dry_run.run(record=record)
        return
    stack = up.start(None)[0].stack()
    # The tests of the release need a database without people and releases.
    with run_cluster() as own, own.database() as name:
        empty = own.server.url("postgres", name)
        dry_run.run(record=record, stack=stack, suites=lambda folder, stack, _: work.suites(folder, stack, empty))


if __name__ == "__main__":
    app()
