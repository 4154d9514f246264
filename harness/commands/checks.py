"""Whether a project is, and still is, what the migrations make of it."""

from __future__ import annotations

from typing import Annotated

import typer

Target = Annotated[
    str | None,
    typer.Option(help="Address of the database; SUPABASE_DB_URL or the stack of `make up` if left out."),
]


def drift(target: Target = None) -> None:
    """Compare a database with what the migrations make of an empty one: exit code 0 if they agree, 1 if not.

    Example: ops-gates drift --target "$SUPABASE_DB_URL"
    """
    from harness.drift.__main__ import main  # the comparison starts a cluster; the other commands need not load it

    raise typer.Exit(main(["--target", target] if target else []))


def preflight(
    target: Target = None,
    project_ref: Annotated[str | None, typer.Option(help="Also ask whether the CLI is linked to this project.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Say whether tools, project, schema and specification are ready and agree: exit code 1 if one is not.

    Example: ops-gates preflight --project-ref abcdefghijklmnopqrst
    """
    from harness.preflight import main

    given = ["--target", target] if target else []
    given += ["--project-ref", project_ref] if project_ref else []
    raise typer.Exit(main([*given, *(["--json"] if as_json else [])]))
