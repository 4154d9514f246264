"""`ops-gates restore-check`: whether a restored database is the one that was dumped."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ops_gates import extra, files
from ops_gates.commands import checklist, show
from ops_gates.errors import NotFound, UsageFault

SECONDS = 5  # between two reports of progress


def restore_check(
    write: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the figures of this database, the source, and check nothing; - is standard output.",
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Compare with the figures that --write took from the source; - is standard input."
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Let --write replace any file.")] = False,
    json: show.AsJson = False,
) -> None:
    """Check that a restored database gives the same answers: rules, rows, and that each verdict equals its replay.

    Asks the database that SUPABASE_DB_URL names, as its owner, and changes nothing. Figures are the number and a digest
    of the rows of each table, and its rules: columns, views, triggers, policies, functions, owners, grants, roles and
    the like. No value of a row is in them.
    Ends with 1 when something differs.

    Example: ops-gates restore-check --against before.json
    """
    extra.needed("psycopg")
    if write and against:
        raise UsageFault("--write is for the source, and --against for the restored database: give one of them")
    if overwrite and not write:
        raise UsageFault("--overwrite goes with --write")
    from ops_gates.restoring import checks, database, figures

    if write and str(write) != files.STANDARD:
        files.refuse_special(write)
        if not overwrite:
            _refuse_another_file(write)
    wanted = figures.Figures.read(against) if against else None
    url = database.address(os.environ.get("SUPABASE_DB_URL", "").strip())
    with database.answering(url), database.connect(url) as connection:
        version = checks.start(connection, database.describe(url))
        if write:
            if not version:
                raise NotFound("not_installed", f"{database.describe(url)} has no release gates")
            _written(write, figures.take(connection, version, _progress()).text(), json)
            return
        checklist.tell(checks.checks(connection, version, wanted, _progress()), json)


def _progress() -> Callable[[str], None]:
    """Says on standard error what is being done, once in a while."""
    last = time.monotonic()

    def say(doing: str) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS:
            last = time.monotonic()
            show.aside(f"{doing} …")

    return say


def _refuse_another_file(path: Path) -> None:
    """Raise UsageFault if something is there that `--write` did not make."""
    from ops_gates.restoring import figures

    if path.exists() and path.stat().st_size:
        try:
            figures.Figures.read(path)
        except UsageFault:
            raise UsageFault(f"{path} is there and holds no figures: name another file, or add --overwrite") from None


def _written(path: Path, text: str, json: show.AsJson) -> None:
    if str(path) == files.STANDARD:
        typer.echo(text, nl=False)
        return
    files.replace(path, text)
    if json:
        show.as_json({"written": str(path)})
    else:
        show.line("wrote", str(path))
