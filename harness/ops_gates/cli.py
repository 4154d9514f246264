"""The command line `ops-gates`: the release gates of a project."""

from __future__ import annotations

from typing import Annotated

import typer

from ops_gates import settings, versions
from ops_gates.commands import (
    board,
    decisions,
    delivery,
    dismissals,
    emit,
    exceptions,
    importing,
    installing,
    notices,
    overview,
    policy,
    policy_files,
    policy_proposals,
    preflight,
    projects,
    releases,
    restoring,
    roles,
    signing_in,
    steps,
    timeline,
)
from ops_gates.commands.group import Commands, Group
from ops_gates.exit_codes import EXIT_CODES

app = Commands(
    cls=Group,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=f"""Release gates: may this release go there, and if not, why not.

    Example: ops-gates guard acme/shop/v1.4.0 --to production

    {settings.HELP}

    {EXIT_CODES}
    """,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ops-gates {versions.of_this()}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Options of the whole command line; the help is that of `app`."""


for name, command in (
    ("install", installing.install),
    ("upgrade", installing.upgrade),
    ("uninstall", installing.uninstall),
    ("preflight", preflight.preflight),
    ("restore-check", restoring.restore_check),
    ("inbox", overview.inbox),
    ("releases", overview.releases),
    ("show", overview.show_release),
    ("waiting", delivery.waiting),
    ("live", delivery.live),
    ("metrics", delivery.metrics),
    ("notify", notices.notify),
    ("board", board.board),
    ("status", releases.status),
    ("open", releases.opening),
    ("close", releases.close),
    ("import", importing.past),
    ("why", releases.why),
    ("guard", releases.guard),
    ("history", releases.history),
    ("timeline", timeline.timeline),
    ("decide", decisions.decide),
    ("retire", releases.retire),
    ("dismiss", dismissals.dismiss),
    ("login", signing_in.login),
    ("logout", signing_in.logout),
    ("act-as", signing_in.act_as),
    ("whoami", signing_in.whoami),
    ("event", steps.event),
    ("gate", steps.gate),
):
    app.command(name)(command)

policy.app.command("diff")(policy_files.diff)
policy.app.command("impact")(policy_files.impact)
policy.app.command("preset")(policy_files.preset)
policy.app.command("propose")(policy_files.propose)
policy.app.command("proposals")(policy_proposals.proposals)

for name, group in (
    ("emit", emit.app),
    ("exception", exceptions.app),
    ("notices", notices.app),
    ("projects", projects.app),
    ("roles", roles.app),
    ("policy", policy.app),
):
    app.add_typer(group, name=name)

if __name__ == "__main__":
    app()
