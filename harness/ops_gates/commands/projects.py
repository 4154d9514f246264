"""`ops-gates projects`: the projects that releases and policies may name."""

from __future__ import annotations

from typing import Annotated

import typer

from ops_gates.commands import show, target
from ops_gates.commands.group import Commands
from ops_gates.commands.roles import OnBehalfOf, Reason
from ops_gates.rows import Projects

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Projects: what releases and policies may name.\n\nExample: ops-gates projects list",
)


@app.command()
def register(
    project: Annotated[str, typer.Argument(help="Its name, in printable ASCII, as it shall be spelled.")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
    description: Annotated[str | None, typer.Option(help="What the project is.")] = None,
) -> None:
    """Register a project, before its first release; for the secret key alone.

    One that exists in another case keeps its spelling.

    Example: ops-gates projects register acme/shop --on-behalf-of rm-1 --reason 'the shop is released by gates'
    """
    with target.only("the secret key"):
        spelled = target.gates().register_project(project, description, on_behalf_of=on_behalf_of, reason=reason)
    show.line(f"{spelled} is registered")


@app.command("list")
def listing(limit: show.Limit = None, json: show.AsJson = False) -> None:
    """List the projects, who wanted them and why.

    Example: ops-gates projects list
    """
    with target.only(target.READERS):
        projects = target.gates().select("projects", Projects, order=("project",))
    shown = show.part(projects, limit, json, newest=False)
    if json:
        show.as_json(shown.rows)
    else:
        show.table(
            ("project", "description", "on behalf of", "reason"),
            ((p["project"], p["description"], p["on_behalf_of"], p["reason"]) for p in shown.rows),
            none="no projects",
            fold=("reason", "on behalf of", "description"),
        )
    shown.say_if_not_whole()
