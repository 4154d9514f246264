"""`ops-gates roles`: who may be named, and in which role."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from ops_gates.commands import show, target
from ops_gates.commands.group import Commands
from ops_gates.rows import Memberships, Members

Role = Literal["ci_service_role", "release_manager", "qa_tester", "sre", "developer", "audit_reader"]

OnBehalfOf = Annotated[
    str,
    typer.Option(metavar="PERSON", help="The member who wants it; any name while there is no release manager."),
]
Reason = Annotated[str, typer.Option(help="Why they want it.")]

app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Memberships: the one role of each person or bot.\n\nExample: ops-gates roles list",
)


@app.command()
def grant(
    subject: Annotated[str, typer.Argument(help="The person: the `sub` of their tokens, which is their user id.")],
    role: Annotated[Role, typer.Argument(help="Their role from now on.")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
    handle: Annotated[str | None, typer.Option(help="Another name for them, e.g. their Git login.")] = None,
) -> None:
    """Give a person or bot a role, or change it; for the secret key alone.

    Example: ops-gates roles grant 7b0e6a52-3f0e-4ad1-8a55-3c1f1f1f0a11 qa_tester --handle qa-login --on-behalf-of rm-1 --reason 'a new tester'
    """  # noqa: E501 - an example is to be copied
    with target.only("the secret key"):
        target.gates().grant_membership(subject, role, handle, on_behalf_of=on_behalf_of, reason=reason)
    show.line(f"{subject} is {role}")


@app.command()
def revoke(
    subject: Annotated[str, typer.Argument(help="The person, as `roles list` shows them.")],
    on_behalf_of: OnBehalfOf,
    reason: Reason,
) -> None:
    """End a membership; what the person recorded stays.

    Example: ops-gates roles revoke 7b0e6a52-3f0e-4ad1-8a55-3c1f1f1f0a11 --on-behalf-of rm-1 --reason 'left the team'
    """
    with target.only("the secret key"):
        target.gates().revoke_membership(subject, on_behalf_of=on_behalf_of, reason=reason)
    show.line(f"{subject} has no role any more")


@app.command("list")
def listing(
    changes: Annotated[bool, typer.Option("--changes", help="Who was given which role when, and by whom.")] = False,
    limit: show.Limit = None,
    json: show.AsJson = False,
) -> None:
    """List members and their roles, or how they came to them.

    Example: ops-gates roles list --changes
    """
    if changes:
        _changes(limit, json)
        return
    with target.only(target.READERS):
        members = target.gates().select("members", Members, order=("role", "subject"))
    shown = show.part(members, limit, json, newest=False)
    if json:
        show.as_json(shown.rows)
    else:
        show.table(
            ("subject", "handle", "role", "active", "on behalf of", "reason"),
            ((m["subject"], m["handle"], m["role"], m["active"], m["on_behalf_of"], m["reason"]) for m in shown.rows),
            none="no members",
            fold=("reason", "on behalf of", "handle", "active"),
        )
    shown.say_if_not_whole()


def _changes(limit: int | None, json: bool) -> None:
    with target.only(target.READERS):
        log = target.gates().select("memberships", Memberships, order=("change_id",))
    shown = show.part(log, limit, json, newest=True)
    if json:
        show.as_json(shown.rows)
    else:
        show.table(
            ("at", "subject", "role", "active", "handle", "by", "on behalf of", "reason"),
            (
                (
                    show.moment(c["created_at"]),
                    c["subject"],
                    c["role"],
                    c["active"],
                    c["handle"],
                    c["created_by"],
                    c["on_behalf_of"],
                    c["reason"],
                )
                for c in shown.rows
            ),
            none="no changes",
            fold=("reason", "on behalf of", "by", "handle", "active"),
        )
    shown.say_if_not_whole()
