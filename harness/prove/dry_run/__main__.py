"""`python -m harness.prove.dry_run`, which is `make demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.prove import dry_run
from harness.stack.commands import StackCommand

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(cls=StackCommand)
def demo(
    record: Annotated[
        Path | None,
        typer.Option(help="Where to write the record; docs/reports/dry-run.md if left out.", dir_okay=False),
    ] = None,
) -> None:
    """Take a release of this checkout through G1, G2, G3, staging and production by its producers, on a real stack.

    Example: python -m harness.prove.dry_run --record dry-run.md
    """
    dry_run.run(record=record)


if __name__ == "__main__":
    app()
