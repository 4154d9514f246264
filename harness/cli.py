"""The command line: the local stack, and the release gates of this or any project."""

from __future__ import annotations

import typer

from harness.commands import checks, emit, exceptions, models, policy, releases, roles, stack, target
from harness.commands.group import EXIT_CODES, Group

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
    ("up", stack.up),
    ("down", stack.down),
    ("status", releases.status),
    ("reset", stack.reset),
    ("demo", stack.demo),
    ("open", releases.opening),
    ("why", releases.why),
    ("guard", releases.guard),
    ("history", releases.history),
    ("drift", checks.drift),
    ("preflight", checks.preflight),
    ("models", models.models),
):
    app.command(name)(command)

for name, group in (
    ("emit", emit.app),
    ("exception", exceptions.app),
    ("roles", roles.app),
    ("policy", policy.app),
    ("stack", stack.app),
):
    app.add_typer(group, name=name)

if __name__ == "__main__":
    app()
