"""The command line `ops-gates`: the release gates of a project."""

from __future__ import annotations

import typer

from ops_gates.commands import emit, exceptions, policy, releases, roles, target
from ops_gates.commands.group import EXIT_CODES, Group

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=f"""Release gates: may this release go there, and if not, why not.

    Example: ops-gates guard acme/shop/v1.4.0 --to production

    {target.HELP}

    {EXIT_CODES}
    """,
)

for name, command in (
    ("status", releases.status),
    ("open", releases.opening),
    ("why", releases.why),
    ("guard", releases.guard),
    ("history", releases.history),
):
    app.command(name)(command)

for name, group in (
    ("emit", emit.app),
    ("exception", exceptions.app),
    ("roles", roles.app),
    ("policy", policy.app),
):
    app.add_typer(group, name=name)

if __name__ == "__main__":
    app()
