"""`ops-gates projects`: the projects that releases and policies may name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops_gates import refusals, sources
from ops_gates.commands import show, target
from ops_gates.commands.group import Commands
from ops_gates.commands.roles import OnBehalfOf, Reason
from ops_gates.errors import NotFound
from ops_gates.rows import Projects

if TYPE_CHECKING:
    from ops_gates.client import Gates

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Projects: what releases and policies may name.\n\nExample: ops-gates projects list",
)

OfProject = Annotated[str | None, typer.Option("--project", help="Of this project alone.")]


def spelled(gates: Gates, project: str, who: target.Who) -> str:
    """A project as it is registered, whatever the case; NotFound for one that the caller does not see.

    One that is not registered and one of others are answered alike. `who`: the roles that may do what is asked.
    """
    for row in gates.shown(gates.select("projects", Projects, columns=("project",), order=("project",))):
        if row["project"].lower() == project.lower():
            return row["project"]
    look = "`ops-gates projects list` shows those that there are{}; name the project alone, without a release"
    if gates.token is None:
        raise NotFound("unknown_project", f"no project {project!r} is registered", hint=look.format(""))
    raise NotFound(
        "unknown_project",
        f"you have no project {project!r} as {sources.role_of(gates.token)}",
        # What somebody holds they may know.
        hint=refusals.act_as(target.own_roles(who, project))
        or look.format(" for you, and `ops-gates whoami` what you hold where"),
    )


def rows_of(gates: Gates, project: str | None, who: target.Who) -> dict[str, Any]:
    """Which rows are asked for: those of a project, in its own spelling; all without one."""
    return {} if project is None else {"project": spelled(gates, project, who)}


def must_be_there(gates: Gates, project: str, who: target.Who) -> None:
    """NotFound for a project that the caller does not see, so that a slip is not read as an empty list.

    A role that may not read the list of projects is not told.
    """
    if gates.token is None or sources.role_of(gates.token) in target.READERS.roles:
        spelled(gates, project, who)


@app.command()
def register(
    project: Annotated[str, typer.Argument(help="Its name, in printable ASCII, as it shall be spelled.")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
    description: Annotated[str | None, typer.Option(help="What the project is.")] = None,
    json: show.AsJson = False,
) -> None:
    """Register a project, before its first release; for the secret key alone.

    One that exists in another case keeps its spelling.

    Example: ops-gates projects register acme/shop --on-behalf-of rm-1 --reason 'the shop is released by gates'
    """
    gates = target.gates()
    with target.only(target.THE_KEY):
        spelling = gates.register_project(project, description, on_behalf_of=on_behalf_of, reason=reason)
        rows = gates.select("projects", Projects, order=("project",), project=spelling)
    if json:
        show.as_json(rows[0] if rows else {"project": spelling})
    else:
        show.line(f"{spelling} is registered")
    for row in rows:
        if (row["reason"], row["description"]) != (reason, description or row["description"]):
            was = row["description"]
            described = f"its description stays: {was}" if was else "it has no description"
            show.aside(
                f"it was registered before, because: {row['reason']}; nothing of that was changed, and {described}"
            )


@app.command("list")
def listing(limit: show.Limit = None, json: show.AsJson = False) -> None:
    """List the projects, who wanted them and why.

    Example: ops-gates projects list
    """
    with target.only(target.READERS):
        gates = target.gates()
        projects, total = gates.some("projects", Projects, show.most(limit, json), order=("project",))
        gates.shown(projects)
    shown = show.part(projects, limit, json, newest=False, total=total)
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
